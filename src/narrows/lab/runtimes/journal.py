"""What the runtimes said and did, as lines of JSON in a file in memory; the lab's processes write it, bounded.

{"log": [milliseconds since 1970, log stream, message]}
{"invocation": [seconds since second 0, environment, outcome, seconds it took, cold]}
{"environment": {...}}                     at the end: what the kernel counted of one execution environment
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from enum import Enum
from typing import Any, BinaryIO

_MOST_BYTES = 128 << 20
_LONGEST = 16 << 10
"""Characters of a log line that are kept."""


class Ended(Enum):
    """How an invocation ended."""

    OK = "ok"
    ERROR = "error"
    """The handler raised."""
    TIMEOUT = "timeout"
    """Lambda's: the runtime was killed."""
    EXIT = "exit"
    """The runtime ended by itself."""


class Journal:
    """Writes one; log lines and invocations that find no room are counted."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._written = 0
        self.left_out = 0

    def log(self, moment: float, stream: str, message: str) -> None:
        """A line of a log stream, at seconds since 1970."""
        self._write({"log": [round(moment * 1000), stream, message[:_LONGEST]]})

    def invocation(self, began: float, environment: int, ended: Ended, seconds: float, *, cold: bool) -> None:
        """An invocation that is over."""
        self._write({"invocation": [round(began, 6), environment, ended.value, round(seconds, 6), cold]})

    def environment(self, figures: dict[str, Any]) -> None:
        """What is known of an execution environment in the end."""
        self._write({"environment": figures}, room=_MOST_BYTES)

    def _write(self, entry: dict[str, Any], room: int = 0) -> None:
        line = (json.dumps(entry, separators=(",", ":")) + "\n").encode()
        if self._written + len(line) > _MOST_BYTES + room:
            self.left_out += 1
            return
        os.write(self._file, line)
        self._written += len(line)


def entries(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    """(kind, content) of each whole line."""
    for line in stream:
        if line.endswith(b"\n"):
            yield from json.loads(line).items()
