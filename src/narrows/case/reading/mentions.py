"""Which destination of a case a piece of text mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from narrows.case.model import KnownDestination

_PORT = re.compile(r"(?:'?,? port[=: ]+|:)(\d{1,5})\b")
_WORD = re.compile(r"[\w.:-]+")
_MOST_PARTS = 9
"""Of an IPv6 address, with a colon between each two."""


class Mentions:
    """Finds destinations by their DNS name or address, and by the port where one stands behind it."""

    def __init__(self, destinations: Mapping[str, KnownDestination]) -> None:
        self._keys: dict[str, list[tuple[str, int | None]]] = {}
        for key, one in destinations.items():
            for name in filter(None, (one.host, *one.addresses)):
                self._keys.setdefault(name.lower(), []).append((key, one.port))
        self._most_parts = _MOST_PARTS if any(":" in name for name in self._keys) else 1

    def find(self, text: str) -> str | None:
        """The destination that is mentioned first; None when there is none, or it could be one of several."""
        for name, end in self._names(text):
            port = _PORT.match(text, end)
            known = self._keys[name]
            fitting = [key for key, number in known if port is None or number in (None, int(port.group(1)))]
            if len(fitting) == 1:
                return fitting[0]
        return None

    def _names(self, text: str) -> Iterator[tuple[str, int]]:
        """Every known name in a text, in lower case, and where it ends: each is looked up, however many are known."""
        for word in _WORD.finditer(text) if self._keys else ():
            parts, start, at = word.group().lower().split(":"), word.start(), 0
            most = self._most_parts if len(parts) <= _MOST_PARTS + 1 else 1
            while at < len(parts):
                for count in range(min(most, len(parts) - at), 0, -1):
                    whole = ":".join(parts[at : at + count]) if count > 1 else parts[at]
                    name = whole.rstrip(".")
                    if name in self._keys:
                        yield name, start + len(name)
                        break
                else:
                    count, whole = 1, parts[at]
                start, at = start + len(whole) + 1, at + count
