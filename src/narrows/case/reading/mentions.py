"""Which destination of a case a piece of text mentions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narrows.case.model import KnownDestination

_PORT = re.compile(r"(?:'?,? port[=: ]+|:)(\d{1,5})\b")
_GOES_ON = re.compile(r"[\w-]|\.\w")
"""Behind a name: it is only a part of a longer one."""
_LONGEST_NAME = 253
"""Characters of a DNS name."""
_HEAD = 4
"""Characters of a name that are looked up first."""


class Mentions:
    """Finds destinations by their DNS name or address, and by the port where one stands behind it."""

    def __init__(self, destinations: Mapping[str, KnownDestination]) -> None:
        self._keys: dict[str, list[tuple[str, int | None]]] = {}
        for key, one in destinations.items():
            for name in filter(None, (one.host, *one.addresses)):
                if len(name) > _LONGEST_NAME:
                    continue
                self._keys.setdefault(name.lower(), []).append((key, one.port))
        lengths: dict[str, set[int]] = {}
        for name in self._keys:
            lengths.setdefault(name[:_HEAD], set()).add(len(name))
        self._lengths = {head: sorted(those, reverse=True) for head, those in lengths.items()}
        """Of the names that begin so, the longest first."""
        first = "".join(sorted({re.escape(char) for name in self._keys for char in {name[0], name[0].upper()}}))
        self._begins = re.compile(rf"(?<![\w.-])[{first}]") if first else None

    def find(self, text: str) -> str | None:
        """The destination that is mentioned first; None when there is none, or it could be one of several."""
        if self._begins is None:
            return None
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters are longer in lower case
            text = lowered
        start = 0
        while (begins := self._begins.search(text, start)) is not None:
            at = begins.start()
            end = self._end(lowered, at)
            start = end or at + 1
            if end is None:
                continue
            port = _PORT.match(text, end)
            known = self._keys[lowered[at:end]]
            fitting = [key for key, number in known if port is None or number in (None, int(port.group(1)))]
            if len(fitting) == 1:
                return fitting[0]
        return None

    def _end(self, lowered: str, at: int) -> int | None:
        """Where the name ends that begins here."""
        for size in range(min(_HEAD, len(lowered) - at), 0, -1):
            for length in self._lengths.get(lowered[at : at + size], ()):
                end = at + length
                if lowered[at:end] in self._keys and not _GOES_ON.match(lowered, end):
                    return end
        return None
