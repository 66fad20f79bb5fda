"""Panels as Altair charts. Colours are CSS variables of the page, so one chart serves light, dark and paper."""

from __future__ import annotations

from typing import Any, TypedDict

import altair as alt

from narrows.report.panel_model import ChartSeries, LimitLine, Panel, Point, Shape
from narrows.words import count

_HEIGHT = 168
_HEIGHT_OF_NOTHING = 40
_FARTHEST_LIMIT = 1.6
"""A limit is drawn up to this many times the largest value; a farther one would flatten the data."""
_ROOM_ABOVE = 1.12
_AXIS_WIDTH = 58
"""The same for every chart, so that their time axes stand exactly above each other."""
_MOMENT = (
    "utchours(datum.value) + utcminutes(datum.value) + utcseconds(datum.value) == 0 "
    "? utcFormat(datum.value, '%b %d') "
    ": utcFormat(datum.value, utcseconds(datum.value) == 0 ? '%H:%M' : '%H:%M:%S')"
)
"""A tick's label: the day at midnight, seconds only where they tell ticks apart."""
_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", Arial, sans-serif'


class _Row(TypedDict):
    """One mark; times in milliseconds since 1970."""

    series: str
    begin: int
    end: int
    value: float | None
    ground: float | None
    """Where the mark begins: upon those below it, for bars; at the least that it can be, for bands."""


def chart(panel: Panel, extent: tuple[int, int]) -> dict[str, Any]:
    """The Vega-Lite specification of one panel, over a window in seconds since 1970.

    Its parameters ``begin`` and ``end`` (milliseconds) are what the page's script zooms with.
    """
    begin, end = extent
    layers = [_empty(panel)] if panel.flat_zero else [*_marks(panel), *_limits(near_limits(panel))]
    whole = (
        alt.layer(*layers)
        .add_params(alt.param(name="begin", value=begin * 1000), alt.param(name="end", value=end * 1000))
        .properties(
            width="container",
            height=_HEIGHT_OF_NOTHING if panel.flat_zero else _HEIGHT,
            description=describe(panel),
            padding={"left": 0, "right": 14, "top": 6, "bottom": 0},
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
        .configure(**_CONFIG)
    )
    specification: dict[str, Any] = whole.to_dict()
    return specification


def near_limits(panel: Panel) -> list[LimitLine]:
    """The limits that are drawn; the others are only named beside the chart."""
    largest = max((one.largest for one in panel.series), default=0.0)
    return [limit for limit in panel.limits if limit.value <= largest * _FARTHEST_LIMIT]


def describe(panel: Panel) -> str:
    """The chart in a sentence, for those who do not see it."""
    if panel.flat_zero:
        return f"{panel.title}: 0 throughout."
    parts = [
        f"{one.label} in all {count(one.total)}" if panel.shape is Shape.BARS else f"{one.label} largest {one.peak}"
        for one in panel.series
    ]
    parts += [f"limit {limit.label}" for limit in panel.limits]
    return f"{panel.title}: {'; '.join(parts)}."


def _time() -> alt.X:
    return alt.X(
        "begin:T",
        scale=alt.Scale(type="utc", domainMin=alt.ExprRef("begin"), domainMax=alt.ExprRef("end"), nice=False),
        axis=alt.Axis(title=None, labelOverlap="greedy", labelSeparation=8, tickCount=8, grid=False, labelExpr=_MOMENT),
    )


def _marks(panel: Panel) -> list[alt.Chart]:
    labels = [one.label for one in panel.series]
    colours = alt.Scale(domain=labels, range=[f"var({one.colour})" for one in panel.series])
    colour = alt.Color("series:N", scale=colours, legend=None)
    axis = alt.Axis(title=None, tickCount=4, format="~s" if panel_peak(panel) >= 1e6 else ",~f")
    top = max([panel_peak(panel), *(limit.value for limit in near_limits(panel))])
    scale = alt.Scale(domainMin=0, domainMax=top * _ROOM_ABOVE, nice=False)
    y = alt.Y("value:Q", scale=scale, axis=axis)
    if panel.shape is Shape.BARS:
        bars = alt.Chart(alt.InlineData(values=_stacked(panel.series)))
        return [
            bars.mark_rect(clip=True, stroke="var(--page)", strokeWidth=1).encode(
                x=_time(), x2="end:T", y=y, y2="ground:Q", color=colour
            )
        ]
    if panel.shape is Shape.BAND:
        return _bands(panel, y, alt.Y("ground:Q", scale=scale, axis=axis), colour)
    dashes = alt.Scale(domain=labels, range=[[5, 3] if one.dashed else [1, 0] for one in panel.series])
    steps = alt.Chart(alt.InlineData(values=[row for one in panel.series for row in _steps(one)]))
    line = steps.mark_line(interpolate="step-after", strokeWidth=2, clip=True)
    drawn = line.encode(x=_time(), y=y, color=colour, strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=None))
    if len(panel.series) > 1:
        return [drawn]
    # Areas of several series would mix to colours that mean nothing.
    area = steps.mark_area(interpolate="step-after", opacity=0.1, clip=True)
    return [area.encode(x=_time(), y=y.stack(None), color=colour), drawn]


