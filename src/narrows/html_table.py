"""Small HTML for notebooks: a line, tables below it, notes. It runs nothing, asks for nothing and sets no colour of a
text, so that it reads in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from narrows.gate import in_page

MOST_ROWS = 20
"""Rows of a table; of more it says how many there are."""
_LONGEST_CELL = 400
_SHORT = 16
"""Characters of a cell that is not broken into lines."""
_EDGE = "border:1px solid rgba(128,128,128,.35)"
_CELL = f"{_EDGE};padding:.2em .6em;vertical-align:top;text-align:"


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """One table, not yet written."""

    headings: Sequence[str]
    rows: Iterable[Sequence[object]]
    """Whole numbers are written with thousands separated and stand to the right, None is an empty cell. Only the first
    ones are looked at."""
    count: int
    """How many rows there are."""
    caption: str = ""


def html_page(headline: str, tables: Sequence[HtmlTable] = (), notes: Sequence[str] = (), chart: str = "") -> str:
    """What a notebook shows of an answer. Every text is escaped here; names in it may be anybody's.

    Args:
        chart: markup that narrows drew itself, between the line and the tables.
    """
    parts = [f"<div><strong>{_text(headline)}</strong></div>", chart]
    parts += [_table(table) for table in tables if table.count]
    parts += [f'<div style="opacity:.75">{_text(note)}</div>' for note in notes]
    return f'<div class="narrows">{"".join(parts)}</div>'


def _table(table: HtmlTable) -> str:
    rows = list(islice(table.rows, MOST_ROWS))
    right = [any(_is_number(row[place]) for row in rows) for place in range(len(table.headings))]
    aligned = [f"{_CELL}{'right' if one else 'left'}" for one in right]
    head = "".join(
        f'<th style="{style}">{_text(name)}</th>' for style, name in zip(aligned, table.headings, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(_cell(_shown(one), style) for style, one in zip(aligned, row, strict=True)) + "</tr>"
        for row in rows
    )
    left = table.count - len(rows)
    caption = f'<div style="margin-top:.6em">{_text(table.caption)}</div>' if table.caption else ""
    more = f'<div style="opacity:.75">and {left:,} more</div>' if left > 0 else ""
    grid = '<table style="border-collapse:collapse;margin:.3em 0">'
    return f"{caption}{grid}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(text: str, style: str) -> str:
    whole = ";white-space:nowrap" if len(text) <= _SHORT else ""
    return f'<td style="{style}{whole}">{_text(text)}</td>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _text(text: str) -> str:
    from markupsafe import escape

    if len(text) > _LONGEST_CELL:
        text = f"{text[: _LONGEST_CELL // 2]}…{text[-_LONGEST_CELL // 2 :]}"
    return str(escape(in_page(text)))
