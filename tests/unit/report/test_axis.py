"""Ticks of numbers and of times."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from narrows.report.axis import number_ticks, time_ticks
from tests.unit.report.samples import FIRST


def labels(ticks: object) -> list[str]:
    """What is written at them."""
    return [tick.label for tick in ticks]  # type: ignore[attr-defined]


def test_numbers_as_people_write_them() -> None:
    assert labels(number_ticks(0, 72_800, 4)) == ["0", "20,000", "40,000", "60,000"]
    assert labels(number_ticks(0, 1.12, 4)) == ["0.0", "0.5", "1.0"]
    assert labels(number_ticks(0, 1.12, 4, whole=True)) == ["0", "1"]
    assert labels(number_ticks(0, 3_400_000, 4)) == ["0", "1 M", "2 M", "3 M"]
    assert labels(number_ticks(1, 8, 7)) == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_times_have_seconds_only_where_they_tell_ticks_apart() -> None:
    assert labels(time_ticks(FIRST, FIRST + 300, 6)) == ["12:00", "12:01", "12:02", "12:03", "12:04", "12:05"]
    assert labels(time_ticks(FIRST, FIRST + 90, 6)) == ["12:00", "12:00:30", "12:01", "12:01:30"]
    assert labels(time_ticks(FIRST, FIRST + 86_400, 6)) == ["12:00", "18:00", "Nov 21", "06:00", "12:00"]


@given(st.integers(FIRST, FIRST + 10**8), st.integers(2, 10**8), st.integers(2, 12))
def test_ticks_of_time_are_inside_equally_far_apart_and_never_too_many(begin: int, length: int, most: int) -> None:
    ticks = [tick.at for tick in time_ticks(begin, begin + length, most)]
    assert len(ticks) <= most
    assert all(begin <= at <= begin + length for at in ticks)
    assert len({after - at for at, after in itertools.pairwise(ticks)}) <= 1


@given(st.floats(0.001, 1e13), st.integers(2, 8))
def test_ticks_of_numbers_are_inside_and_differ(top: float, most: int) -> None:
    ticks = number_ticks(0, top, most)
    assert len(ticks) <= most + 1
    assert ticks[0].at == 0
    assert ticks[-1].at <= top * (1 + 1e-9)
    assert len({tick.label for tick in ticks}) == len(ticks)
