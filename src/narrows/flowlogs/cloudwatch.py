"""CloudWatch Logs as JSON: the documents of a subscription, or what ``aws logs filter-log-events`` prints.

The documents are never whole in memory: one of them may have all events of a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from narrows.bounds import JSON_DEPTH, MIB
from narrows.flowlogs.sources import Sources
from narrows.flowlogs.unpacking import UnreadableError, blocks, why

_EVENTS = ("logEvents", "events")
_QUOTE = re.compile(rb'(?<!\\)"')
_NO_RECORDS = "CONTROL_MESSAGE"
"""What CloudWatch Logs sends to see whether anybody listens: ``messageType`` stands before the events."""


def write_messages(names: Sequence[str], copy: Path, sources: Sources) -> None:
    """Write the log lines of JSON files to a text file, each on its line; what breaks off counts up to there.

    Raises:
        OSError: ``copy`` cannot be written.
    """
    with copy.open("w", encoding="utf-8", errors="replace") as out:
        for name in names:
            found = False
            try:
                for message in messages(name):
                    found = True
                    out.write(" ".join(message.split()) + "\n")
            except UnreadableError as error:
                found = True
                sources.unreadable[name] = str(error)
            if not found:
                sources.is_other(name)


def messages(name: str) -> Iterator[str]:
    """The log lines in a JSON file: of objects and lists within ``events`` or ``logEvents``, or at the top.

    Raises:
        UnreadableError: it cannot be read on.
    """
    import ijson

    keys: list[str | None] = []
    """The key of each object that the parser is in; None for a list."""
    control_from = JSON_DEPTH + 1
    """The depth of the object that is a control message."""
    try:
        for event, value in ijson.basic_parse(_File(name), multiple_values=True, use_float=True):
            if event == "map_key":
                keys[-1] = value
            elif event in ("start_map", "start_array"):
                keys.append("" if event == "start_map" else None)
                if len(keys) > JSON_DEPTH:
                    raise UnreadableError("JSON that is nested too deeply")
            elif event in ("end_map", "end_array"):
                if len(keys) <= control_from:
                    control_from = JSON_DEPTH + 1
                keys.pop()
            elif event == "string":
                if keys and keys[-1] == "messageType" and value == _NO_RECORDS:
                    control_from = len(keys)
                elif len(keys) < control_from and _is_line(keys):
                    yield value
    except (ijson.JSONError, ValueError) as error:
        # ValueError: text that is not UTF-8, or a number of thousands of digits.
        raise UnreadableError(why(error)) from None


def _is_line(keys: Sequence[str | None]) -> bool:
    """Whether a string is a log line: a ``message``, or a string by itself, within nothing but events."""
    *around, last = keys or [None]
    return last in ("message", None) and all(key is None or key in _EVENTS for key in around)


class _File:
    """What a parser reads from."""

    def __init__(self, name: str) -> None:
        self._blocks = blocks(name)
        self._rest = b""
        self._last = b""
        self._unquoted = 0
        """Bytes since a string began or ended: a parser holds that much."""

    def read(self, most: int) -> bytes:
        """At most so many bytes; none at the end.

        Raises:
            UnreadableError: the file cannot be read on.
        """
        if not self._rest:
            self._rest = next(self._blocks, b"")
            # With the byte before it, which may be the backslash of a quote that ends no string.
            quoted = _QUOTE.search(self._last + self._rest, len(self._last))
            self._unquoted = 0 if quoted else self._unquoted + len(self._rest)
            self._last = self._rest[-1:]
            if self._unquoted > MIB:
                raise UnreadableError("JSON with a value of more than 1 MiB")
        given, self._rest = self._rest[:most], self._rest[most:]
        return given
