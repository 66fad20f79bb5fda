"""The true number of held connections, summed from the sensor's lines: what no metric shows, counted from the inside.

A line says what its process held when an invocation ended. Between invocations the environment is frozen and says
nothing, and its connections still have their entries, until the tables forget them. So at each moment the latest line
of each process counts, for as long as a table keeps an idle connection; CloudWatch's Sum of the same figure counts
invocations instead, and its Average neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from narrows.case.sensor_lines import ABSENT, Peer, SensorLines
from narrows.limits import FUNCTION_TIMEOUT, NAT_IDLE_TIMEOUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT = float(NAT_IDLE_TIMEOUT.value)
"""Seconds that a table keeps the entry of a connection on which nothing is sent."""
LONGEST = float(FUNCTION_TIMEOUT.value)
"""Seconds that an invocation takes at the most."""
MINUTE = 60
_INSTANT = 0.001
"""Seconds: what a line says is so at its moment, whatever comes after."""
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
    gapless: bool
    """Whether every invocation of these processes, from the first line of each on, has a line that says all."""
    known_from: float
    """Until this moment some process had a line before its first that is here, seconds since 1970."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing that counts at any of its moments."""
        return self.gapless and (not len(self.times) or self.known_from <= float(self.times[0]))

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
            times,
            np.concatenate(([low], self.low[inside])),
            np.concatenate(([high], self.high[inside])),
            self.gapless,
            self.known_from,
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


@dataclass(frozen=True)
class _Places:
    """What lines say of destinations, each pair of them once: one array for each figure."""

    line: NDArray[np.int64]
    weight: NDArray[np.float64]
    held: NDArray[np.float64]
    opened: NDArray[np.float64]
    left: NDArray[np.float64]
    """Held by the next line of the process, and not opened since: none where that does not say."""
    oldest_idle: NDArray[np.float64]
    unread: NDArray[np.bool_]
    """The sensor could not read what was held, or opened."""


