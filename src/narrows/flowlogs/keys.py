"""What is counted together, with its bounds over time: one table of connections."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict


class PeakJson(TypedDict):
    low: int
    high: int | None
    at: str


class LimitJson(TypedDict):
    id: str
    value: int


class KeyJson(TypedDict):
    """One key in the answer of ``flowlogs --json``."""

    interface: str | None
    kind: str
    destination: str | None
    port: int | None
    protocol: str | None
    peak: PeakJson
    limit: LimitJson | None


def iso(moment: int) -> str:
    """A moment as JSON prints it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def merged(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same time in spans that do not touch, in order."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Minute:
    """What was open within one minute, and what began in it."""

    minute: int
    """Seconds since 1970."""
    low: int
    high: int
    low_after: int
    high_after: int
    """What was open from its last change until the next."""
    opened: int
    unanswered: int
    most_opened_in_a_second: int


@dataclass(frozen=True)
class Key:
    """What is counted together: one interface and unique destination, or what ``--by`` says."""

    interface: str | None
    kind: str
    """``hyperplane-eni``, ``nat-gateway``, ``regional-nat-gateway`` or ``other``."""
    resource: str | None
    """The ENI key or NAT gateway, where the case names it."""
    destination: str | None
    port: int | None
    protocol: str | None
    address: str | None
    """The NAT gateway's address, counted by those."""
    low: int
    high: int | None
    """None where records are missing: nothing says how many there were at the most."""
    at: int
    """Seconds since 1970."""
    limit: tuple[str, int] | None
    """(id, value)"""
    opened: int
    unanswered: int
    refused: int
    """Records in which every attempt was refused (RST): at least so many attempts."""
    minutes: tuple[Minute, ...]
    """Those in which something changes."""
    replaced: tuple[str, ...] = ()
    """The ENIs whose place ``interface`` took, counted with it: the case says that they have the same key."""
    blind: tuple[tuple[int, int], ...] = ()
    """When more may have been open than records show, as some are missing: from and to, seconds since 1970, in
    order, and none touches another."""

    @property
    def most(self) -> float:
        """The upper end, to reckon with: infinite where nothing says it."""
        return math.inf if self.high is None else self.high

    @property
    def share(self) -> tuple[float, float | None] | None:
        """The ends of the interval as shares of the limit."""
        if self.limit is None:
            return None
        return self.low / self.limit[1], None if self.high is None else self.high / self.limit[1]

    def band(self, begin: int, end: int) -> Iterator[tuple[int, int, int | None]]:
        """(minute, at least, at most) of every minute from ``begin`` to before ``end``, seconds since 1970; no most
        where records are missing."""
        blind = iter(self.blind)
        unseen = next(blind, None)
        for minute, low, high in self._counted(begin, end):
            while unseen is not None and unseen[1] <= minute:
                unseen = next(blind, None)
            yield minute, low, None if unseen is not None and unseen[0] < minute + 60 else high

    def _counted(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        changes = iter(self.minutes)
        coming = next(changes, None)
        low = high = 0
        for minute in range(begin - begin % 60, end, 60):
            while coming is not None and coming.minute < minute:
                low, high, coming = coming.low_after, coming.high_after, next(changes, None)
            if coming is not None and coming.minute == minute:
                yield minute, coming.low, coming.high
            else:
                yield minute, low, high

    def sure_at_ends(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """(minute, at least) at the end of every minute: what several keys have at one moment can be added, the most
        within a minute cannot."""
        changes = iter(self.minutes)
        coming = next(changes, None)
        low = 0
        for minute in range(begin - begin % 60, end, 60):
            while coming is not None and coming.minute <= minute:
                low, coming = coming.low_after, next(changes, None)
            yield minute, low

    def to_json(self) -> KeyJson:
        """As ``--json`` prints it."""
        return KeyJson(
            interface=self.interface,
            kind=self.kind,
            destination=self.destination,
            port=self.port,
            protocol=self.protocol,
            peak=PeakJson(low=self.low, high=self.high, at=iso(self.at)),
            limit=None if self.limit is None else LimitJson(id=self.limit[0], value=self.limit[1]),
        )
