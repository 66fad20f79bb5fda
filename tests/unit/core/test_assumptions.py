"""Assumptions: each has a default, a source and one way to be written."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from narrows.assumptions import Assumptions
from narrows.limits import Certainty

MICROSECONDS = st.integers(0, 366 * 86_400 * 1_000_000)
SECONDS = MICROSECONDS.map(lambda count: count / 1_000_000)
COUNTS = st.integers(1, 1_000_000_000)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "eni_scale_out_delay": st.one_of(st.none(), st.tuples(SECONDS, SECONDS).map(lambda ends: tuple(sorted(ends)))),
    "eni_half_open_hold": SECONDS,
    "eni_hold_after_close": SECONDS,
    "eni_idle_timeout": SECONDS,
    "nat_connections_per_address": COUNTS,
    "nat_hold_after_close": SECONDS,
    "nat_half_open_hold": SECONDS,
    "port_rest": SECONDS,
    "nat_address_selection": st.sampled_from(["random-port", "least-used", "random-address"]),
    "address_choice": st.sampled_from(["random", "first"]),
    "nat_on_exhaustion": st.sampled_from(["drop", "reset"]),
    "environment_placement": st.sampled_from(["even", "random"]),
    "environment_idle_lifetime": SECONDS,
    "recycled_environment_closes": st.booleans(),
    "environments_alike": st.booleans(),
    "month_as_mean": st.booleans(),
    "frozen_environments_reused": st.booleans(),
    "names_stand_for_public_addresses": st.booleans(),
    "absent_counts_are_zero": st.booleans(),
    "syn_retransmits": st.lists(st.integers(1, 10**9), unique=True, max_size=8).map(
        lambda counts: tuple(count / 1_000_000 for count in sorted(counts))
    ),
    "resolver_packets_per_second": st.one_of(st.none(), COUNTS),
    "account_concurrency": st.one_of(st.none(), COUNTS),
}
"""Every value that an assumption may have."""


def assumptions() -> st.SearchStrategy[Assumptions]:
    return st.fixed_dictionaries({}, optional=VALUES).map(lambda drawn: Assumptions(**drawn))


def test_every_assumption_is_tested() -> None:
    assert set(VALUES) == set(Assumptions.names()) == {one.name for one in fields(Assumptions)} - {"unsaid"}


@given(assumptions())
def test_what_is_written_loads_again(assumed: Assumptions) -> None:
    text = yaml.safe_dump(assumed.written())
    assert Assumptions.from_mapping(yaml.safe_load(text)) == assumed


def test_defaults_are_not_written() -> None:
    assert Assumptions().written() == {}
    assert Assumptions(nat_hold_after_close=5.0).written() == {"nat_hold_after_close": "5s"}
    assert Assumptions(syn_retransmits=()).written() == {"syn_retransmits": []}


@given(assumptions())
def test_every_answer_prints_all_of_them(assumed: Assumptions) -> None:
    printed = assumed.printed()
    assert [one["id"] for one in printed] == list(Assumptions.names())
    for one in printed:
        assert all(isinstance(text, str) and text.isprintable() and text for text in one.values())
        same = getattr(assumed, one["id"]) == getattr(Assumptions(), one["id"])
        assert same or one["value"] != one["default"]


def test_some_of_them() -> None:
    printed = Assumptions(account_concurrency=1_000).printed(only=("account_concurrency",))
    assert [(one["id"], one["value"], one["default"]) for one in printed] == [
        ("account_concurrency", "1,000", "unlimited")
    ]


def test_each_says_what_it_means_and_how_sure_it_is() -> None:
    for one in Assumptions().printed():
        assert one["meaning"]
        assert one["source"]
        assert one["certainty"] in {certainty.value for certainty in Certainty}
        # A documented fact is a limit.
        assert one["certainty"] != Certainty.DOCUMENTED


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("eni_scale_out_delay", "never", None),
        ("eni_scale_out_delay", None, None),
        ("eni_scale_out_delay", "90s", (90.0, 90.0)),
        ("eni_scale_out_delay", "1m..5m", (60.0, 300.0)),
        ("eni_scale_out_delay", ["1m", "5m"], (60.0, 300.0)),
        ("eni_scale_out_delay", 30, (30.0, 30.0)),
        ("account_concurrency", "unlimited", None),
        ("account_concurrency", None, None),
        ("account_concurrency", 1_000, 1_000),
        ("syn_retransmits", ["1s", 3, "7s"], (1.0, 3.0, 7.0)),
        ("syn_retransmits", [], ()),
        ("recycled_environment_closes", True, True),
        ("nat_hold_after_close", "1m", 60.0),
    ],
)
def test_ways_to_write_them(name: str, written: object, value: object) -> None:
    assert Assumptions.parse(name, written) == value


BAD = [
    *((name, bad) for name in VALUES for bad in ({}, [1, 2, 3], {"a": 1}, "?", -1, float("nan"), b"1")),
    *((name, None) for name in VALUES if getattr(Assumptions(), name) is not None),
    ("eni_scale_out_delay", "5m..1m"),
    ("eni_scale_out_delay", "1m.."),
    ("eni_scale_out_delay", ["1m"]),
    ("eni_scale_out_delay", "1s..soon"),
    ("eni_idle_timeout", "2000d"),
    ("nat_connections_per_address", 0),
    ("nat_connections_per_address", 1.5),
    ("nat_connections_per_address", True),
    ("nat_connections_per_address", 10**18),
    ("account_concurrency", "many"),
    ("account_concurrency", 0),
    ("syn_retransmits", ["3s", "1s"]),
    ("syn_retransmits", ["0s"]),
    ("syn_retransmits", "1s"),
    ("syn_retransmits", [["1s"]]),
    ("recycled_environment_closes", "yes"),
    ("recycled_environment_closes", 1),
    ("nat_on_exhaustion", "explode"),
    ("nat_on_exhaustion", None),
]


@pytest.mark.parametrize(("name", "bad"), [one for one in BAD if one != ("syn_retransmits", [1, 2, 3])])
def test_bad_values_are_one_line(name: str, bad: object) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Assumptions.parse(name, bad)
    assert type(caught.value) is ValueError
    assert str(caught.value).isprintable()


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Assumptions.parse("nat_hold_afterclose", "60s")
    with pytest.raises(KeyError):
        Assumptions.from_mapping({"nat_hold_afterclose": "60s"})


@given(
    st.sampled_from(Assumptions.names()),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    ),
)
def test_anything_is_a_value_or_a_value_error(name: str, value: object) -> None:
    try:
        parsed = Assumptions.parse(name, value)
    except ValueError:
        return
    written = Assumptions(**{name: parsed}).written()
    assert Assumptions.from_mapping(yaml.safe_load(yaml.safe_dump(written))).written() == written
