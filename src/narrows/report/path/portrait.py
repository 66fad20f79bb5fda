"""The same picture for a narrow screen: the way goes down, and each pipe is as wide as it takes connections."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from narrows.network import HopKind
from narrows.report.path.grouping import Grouped, grouped, has_rows
from narrows.report.path.layout import pipe_size, table_size
from narrows.report.path.model import Level, Mark, Pipe, Route, Source, Stage, Table
from narrows.report.path.picture import definitions, describe
from narrows.report.path.pipes import Names, about, figures, fullest_share, table_words
from narrows.report.path.signs import flag
from narrows.report.svg import element, group, named_text, number, rect, text
from narrows.report.text_width import fit, fit_names, lines_of, text_width
from narrows.words import percent

_WIDTH = 328.0
_PIPE = 46.0
"""Height of a pipe."""
_COMPACT_PIPE = 16.0
"""The same where there are many."""
_NARROWEST_TABLE = 4.0
_GAP = 26.0
"""Between stages, where the flow goes on."""
_FIGURE = 136.0
"""Width of the number of a function's environments."""
_MOST_LINES = 3
"""Lines of what a destination is called by."""


def draw_portrait(route: Route, key: str) -> Markup:
    """The picture of one route as a tall ``<svg>``."""
    shown = grouped(route)
    column = _Column(shown, key)
    sources = [*shown.route.sources, *([shown.more_sources] if shown.more_sources else [])]
    column.sources(sources)
    for stage in shown.route.stages:
        column.arrow()
        column.stage(stage)
    if route.blocked:
        column.blocked(route.blocked)
    else:
        column.arrow()
    column.destination(route)
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


