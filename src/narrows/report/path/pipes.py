"""One pipe of the picture: its tables side by side, each as full as it got, and its numbers below."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from narrows.report.path.grouping import has_rows
from narrows.report.path.layout import NOTE_LINE, NOTE_SIZE, Box, Layout, Placed, note_lines
from narrows.report.path.model import Level, Pipe, Route, Table
from narrows.report.svg import element, group, named_text, rect, text
from narrows.report.text_width import fit, fit_names, text_width
from narrows.words import count, interval, percent

NAME_SIZE = 13.0
_COMPACT_SIZE = 12.0
_ROW_SIZE = 11.5
_SHARE_ROOM = 104.0
"""Beside a name: ``fullest 100 %``."""
_PLATE_EDGE = 4.0
"""Between a text and the edge of the plate that it stands on."""


@dataclass(frozen=True, slots=True)
class Names:
    """What names are shown as: shortened to the room that they have, so that those of one picture differ."""

    pipes: dict[str, str]
    tables: dict[str, str]

    @classmethod
    def of(cls, layout: Layout) -> Names:
        """Those of a picture."""
        width = min((column.width for column in layout.columns), default=200.0)
        names = width - _SHARE_ROOM if layout.shown.compact else width
        size = _COMPACT_SIZE if layout.shown.compact else NAME_SIZE
        return cls.fitting(layout.route, names, width - 84, size)

    @classmethod
    def fitting(cls, route: Route, names: float, rows: float, size: float = NAME_SIZE) -> Names:
        """Those that fit a width; of tables, which have names only among others, another."""
        pipes = [pipe for stage in route.stages for pipe in stage.pipes]
        return cls(
            fit_names((pipe.label for pipe in pipes), names, size, "name"),
            fit_names((table.label for pipe in pipes for table in named_rows(pipe)), rows, _ROW_SIZE),
        )


def named_rows(pipe: Pipe) -> list[Table]:
    """Its tables that have a name in the picture."""
    return [table for table in pipe.tables if table.stands_for == 1] if has_rows(pipe) else []


def draw_pipe(layout: Layout, placed: Placed, names: Names, key: str) -> Markup:
    """A pipe; ``key`` is that of the picture's hatches."""
    pipe = placed.pipe
    tables = [_table(pipe, table, where, names, key) for table, where in zip(pipe.tables, placed.tables, strict=True)]
    lines = _one_line(placed, names) if layout.shown.compact else _lines(layout, placed, names)
    return group(*tables, *lines, class_=f"pipe {pipe.level.value}")


def _lines(layout: Layout, placed: Placed, names: Names) -> list[Markup]:
    """Below a pipe: its name, its numbers, and what these rest on."""
    pipe, box = placed.pipe, placed.box
    label = names.pipes[pipe.label]
    left = box.width - text_width(label, NAME_SIZE, "name") - 10
    lines = [named_text(box.x, box.bottom + 19, f"{pipe.label} {pipe.id}".strip(), label, NAME_SIZE, class_="name")]
    if pipe.id and left > 60:
        lines.append(text(box.right - left, box.bottom + 19, pipe.id, 11.5, left, class_="mono muted"))
    lines.append(_figures(pipe, box.x, box.bottom + 38, 14, box.width))
    for index, line in enumerate(note_lines(layout.shown, pipe, box.width)):
        lines.append(text(box.x, box.bottom + 55 + index * NOTE_LINE, line, NOTE_SIZE, class_="muted"))
    return lines


def _one_line(placed: Placed, names: Names) -> list[Markup]:
    """The same where there are many pipes."""
    pipe, box = placed.pipe, placed.box
    label = names.pipes[pipe.label]
    y = box.bottom + 15
    whole = f"{pipe.label} {pipe.id}".strip()
    x = box.x + text_width(label, _COMPACT_SIZE, "name") + 8
    return [
        named_text(box.x, y, whole, label, _COMPACT_SIZE, class_="name"),
        _figures(pipe, x, y, _COMPACT_SIZE, box.right - x),
    ]


def _figures(pipe: Pipe, x: float, y: float, size: float, width: float) -> Markup:
    """Numbers, and how full the fullest table got; the latter alone where there is no room for both."""
    share = fullest_share(pipe)
    numbers = figures(pipe)
    left = width - text_width(share, size, "figure") - (9 if share else 0)
    if share and text_width(numbers, size, "figure") > left:
        shown: list[Markup | str] = [element("title", numbers)]
        start = 0
    else:
        shown = [element("tspan", fit(numbers, width, size, "figure"), class_="figure")]
        start = 9
    if share:
        shown.append(element("tspan", share, class_=f"figure {pipe.level.value}", dx=start))
    return element("text", *shown, x=x, y=y, font_size=size)


def fullest_share(pipe: Pipe) -> str:
    """``fullest 85 %``; empty where nothing is known of it."""
    fullest = pipe.fullest
    if fullest is None or fullest.used is None:
        return ""
    shown = about(fullest.assumed) + percent(*fullest.used)
    if len(pipe.tables) == 1:
        many = fullest.stands_for > 1
        return (f"each {shown}" if fullest.label.endswith("each as full") else f"mean {shown}") if many else shown
    return f"fullest {shown}" if has_rows(pipe) else f"each {shown}"


def about(assumed: bool) -> str:
    """What stands before a share that rests on an assumption."""
    return "≈ " if assumed else ""


