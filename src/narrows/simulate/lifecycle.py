"""When execution environments start, freeze, thaw and end: what Lambda makes of the demand for them.

This does not depend on what becomes of their connections, so it is worked out before a run. Environment number k of a
function is needed while its curve is above k. One that is not needed is frozen and keeps its connections; it thaws
when it is needed again, and is recycled when that takes too long.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from narrows.demand import Curve
from narrows.limits import SCALE_UP_ENVIRONMENTS
from narrows.units import MICROSECONDS, microseconds

SCALE_UP_SECONDS = 10
"""The scale-up limit is per this many seconds."""


class Change(IntEnum):
    """What happens to an execution environment. At one moment they happen in this order."""

    END = 0
    EXPIRE = 1
    """The tables forget its idle connections."""
    FREEZE = 2
    THAW = 3
    START = 4
    ARRIVAL = 5
    """Not of an environment: a connection of a client that opens them at random moments."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one client needs of environments."""

    curve: Curve
    most: int | None = None
    """Reserved concurrency."""
    scales_freely: bool = False
    """Not a Lambda function: no scale-up rate, nothing is frozen."""


@dataclass(slots=True)
class Lifecycle:
    """Every change of every environment, and the demand that was not met."""

    changes: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(microseconds, ``Change``, environment, mask of tables for EXPIRE), not sorted."""
    clients: list[int] = field(default_factory=list)
    """The client of each environment."""
    ordinals: list[int] = field(default_factory=list)
    """Which one of its client's environments it is, from 0."""
    throttled: list[tuple[int, int, int]] = field(default_factory=list)
    """(client, from, to) in microseconds: one environment was needed and not allowed."""


EXPIRE_ENI, EXPIRE_NAT = 1, 2


class _Phase(IntEnum):
    ABSENT = 0
    HELD_BACK = 1
    """By the account's concurrency."""
    DELAYED = 2
    """By the scale-up rate."""
    BUSY = 3
    FROZEN = 4


@dataclass(slots=True)
class _Level:
    """Environment number k of a client, through its incarnations."""

    phase: _Phase = _Phase.ABSENT
    environment: int = -1
    since: int = 0
    """When it was frozen, or since when it is needed and not there."""
    ticket: int = 0
    """Entries of the heaps that carry an older one are void."""


def crossings(curve: Curve, until: float, most: int) -> Iterator[tuple[int, int, bool]]:
    """(microseconds, k, up): when environment number k starts or stops to be needed, in order of time."""
    moment, value = 0.0, 0.0
    points = [
        (0.0, curve.at(0.0)),
        *((t, v) for t, v in curve.points if t > 0),
        (math.inf, curve.points[-1][1]),
    ]
    for end, target in points:
        low, high = min(most, math.ceil(value)), min(most, math.ceil(target))
        levels = range(low, high) if high > low else range(low - 1, high - 1, -1)
        for level in levels:
            # A step happens at once; the piece after the last point has no levels to cross.
            at = end if end == moment else moment + (level - value) / (target - value) * (end - moment)
            if at >= until:
                return
            yield microseconds(at), level, high > low
        moment, value = end, target


def plan_lifecycle(
    needs: list[Needs],
    until: float,
    *,
    account_concurrency: int | None,
    idle_lifetime: float,
    eni_idle_timeout: float,
    nat_idle_timeout: float,
    scale_up: int = SCALE_UP_ENVIRONMENTS.value,
) -> Lifecycle:
    """The changes of all environments from 0 to ``until`` seconds.

    Args:
        needs: of each client.
        account_concurrency: environments of all functions that may be busy at once; None for no limit.
        idle_lifetime: seconds that one that is not needed stays frozen before it is recycled.
        eni_idle_timeout, nat_idle_timeout: seconds of silence until the tables forget its connections.
        scale_up: environments that a function may add in each ten seconds.
    """
    return _Planner(
        needs, until, account_concurrency, idle_lifetime, eni_idle_timeout, nat_idle_timeout, scale_up
    ).run()


