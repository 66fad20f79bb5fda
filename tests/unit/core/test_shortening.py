"""Names that are shortened in the middle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.shortening import LEAST, shortened

alike = st.builds(
    lambda parts: "-".join(parts),
    st.lists(st.sampled_from(["prod", "eu", "worker", "a", "b", "payments", "1", "…", "nat"]), max_size=12),
)
"""Names as people give them: of the same words."""


@given(st.lists(st.one_of(alike, st.text(max_size=40)), max_size=40), st.integers(LEAST, 40))
def test_distinct_names_stay_distinct_and_short(names: list[str], limit: int) -> None:
    found = shortened(names, limit)
    assert list(found) == list(dict.fromkeys(names))
    assert len(set(found.values())) == len(found)
    for name, short in found.items():
        assert len(short) <= limit
        assert short == name if len(name) <= limit else "…" in short


@given(st.text("ab", min_size=60, max_size=60), st.sets(st.integers(0, 59), min_size=1), st.integers(LEAST, 30))
def test_letters_that_differ_anywhere_are_told_apart(name: str, places: set[int], limit: int) -> None:
    names = [name, *(f"{name[:place]}X{name[place + 1 :]}" for place in places)]
    found = shortened(names, limit)
    assert len(set(found.values())) == len(names)


@pytest.mark.parametrize(
    ("names", "limit", "shown"),
    [
        (["storefront", "cache"], 12, ["storefront", "cache"]),
        (
            ["prod-eu-central-1-payments-worker-a", "prod-eu-central-1-payments-worker-b"],
            20,
            ["prod-eu-…-worker-a", "prod-eu-…-worker-b"],
        ),
        (
            ["acme-prod-blue-payments-service-worker-function", "acme-prod-green-payments-service-worker-function"],
            24,
            ["acme-prod-blue-pay…ction", "acme-prod-green-pa…ction"],
        ),
        (
            ["acme-prod-eu-central-1-blue-payments-service-v1", "acme-prod-eu-central-1-green-payments-service-v1"],
            24,
            ["acme-…-blue-paymen…ce-v1", "acme-…-green-payme…ce-v1"],
        ),
        (["nat-0413ffc0b25f1b9a9"], 12, ["nat-04…1b9a9"]),
        (["x" * 20, "x" * 21], 10, ["xxxxxxxxx…", "xxxxxxxx…x"]),
    ],
)
def test_what_is_shown(names: list[str], limit: int, shown: list[str]) -> None:
    assert list(shortened(names, limit).values()) == shown


def test_a_limit_below_the_least_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="8 is the least"):
        shortened(["a"], LEAST - 1)


def test_thousands_of_names_take_no_time() -> None:
    names = [f"{'very-long-name-of-a-service-' * 3}{number:05d}{'-in-production' * 3}" for number in range(5_000)]
    assert len(set(shortened(names, 24).values())) == len(names)
