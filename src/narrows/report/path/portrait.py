"""The same picture for a narrow screen: the way goes down, and each pipe is as wide as it takes connections."""

from __future__ import annotations

from markupsafe import Markup

from narrows.network import HopKind
from narrows.report.path.model import Mark, Pipe, Route, Stage, Table
from narrows.report.path.picture import definitions, describe
from narrows.report.path.pipes import about, figures, fullest_share
from narrows.report.path.signs import flag
from narrows.report.svg import element, group, number, rect, text, wrap
from narrows.words import percent

_WIDTH = 328.0
_PIPE = 46.0
"""Height of a pipe."""
_NARROWEST_TABLE = 4.0
_GAP = 26.0
"""Between stages, where the flow goes on."""


def draw_portrait(route: Route, key: str) -> Markup:
    """The picture of one route as a tall ``<svg>``."""
    capacities = [sum(_size(pipe) for pipe in stage.pipes) for stage in route.stages]
    scale = _WIDTH / max(1.0, *capacities) if capacities else 1.0
    column = _Column(scale, key, route.spill.label if route.spill else "")
    column.box([f"{source.label}: {source.figure or 'peak not known'}" for source in route.sources], "Environments")
    for stage in route.stages:
        column.arrow()
        column.stage(stage)
    if route.blocked:
        column.blocked(route.blocked)
    else:
        column.arrow()
    end = route.destination
    own = [figures(end)] if end.total else []
    column.box(
        [end.label, *[line.strip() for line in end.note.split("\n") if line.strip()], *own], HopKind.DESTINATION.heading
    )
    if route.in_vpc:
        column.words("DNS goes another way, past every table.")
    return element(
        "svg",
        element("title", f"The path {route.title}", id=f"{key}-title"),
        element("desc", describe(route), id=f"{key}-desc"),
        definitions(key),
        *column.drawn,
        class_="path portrait",
        role="img",
        viewBox=f"0 0 {number(_WIDTH)} {number(column.y)}",
        width=_WIDTH,
        height=column.y,
        aria_labelledby=f"{key}-title {key}-desc",
        xmlns="http://www.w3.org/2000/svg",
    )


def _size(pipe: Pipe) -> float:
    if pipe.capacity is not None:
        return float(pipe.capacity)
    return pipe.total[1] if pipe.total else 0.0


class _Column:
    """What has been drawn so far, from the top down."""

    def __init__(self, scale: float, key: str, spill: str) -> None:
        self.drawn: list[Markup] = []
        self.y = 0.0
        self._scale = scale
        self._key = key
        self._spill = spill

    def box(self, lines: list[str], heading: str) -> None:
        shown = lines[:5]
        height = 34 + 17 * len(shown)
        parts = [
            rect(0.5, self.y + 0.5, _WIDTH - 1, height, rx=8, class_="box"),
            text(12, self.y + 20, heading.upper(), 11, class_="heading"),
        ]
        for index, line in enumerate(shown):
            css = "name" if not index else "muted"
            parts.append(text(12, self.y + 40 + 17 * index, line, 12.5, _WIDTH - 24, class_=css))
        self.drawn.append(group(*parts))
        self.y += height + 2

    def arrow(self) -> None:
        x = _WIDTH / 2
        self.drawn.append(element("path", d=f"M{number(x)},{number(self.y + 4)}v12", class_="down"))
        self.drawn.append(element("path", d=f"M{number(x - 5)},{number(self.y + 15)}h10l-5,7z", class_="dns-head"))
        self.y += _GAP

    def words(self, content: str) -> None:
        for line in wrap(content, _WIDTH, 12):
            self.drawn.append(text(0, self.y + 20, line, 12, class_="muted"))
            self.y += 16
        self.y += 10

    def blocked(self, why: str) -> None:
        self.y += 6
        for line in wrap(f"✕ {why}", _WIDTH, 12.5):
            self.drawn.append(text(0, self.y + 14, line, 12.5, class_="blocked"))
            self.y += 17
        self.y += 12

    def stage(self, stage: Stage) -> None:
        self.drawn.append(text(0, self.y + 14, stage.heading.upper(), 11.5, class_="heading"))
        self.drawn.append(text(0, self.y + 30, stage.limit, 11.5, _WIDTH, class_="muted"))
        self.y += 38
        for pipe in stage.pipes:
            self._pipe(pipe)

    def _pipe(self, pipe: Pipe) -> None:
        if pipe.mark:
            binds = pipe.mark in (Mark.NARROWS, Mark.LIKELY)
            css = "figure full" if binds else "figure filling"
            said = [flag(pipe), *([self._spill] if binds and self._spill else [])]
            for line in said:
                self.drawn.append(text(0, self.y + 13, line, 12.5, class_=css))
                self.y += 18
            self.y += 3
        x = 0.0
        shown = pipe.drawn
        gap = 3.0 if len(shown) > 1 else 0.0
        for table in shown:
            size = table.capacity if table.capacity is not None else (table.high or 0)
            width = max(_NARROWEST_TABLE, size * self._scale - gap)
            self.drawn.append(self._table(pipe, table, x, width))
            x += width + gap
        self.y += _PIPE
        share = fullest_share(pipe)
        self.drawn.append(text(0, self.y + 18, pipe.label, 13, _WIDTH, class_="name"))
        self.drawn.append(
            element(
                "text",
                element("tspan", figures(pipe), class_="figure"),
                element("tspan", share, class_=f"figure {pipe.level.value}", dx=8),
                x=0,
                y=self.y + 36,
                font_size=13.5,
            )
        )
        self.y += 46

    def _table(self, pipe: Pipe, table: Table, x: float, width: float) -> Markup:
        y = self.y
        limited = table.capacity is not None
        parts = [rect(x, y, width, _PIPE, rx=min(4, width / 2), class_="wall" if limited else "wall open")]
        size = table.capacity or table.high
        if table.low is None or table.high is None or not size:
            parts.append(rect(x, y, width, _PIPE, rx=min(4, width / 2), fill=f"url(#{self._key}-unknown)"))
            return group(*parts, class_=f"table {table.level.value}")
        low, high = (width * min(1.0, value / size) for value in (table.low, table.high))
        if high - low > 0.5:
            parts.append(rect(x, y, high, _PIPE, fill=f"url(#{self._key}-{table.level.value})"))
        parts.append(rect(x, y, max(low, 1.0), _PIPE, rx=2, class_=f"fill {table.level.value}"))
        if len(pipe.drawn) == 1 and width > 90 and table.used:
            share = about(table.assumed) + percent(*table.used)
            room = low >= width / 2
            at = x + low / 2 if room else x + (high + width) / 2
            css = "on-fill share" if room else "share"
            if room or width - high > 70:
                parts.append(text(at, y + _PIPE / 2 + 6, share, 17, class_=css, text_anchor="middle"))
        return group(*parts, class_=f"table {table.level.value}")
