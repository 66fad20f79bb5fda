"""Which destination of a case a piece of text mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from narrows.bounds import LOG_ELSEWHERE
from narrows.case.model import KnownDestination
from narrows.case.reading.hosts import Host, hosts_in

_PORT = re.compile(r"(?:'?,? port[=: ]+|:)(\d{1,5})\b")
_GOES_ON = re.compile(r"[\w-]|\.\w")
"""Behind a name: it is only a part of a longer one."""
_LONGEST_NAME = 253
"""Characters of a DNS name."""
_HEAD = 4
"""Characters of a name that are looked up first."""

OTHERS = "other hosts"
"""Hosts that are none of the case's destinations, past the number that is told apart."""


class Mentions:
    """Finds destinations by their DNS name or address, and by the port where one stands behind it."""

    def __init__(self, destinations: Mapping[str, KnownDestination]) -> None:
        self._keys: dict[str, list[tuple[str, int | None]]] = {}
        self._nameless = _ports(one for one in destinations.values() if one.host is None)
        self._addressless = _ports(one for one in destinations.values() if not one.addresses)
        self._any = bool(destinations)
        self._met: set[str] = set()
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

    def elsewhere(self, text: str) -> str | None:
        """The host or address that a text is about, where it is none of the destinations.

        None where it names none, one of the destinations, or one that a destination may be known by: an address, where
        the addresses of a destination with this port are not known, or a name, where its name is not.
        """
        for host in hosts_in(text):
            return None if self._may_be_known(host) else self._bounded(str(host))
        return None

    def _may_be_known(self, host: Host) -> bool:
        if not self._any:
            return not host.is_own
        known = self._keys.get(host.name)
        if known is not None:
            return any(port is None or host.port in (None, port) for _, port in known)
        if host.is_own:
            return False
        unknown = self._addressless if host.is_address else self._nameless
        return any(port is None or host.port in (None, port) for port in unknown)

    def _bounded(self, name: str) -> str:
        """The name, while there are not too many: each is counted by itself."""
        if name not in self._met and len(self._met) >= LOG_ELSEWHERE:
            return OTHERS
        self._met.add(name)
        return name

    def _end(self, lowered: str, at: int) -> int | None:
        """Where the name ends that begins here."""
        for size in range(min(_HEAD, len(lowered) - at), 0, -1):
            for length in self._lengths.get(lowered[at : at + size], ()):
                end = at + length
                if lowered[at:end] in self._keys and not _GOES_ON.match(lowered, end):
                    return end
        return None


def _ports(destinations: Iterable[KnownDestination]) -> frozenset[int | None]:
    return frozenset(one.port for one in destinations)
