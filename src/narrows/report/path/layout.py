"""Where everything in the picture of the path stands: one scale for every pipe, columns from left to right."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrows.report.path.model import Mark, Pipe, Route, Source, Stage
from narrows.report.svg import wrap

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
_THINNEST_TABLE = 7.0
_FIGURES = 52.0
"""Below a pipe: its name and its numbers."""
NOTE_LINE = 15.0
"""Height of a line of what the numbers rest on, below that."""
MOST_NOTE_LINES = 3
_CALLOUT = 40.0
"""Above a pipe that binds."""
_SPILL = 20.0
"""Above that: how many did not get through."""
_BETWEEN_PIPES = 26.0
_SOURCE_HEIGHT = 132.0
_SOURCE_IN_STACK = 50.0
MOST_SOURCES = 5
"""More functions than this are summed up in one box."""
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

    route: Route
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


def lay_out(route: Route) -> Layout:
    """Place everything of one route."""
    totals = [sum(_connections(pipe) for pipe in stage.pipes) for stage in route.stages]
    carried = max((pipe.total[1] for stage in route.stages for pipe in stage.pipes if pipe.total), default=0.0)
    arrived = route.destination.total[1] if route.destination.total else 0.0
    scale = (_THICKEST if route.stages else _THICKEST_DIRECT) / max(1.0, *totals, carried, arrived)

    count = len(route.stages)
    room = WIDTH - 2 * _SIDE
    width = min(_WIDEST_STAGE, (room - (count + 1) * _GAP) / count) if count else 0.0
    gap = (room - count * width) / (count + 1)
    columns = []
    for index, stage in enumerate(route.stages):
        x = _SIDE + gap + index * (width + gap)
        columns.append(Column(stage, x, width, _place_pipes(route, stage, x, width, scale)))
    end = _place_destination(route.destination, scale)
    sources = _place_sources(route)

    tops = [end.box.y - _above(route, end.pipe), sources[0][1].y]
    tops += [placed.box.y - _above(route, placed.pipe) for column in columns for placed in column.pipes]
    down = _TOP - min(tops)
    bottoms = [end.box.bottom, sources[-1][1].bottom + (24 if len(route.sources) > MOST_SOURCES else 0)]
    bottoms += [placed.box.bottom + _below(placed.pipe, width) for column in columns for placed in column.pipes]
    others = _place_others(route, columns, max(bottoms))
    dns = max([*bottoms, *(box.bottom for _, box in others)]) + 30
    return Layout(
        route=route,
        scale=scale,
        height=down + dns + (_DNS if route.in_vpc else 0.0),
        centre=down,
        sources=tuple((source, _lower(box, down)) for source, box in sources),
        columns=tuple(replace(c, pipes=tuple(_lower_pipe(placed, down) for placed in c.pipes)) for c in columns),
        destination=_lower_pipe(end, down),
        others=tuple((source, _lower(box, down)) for source, box in others),
        dns=down + dns,
    )


def note_lines(pipe: Pipe, width: float) -> list[str]:
    """What the numbers of a pipe rest on, in lines that fit below it."""
    lines = wrap(pipe.note, width, NOTE_SIZE)
    return (
        lines if len(lines) <= MOST_NOTE_LINES else [*lines[: MOST_NOTE_LINES - 1], f"{lines[MOST_NOTE_LINES - 1]} …"]
    )


def _lower(box: Box, down: float) -> Box:
    return replace(box, y=box.y + down)


def _lower_pipe(placed: Placed, down: float) -> Placed:
    return replace(placed, box=_lower(placed.box, down), tables=tuple(_lower(box, down) for box in placed.tables))


def _connections(pipe: Pipe) -> float:
    """What sets the thickness of a pipe: its capacity, or what it carries where no limit is known."""
    if pipe.capacity is not None:
        return float(pipe.capacity)
    return pipe.total[1] if pipe.total else 0.0


def _gap_between_tables(count: int) -> float:
    return 5.0 if count <= 8 else 3.0


def _table_heights(pipe: Pipe, scale: float) -> list[float]:
    heights = []
    for table in pipe.drawn:
        size = table.capacity if table.capacity is not None else table.high
        heights.append(max(_THINNEST_TABLE, (size or 0.0) * scale))
    return heights


def _block_height(pipe: Pipe, scale: float) -> float:
    heights = _table_heights(pipe, scale)
    return sum(heights) + _gap_between_tables(len(heights)) * (len(heights) - 1)


def _above(route: Route, pipe: Pipe) -> float:
    if pipe.mark in (Mark.NARROWS, Mark.LIKELY) and route.spill:
        return _CALLOUT + _SPILL
    return _CALLOUT if pipe.mark else 0.0


def _below(pipe: Pipe, width: float) -> float:
    return _FIGURES + NOTE_LINE * len(note_lines(pipe, width))


def _place_pipes(route: Route, stage: Stage, x: float, width: float, scale: float) -> tuple[Placed, ...]:
    """The pipes of a stage, one above the other, the middle of the column at height 0."""
    y = 0.0
    placed: list[Placed] = []
    for pipe in stage.pipes:
        if placed:
            y = placed[-1].box.bottom + _below(placed[-1].pipe, width) + _BETWEEN_PIPES + _above(route, pipe)
        placed.append(_place_tables(pipe, x, y, width, scale))
    middle = (placed[0].box.y + placed[-1].box.bottom) / 2
    return tuple(_lower_pipe(one, -middle) for one in placed)


def _place_tables(pipe: Pipe, x: float, y: float, width: float, scale: float) -> Placed:
    boxes = []
    top = y
    for height in _table_heights(pipe, scale):
        boxes.append(Box(x, top, width, height))
        top += height + _gap_between_tables(len(pipe.drawn))
    return Placed(pipe, Box(x, y, width, _block_height(pipe, scale)), tuple(boxes))


def _place_sources(route: Route) -> list[tuple[Source, Box]]:
    shown = route.sources[:MOST_SOURCES]
    if len(shown) == 1:
        return [(shown[0], Box(0.5, -_SOURCE_HEIGHT / 2, _SIDE, _SOURCE_HEIGHT))]
    step = _SOURCE_IN_STACK + 8
    top = -(len(shown) * step - 8) / 2
    return [(source, Box(0.5, top + i * step, _SIDE, _SOURCE_IN_STACK)) for i, source in enumerate(shown)]


def _place_destination(pipe: Pipe, scale: float) -> Placed:
    carried = (pipe.total[1] if pipe.total else 0.0) * scale
    height = max(_SOURCE_HEIGHT, carried + 24)
    box = Box(WIDTH - _SIDE - 0.5, -height / 2, _SIDE, height)
    return Placed(pipe, box, (box,))


def _place_others(route: Route, columns: list[Column], lowest: float) -> list[tuple[Source, Box]]:
    """Other clients stand below the ENIs: they reach the NAT gateway past them."""
    if not columns:
        return []
    x, width = columns[0].x, columns[0].width
    return [
        (source, Box(x, lowest + 14 + index * 60, width, 52))
        for index, source in enumerate(route.others[:MOST_SOURCES])
    ]
