"""Flat tops: what is one, and what one at a capacity is worth."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.diagnose.plateaus import Plateau, match, plateaus


def _points(*values: float, period: int = 60) -> list[tuple[int, float]]:
    return [(index * period, float(value)) for index, value in enumerate(values)]


def test_a_stretch_that_does_not_move_is_one() -> None:
    found = plateaus(_points(10, 50, 100, 100, 99.5, 100), 60, within=None)
    assert found == (Plateau(100.0, 120, 360),)


def test_a_single_period_is_none() -> None:
    assert plateaus(_points(10, 50, 100, 60), 60, within=None) == ()


def test_a_gap_ends_it() -> None:
    points = [(0, 100.0), (60, 100.0), (240, 100.0), (300, 100.0), (360, 100.0)]
    assert [one.start for one in plateaus(points, 60, within=None)] == [240, 0]


def test_without_failures_only_the_top_counts() -> None:
    assert plateaus(_points(50, 50, 50, 90, 100, 100), 60, within=None) == (Plateau(100.0, 240, 360),)


def test_with_failures_only_what_touches_them() -> None:
    points = _points(50, 50, 50, 90, 100, 100)
    assert plateaus(points, 60, within=(60, 90)) == (Plateau(50.0, 0, 180),)


def test_zero_is_no_top() -> None:
    assert plateaus(_points(0, 0, 0), 60, within=None) == ()


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_plateaus_never_overlap_and_lie_within_one_percent(values: list[float]) -> None:
    found = sorted(plateaus(_points(*values), 60, within=(0, 10_000)), key=lambda one: one.start)
    for one, later in pairwise(found):
        assert one.end <= later.start
    for one in found:
        inside = values[one.start // 60 : one.end // 60]
        assert len(inside) >= 2
        assert max(inside) - min(inside) <= 0.01 * max(inside) + 1e-9


def test_a_match_is_worth_the_more_the_less_likely_it_is_by_chance() -> None:
    one = match([Plateau(65_000, 0, 300)], [65_000], 65_000)
    four = match([Plateau(260_000, 0, 300)], [260_000], 65_000)
    assert one is not None
    assert four is not None
    assert one.weight == pytest.approx(1.398, abs=0.001)
    assert four.weight < one.weight


@pytest.mark.parametrize(("level", "near"), [(62_900, False), (63_100, True), (65_600, True), (65_700, False)])
def test_near_means_three_percent_below_to_one_above(level: float, near: bool) -> None:
    assert (match([Plateau(level, 0, 120)], [65_000], 65_000) is not None) is near
