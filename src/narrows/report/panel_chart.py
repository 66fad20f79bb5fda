"""Panels as pictures: the axis of values at the left, and beside it the plot, as wide as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from narrows.report.axis import number_ticks, time_ticks
from narrows.report.colours import GOOD, LIMIT, QUIET, shade
from narrows.report.focus import TimeSpan
from narrows.report.panel_model import ChartSeries, LimitLine, Panel, Shape
from narrows.report.plot import (
    ABOVE,
    BELOW,
    TEXT_SIZE,
    Rule,
    Scale,
    area,
    bars,
    frame,
    grid,
    line,
    rules,
    steps,
    x_axis,
    y_labels,
)
from narrows.report.svg import element
from narrows.words import count

AXIS_WIDTH = 60
"""Pixels; the same for every chart, so that the time axes of a column stand exactly above each other."""
_HEIGHT = 150
_HEIGHT_OF_NOTHING = 30
_FARTHEST_LIMIT = 1.6
"""A limit is drawn up to this many times the largest value; a farther one would flatten the data."""
_ROOM_ABOVE = 1.12
_MOST_TIMES = 6
"""Labels on the time axis without a script: as many as a phone is wide."""
_UNDER_A_LINE = 0.1
_WITHIN_A_BAND = 0.28


def chart(panel: Panel, span: TimeSpan) -> Markup:
    """One panel as two SVG pictures side by side: labels of values, and the plot, which takes the width that is left.

    Times in the plot are seconds since the beginning of the span: what a browser counts with is too coarse for more.
    """
    if panel.flat_zero:
        scale, ticks = Scale(1.0, _HEIGHT_OF_NOTHING, -1.0), number_ticks(0, 0, 1)
    else:
        top = max([panel_peak(panel), *(limit.value for limit in near_limits(panel))])
        scale = Scale(top * _ROOM_ABOVE, _HEIGHT)
        ticks = number_ticks(0, scale.top, 4, whole=True)
    shown_begin, shown_end = span.shown_begin - span.begin, span.shown_end - span.begin
    drawn_rules = [
        Rule(limit.value, count(limit.value), LIMIT if limit.binds else QUIET) for limit in near_limits(panel)
    ]
    height = scale.height + BELOW + ABOVE
    axis = element(
        "svg",
        *y_labels(ticks, scale, AXIS_WIDTH - 8),
        width=AXIS_WIDTH,
        height=height,
        viewBox=f"0 {-ABOVE:g} {AXIS_WIDTH} {height:g}",
        font_size=TEXT_SIZE,
        class_="y-axis",
        aria_hidden="true",
    )
    plot = element(
        "svg",
        element(
            "svg",
            grid(ticks, scale),
            frame(*_marks(panel, span.begin, scale), begin=shown_begin, end=shown_end, scale=scale),
            *rules(drawn_rules, scale),
            x_axis(time_ticks(span.shown_begin, span.shown_end, _MOST_TIMES), span.shown_begin, span.shown_end, scale),
            y=ABOVE,
            width="100%",
            height=scale.height + BELOW,
            overflow="visible",
        ),
        width="100%",
        height=height,
        font_size=TEXT_SIZE,
        class_="plot-area",
        role="img",
        aria_label=describe(panel),
    )
    return axis + plot


def near_limits(panel: Panel) -> list[LimitLine]:
    """The limits that are drawn; the others are only named beside the chart."""
    if panel.flat_zero:
        return []
    largest = max((series.largest for series in panel.series), default=0.0)
    return [limit for limit in panel.limits if limit.value <= largest * _FARTHEST_LIMIT]


def describe(panel: Panel) -> str:
    """The chart in a sentence, for those who do not see it."""
    if panel.flat_zero:
        return f"{panel.title}: 0 throughout."
    parts = [
        f"{series.label} in all {count(series.total)}"
        if panel.shape is Shape.BARS
        else f"{series.label} largest {series.peak}"
        for series in panel.series
    ]
    parts += [f"limit {limit.label}" for limit in panel.limits]
    return f"{panel.title}: {'; '.join(parts)}."


def panel_peak(panel: Panel) -> float:
    """The largest value that is drawn: of a stack, of its sum."""
    if panel.shape is not Shape.BARS:
        return max((series.largest for series in panel.series), default=0.0)
    stacks: dict[int, float] = {}
    for series in panel.series:
        for point in series.points:
            stacks[point.begin] = stacks.get(point.begin, 0.0) + point.value
    return max(stacks.values(), default=0.0)


def stacked(series: Sequence[ChartSeries]) -> list[list[tuple[int, int, float, float]]]:
    """Of each series its bars (begin, end, from, to), upon those of the series before it; without those of 0."""
    heights: dict[int, float] = {}
    found = []
    for part in series:
        boxes = []
        for point in part.points:
            ground = heights.get(point.begin, 0.0)
            heights[point.begin] = ground + point.value
            if point.value:
                boxes.append((point.begin, point.end, ground, ground + point.value))
        found.append(boxes)
    return found


def _marks(panel: Panel, origin: int, scale: Scale) -> list[Markup]:
    if panel.flat_zero:
        return [line(_values(series, origin, scale), GOOD) for series in panel.series]
    if panel.shape is Shape.BARS:
        several = len({series.colour for series in panel.series}) < len(panel.series)
        return [
            area(
                bars(((begin - origin, end - origin, low, high) for begin, end, low, high in boxes), scale),
                series.colour,
                shade(series.shade),
                edge=several,
                crisp=not several,
            )
            for series, boxes in zip(panel.series, stacked(panel.series), strict=True)
        ]
    if panel.shape is Shape.BAND:
        return [mark for series in panel.series for mark in _band(series, origin, scale)]
    drawn = [
        line(_values(series, origin, scale), series.colour, dashed=series.dashed, opacity=shade(series.shade))
        for series in panel.series
    ]
    if len(panel.series) > 1:
        # Areas of several series would mix to colours that mean nothing.
        return drawn
    (series,) = panel.series
    return [area(_values(series, origin, scale, to_ground=True), series.colour, _UNDER_A_LINE), *drawn]


def _values(series: ChartSeries, origin: int, scale: Scale, *, to_ground: bool = False) -> str:
    points = ((point.begin - origin, point.end - origin, point.value) for point in series.points)
    return steps(points, scale, to_ground=to_ground)


def _band(series: ChartSeries, origin: int, scale: Scale) -> list[Markup]:
    """The room between the least and the most that a value can be, with a line at either end.

    Where nothing says how much it can be at the most there is only the lower line.
    """
    known = [point for point in series.points if not point.open_above]
    room = bars(((point.begin - origin, point.end - origin, point.low or 0.0, point.value) for point in known), scale)
    most = steps(((point.begin - origin, point.end - origin, point.value) for point in known), scale)
    least = steps(((point.begin - origin, point.end - origin, point.low or 0.0) for point in series.points), scale)
    return [
        area(room, series.colour, _WITHIN_A_BAND, crisp=True),
        line(most, series.colour),
        line(least, series.colour, dashed=True),
    ]