class _Planner:
    def __init__(
        self,
        needs: list[Needs],
        until: float,
        account_concurrency: int | None,
        idle_lifetime: float,
        eni_idle: float,
        nat_idle: float,
        scale_up: int,
    ) -> None:
        self.needs = needs
        self.until = microseconds(until)
        self.account = account_concurrency
        self.idle_lifetime = microseconds(idle_lifetime)
        self.idle = {EXPIRE_ENI: microseconds(eni_idle), EXPIRE_NAT: microseconds(nat_idle)}
        self.burst = SCALE_UP_SECONDS * MICROSECONDS
        self.interval = self.burst / scale_up
        self.found = Lifecycle()
        self.levels: list[dict[int, _Level]] = [{} for _ in needs]
        self.counts = [0] * len(needs)
        self.allowance = [0.0] * len(needs)
        """For each client, when its next cold start is due at the even rate (the theoretical arrival time of GCRA)."""
        self.busy = 0
        self.waiting: list[tuple[int, int, int, int]] = []
        """(wanted since, client, level, ticket) of those that the account's concurrency holds back; a heap."""
        self.delayed: list[tuple[int, int, int, int]] = []
        """(allowed at, client, level, ticket) of cold starts that wait for the scale-up rate; a heap."""

    def run(self) -> Lifecycle:
        until = self.until / MICROSECONDS
        streams = []
        for client, need in enumerate(self.needs):
            ceiling = 2**31 if need.most is None else need.most
            streams.append([(at, client, level, up) for at, level, up in crossings(need.curve, until, ceiling)])
            self._cut_off(client, need, ceiling)
        for at, client, level, up in heapq.merge(*streams):
            self._run_delayed(at)
            if up:
                self._wanted(at, client, self._level(client, level), level)
            else:
                self._not_wanted(at, client, self._level(client, level))
        self._run_delayed(self.until)
        self._close()
        return self.found

    def _cut_off(self, client: int, need: Needs, ceiling: int) -> None:
        """Demand above the reserved concurrency never starts anything, but is throttled all the same."""
        if need.most is None:
            return
        open_since: dict[int, int] = {}
        for at, level, up in crossings(need.curve, self.until / MICROSECONDS, 2**31):
            if level < ceiling:
                continue
            if up:
                open_since[level] = at
            elif level in open_since:
                self.found.throttled.append((client, open_since.pop(level), at))
        self.found.throttled += [(client, since, self.until) for since in open_since.values()]

    def _level(self, client: int, k: int) -> _Level:
        return self.levels[client].setdefault(k, _Level())

    def _wanted(self, at: int, client: int, level: _Level, k: int) -> None:
        if level.phase is _Phase.FROZEN and level.since + self.idle_lifetime <= at:
            self._recycle(level)
        free = self.needs[client].scales_freely
        if not free and self.account is not None and self.busy >= self.account:
            if level.phase is _Phase.FROZEN:
                # What the account holds back may be gone by the time it is let in; a new one is the safe guess.
                self._recycle(level)
            level.phase, level.since = _Phase.HELD_BACK, at
            level.ticket += 1
            heapq.heappush(self.waiting, (at, client, k, level.ticket))
            return
        if level.phase is _Phase.FROZEN:
            self._expire(level.environment, level.since, at)
            self._change(at, Change.THAW, level.environment)
            level.phase = _Phase.BUSY
            self.busy += 1
        elif free:
            self._start(at, client, level)
        else:
            self._admit(at, client, level, k)

    def _admit(self, at: int, client: int, level: _Level, k: int) -> None:
        """A new environment, as soon as the scale-up rate allows (the generic cell rate algorithm)."""
        self.busy += 1
        due = self.allowance[client]
        allowed = max(at, math.ceil(due - self.burst + self.interval))
        self.allowance[client] = max(float(allowed), due) + self.interval
        if allowed <= at:
            self._start(at, client, level)
            return
        if level.phase is not _Phase.HELD_BACK:
            level.since = at
        level.phase = _Phase.DELAYED
        level.ticket += 1
        heapq.heappush(self.delayed, (allowed, client, k, level.ticket))

    def _start(self, at: int, client: int, level: _Level) -> None:
        if level.phase in (_Phase.HELD_BACK, _Phase.DELAYED):
            self.found.throttled.append((client, level.since, at))
        level.phase = _Phase.BUSY
        level.environment = len(self.found.clients)
        self.found.clients.append(client)
        self.found.ordinals.append(self.counts[client])
        self.counts[client] += 1
        self._change(at, Change.START, level.environment)

    def _not_wanted(self, at: int, client: int, level: _Level) -> None:
        if level.phase is _Phase.BUSY and self.needs[client].scales_freely:
            self._change(at, Change.END, level.environment)
            level.phase = _Phase.ABSENT
            return
        if level.phase in (_Phase.HELD_BACK, _Phase.DELAYED):
            self.found.throttled.append((client, level.since, at))
            self.busy -= level.phase is _Phase.DELAYED
            level.phase = _Phase.ABSENT
            level.ticket += 1
        elif level.phase is _Phase.BUSY:
            self._change(at, Change.FREEZE, level.environment)
            level.phase, level.since = _Phase.FROZEN, at
            self.busy -= 1
        self._let_in(at)

    def _let_in(self, at: int) -> None:
        """Start environments that the account's concurrency held back and now allows."""
        while self.waiting and self.account is not None and self.busy < self.account:
            _, client, k, ticket = heapq.heappop(self.waiting)
            level = self._level(client, k)
            if level.ticket == ticket:
                self._admit(at, client, level, k)

    def _run_delayed(self, until: int) -> None:
        while self.delayed and self.delayed[0][0] < until:
            at, client, k, ticket = heapq.heappop(self.delayed)
            level = self._level(client, k)
            if level.ticket == ticket:
                self._start(at, client, level)

    def _recycle(self, level: _Level) -> None:
        """End a frozen environment. What its connections leave in the tables is forgotten after the idle timeout."""
        end = level.since + self.idle_lifetime
        if end < self.until:
            self._change(end, Change.END, level.environment)
        self._expire(level.environment, level.since, self.until)
        level.phase = _Phase.ABSENT

    def _expire(self, environment: int, silent_since: int, before: int) -> None:
        for mask, timeout in self.idle.items():
            if silent_since + timeout < before:
                self._change(silent_since + timeout, Change.EXPIRE, environment, mask)

    def _close(self) -> None:
        for client, levels in enumerate(self.levels):
            for level in levels.values():
                if level.phase in (_Phase.HELD_BACK, _Phase.DELAYED):
                    self.found.throttled.append((client, level.since, self.until))
                elif level.phase is _Phase.FROZEN:
                    self._recycle(level)

    def _change(self, at: int, change: Change, environment: int, mask: int = 0) -> None:
        self.found.changes.append((at, int(change), environment, mask))
