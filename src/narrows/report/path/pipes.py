"""One pipe of the picture: its tables side by side, each as full as it got, and its numbers below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from narrows.report.path.grouping import alike, has_rows
from narrows.report.path.layout import NOTE_LINE, NOTE_SIZE, Box, Layout, Placed, note_lines
from narrows.report.path.model import Level, Pipe, Route, Table
from narrows.report.svg import element, group, named_text, rect, text
from narrows.report.text_width import fit, fit_names, fitting_size, text_width
from narrows.words import count, interval, percent

NAME_SIZE = 13.0
_COMPACT_SIZE = 12.0
_ROW_SIZE = 11.5
_ROW_CSS = "on-fill"
"""The widest that a name in a table is written."""
_BETWEEN = " / "
_SHARE_ROOM = 104.0
"""Beside a name: ``fullest 100 %``."""
_LEAST_WITH_SHARE = 15.0
"""Height of a table that has its share written in it."""
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
        rows = [table for column in layout.columns for placed in column.pipes for table in named_rows(placed.pipe)]
        widest = max((text_width(share_in_row(table), _ROW_SIZE, "share") for table in rows), default=0.0)
        return cls.fitting(layout.route, names, width - widest - 32, size)

    @classmethod
    def fitting(cls, route: Route, names: float, rows: float, size: float = NAME_SIZE) -> Names:
        """Those that fit a width; of tables, which have names only among others, another."""
        pipes = [pipe for stage in route.stages for pipe in stage.pipes]
        return cls(
            fit_names((pipe.label for pipe in pipes), names, size, "name"),
            _fit_pairs((table.label for pipe in pipes for table in named_rows(pipe)), rows),
        )


def _fit_pairs(labels: Iterable[str], width: float) -> dict[str, str]:
    """Labels such as ``subnet / security groups``: each part shortened among its like."""
    pairs = {label: label.partition(_BETWEEN) for label in labels}
    if all(text_width(label, _ROW_SIZE, _ROW_CSS) <= width for label in pairs) or not any(
        pair[1] for pair in pairs.values()
    ):
        return fit_names(pairs, width, _ROW_SIZE, _ROW_CSS)
    room = width - text_width(_BETWEEN, _ROW_SIZE, _ROW_CSS)
    firsts = fit_names((first for first, _, _ in pairs.values()), room * 0.6, _ROW_SIZE, _ROW_CSS)
    lasts = fit_names((last for _, _, last in pairs.values()), room * 0.4, _ROW_SIZE, _ROW_CSS)
    return {label: firsts[first] + between + lasts[last] for label, (first, between, last) in pairs.items()}


def asked(route: Route) -> str:
    """What connections at the destination are: not yet open where some table on the way does not hold them."""
    pipes = [route.destination, *(pipe for stage in route.stages for pipe in stage.pipes)]
    overfull = any(table.used and table.used[0] > 1 for pipe in pipes for table in pipe.tables)
    return "wanted" if overfull else "open"


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
        lines.append(text(box.right - left, box.bottom + 19, pipe.id, 11.5, left, class_="fixed muted"))
    lines.append(_figures(placed, box.x, box.bottom + 38, 14))
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
        _figures(placed, x, y, _COMPACT_SIZE),
    ]


def _figures(placed: Placed, x: float, y: float, size: float) -> Markup:
    """Numbers, and how full the fullest table got; where there is no room for both, what the tables do not say."""
    pipe = placed.pipe
    return figures_text(
        figures(pipe),
        fullest_share(pipe),
        pipe.level,
        (x, y),
        size,
        placed.box.right - x,
        share_first=min(box.height for box in placed.tables) < _LEAST_WITH_SHARE,
    )


def figures_text(
    numbers: str,
    share: str,
    level: Level,
    at: tuple[float, float],
    size: float,
    width: float,
    *,
    share_first: bool,
) -> Markup:
    """One line with both, in a smaller size if need be; or else the one that goes first."""
    least = size - 1.5
    both = f"{numbers}  {share}" if share else numbers
    title = element("title", f"{numbers} {share}".strip())
    fitting = fitting_size(both, width, size, least, "figure")
    if text_width(both, fitting, "figure") <= width + 0.1:
        shown = [element("tspan", numbers, class_="figure")]
        if share:
            shown.append(element("tspan", share, class_=f"figure {level.value}", dx=fitting * 0.6))
        return element("text", *shown, title, x=at[0], y=at[1], font_size=fitting)
    choice = [(numbers, "figure"), (share, f"figure {level.value}")][:: -1 if share_first else 1]
    words, css = next(((w, c) for w, c in choice if w and text_width(w, least, c) <= width), choice[-1])
    fitting = fitting_size(words, width, size, 8.0, css)
    return element("text", element("tspan", words, class_=css), title, x=at[0], y=at[1], font_size=fitting)


def fullest_share(pipe: Pipe) -> str:
    """``fullest 85 %``; empty where nothing is known of it."""
    fullest = pipe.fullest
    if fullest is None or fullest.used is None:
        return ""
    shown = about(fullest.assumed) + percent(*fullest.used)
    if len(pipe.tables) == 1:
        many = fullest.stands_for > 1
        return (f"each {shown}" if fullest.label.endswith("each as full") else f"mean {shown}") if many else shown
    return f"each {shown}" if alike(pipe) else f"fullest {shown}"


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
    if box.height < _LEAST_WITH_SHARE or table.used is None:
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
    share = share_in_row(table)
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


def share_in_row(table: Table) -> str:
    """How full a table got; empty for one that stands for many."""
    return about(table.assumed) + percent(*table.used) if table.used and table.stands_for == 1 else ""


def _rest_words(table: Table, width: float) -> str:
    """``and 22 more subnets, none fuller than 12 %``, or as much of it as fits."""
    counted, _, fuller = table.label.partition(", ")
    short = " ".join(counted.split()[:3])
    for words in (table.label, f"{short}, {fuller}" if fuller else short, short):
        if text_width(words, _ROW_SIZE, _ROW_CSS) <= width:
            return words
    return fit(short, width, _ROW_SIZE, _ROW_CSS)


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
