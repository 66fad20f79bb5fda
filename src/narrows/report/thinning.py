"""Long series made short enough for a page: many periods become one."""

from __future__ import annotations

from dataclasses import replace

from narrows.report.panel_model import ChartSeries, Panel, Point, Shape

MOST_POINTS = 900
"""Datapoints of one series: about one for each pixel of a chart."""


def thin(panel: Panel) -> Panel:
    """The panel with at most about ``MOST_POINTS`` points a series: the largest of several, or for counts their sum."""
    longest = max((len(one.points) for one in panel.series), default=0)
    if longest <= MOST_POINTS:
        return panel
    together = -(-longest // MOST_POINTS)
    period = min(point.end - point.begin for one in panel.series for point in one.points)
    what = "the sum" if panel.shape is Shape.BARS else "the largest"
    note = f"Each step is {what} of {together} periods of {period} s."
    series = tuple(_thin(one, together * period, panel.shape) for one in panel.series)
    return replace(panel, series=series, note=" ".join(filter(None, (panel.note, note))))


def _thin(series: ChartSeries, size: int, shape: Shape) -> ChartSeries:
    """Points by slots of ``size`` seconds; a slot without any stays a gap."""
    slots: dict[int, list[Point]] = {}
    for point in series.points:
        slots.setdefault(point.begin // size, []).append(point)
    points = tuple(
        Point(
            inside[0].begin,
            inside[-1].end,
            sum(one.value for one in inside) if shape is Shape.BARS else max(one.value for one in inside),
            max((one.low for one in inside if one.low is not None), default=None),
            any(one.open_above for one in inside),
        )
        for inside in slots.values()
    )
    return replace(series, points=points)
