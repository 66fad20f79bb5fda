"""One pipe of the picture: its tables side by side, each as full as it got, and its numbers below."""

from __future__ import annotations

from markupsafe import Markup

from narrows.report.path.layout import NOTE_LINE, NOTE_SIZE, Box, Placed, note_lines
from narrows.report.path.model import Pipe, Table
from narrows.report.svg import cut, element, group, rect, text
from narrows.words import count, interval, percent


def draw_pipe(placed: Placed, key: str) -> Markup:
    """A pipe; ``key`` is that of the picture's hatches."""
    pipe, box = placed.pipe, placed.box
    tables = [_table(pipe, table, where, key) for table, where in zip(pipe.drawn, placed.tables, strict=True)]
    y = box.bottom
    room = int(box.width / 8.3)
    label = cut(pipe.label, room - min(len(pipe.id), 11) if pipe.id else room)
    name = element(
        "text",
        element("title", f"{pipe.label} {pipe.id}".strip()),
        element("tspan", label, class_="name"),
        element("tspan", cut(pipe.id, room - len(label)), class_="mono muted", dx=10, font_size=11.5)
        if pipe.id
        else "",
        x=box.x,
        y=y + 20,
        font_size=13,
    )
    lines = [
        name,
        element(
            "text",
            element("tspan", figures(pipe), class_="figure"),
            element("tspan", fullest_share(pipe), class_=f"figure {pipe.level.value}", dx=9),
            x=box.x,
            y=y + 40,
            font_size=14,
        ),
    ]
    for index, line in enumerate(note_lines(pipe, box.width)):
        lines.append(text(box.x, y + 57 + index * NOTE_LINE, line, NOTE_SIZE, class_="muted"))
    return group(*tables, *lines, class_=f"pipe {pipe.level.value}")


def fullest_share(pipe: Pipe) -> str:
    fullest = pipe.fullest
    if fullest is None or fullest.used is None:
        return ""
    shown = about(fullest.assumed) + percent(*fullest.used)
    return shown if len(pipe.tables) == 1 else f"fullest {shown}"


def about(assumed: bool) -> str:
    return "≈ " if assumed else ""


def _table(pipe: Pipe, table: Table, box: Box, key: str) -> Markup:
    """A table: its wall, what certainly filled it, and hatched what may have."""
    level = table.level
    limited = table.capacity is not None
    parts = [
        rect(box.x, box.y, box.width, box.height, rx=min(4, box.height / 2), class_="wall" if limited else "wall open")
    ]
    size = table.capacity or table.high or 0
    if table.low is None or table.high is None:
        parts.append(rect(box.x, box.y, box.width, box.height, rx=min(4, box.height / 2), fill=f"url(#{key}-unknown)"))
        if box.height >= 22:
            words = "not in this case" if pipe.measured else "no metric shows this"
            x, y = box.x + box.width / 2, box.middle + 4.5
            parts.append(text(x, y, words, 13, class_="halo", text_anchor="middle"))
    elif size:
        low = box.height * min(1.0, table.low / size)
        high = box.height * min(1.0, table.high / size)
        if high - low > 0.5:
            parts.append(_fill(box, high, fill=f"url(#{key}-{level.value})", class_="estimate"))
        css = f"fill {level.value} assumed" if table.assumed and low > 9 else f"fill {level.value}"
        parts.append(_fill(box, max(low, 1.0 if table.low else 0.0), class_=css))
        parts.extend(_inside(pipe, table, box, low, high))
    return group(element("title", f"{table.label}: {_table_words(table)}"), *parts, class_=f"table {level.value}")


def _table_words(table: Table) -> str:
    if table.low is None or table.high is None:
        return "no metric shows how full" + (f", of {count(table.capacity)}" if table.capacity else "")
    if table.capacity is None:
        return f"{interval(table.low, table.high)}, no limit known"
    shares = percent(table.low / table.capacity, table.high / table.capacity)
    return f"{about(table.assumed)}{interval(table.low, table.high)} of {count(table.capacity)}, {shares}"


def _fill(box: Box, height: float, **attributes: str | float | None) -> Markup:
    radius = min(4, height / 2) if height > box.height - 1 else 0
    return rect(box.x, box.bottom - height, box.width, height, rx=radius, **attributes)


def _inside(pipe: Pipe, table: Table, box: Box, low: float, high: float) -> list[Markup]:
    """The name of a table at its start and its share at its end, where there is room for them."""
    if box.height < 15 or not table.capacity or table.low is None or table.high is None:
        return []
    alone = len(pipe.drawn) == 1
    size = (26.0 if box.height > 70 else 17.0 if box.height > 32 else 13.0) if alone else min(15.0, box.height * 0.62)
    # In the larger of what is filled and what is free: text across an edge is hard to read.
    filled, free = low, box.height - high
    if filled >= max(free, size + 4):
        middle, css = box.bottom - filled / 2, "on-fill"
    elif free >= size + 4:
        middle, css = box.y + free / 2, "on-wall"
    else:
        middle, css = box.middle, "halo"
    share = about(table.assumed) + percent(table.low / table.capacity, table.high / table.capacity)
    x, anchor = (box.x + box.width / 2, "middle") if alone else (box.right - 10, "end")
    shown = [text(x, middle + size * 0.36, share, size, class_=f"{css} share", text_anchor=anchor)]
    if not alone:
        small = min(12.0, size)
        y = middle + small * 0.36
        shown.append(text(box.x + 10, y, table.label, small, box.width - 100, class_=f"{css} mono"))
    return shown


def figures(pipe: Pipe) -> str:
    """``12,000 of 20,000 connections``, as far as it is known."""
    total = pipe.total
    if pipe.capacity is None:
        return f"{interval(*total)} connections" if total else "no limit known"
    if total is None:
        return f"peak unknown, of {count(pipe.capacity)}"
    return f"{interval(*total)} of {count(pipe.capacity)}"
