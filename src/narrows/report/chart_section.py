"""The section of charts: each as it stands without any script, and the numbers that a script reads out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from markupsafe import Markup

from narrows.case.model import Case
from narrows.report.colours import GOOD, LIMIT, QUIET, paint, shade
from narrows.report.finer import finer
from narrows.report.focus import CHANGE, TimeSpan, focus
from narrows.report.panel_chart import chart, near_limits
from narrows.report.panel_model import ChartSeries, LimitLine, Panel, Point, Shape
from narrows.report.panels import extent, panels
from narrows.report.scripts import json_in_script
from narrows.report.shortening import shortened
from narrows.report.svg import element
from narrows.report.thinning import thin
from narrows.words import count, moment, percent, window

_LONGEST_NAME = 44
"""Characters of a name in a legend: what a phone has room for."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One series, or one limit, in the legend of a chart."""

    label: str
    whole: str
    """The label where it was too long for the legend."""
    swatch: Markup
    """A sample of its line or bar."""
    figure: str
    """What stands there while nobody points at the chart."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart on the page."""

    key: str
    title: str
    source: str
    reading: str
    note: str
    absent: str
    far_limits: str
    """Limits too far above the data to be drawn."""
    legend: tuple[LegendEntry, ...]
    limits: tuple[LegendEntry, ...]
    """Those that are drawn."""
    svg: Markup
    """The picture; empty where there is nothing to draw."""
    readout: dict[str, object]
    """``series``: of each (begin, end, value), and of a band the least that it can be; ``zero``: whether the value is 0
    where there is no point. Times are seconds since the beginning of the time axis."""


@dataclass(frozen=True, slots=True)
class ChartSection:
    """Every chart of the page, on one time axis."""

    extent: TimeSpan | None
    figures: tuple[Figure, ...]
    elsewhere: tuple[Figure, ...] = ()
    """Charts of other sections, which share the time axis."""

    @property
    def drawn(self) -> bool:
        """Whether there is a chart at all."""
        return any(figure.svg for figure in (*self.figures, *self.elsewhere))

    @property
    def not_shown(self) -> str:
        """What of the window the charts leave out at first; empty where they show all of it."""
        if self.extent is None or self.extent.all_shown:
            return ""
        span = self.extent
        whole = window(datetime.fromtimestamp(span.begin, UTC), datetime.fromtimestamp(span.end, UTC))
        return (
            f"Shown is where something happens, {moment(span.shown_begin)} to {moment(span.shown_end)} UTC. "
            f"In the rest of the window ({whole}) no line moves by more than {percent(CHANGE)} and no count is above 0."
        )

    @property
    def data(self) -> Markup:
        """What the page's script reads out, as JSON inside ``<script>``."""
        drawn = [figure for figure in (*self.figures, *self.elsewhere) if figure.svg]
        span = self.extent
        return json_in_script(
            {
                "extent": (span.begin, span.end) if span else None,
                "shown": (span.shown_begin, span.shown_end) if span else None,
                "charts": {figure.key: figure.readout for figure in drawn},
            }
        )

    def sharing_its_axis_with(self, figures: tuple[Figure, ...]) -> ChartSection:
        """The same with charts of another section."""
        return replace(self, elsewhere=(*self.elsewhere, *figures))


def chart_section(case: Case) -> ChartSection:
    """Every chart of a case: first those with something in them, then what is 0 throughout, then what is not there."""
    by_minute = panels(case)
    ends = extent(case, by_minute)
    if ends is None:
        return ChartSection(None, ())
    span = focus(*ends, by_minute)
    shown = sorted(finer(case, by_minute, span), key=lambda panel: (not panel.series, panel.flat_zero))
    return ChartSection(span, tuple(make_figure(panel, span) for panel in shown))


def make_figure(panel: Panel, span: TimeSpan) -> Figure:
    """One panel as a figure."""
    panel = thin(panel)
    drawn = bool(panel.series)
    near = near_limits(panel)
    return Figure(
        key=panel.key,
        title=panel.title,
        source=panel.source,
        reading=panel.reading,
        note=panel.note,
        absent=panel.absent,
        far_limits="; ".join(limit.label for limit in panel.limits if drawn and limit not in near),
        legend=_legend(panel),
        limits=tuple(_limit(limit) for limit in near),
        svg=chart(panel, span) if drawn else Markup(),
        readout={
            "series": [[_point(point, span.begin) for point in series.points] for series in panel.series],
            "zero": panel.zero_between,
        },
    )


def _legend(panel: Panel) -> tuple[LegendEntry, ...]:
    if panel.flat_zero and len(panel.series) > 1:
        return (_entry(panel, replace(panel.series[0], label=f"all {len(panel.series)}", shade=0), ""),)
    labels = shortened([series.label for series in panel.series], _LONGEST_NAME)
    return tuple(
        _entry(panel, series, label if label != series.label else "")
        for series, label in zip(panel.series, labels, strict=True)
    )


def _entry(panel: Panel, series: ChartSeries, short: str) -> LegendEntry:
    bar = panel.shape is Shape.BARS and not panel.flat_zero
    figure = f"{count(series.total)} in all" if bar else f"peak {series.peak}"
    colour = GOOD if panel.flat_zero else series.colour
    return LegendEntry(
        short or series.label,
        series.label if short else "",
        _swatch(colour, bar=bar, dashed=series.dashed, opacity=shade(series.shade)),
        figure if series.largest else "0 throughout",
    )


def _limit(limit: LimitLine) -> LegendEntry:
    return LegendEntry(limit.what, "", _swatch(LIMIT if limit.binds else QUIET, dashed=True), count(limit.value))


def _swatch(colour: str, *, bar: bool = False, dashed: bool = False, opacity: float = 1.0) -> Markup:
    if bar:
        drawn = element(
            "rect",
            x=0.5,
            y=0.5,
            width=15,
            height=9,
            fill=paint(colour),
            stroke=paint(colour),
            fill_opacity=f"{opacity:g}",
        )
    else:
        drawn = element(
            "line",
            x1=0,
            x2=16,
            y1=5,
            y2=5,
            stroke=paint(colour),
            stroke_width=2.5,
            stroke_dasharray="5 3" if dashed else None,
            stroke_opacity=f"{opacity:g}",
        )
    return element("svg", drawn, width=16, height=10, aria_hidden="true")


def _point(point: Point, origin: int) -> Sequence[float | None]:
    """Begin, end, value (the most, None where nothing says it); of a band the least too."""
    value = None if point.open_above else _short(point.value)
    whole = (point.begin - origin, point.end - origin, value)
    return whole if point.low is None else (*whole, _short(point.low))


def _short(value: float) -> float:
    """Whole numbers without ``.0``: half of the digits of most."""
    return int(value) if value == int(value) else round(value, 3)
