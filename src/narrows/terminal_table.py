"""Tables for a terminal: columns that say what they are for, so that a narrow terminal leaves out what matters least.

Where a table does not fit, its names are shortened in the middle, then columns give way in the order that they were
declared with, and prose moves to lines of its own below each row; a last line says what is not shown. No column that
does not give way is ever left out. Into a pipe, and with ``--wide``, everything is printed, one row a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from narrows.errors import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_GAP = "  "
_INDENT = "    "
"""Before prose that stands below its row."""
_LONGEST = 2_000
"""Characters of a cell: names come from outside."""
_LEAST_NAME = 28
"""Characters that a name which may be shortened keeps, before another column gives way for it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    """Numbers stand at the right, so that they compare."""
    gives_way: int = 0
    """The place in which it is left out where there is no room: 1 goes first; 0 never does."""
    shortens: bool = False
    """Names: they may be shortened in the middle."""
    below: str | None = None
    """Prose: where the table does not fit, it stands on lines below the row, after this word (it may be empty)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell for each column, with the style of them all and of single ones."""

    cells: Sequence[str]
    style: str = ""
    styles: Mapping[int, str] = field(default_factory=dict)


def room(screen: Console, *, wide: bool = False) -> int | None:
    """Characters that a line may have: None into a pipe or file, or where all is asked for."""
    return None if wide or not screen.file.isatty() else screen.width


def print_table(
    screen: Console,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    wide: bool = False,
    most: int | None = None,
    header: bool = True,
) -> None:
    """Print a table as wide as the terminal has room for.

    Args:
        screen: where to.
        columns, rows: of the table; the rows are in the order that they are printed in.
        wide: leave nothing out, however wide the terminal is.
        most: rows on a terminal; None for all of them.
        header: print the titles.
    """
    width = room(screen, wide=wide)
    cells = [[one_line(cell, _LONGEST) for cell in row.cells] for row in rows]
    shown = len(rows) if width is None or most is None else min(most, len(rows))
    layout = _lay_out(columns, cells[:shown], width, header)
    texts = _shortened(layout, cells[:shown])
    if header:
        titles = [columns[place].title for place in layout.across]
        _print_line(screen, layout, columns, titles, "bold", {})
    for row, text in zip(rows, texts, strict=False):
        across = [text[place] for place in layout.across]
        _print_line(screen, layout, columns, across, row.style, row.styles)
        for place in layout.below:
            if text[place]:
                lead = columns[place].below
                _print_below(screen, f"{lead}: {text[place]}" if lead else text[place], width, row.styles.get(place))
    _say_what_is_left_out(screen, columns, layout, left=len(rows) - shown)


@dataclass(frozen=True, slots=True)
class _Layout:
    across: Sequence[int]
    """Columns that stand beside each other."""
    widths: Mapping[int, int]
    below: Sequence[int] = ()
    dropped: Sequence[int] = ()
    shortened: bool = False


def _lay_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None, header: bool) -> _Layout:
    from rich.cells import cell_len

    natural = {
        place: max([cell_len(row[place]) for row in rows] + [cell_len(column.title) if header else 0], default=0)
        for place, column in enumerate(columns)
    }
    across = list(natural)
    if width is None or _total(natural, across) <= width:
        return _Layout(across, natural)
    below = [place for place in across if columns[place].below is not None]
    across = [place for place in across if place not in below]
    least = {
        place: min(natural[place], max(_LEAST_NAME, len(columns[place].title)))
        if columns[place].shortens
        else natural[place]
        for place in across
    }
    dropped: list[int] = []
    for place in sorted((one for one in across if columns[one].gives_way), key=lambda one: columns[one].gives_way):
        if _total(least, across) <= width:
            break
        across.remove(place)
        dropped.append(place)
    for place in reversed(dropped.copy()):
        if _total(least, [*across, place]) <= width:
            across = sorted([*across, place])
            dropped.remove(place)
    flexible = [place for place in across if columns[place].shortens]
    free = width - _total({**natural, **dict.fromkeys(flexible, 0)}, across)
    widths = {place: natural[place] for place in across} | _shared(free, {place: natural[place] for place in flexible})
    cut = any(widths[place] < natural[place] for place in flexible)
    return _Layout(across, widths, below, sorted(dropped), cut)


def _total(widths: Mapping[int, int], across: Sequence[int]) -> int:
    return sum(widths[place] for place in across) + len(_GAP) * max(len(across) - 1, 0)


def _shared(free: int, wanted: Mapping[int, int]) -> dict[int, int]:
    """Room for those that want some: each as much as it wants, or as much as any other that does not get it all."""
    given: dict[int, int] = {}
    for left, (place, want) in zip(
        range(len(wanted), 0, -1), sorted(wanted.items(), key=lambda it: it[1]), strict=True
    ):
        given[place] = max(1, min(want, free // left))
        free -= given[place]
    return given


def _shortened(layout: _Layout, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    from rich.cells import cell_len

    from narrows.shortening import LEAST, shortened

    made = [list(row) for row in rows]
    for place in layout.across if layout.shortened else ():
        names = dict.fromkeys(row[place] for row in rows)
        width = layout.widths[place]
        if any(cell_len(name) > width for name in names):
            # Some characters take two columns: half as many of them fit.
            wide = any(cell_len(name) != len(name) for name in names)
            short = shortened(names, max(width // 2 if wide else width, LEAST))
            for row in made:
                row[place] = short[row[place]]
    return made


def _print_line(
    screen: Console,
    layout: _Layout,
    columns: Sequence[Column],
    cells: Sequence[str],
    style: str,
    styles: Mapping[int, str],
) -> None:
    from rich.cells import cell_len
    from rich.text import Text

    line = Text(style=style)
    for number, (place, cell) in enumerate(zip(layout.across, cells, strict=True)):
        if number:
            line.append(_GAP)
        blank = " " * (layout.widths[place] - cell_len(cell))
        line.append(f"{blank}{cell}" if columns[place].right else f"{cell}{blank}", styles.get(place) or None)
    line.rstrip()
    _print(screen, line)


def _print_below(screen: Console, text: str, width: int | None, style: str | None) -> None:
    from rich.text import Text

    body = Text(text, style or "")
    for line in body.wrap(screen, max((width or len(text)) - len(_INDENT), 1)):
        line.rstrip()
        _print(screen, Text(_INDENT).append_text(line))


def _say_what_is_left_out(screen: Console, columns: Sequence[Column], layout: _Layout, left: int) -> None:
    parts = [f"and {left:,} more {'row' if left == 1 else 'rows'}"] if left > 0 else []
    if layout.dropped:
        parts.append(f"not shown: {', '.join(columns[place].title for place in layout.dropped)}")
    if layout.shortened:
        parts.append("names are shortened")
    if parts:
        screen.print(f"{'; '.join(parts)}; --wide shows all", style="dim")


def _print(screen: Console, line: Text) -> None:
    """One line, which nothing breaks or cuts."""
    screen.print(line, soft_wrap=True)
