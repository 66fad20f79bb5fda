"""The section of charts: what the page's script needs, and each chart as it stands without any script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from narrows.case.model import Case
from narrows.report.panel_chart import chart, near_limits
from narrows.report.panel_model import ChartSeries, Panel, Point, Shape
from narrows.report.panels import extent, panels
from narrows.report.scripts import inert, json_in_script, static_svg
from narrows.report.thinning import thin
from narrows.words import count


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One series in the legend of a chart."""

    label: str
    colour: str
    """The end of its CSS class: ``1`` to ``6``, ``bad``."""
    figure: str
    """What stands there while nobody points at the chart."""
    bar: bool
    dashed: bool


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
    svg: Markup
    """Without a script, and on paper; empty where there is nothing to draw."""
    specification: dict[str, Any]
    points: tuple[tuple[tuple[float | None, ...], ...], ...]
    """Of each series: (begin, end, value), and of a band the least that it can be."""


@dataclass(frozen=True, slots=True)
class ChartSection:
    """Every chart of the page, on one time axis."""

    extent: tuple[int, int] | None
    """Seconds since 1970."""
    figures: tuple[Figure, ...]
    elsewhere: tuple[Figure, ...] = ()
    """Charts of other sections, which share the time axis."""

    @property
    def drawn(self) -> bool:
        """Whether there is a chart at all."""
        return any(figure.svg for figure in (*self.figures, *self.elsewhere))

    @property
    def data(self) -> Markup:
        """What the page's script draws from, as JSON inside ``<script>``."""
        drawn = [figure for figure in (*self.figures, *self.elsewhere) if figure.svg]
        return json_in_script(
            {
                "extent": self.extent,
                "charts": {
                    figure.key: {"specification": figure.specification, "series": figure.points} for figure in drawn
                },
            }
        )

    def sharing_its_axis_with(self, figures: tuple[Figure, ...]) -> ChartSection:
        """The same with charts of another section."""
        return replace(self, elsewhere=(*self.elsewhere, *figures))


def chart_section(case: Case) -> ChartSection:
    """Every chart of a case."""
    found = panels(case)
    span = extent(case, found)
    if span is None:
        return ChartSection(None, ())
    return ChartSection(span, tuple(make_figure(panel, span) for panel in found))


def make_figure(panel: Panel, span: tuple[int, int]) -> Figure:
    """One panel as a figure, over a window in seconds since 1970."""
    panel = thin(panel)
    drawn = bool(panel.series)
    specification = inert(chart(panel, span)) if drawn else {}
    near = near_limits(panel)
    return Figure(
        key=panel.key,
        title=panel.title,
        source=panel.source,
        reading=panel.reading,
        note=panel.note,
        absent=panel.absent,
        far_limits="; ".join(limit.label for limit in panel.limits if drawn and limit not in near),
        legend=tuple(_entry(panel, one) for one in panel.series),
        svg=static_svg(specification, f"chart-{panel.key}") if drawn else Markup(),
        specification=specification,
        points=tuple(_points(panel.series)),
    )


def _entry(panel: Panel, series: ChartSeries) -> LegendEntry:
    bar = panel.shape is Shape.BARS
    figure = f"{count(series.total)} in all" if bar else f"peak {series.peak}"
    colour = "3" if panel.flat_zero else series.colour.removeprefix("--chart-")
    return LegendEntry(series.label, colour, "0 throughout" if not series.largest else figure, bar, series.dashed)


def _points(series: Iterable[ChartSeries]) -> Iterable[tuple[tuple[float | None, ...], ...]]:
    return (tuple(_point(point) for point in one.points) for one in series)


def _point(point: Point) -> tuple[float | None, ...]:
    """Begin, end, value (the most, None where nothing says it); of a band the least too."""
    whole = (point.begin, point.end, None if point.open_above else point.value)
    return whole if point.low is None else (*whole, point.low)
