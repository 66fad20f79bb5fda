"""Open connections from flow logs in a notebook: one line, a small page, and keys and minutes as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.flowlogs.answer import Answer
from narrows.flowlogs.keys import Key, iso
from narrows.frames import Column, Kind, arrow_of_rows, check_rows, moment, text, whole
from narrows.html_table import HtmlTable, html_page
from narrows.listing import counted
from narrows.units import MICROSECONDS
from narrows.words import figure, percent

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = ("keys", "minutes")
"""What an answer has rows of."""
_KEYS = (
    text("interface"),
    text("kind"),
    text("resource"),
    text("destination"),
    whole("port"),
    text("protocol"),
    text("address"),
    whole("low", "connections"),
    whole("high", "connections"),
    moment("peak_at"),
    text("limit"),
    whole("limit_value", "connections"),
    whole("opened", "connections"),
    whole("unanswered", "attempts"),
    whole("refused", "records"),
)
_UNITS = {"low": "connections", "high": "connections", "opened": "connections", "unanswered": "attempts"}
_TEXTS = ("interface", "kind", "destination", "protocol", "address")


def short(answer: Answer) -> str:
    """``Answer(12 keys; the fullest: nat-a to 203.0.113.10:443, 52,310-55,000 of 55,000)``"""
    return one_line(f"Answer({_headline(answer)})", 300)


def html(answer: Answer) -> str:
    """The keys with the most connections, and what is said of the records."""
    table = HtmlTable(
        ("table", "destination", "open at the peak", "limit", "full", "at"),
        (
            (
                _whose(one),
                _destination(one),
                figure(one.low, one.high),
                None if one.limit is None else one.limit[1],
                None
                if one.share is None
                else percent(one.share[0], one.share[1]) + ("" if one.share[1] else " or more"),
                iso(one.at),
            )
            for one in answer.keys
        ),
        len(answer.keys),
    )
    return html_page(_headline(answer), (table,), [flag["text"] for flag in answer.quality[:10]])


def arrow(answer: Answer, rows: str) -> pa.Table:
    """One row for each key, the largest first; or one for each key and minute.

    Raises:
        InputError: there are more minutes than anybody reads.
    """
    check_rows(rows, ROWS)
    if rows == "keys":
        return arrow_of_rows(_KEYS, (_key(one) for one in answer.keys))
    from narrows.flowlogs.output import COLUMNS
    from narrows.flowlogs.output import rows as minutes

    columns = [
        moment(name)
        if name == "minute"
        else Column(name, Kind.TEXT if name in _TEXTS else Kind.WHOLE, _UNITS.get(name, ""))
        for name in COLUMNS
    ]
    return arrow_of_rows(columns, ((minute * MICROSECONDS, *rest) for minute, *rest in minutes(answer)))


def _key(one: Key) -> tuple[object, ...]:
    limit, value = (None, None) if one.limit is None else one.limit
    return (
        one.interface, one.kind, one.resource, one.destination, one.port, one.protocol, one.address, one.low, one.high,
        one.at * MICROSECONDS, limit, value, one.opened, one.unanswered, one.refused,
    )  # fmt: skip


def _headline(answer: Answer) -> str:
    begin, end = answer.window
    said = f"{counted(len(answer.keys), 'key')}, {iso(begin)} to {iso(end)}"
    limited = [one for one in answer.keys if one.limit is not None]
    if not limited:
        return said
    fullest = max(limited, key=lambda one: (one.share or (0.0,))[0])
    to = _destination(fullest)
    limit = fullest.limit[1] if fullest.limit else 0
    open_at_once = figure(fullest.low, fullest.high)
    return f"{said}; the fullest: {_whose(fullest)}{f' to {to}' if to else ''}, {open_at_once} of {limit:,}"


def _whose(one: Key) -> str:
    return one.resource or one.address or one.interface or one.kind


def _destination(one: Key) -> str:
    if one.destination is None:
        return ""
    return one.destination if one.port is None else f"{one.destination}:{one.port}"