def _table(pipe: Pipe, table: Table, box: Box, names: Names, key: str) -> Markup:
    """A table: its wall, what certainly filled it, and hatched what may have."""
    level = table.level
    limited = table.capacity is not None
    radius = min(4, box.height / 2)
    parts = [rect(box.x, box.y, box.width, box.height, rx=radius, class_="wall" if limited else "wall open")]
    size = table.capacity or table.high or 0
    if table.low is None or table.high is None:
        parts.append(rect(box.x, box.y, box.width, box.height, rx=radius, fill=f"url(#{key}-unknown)"))
        if not has_rows(pipe) and box.height >= 20:
            parts += _on_ground(box, "middle", 0, box.height, _unknown_words(pipe), min(13.0, box.height - 6))
    elif size:
        low = box.height * min(1.0, table.low / size)
        high = box.height * min(1.0, table.high / size)
        if high - low > 0.5:
            parts.append(_fill(box, high, fill=f"url(#{key}-{level.value})", class_="estimate"))
        css = f"fill {level.value} assumed" if table.assumed and low > 9 else f"fill {level.value}"
        parts.append(_fill(box, max(low, 1.0 if table.low else 0.0), class_=css))
        if level is Level.FULL:
            parts.append(_fill(box, high, fill=f"url(#{key}-grey)", class_="grey"))
        if not has_rows(pipe):
            parts += _share_alone(pipe, table, box, low, high)
    if has_rows(pipe):
        parts += _row(table, box, names)
    return group(element("title", f"{table.label}: {table_words(table)}"), *parts, class_=f"table {level.value}")


def _unknown_words(pipe: Pipe) -> str:
    return "not in this case" if pipe.measured else "no metric shows this"


def table_words(table: Table) -> str:
    """How full a table got, in words."""
    if table.low is None or table.high is None:
        return "no metric shows how full" + (f", of {count(table.capacity)}" if table.capacity else "")
    if table.capacity is None:
        return f"{interval(table.low, table.high)}, no limit known"
    shares = percent(table.low / table.capacity, table.high / table.capacity)
    return f"{about(table.assumed)}{interval(table.low, table.high)} of {count(table.capacity)}, {shares}"


def _fill(box: Box, height: float, **attributes: str | float | None) -> Markup:
    radius = min(4, height / 2) if height > box.height - 1 else 0
    return rect(box.x, box.bottom - height, box.width, height, rx=radius, **attributes)


def _share_alone(pipe: Pipe, table: Table, box: Box, low: float, high: float) -> list[Markup]:
    """How full a table got, in it, where it stands alone or is one of several that are as full as each other."""
    if box.height < 15 or table.used is None:
        return []
    size = 13.0 if len(pipe.tables) > 1 else 26.0 if box.height > 70 else 17.0 if box.height > 34 else 12.0
    size = min(size, box.height - 4)
    share = about(table.assumed) + percent(*table.used)
    filled, free = low, box.height - high
    if max(filled, free) < size * 1.3:
        return _on_ground(box, "middle", low, high, share, min(size, box.height - 5), "share")
    # In the larger of what is filled and what is free: text across an edge is hard to read.
    middle, css = (box.bottom - filled / 2, "on-fill share") if filled >= free else (box.y + free / 2, "share")
    return [text(box.x + box.width / 2, middle + size * 0.36, share, size, class_=css, text_anchor="middle")]


def _row(table: Table, box: Box, names: Names) -> list[Markup]:
    """The name of one of several tables at its start, and its share at its end."""
    used = table.used
    share = about(table.assumed) + percent(*used) if used and table.stands_for == 1 else ""
    shown = names.tables[table.label] if table.stands_for == 1 else _rest_words(table, box.width - 20)
    size = (table.capacity or table.high or 0) if table.low is not None else 0
    # Where it is not known, the whole table is hatched.
    low, high = (
        (0.0, box.height)
        if not size
        else (box.height * min(1.0, end / size) for end in (table.low or 0, table.high or 0))
    )
    return [
        *_on_ground(box, "start", low, high, shown, _ROW_SIZE, "", table.label),
        *(_on_ground(box, "end", low, high, share, _ROW_SIZE, "share") if share else []),
    ]


def _rest_words(table: Table, width: float) -> str:
    """``and 22 more subnets, none fuller than 12 %``, or as much of it as fits."""
    counted, _, fuller = table.label.partition(", ")
    short = " ".join(counted.split()[:3])
    for words in (table.label, f"{short}, {fuller}" if fuller else short, short):
        if text_width(words, _ROW_SIZE) <= width:
            return words
    return fit(short, width, _ROW_SIZE)


def _on_ground(
    box: Box, anchor: str, low: float, high: float, content: str, size: float, css: str = "", whole: str | None = None
) -> list[Markup]:
    """A text at half of a table's height, on a plate of its own where the edge of what is filled would cross it."""
    width = text_width(content, size, css)
    inner = {"start": box.x + 9, "middle": box.x + box.width / 2, "end": box.right - 9}[anchor]
    left = {"start": inner, "middle": inner - width / 2, "end": inner - width}[anchor]
    half = size * 0.62
    words = whole or content
    ground: list[Markup]
    if high <= box.height / 2 - half:
        ground = []
    elif low >= box.height / 2 + half:
        ground, css = [], f"on-fill {css}".strip()
    else:
        ground = [rect(left - _PLATE_EDGE, box.middle - half, width + 2 * _PLATE_EDGE, 2 * half, rx=3, class_="plate")]
    label = named_text(inner, box.middle + size * 0.36, words, content, size, class_=css or None, text_anchor=anchor)
    return [*ground, label]


def figures(pipe: Pipe) -> str:
    """``12,000 of 20,000``, as far as it is known."""
    total = pipe.total
    if pipe.capacity is None:
        return f"{interval(*total)} connections" if total else "no limit known"
    if total is None:
        return f"peak unknown, of {count(pipe.capacity)}"
    return f"{interval(*total)} of {count(pipe.capacity)}"
