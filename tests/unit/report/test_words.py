"""Numbers and names in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.diagnose.causes import CAUSES, cause_title
from narrows.network import EniKey
from narrows.words import (
    figure,
    interval,
    percent,
    readable,
    resource_name,
    sentence_case,
    short_name,
    usd,
    window,
    with_names,
)
from tests.unit.report.samples import make_case


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (1.0, None, "100 %"),
        (0.85, 1.0, "85–100 %"),
        (0.9999, None, "99 %"),
        (0.0001, None, "<1 %"),
        (0.0, 0.5, "0–50 %"),
        (1.38, None, "138 %"),
    ],
)
def test_percent(low: float, high: float | None, shown: str) -> None:
    assert percent(low, high) == shown


@given(st.floats(0.000001, 0.999999))
def test_what_is_less_than_the_whole_is_never_shown_as_the_whole_or_as_nothing(share: float) -> None:
    assert percent(share) not in ("100 %", "0 %")


def test_intervals() -> None:
    assert interval(55_000, 55_000.2) == "55,000"
    assert interval(55_000, 65_000) == "55,000–65,000"
    assert figure(55_000, None) == "at least 55,000"
    assert readable(1_000, 2_000, "packets/s") == ("1,000–2,000", "packets/s")
    assert readable(98.7e9, 100e9, "bit/s") == ("98.7–100", "Gbit/s")
    assert readable(5e9, None, "bit/s") == ("at least 5", "Gbit/s")


def test_names_of_resources() -> None:
    case = make_case()
    assert resource_name(case, "nat-0a1b2c3d") == "nat-a (nat-0a1b2c3d)"
    assert short_name(case, "nat-0a1b2c3d") == "nat-a"
    assert resource_name(case, EniKey("subnet-a", ("sg-app",))) == "private-a / sg-app"
    assert resource_name(case, "subnet-a/sg-app") == "subnet-a/sg-app", "a name is no key, whatever is in it"
    odd = EniKey("subnet-a", ("x+y", "z/w"))
    assert short_name(case, odd) == "private-a / x+y + z/w"
    assert resource_name(case, "cache") == "cache"
    assert resource_name(case, "a\u202eb\nc") == "a\\u202eb c"


def test_ids_in_a_sentence_become_names() -> None:
    case = make_case(names={"subnet-0a9ab2cd1d6ccbbc4": "private-a"})
    said = with_names(case, "subnet-0a9ab2cd1d6ccbbc4 has no route; subnet-00000000000000000 neither")
    assert said == "private-a has no route; subnet-00000000000000000 neither"


def test_every_cause_has_a_title_and_an_unknown_one_is_shown_as_it_is() -> None:
    assert {cause_title(cause) for cause in CAUSES} == {cause.title for cause in CAUSES.values()}
    assert cause_title("a-cause-of-tomorrow") == "a cause of tomorrow"


def test_sentences_begin_with_a_capital_and_names_keep_theirs() -> None:
    assert sentence_case("add 1 subnet") == "Add 1 subnet"
    assert sentence_case("nat-a is full") == "nat-a is full"


def test_windows_and_prices() -> None:
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert window(start, start.replace(hour=13)) == "2026-11-20 12:00 to 13:00 UTC"
    assert window(start, start.replace(day=21)) == "2026-11-20 12:00 to 2026-11-21 12:00 UTC"
    assert (usd(7.3), usd(12_345.6)) == ("$7.30", "$12,346")
