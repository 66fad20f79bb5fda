"""Names in a legend."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from narrows.report.shortening import shortened


def test_short_names_are_left_alone_and_long_ones_lose_their_middle() -> None:
    assert shortened(["nat-a", "nat-b"], 10) == ["nat-a", "nat-b"]
    assert shortened(["acme-production-orders-handler"], 12) == ["acme-p…ndler"]


def test_names_that_differ_only_in_their_middle_still_differ() -> None:
    names = [f"acme-platform-production-order-service-{n:02}-of-the-eu-handler" for n in (1, 2, 30)]
    short = shortened(names, 30)
    assert [name for name in short if len(name) > 30] == []
    for name, number in zip(short, ("01", "02", "30"), strict=True):
        assert number in name


@given(st.lists(st.text(alphabet="ab-", min_size=1, max_size=60), unique=True, max_size=6), st.integers(8, 40))
def test_different_names_never_look_the_same(names: list[str], most: int) -> None:
    short = shortened(names, most)
    assert len(set(short)) == len(names)