class Held:
    """The lines of a case, summed as asked."""

    def __init__(
        self,
        lines: SensorLines,
        longest: Callable[[str], float] | None = None,
        doubted: Callable[[str], bool] | None = None,
    ) -> None:
        """Args:
        longest: of a function, the seconds that an invocation takes at the most; Lambda's own limit when left out.
        doubted: whether invocations of a function ended without a line, as far as something else tells.
        """
        self._lines = lines
        its: NDArray[Any] = lines.lines
        same: NDArray[np.bool_] = np.asarray(its["process"][1:] == its["process"][:-1])
        forgotten = its["time"] + KEPT
        self._until = forgotten.copy()
        """When each line no longer counts: the next one of its process has come, or the tables have forgotten."""
        self._until[: len(same)][same] = np.minimum(forgotten[: len(same)], its["time"][1:])[same]
        unnumbered: NDArray[np.bool_] = np.asarray(its["invocation"] == ABSENT)
        self._follows = np.zeros(len(its), bool)
        """Lines after which there is another one of the same process."""
        self._follows[: len(same)] = same
        self._next = np.full(len(its), np.inf)
        """When that was written."""
        self._next[: len(same)][same] = its["time"][1:][same]
        self._gap = np.zeros(len(its), bool)
        """Lines after which some are missing."""
        self._gap[: len(same)] = same & (unnumbered[1:] | unnumbered[:-1] | (np.diff(its["invocation"]) != 1))
        most = {name: longest(name) if longest is not None else LONGEST for name in lines.functions}
        self._longest = self._by_line(most)
        """Seconds that the invocation of each line, or the next one of its process, takes at the most."""
        gapped = {lines.processes[one].function for one in np.unique(its["process"][self._gap]).tolist()}
        # Where lines are known to be missing, one after the last may be as well. Otherwise an invocation without a
        # line is one that had not ended when the function's last line was written.
        ends = self._by_line(
            {
                name: -np.inf
                if name in gapped or (doubted is not None and doubted(name))
                else float(its["time"][lines.of(name)].max())
                for name in lines.functions
            }
        )
        self._thawed = np.where(self._follows, self._next, ends) - self._longest
        """Until when the process of each line closed nothing: then its next invocation may have begun."""
        self._silent: NDArray[np.bool_] = np.asarray((its["held"] == ABSENT) | (its["opened"] == ABSENT))

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
        lines = self._lines.lines
        its = self._places(weigh)
        number, follows = its.line, self._follows[its.line]
        begin, until = lines["time"][number], self._until[number]
        # What was idle already is forgotten sooner; what is missing after a line may have closed it.
        sure = np.minimum(until, begin + np.maximum(0.0, KEPT - its.oldest_idle))
        sure = np.where(self._gap[number], begin, sure)
        # While it is frozen a process closes nothing. In its next invocation it may, at any time: from then on only
        # what the next line still holds, and did not open, was there throughout.
        at_once = np.minimum(begin + _INSTANT, until)
        sure = np.maximum(sure, at_once)
        thawed = np.clip(self._thawed[number], at_once, sure)
        stays = np.where(follows, np.minimum(its.held, its.left), 0.0)
        of_these = self._concerns(weigh)
        unclear = self._gap | self._silent | (lines["more"] > 0) | (lines["unattributed"] > 0)
        unclear[number] |= its.unread
        first = np.ones(len(lines), bool)
        first[1:] = ~self._follows[:-1]
        # Of a process that was there before its first line, nothing is known until then.
        late = of_these & first & (lines["invocation"] != 1)
        known_from = float(lines["time"][late].max(initial=-np.inf))
        times = np.unique(np.concatenate((begin, until, sure, thawed)))
        low = _summed(times, begin, thawed, its.held * its.weight) + _summed(times, thawed, sure, stays * its.weight)
        high = _summed(times, begin, until, its.held * its.weight)
        return Curve(times, low, high, not bool((of_these & unclear).any()), known_from)

    def ports(self, weigh: Weigh, kept: float) -> float:
        """The most connections that were open, or closed no longer than ``kept`` seconds before, at any moment.

        A line tells what its invocation opened, and not when: at its beginning at the earliest, which is after the line
        before, and no longer ago than an invocation takes.
        """
        lines, its = self._lines.lines, self._places(weigh)
        if not len(lines):
            return 0.0
        held = np.bincount(its.line, its.held * its.weight, len(lines))
        opened = np.bincount(its.line, its.opened * its.weight, len(lines))
        time, joined = lines["time"], self._follows & (self._next - self._longest < lines["time"] + KEPT)
        end = np.where(joined, self._next, time + KEPT)
        began = time - self._longest
        began[1:] = np.where(self._follows[:-1], np.maximum(began[1:], time[:-1]), began[1:])
        before = np.zeros(len(lines))
        before[1:] = np.where(joined[:-1], held[:-1], 0.0)
        closed = np.maximum(0.0, before + opened - held)
        times = np.unique(np.concatenate((time, end, began, time + kept)))
        total = _summed(times, time, end, held) + _summed(times, began, time, opened)
        return float((total + _summed(times, time, time + kept, closed)).max(initial=0.0))

    def by_minute(self, what: Literal["opened", "failed"], weigh: Weigh) -> dict[int, float]:
        """Connections opened (or attempts that failed) in each minute, seconds since 1970, that has any."""
        lines, uses = self._lines.lines, self._lines.uses
        if not len(uses):
            return {}
        number = np.maximum(uses[what], 0) * self._shares(weigh)[lines["process"][uses["line"]], uses["destination"]]
        minutes, at = np.unique((lines["time"][uses["line"]] // MINUTE).astype(np.int64), return_inverse=True)
        sums = np.bincount(at, number, len(minutes))
        return {int(minute) * MINUTE: float(count) for minute, count in zip(minutes, sums, strict=True) if count}

    def most_used(self, function: str, of_peer: Callable[[Peer], bool]) -> int | None:
        """The most connections that one invocation of a function used: those there before, those that it opened and
        those that it tried to. None where a line does not say, or is missing."""
        lines, uses = self._lines.lines, self._lines.uses
        mine = self._lines.of(function)
        unclear = self._gap | self._silent | (lines["more"] > 0) | (lines["unattributed"] > 0)
        right = np.fromiter(map(of_peer, self._lines.peers), bool, len(self._lines.peers))
        its = uses[mine[uses["line"]] & right[uses["destination"]]]
        figures = [its[name] for name in ("opened", "reused", "failed")]
        if not mine.any() or unclear[mine].any() or any((figure == ABSENT).any() for figure in figures):
            return None
        return int(np.bincount(its["line"], np.sum(figures, axis=0), len(lines)).max(initial=0.0))

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
        return Curve(times, number, number, not bool(self._gap.any()), -np.inf)

    def _places(self, weigh: Weigh) -> _Places:
        """What counts of each line and destination."""
        lines, uses, width = self._lines.lines, self._lines.uses, len(self._lines.peers)
        pair = uses["line"] * width + uses["destination"]
        pairs, at = np.unique(pair, return_inverse=True)
        live = np.where(uses["held"] > 0, np.maximum(0, uses["held"] - np.maximum(uses["stale"], 0)), 0)
        held = np.bincount(at, live, len(pairs)).astype(np.float64)
        opened = np.bincount(at, np.maximum(uses["opened"], 0), len(pairs)).astype(np.float64)
        unread = np.bincount(at, (uses["held"] == ABSENT) | (uses["opened"] == ABSENT), len(pairs)) > 0
        idle = np.zeros(len(pairs))
        np.maximum.at(idle, at, uses["oldest_idle"])
        left = np.zeros(len(pairs))
        if len(pairs):
            place = np.minimum(np.searchsorted(pairs, pairs + width), len(pairs) - 1)
            told = (pairs[place] == pairs + width) & ~unread[place]
            left[told] = np.maximum(0.0, held - opened)[place[told]]
        number, destination = np.divmod(pairs, max(width, 1))
        weight = self._shares(weigh)[lines["process"][number], destination] if len(pairs) else np.empty(0)
        its = weight > 0
        return _Places(number[its], weight[its], held[its], opened[its], left[its], idle[its], unread[its])

    def _by_line(self, of_function: Mapping[str, float]) -> NDArray[np.float64]:
        """A figure of functions, for each line that of its own."""
        of_process = np.array([of_function[one.function] for one in self._lines.processes], np.float64)
        found: NDArray[np.float64] = of_process[self._lines.lines["process"]]
        return found

    def environments_between(self, function: str, begins: Sequence[float], ends: Sequence[float]) -> NDArray[np.int64]:
        """How many environments of a function may have run between two moments each: they wrote their first line before
        the end, and their last one after the beginning."""
        lines = self._lines
        places: dict[str, int] = {}
        of_process = np.array(
            [
                places.setdefault(one.environment, len(places)) if one.function == function else -1
                for one in lines.processes
            ],
            np.int64,
        )
        its = of_process[lines.lines["process"]]
        mine = its >= 0
        first, last = np.full(len(places), np.inf), np.full(len(places), -np.inf)
        np.minimum.at(first, its[mine], lines.lines["time"][mine])
        np.maximum.at(last, its[mine], lines.lines["time"][mine])
        came = np.searchsorted(np.sort(first), ends, "right")
        return np.asarray(came - np.searchsorted(np.sort(last), begins), np.int64)

    def written_until(self, function: str) -> float:
        """When the last line of a function was written, seconds since 1970."""
        return float(self._lines.lines["time"][self._lines.of(function)].max(initial=-np.inf))

    def _concerns(self, weigh: Weigh) -> NDArray[np.bool_]:
        """Lines of functions that count. Of one that told of no destination nothing is known either way."""
        shares = self._shares(weigh)
        any_of: NDArray[np.bool_] = np.asarray((shares > 0).any(axis=1) | (shares.shape[1] == 0))
        return np.asarray(any_of[self._lines.lines["process"]])

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