def _bands(panel: Panel, y: alt.Y, ground: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """The room between the least and the most that a value can be, with a line at either end."""
    steps = alt.Chart(alt.InlineData(values=[row for one in panel.series for row in _steps(one)]))
    room = steps.mark_area(interpolate="step-after", opacity=0.28, clip=True)
    most = steps.mark_line(interpolate="step-after", strokeWidth=2, clip=True)
    least = steps.mark_line(interpolate="step-after", strokeWidth=2, clip=True, strokeDash=[5, 3])
    return [
        room.encode(x=_time(), y=y.stack(None), y2="ground:Q", color=colour),
        most.encode(x=_time(), y=y, color=colour),
        least.encode(x=_time(), y=ground, color=colour),
    ]


def panel_peak(panel: Panel) -> float:
    """The largest value that is drawn: of a stack, of its sum."""
    if panel.shape is not Shape.BARS:
        return max((one.largest for one in panel.series), default=0.0)
    stacks: dict[int, float] = {}
    for one in panel.series:
        for point in one.points:
            stacks[point.begin] = stacks.get(point.begin, 0.0) + point.value
    return max(stacks.values(), default=0.0)


def _stacked(series: tuple[ChartSeries, ...]) -> list[_Row]:
    """The rows of bars, each series upon those before it."""
    heights: dict[int, float] = {}
    rows = []
    for one in series:
        for point in one.points:
            ground = heights.get(point.begin, 0.0)
            heights[point.begin] = ground + point.value
            if point.value:
                rows.append(_row(one.label, point, ground))
    return rows


def _steps(series: ChartSeries) -> list[_Row]:
    """The rows of a step line: each period drawn to its end, and nothing where datapoints are missing."""
    rows: list[_Row] = []
    for point in series.points:
        row = _row(series.label, point) if point.low is None else _band_row(series.label, point, point.low)
        if rows and rows[-1]["end"] < row["begin"]:
            rows += _stop(rows[-1])
        rows.append(row)
    return rows + _stop(rows[-1]) if rows else []


def _row(label: str, point: Point, ground: float = 0.0) -> _Row:
    begin, end = point.begin * 1000, point.end * 1000
    return _Row(series=label, begin=begin, end=end, value=ground + point.value, ground=ground)


def _band_row(label: str, point: Point, low: float) -> _Row:
    most = None if point.open_above else point.value
    return _Row(series=label, begin=point.begin * 1000, end=point.end * 1000, value=most, ground=low)


def _stop(last: _Row) -> list[_Row]:
    at = last["end"]
    return [_Row(**{**last, "begin": at}), _Row(**{**last, "begin": at, "value": None, "ground": None})]


def _limits(limits: list[LimitLine]) -> list[alt.Chart]:
    layers = []
    for limit in limits:
        data = alt.InlineData(values=[{"value": limit.value, "label": limit.label}])
        line = alt.Chart(data).mark_rule(stroke="var(--chart-limit)", strokeWidth=1.5, strokeDash=[6, 4], clip=True)
        words = alt.Chart(data).mark_text(align="left", baseline="bottom", dx=6, dy=-4, fill="var(--chart-limit)")
        layers.append(line.encode(y="value:Q"))
        layers.append(words.encode(x=alt.value(0), y="value:Q", text="label:N"))
    return layers


def _empty(panel: Panel) -> alt.Chart:
    """A strip that says that every datapoint is 0: here that is evidence too."""
    rows = [row for one in panel.series for row in _steps(one)]
    axis = alt.Axis(title=None, values=[0], format="d")
    line = alt.Chart(alt.InlineData(values=rows)).mark_line(
        interpolate="step-after", strokeWidth=2, stroke="var(--chart-3)", clip=True
    )
    drawn: alt.Chart = line.encode(
        x=_time(), y=alt.Y("value:Q", scale=alt.Scale(domain=[-1, 1]), axis=axis), detail="series:N"
    )
    return drawn


_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": _FONT,
    "view": {"stroke": None},
    "text": {"fontSize": 11.5, "fontWeight": 600},
    "axis": {
        "labelColor": "var(--muted)",
        "labelFontSize": 11.5,
        "domainColor": "var(--strong-line)",
        "tickColor": "var(--strong-line)",
        "gridColor": "var(--grid)",
    },
    "axisX": {"tickSize": 4, "labelPadding": 5},
    "axisY": {"domain": False, "ticks": False, "labelPadding": 8, "minExtent": _AXIS_WIDTH, "maxExtent": _AXIS_WIDTH},
}
