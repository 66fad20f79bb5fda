"""Where everything in the picture of the path stands: one scale for every pipe, columns from left to right."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrows.report.path.grouping import Grouped, grouped, has_rows
from narrows.report.path.model import Mark, Pipe, Route, Source, Stage, Table
from narrows.report.text_width import lines_of

WIDTH = 1120.0
_SIDE = 166.0
"""Width of the first and the last column."""
_WIDEST_STAGE = 330.0
_GAP = 92.0
"""Between columns, where the flow fans in and out."""
_TOP = 52.0
"""Above it stand the headings."""
_THICKEST = 188.0
"""Height of the stage that takes the most connections: it sets the scale."""
_THICKEST_DIRECT = 48.0
"""Of a flow that fills no table."""
_THINNEST_TABLE = 5.0
THINNEST_ROW = 18.0
"""Of a table with its name in it."""
_FIGURES = 46.0
"""Below a pipe: its name and its numbers."""
_COMPACT_FIGURES = 20.0
"""The same on one line, where there are many pipes."""
NOTE_LINE = 15.0
"""Height of a line of what the numbers rest on, below that."""
MOST_NOTE_LINES = 3
_CALLOUT = 40.0
"""Above a pipe that binds."""
_SPILL = 20.0
"""Above that: how many did not get through."""
_BETWEEN_PIPES = 26.0
_BETWEEN_COMPACT = 12.0
_SOURCE_HEIGHT = 132.0
_SOURCE_IN_STACK = 50.0
_OTHER_HEIGHT = 52.0
_DNS = 20.0
NOTE_SIZE = 11.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Height of its centre."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Placed:
    """A pipe and its tables."""

    pipe: Pipe
    box: Box
    """Around its tables."""
    tables: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A stage."""

    stage: Stage
    x: float
    width: float
    pipes: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture."""

    shown: Grouped
    scale: float
    """Pixels per connection."""
    height: float
    centre: float
    sources: tuple[tuple[Source, Box], ...]
    columns: tuple[Column, ...]
    destination: Placed
    others: tuple[tuple[Source, Box], ...]
    dns: float
    """Height of the line that DNS takes."""

    @property
    def route(self) -> Route:
        """As far as it is drawn."""
        return self.shown.route


def lay_out(whole: Route) -> Layout:
    """Place everything of one route."""
    shown = grouped(whole)
    route = shown.route
    scale = _scale(route)
    count = len(route.stages)
    room = WIDTH - 2 * _SIDE
    width = min(_WIDEST_STAGE, (room - (count + 1) * _GAP) / count) if count else 0.0
    gap = (room - count * width) / (count + 1)
    columns = []
    for index, stage in enumerate(route.stages):
        x = _SIDE + gap + index * (width + gap)
        columns.append(Column(stage, x, width, _place_pipes(shown, stage, x, width, scale)))
    end = _place_destination(route.destination, scale)
    sources = _place_sources(shown)

    tops = [end.box.y - _above(route, end.pipe), sources[0][1].y]
    tops += [placed.box.y - _above(route, placed.pipe) for column in columns for placed in column.pipes]
    down = _TOP - min(tops)
    bottoms = [end.box.bottom, sources[-1][1].bottom]
    bottoms += [placed.box.bottom + _below(shown, placed.pipe, width) for column in columns for placed in column.pipes]
    others = _place_others(shown, columns, max(bottoms))
    dns = max([*bottoms, *(box.bottom for _, box in others)]) + 30
    return Layout(
        shown=shown,
        scale=scale,
        height=down + dns + (_DNS if route.in_vpc else 0.0),
        centre=down,
        sources=tuple((source, _lower(box, down)) for source, box in sources),
        columns=tuple(replace(c, pipes=tuple(_lower_pipe(placed, down) for placed in c.pipes)) for c in columns),
        destination=_lower_pipe(end, down),
        others=tuple((source, _lower(box, down)) for source, box in others),
        dns=down + dns,
    )


def note_lines(shown: Grouped, pipe: Pipe, width: float) -> list[str]:
    """What the numbers of a pipe rest on, in lines that fit below it; none where there are many pipes."""
    return [] if shown.compact else lines_of(pipe.note, width, NOTE_SIZE, MOST_NOTE_LINES)


def table_size(table: Table) -> float:
    """What sets the thickness of a table: its capacity, or what it carries where no limit is known."""
    return float(table.capacity if table.capacity is not None else table.high or 0.0)


def pipe_size(pipe: Pipe) -> float:
    """The same of all tables of a pipe."""
    if pipe.capacity is not None:
        return float(pipe.capacity)
    return pipe.total[1] if pipe.total else 0.0


def _scale(route: Route) -> float:
    if not route.stages:
        arrived = route.destination.total
        return _THICKEST_DIRECT / max(1.0, arrived[1] if arrived else 0.0)
    # What a table is asked for beyond its capacity does not make the pipes thinner.
    return _THICKEST / max(1.0, *(sum(pipe_size(pipe) for pipe in stage.pipes) for stage in route.stages))


def _lower(box: Box, down: float) -> Box:
    return replace(box, y=box.y + down)


def _lower_pipe(placed: Placed, down: float) -> Placed:
    return replace(placed, box=_lower(placed.box, down), tables=tuple(_lower(box, down) for box in placed.tables))


def _gap_between_tables(pipe: Pipe) -> float:
    return 5.0 if len(pipe.tables) <= 8 and not has_rows(pipe) else 3.0


def _table_heights(pipe: Pipe, scale: float) -> list[float]:
    least = THINNEST_ROW if has_rows(pipe) or len(pipe.tables) == 1 else _THINNEST_TABLE
    return [max(least, table_size(table) * scale) for table in pipe.tables]


def _above(route: Route, pipe: Pipe) -> float:
    if pipe.mark in (Mark.NARROWS, Mark.LIKELY) and route.spill:
        return _CALLOUT + _SPILL
    return _CALLOUT if pipe.mark else 0.0


def _below(shown: Grouped, pipe: Pipe, width: float) -> float:
    if shown.compact:
        return _COMPACT_FIGURES
    return _FIGURES + NOTE_LINE * len(note_lines(shown, pipe, width))


def _place_pipes(shown: Grouped, stage: Stage, x: float, width: float, scale: float) -> tuple[Placed, ...]:
    """The pipes of a stage, one above the other, the middle of the column at height 0."""
    y = 0.0
    placed: list[Placed] = []
    between = _BETWEEN_COMPACT if shown.compact else _BETWEEN_PIPES
    for pipe in stage.pipes:
        if placed:
            below = _below(shown, placed[-1].pipe, width)
            y = placed[-1].box.bottom + below + between + _above(shown.route, pipe)
        placed.append(_place_tables(pipe, x, y, width, scale))
    middle = (placed[0].box.y + placed[-1].box.bottom) / 2
    return tuple(_lower_pipe(pipe, -middle) for pipe in placed)


def _place_tables(pipe: Pipe, x: float, y: float, width: float, scale: float) -> Placed:
    boxes: list[Box] = []
    top = y
    for height in _table_heights(pipe, scale):
        boxes.append(Box(x, top, width, height))
        top += height + _gap_between_tables(pipe)
    return Placed(pipe, Box(x, y, width, boxes[-1].bottom - y), tuple(boxes))


def _place_sources(shown: Grouped) -> list[tuple[Source, Box]]:
    sources = [*shown.route.sources, *([shown.more_sources] if shown.more_sources else [])]
    if len(sources) == 1:
        return [(sources[0], Box(0.5, -_SOURCE_HEIGHT / 2, _SIDE, _SOURCE_HEIGHT))]
    step = _SOURCE_IN_STACK + 8
    top = -(len(sources) * step - 8) / 2
    return [(source, Box(0.5, top + i * step, _SIDE, _SOURCE_IN_STACK)) for i, source in enumerate(sources)]


def _place_destination(pipe: Pipe, scale: float) -> Placed:
    carried = min((pipe.total[1] if pipe.total else 0.0) * scale, _THICKEST)
    height = max(_SOURCE_HEIGHT, carried + 24)
    box = Box(WIDTH - _SIDE - 0.5, -height / 2, _SIDE, height)
    return Placed(pipe, box, (box,))


def _place_others(shown: Grouped, columns: list[Column], lowest: float) -> list[tuple[Source, Box]]:
    """Other clients stand below the ENIs: they reach the NAT gateway past them."""
    if not columns:
        return []
    x, width = columns[0].x, columns[0].width
    others = list(shown.route.others)
    if shown.more_others:
        others.append(Source(f"and {shown.more_others:,} more behind the NAT gateways"))
    boxes: list[tuple[Source, Box]] = []
    top = lowest + 14
    for source in others:
        box = Box(x, top, width, _OTHER_HEIGHT if source.note else 26.0)
        boxes.append((source, box))
        top = box.bottom + 8
    return boxes
