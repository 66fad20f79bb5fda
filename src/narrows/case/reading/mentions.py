"""Which destination of a case a piece of text mentions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narrows.case.model import KnownDestination

_PORT = re.compile(r"(?:'?,? port[=: ]+|:)(\d{1,5})\b")
_MOST_NAMES = 10_000


class Mentions:
    """Finds destinations by their DNS name or address, and by the port where one stands behind it."""

    def __init__(self, destinations: Mapping[str, KnownDestination]) -> None:
        self._keys: dict[str, list[tuple[str, int | None]]] = {}
        for key, one in destinations.items():
            for name in filter(None, (one.host, *one.addresses)):
                self._keys.setdefault(name.lower(), []).append((key, one.port))
        names = sorted(self._keys, key=len, reverse=True)[:_MOST_NAMES]
        words = "|".join(re.escape(name) for name in names)
        self._words = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-]|\.\w)", re.IGNORECASE) if words else None

    def find(self, text: str) -> str | None:
        """The destination that is mentioned first; None when there is none, or it could be one of several."""
        if self._words is None:
            return None
        for match in self._words.finditer(text):
            known = self._keys.get(match.group().lower(), [])
            port = _PORT.match(text, match.end())
            fitting = [key for key, number in known if port is None or number in (None, int(port.group(1)))]
            if len(fitting) == 1:
                return fitting[0]
        return None
