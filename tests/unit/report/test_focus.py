"""The span of time in which something happens."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from narrows.report.focus import TimeSpan, focus
from narrows.report.panel_model import ChartSeries, Panel, Point, Shape
from tests.unit.report.samples import FIRST

HOUR = 60


def panel(shape: Shape, values: Sequence[float]) -> Panel:
    """An hour by the minute."""
    points = tuple(Point(FIRST + 60 * n, FIRST + 60 * n + 60, value) for n, value in enumerate(values))
    return Panel("key", "Title", "source", "reading", shape, (ChartSeries("one", "--chart-1", points),))


def minutes(span: TimeSpan) -> tuple[float, float]:
    """What is shown, in minutes since the beginning."""
    return (span.shown_begin - FIRST) / 60, (span.shown_end - FIRST) / 60


def test_an_hour_in_which_five_minutes_matter_shows_them_with_room() -> None:
    errors = panel(Shape.BARS, [0] * 20 + [5] * 5 + [0] * 35)
    level = panel(Shape.LINE, [100] * 21 + [900] * 39)
    assert minutes(focus(FIRST, FIRST + 3600, [errors, level])) == (18, 27)


def test_where_something_happens_all_the_time_all_of_it_is_shown() -> None:
    busy = panel(Shape.LINE, [n % 7 for n in range(60)])
    span = focus(FIRST, FIRST + 3600, [busy])
    assert span.all_shown
    assert focus(FIRST, FIRST + 3600, [panel(Shape.LINE, [7] * 60)]).all_shown


@given(st.lists(st.integers(0, 3), min_size=HOUR, max_size=HOUR))
def test_nothing_that_is_not_zero_is_left_out(values: list[int]) -> None:
    span = focus(FIRST, FIRST + 3600, [panel(Shape.BARS, values)])
    assert span.begin <= span.shown_begin < span.shown_end <= span.end
    for minute, value in enumerate(values):
        if value:
            assert span.shown_begin <= FIRST + 60 * minute < FIRST + 60 * minute + 60 <= span.shown_end
