"""The true number of held connections, summed from the sensor's lines: what no metric shows, counted from the inside.

A line says what its process held when an invocation ended. Between invocations the environment is frozen and says
nothing, and its connections still have their entries, until the tables forget them. So at each moment the latest line
of each process counts, for as long as a table keeps an idle connection; CloudWatch's Sum of the same figure counts
invocations instead, and its Average neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.case.sensor_lines import ABSENT, Peer, SensorLines
from narrows.limits import NAT_IDLE_TIMEOUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT = float(NAT_IDLE_TIMEOUT.value)
"""Seconds that a table keeps the entry of a connection on which nothing is sent."""
MINUTE = 60
Weigh = Callable[[str, Peer], float]
"""Of a function and a destination, the share of its connections that counts: 0 for none of them."""


@dataclass(frozen=True)
class Curve:
    """A number of held connections over time, as an interval."""

    times: NDArray[np.float64]
    """Moments at which it changed, seconds since 1970, rising."""
    low: NDArray[np.float64]
    """From each of them to the next: held for certain, as far as lines are there."""
    high: NDArray[np.float64]
    """By the latest line of each process."""
    whole: bool
    """Whether nothing is missing: every invocation of these processes has its line, and each says what was held."""

    @property
    def peak(self) -> float:
        """The largest number by the latest lines."""
        return float(self.high.max(initial=0.0))

    @property
    def least(self) -> float:
        """The largest number that is certain."""
        return float(self.low.max(initial=0.0))

    @property
    def peak_at(self) -> float | None:
        """When it first stood there; None without any line."""
        return float(self.times[int(self.high.argmax())]) if len(self.times) else None

    def at(self, moment: float) -> tuple[float, float]:
        """The interval at a moment."""
        place = int(np.searchsorted(self.times, moment, "right")) - 1
        return (0.0, 0.0) if place < 0 else (float(self.low[place]), float(self.high[place]))

    def by_minute(self) -> tuple[tuple[int, float], ...]:
        """The largest number in each minute, gaps included, from the first line to the last."""
        if not len(self.times):
            return ()
        first, last = (int(moment // MINUTE) for moment in (self.times[0], self.times[-1]))
        starts = np.arange(first, last + 1, dtype=np.int64) * MINUTE
        most = np.zeros(len(starts))
        np.maximum.at(most, (self.times // MINUTE).astype(np.int64) - first, self.high)
        # What stood when a minute began counts in it as well.
        before = np.searchsorted(self.times, starts, "right") - 1
        carried = np.where(before >= 0, self.high[np.maximum(before, 0)], 0.0)
        return tuple(zip(starts.tolist(), np.maximum(most, carried).tolist(), strict=True))

    def within(self, begin: float, end: float) -> Curve:
        """The part of it between two moments."""
        inside = (self.times >= begin) & (self.times < end)
        low, high = self.at(begin)
        times = np.concatenate(([begin], self.times[inside]))
        return Curve(
            times, np.concatenate(([low], self.low[inside])), np.concatenate(([high], self.high[inside])), self.whole
        )


@dataclass(frozen=True)
class Totals:
    """What became of connections over all lines."""

    opened: int
    reused: int
    failed: int
    oldest_idle: float
    """Seconds."""

    @property
    def reuse(self) -> float | None:
        """Uses of a connection that was there already, of all uses; None where there were none."""
        uses = self.opened + self.reused
        return self.reused / uses if uses else None


class Held:
    """The lines of a case, summed as asked."""

    def __init__(self, lines: SensorLines) -> None:
        self._lines = lines
        its: NDArray[Any] = lines.lines
        same: NDArray[np.bool_] = np.asarray(its["process"][1:] == its["process"][:-1])
        forgotten = its["time"] + KEPT
        self._until = forgotten.copy()
        """When each line no longer counts: the next one of its process has come, or the tables have forgotten."""
        self._until[: len(same)][same] = np.minimum(forgotten[: len(same)], its["time"][1:])[same]
        unnumbered: NDArray[np.bool_] = np.asarray(its["invocation"] == ABSENT)
        self._gap = np.zeros(len(its), bool)
        """Lines after which some are missing."""
        self._gap[: len(same)] = same & (unnumbered[1:] | unnumbered[:-1] | (np.diff(its["invocation"]) != 1))
        self._silent: NDArray[np.bool_] = np.asarray(its["held"] == ABSENT)

    @property
    def missing(self) -> int:
        """Lines that are known to be missing: invocations are numbered."""
        its = self._lines.lines
        gaps = np.diff(its["invocation"])[self._gap[: max(0, len(its) - 1)]] - 1
        return int(gaps[gaps > 0].sum())

    def curve(self, weigh: Weigh) -> Curve:
        """Held connections over time.

        Args:
            weigh: which connections count.
        """
        lines, uses = self._lines.lines, self._lines.uses
        shares = self._shares(weigh)
        weight = shares[lines["process"][uses["line"]], uses["destination"]] if len(uses) else np.empty(0)
        its = uses[weight > 0]
        weight = weight[weight > 0]
        number = its["line"]
        counted = np.where(its["held"] > 0, its["held"] - np.maximum(its["stale"], 0), 0) * weight
        begin, until = lines["time"][number], self._until[number]
        # What was idle already is forgotten sooner; what is missing after a line may have closed it.
        sure = np.minimum(until, begin + np.maximum(0.0, KEPT - its["oldest_idle"]))
        sure = np.where(self._gap[number], begin, sure)
        # Of a function that told of no destination nothing is known either way.
        any_of: NDArray[np.bool_] = np.asarray((shares > 0).any(axis=1) | (shares.shape[1] == 0))
        of_these = any_of[lines["process"]]
        whole = not bool((of_these & (self._gap | self._silent | (lines["more"] > 0))).any())
        times = np.unique(np.concatenate((begin, until, sure)))
        return Curve(times, _summed(times, begin, sure, counted), _summed(times, begin, until, counted), whole)

    def ports(self, weigh: Weigh, kept: float) -> float:
        """The most connections that were open, or closed no longer than ``kept`` seconds before.

        Open ones at a moment, and all that were opened since: what was closed meanwhile is among them.
        """
        curve = self.curve(weigh)
        opened_at, opened = self._opened(weigh)
        if not len(curve.times):
            return 0.0
        moments = np.unique(np.concatenate((curve.times, opened_at)))
        total = np.concatenate(([0.0], np.cumsum(opened)))
        since = total[np.searchsorted(opened_at, moments, "right")]
        before = total[np.searchsorted(opened_at, moments - kept, "right")]
        place = np.searchsorted(curve.times, moments - kept, "right") - 1
        held = np.where(place >= 0, curve.high[np.maximum(place, 0)], 0.0)
        return float(np.maximum(held + since - before, curve.peak).max(initial=0.0))

    def opened_by_minute(self, weigh: Weigh) -> dict[int, float]:
        """Connections opened in each minute (seconds since 1970)."""
        times, opened = self._opened(weigh)
        found: dict[int, float] = {}
        for minute, number in zip((times // MINUTE).astype(np.int64) * MINUTE, opened, strict=True):
            found[int(minute)] = found.get(int(minute), 0.0) + float(number)
        return found

    def _opened(self, weigh: Weigh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Moments, rising, and how many were opened by then."""
        lines, uses = self._lines.lines, self._lines.uses
        shares = self._shares(weigh)
        weight = shares[lines["process"][uses["line"]], uses["destination"]] if len(uses) else np.empty(0)
        times = lines["time"][uses["line"]]
        opened = np.maximum(uses["opened"], 0) * weight
        order = np.argsort(times, kind="stable")
        return times[order], opened[order]

    def totals(self, function: str | None = None, of_peer: Callable[[Peer], bool] | None = None) -> Totals:
        """Over all lines of a function (of all, for None), to these destinations (to all, for None)."""
        lines, uses = self._lines.lines, self._lines.uses
        mine = np.ones(len(lines), bool) if function is None else self._lines.of(function)
        if of_peer is None:
            its = lines[mine]
            idle = uses["oldest_idle"][mine[uses["line"]]]
        else:
            right = np.fromiter(map(of_peer, self._lines.peers), bool, len(self._lines.peers))
            its = uses[mine[uses["line"]] & right[uses["destination"]]]
            idle = its["oldest_idle"]
        opened, reused, failed = (int(np.maximum(its[name], 0).sum()) for name in ("opened", "reused", "failed"))
        return Totals(opened, reused, failed, float(idle.max(initial=0.0)))

    def most_descriptors(self, function: str) -> int | None:
        """The most file descriptors that one of its processes had in use; None where none says."""
        used = self._lines.lines["descriptors"][self._lines.of(function)]
        most = int(used.max(initial=ABSENT))
        return None if most == ABSENT else most

    def alive(self) -> Curve:
        """Processes that hold their entries, over time."""
        lines = self._lines.lines
        times = np.unique(np.concatenate((lines["time"], self._until)))
        number = _summed(times, lines["time"], self._until, np.ones(len(lines)))
        return Curve(times, number, number, not bool(self._gap.any()))

    def _shares(self, weigh: Weigh) -> NDArray[np.float64]:
        """By process and destination."""
        places: dict[str, int] = {}
        kinds = np.fromiter(
            (places.setdefault(one.function, len(places)) for one in self._lines.processes),
            np.int64,
            len(self._lines.processes),
        )
        rows = [[weigh(function, peer) for peer in self._lines.peers] for function in places]
        table = np.array(rows, dtype=np.float64).reshape(len(places), len(self._lines.peers))
        found: NDArray[np.float64] = table[kinds]
        return found


def _summed(times: NDArray[Any], begin: NDArray[Any], end: NDArray[Any], number: NDArray[Any]) -> NDArray[np.float64]:
    """At each of ``times`` the sum of the numbers that began and have not ended."""
    change = np.zeros(len(times))
    np.add.at(change, np.searchsorted(times, begin), number)
    np.add.at(change, np.searchsorted(times, end), -number)
    return np.maximum(0.0, np.cumsum(change).round(6))


def is_one_of(peer: Peer, addresses: Iterable[str], host: str | None, port: int | None) -> bool:
    """Whether a peer is a destination: by the port, and by the name that was looked up or by the address."""
    if port is not None and peer.port != port:
        return False
    return peer.address in addresses or (host is not None and peer.name == host.lower().rstrip("."))


def stays_inside(peer: Peer) -> bool:
    """Whether a peer is on the machine itself or a link-local service: its connections pass no table."""
    return peer.address.startswith(("127.", "169.254.", "fe80:")) or peer.address == "::1"