class _Column:
    """What has been drawn so far, from the top down."""

    def __init__(self, shown: Grouped, key: str) -> None:
        self.drawn: list[Markup] = []
        self.y = 0.0
        route = shown.route
        sizes = [pipe_size(pipe) for stage in route.stages for pipe in stage.pipes]
        self._scale = _WIDTH / max(1.0, *sizes) if sizes else 1.0
        self._key = key
        self._spill = route.spill.label if route.spill else ""
        self._compact = shown.compact
        self._names = Names.fitting(
            route, _WIDTH * (0.5 if shown.compact else 1.0), _WIDTH * (0.36 if shown.compact else 0.75)
        )

    def sources(self, sources: Sequence[Source]) -> None:
        """Name and number of each function on one line."""
        names = fit_names((source.label for source in sources), _WIDTH - _FIGURE - 32, 12.5, "name")
        parts = []
        for index, source in enumerate(sources):
            y = self.y + 40 + 18 * index
            parts.append(named_text(12, y, source.label, names[source.label], 12.5, class_="name"))
            said = source.figure or "peak not known"
            parts.append(text(_WIDTH - 12, y, said, 12, _FIGURE, class_="muted", text_anchor="end"))
        self._box(HopKind.ENVIRONMENT.heading, 34 + 18 * len(sources), parts)

    def destination(self, route: Route) -> None:
        """What it is called by, and what arrives."""
        end = route.destination
        notes = [line.strip() for line in end.note.split("\n") if line.strip()][:_MOST_LINES]
        lines = [*notes, *([figures(end)] if end.total or end.capacity else [])]
        parts = []
        if end.mark:
            css = "figure full" if end.mark in (Mark.NARROWS, Mark.LIKELY) else "figure filling"
            spill = f": {self._spill}" if end.mark in (Mark.NARROWS, Mark.LIKELY) and self._spill else ""
            lines.append(f"{flag(end)}{spill}")
        parts.append(text(12, self.y + 40, end.label, 12.5, _WIDTH - 24, class_="name"))
        for index, line in enumerate(lines):
            last = end.mark and index == len(lines) - 1
            parts.append(text(12, self.y + 57 + 17 * index, line, 12, _WIDTH - 24, class_=css if last else "muted"))
        self._box(HopKind.DESTINATION.heading, 34 + 17 * (len(lines) + 1), parts)

    def _box(self, heading: str, height: float, parts: Sequence[Markup]) -> None:
        self.drawn.append(
            group(
                rect(0.5, self.y + 0.5, _WIDTH - 1, height, rx=8, class_="box"),
                text(12, self.y + 20, heading.upper(), 11, class_="heading"),
                *parts,
            )
        )
        self.y += height + 2

    def arrow(self) -> None:
        """The way goes on."""
        x = _WIDTH / 2
        self.drawn.append(element("path", d=f"M{number(x)},{number(self.y + 4)}v12", class_="down"))
        self.drawn.append(element("path", d=f"M{number(x - 5)},{number(self.y + 15)}h10l-5,7z", class_="dns-head"))
        self.y += _GAP

    def words(self, content: str) -> None:
        """A sentence in lines."""
        for line in lines_of(content, _WIDTH, 12, 3):
            self.drawn.append(text(0, self.y + 20, line, 12, class_="muted"))
            self.y += 16
        self.y += 10

    def blocked(self, why: str) -> None:
        """Where no SYN gets any further, and why."""
        self.y += 6
        for line in lines_of(f"✕ {why}", _WIDTH, 12.5, 5, "blocked"):
            self.drawn.append(text(0, self.y + 14, line, 12.5, class_="blocked"))
            self.y += 17
        self.y += 12

    def stage(self, stage: Stage) -> None:
        """Its pipes, each below the other."""
        self.drawn.append(text(0, self.y + 14, stage.heading.upper(), 11.5, _WIDTH, class_="heading"))
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
                self.drawn.append(text(0, self.y + 13, line, 12.5, _WIDTH, class_=css))
                self.y += 18
            self.y += 3
        height = _COMPACT_PIPE if self._compact else _PIPE
        x = 0.0
        for table, width in zip(pipe.tables, self._widths(pipe), strict=True):
            self.drawn.append(self._table(pipe, table, x, width, height))
            x += width + self._gap(pipe)
        self.y += height
        if self._compact:
            self._one_line(pipe)
        else:
            self._lines(pipe)

    def _gap(self, pipe: Pipe) -> float:
        return 3.0 if len(pipe.tables) > 1 else 0.0

    def _widths(self, pipe: Pipe) -> list[float]:
        """As wide as each table takes connections, none too narrow to be seen, together no wider than the picture."""
        gap = self._gap(pipe)
        widths = [max(_NARROWEST_TABLE, table_size(table) * self._scale - gap) for table in pipe.tables]
        room = _WIDTH - gap * (len(widths) - 1)
        factor = min(1.0, room / sum(widths))
        return [width * factor for width in widths]

    def _lines(self, pipe: Pipe) -> None:
        label = self._names.pipes[pipe.label]
        self.drawn.append(named_text(0, self.y + 18, f"{pipe.label} {pipe.id}".strip(), label, 13, class_="name"))
        self._figures(pipe, 0, self.y + 36, 13.5)
        self.y += 46
        fullest = pipe.fullest
        if has_rows(pipe) and fullest and fullest.used:
            said = f"fullest: {self._names.tables[fullest.label]}"
            self.drawn.append(named_text(0, self.y + 7, f"fullest: {fullest.label}", said, 12, class_="muted"))
            self.y += 17
        self.y += 6

    def _one_line(self, pipe: Pipe) -> None:
        label = self._names.pipes[pipe.label]
        whole = f"{pipe.label} {pipe.id}".strip()
        self.drawn.append(named_text(0, self.y + 14, whole, label, 12, class_="name"))
        self._figures(pipe, text_width(label, 12, "name") + 8, self.y + 14, 12)
        self.y += 26

    def _figures(self, pipe: Pipe, x: float, y: float, size: float) -> None:
        """Numbers, and how full the fullest table got; where there is no room for both, the latter alone."""
        share, numbers = fullest_share(pipe), figures(pipe)
        fullest = pipe.fullest
        if self._compact and has_rows(pipe) and fullest and fullest.label in self._names.tables:
            numbers = self._names.tables[fullest.label]
            share = share.removeprefix("fullest ")
        room = _WIDTH - x - (text_width(share, size, "figure") + 8 if share else 0)
        parts: list[Markup] = []
        if not share or text_width(numbers, size, "figure") <= room:
            shown = fit(numbers, room, size, "figure")
            parts.append(element("tspan", shown, class_="figure"))
        if share:
            parts.append(element("tspan", share, class_=f"figure {pipe.level.value}", dx=8 if parts else 0))
        self.drawn.append(element("text", *parts, x=x, y=y, font_size=size))

    def _table(self, pipe: Pipe, table: Table, x: float, width: float, height: float) -> Markup:
        y = self.y
        limited = table.capacity is not None
        radius = min(4, width / 2)
        parts = [
            element("title", f"{table.label}: {table_words(table)}"),
            rect(x, y, width, height, rx=radius, class_="wall" if limited else "wall open"),
        ]
        size = table.capacity or table.high
        if table.low is None or table.high is None or not size:
            if table.low is None:
                parts.append(rect(x, y, width, height, rx=radius, fill=f"url(#{self._key}-unknown)"))
            return group(*parts, class_=f"table {table.level.value}")
        low, high = (width * min(1.0, value / size) for value in (table.low, table.high))
        if high - low > 0.5:
            parts.append(rect(x, y, high, height, fill=f"url(#{self._key}-{table.level.value})"))
        parts.append(rect(x, y, max(low, 1.0 if table.low else 0.0), height, rx=2, class_=f"fill {table.level.value}"))
        if table.level is Level.FULL:
            parts.append(rect(x, y, high, height, fill=f"url(#{self._key}-grey)", class_="grey"))
        if len(pipe.tables) == 1 and not self._compact and table.used:
            parts += self._share(table, x, width, low, high)
        return group(*parts, class_=f"table {table.level.value}")

    def _share(self, table: Table, x: float, width: float, low: float, high: float) -> list[Markup]:
        """In the larger of what is filled and what is free, where it fits."""
        share = about(table.assumed) + percent(*table.used) if table.used else ""
        filled = low >= width - high
        room = low if filled else width - high
        if text_width(share, 17, "share") + 8 > room:
            return []
        at = x + low / 2 if filled else x + (high + width) / 2
        css = "on-fill share" if filled else "share"
        return [text(at, self.y + _PIPE / 2 + 6, share, 17, class_=css, text_anchor="middle")]
