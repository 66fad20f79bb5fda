"""When execution environments start, freeze, thaw and end: what Lambda makes of the demand for them.

This does not depend on what becomes of their connections, so it is worked out before a run. Environment number k of a
function is needed while its curve is above k. One that is not needed is frozen and keeps its connections; it thaws
when it is needed again, and is recycled when that takes too long.

Two things hold an environment back that is needed: the account's concurrency, which every function without reserved
concurrency shares, and the rate at which Lambda adds environments to a function. Neither is used up by waiting.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from narrows.limits import SCALE_UP_ENVIRONMENTS, SCALE_UP_SECONDS
from narrows.simulate.crossings import crossings
from narrows.simulate.lifecycle import EXPIRE_ENI, EXPIRE_NAT, Change, Lifecycle, Needs
from narrows.units import MICROSECONDS, microseconds


class _Phase(IntEnum):
    ABSENT = 0
    CUT_OFF = 1
    """Needed, but above the reserved concurrency."""
    HELD_BACK = 2
    """Needed, but the account's concurrency is used up."""
    DELAYED = 3
    """Needed, but the scale-up rate does not allow it yet."""
    BUSY = 4
    FROZEN = 5


@dataclass(slots=True)
class _Level:
    """Environment number k of a client, through its incarnations."""

    client: int
    phase: _Phase = _Phase.ABSENT
    environment: int = -1
    """The one that is there, busy or frozen; -1 for none."""
    frozen_at: int = 0
    wanted_at: int = 0
    """Since when it is needed and not there."""
    ticket: int = 0
    """Places in a queue that carry an older one are void."""


_Place = tuple[int, int, int, _Level]
"""A place in a queue: (wanted since, how many came before, ticket, level)."""


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
    idle = {EXPIRE_ENI: _after_freezing(eni_idle_timeout), EXPIRE_NAT: _after_freezing(nat_idle_timeout)}
    lifetime = _after_freezing(idle_lifetime)
    return _Planner(needs, microseconds(until), account_concurrency, lifetime, idle, scale_up).run()


def _after_freezing(seconds: float) -> int:
    """Microseconds; at least one, because at one moment the end of an environment comes before its freezing."""
    return max(1, microseconds(seconds))


class _Planner:
    def __init__(
        self,
        needs: list[Needs],
        until: int,
        account: int | None,
        idle_lifetime: int,
        idle: dict[int, int],
        scale_up: int,
    ) -> None:
        self.needs = needs
        self.until = until
        reserved = sum(need.most or 0 for need in needs)
        self.room = None if account is None else max(0, account - reserved)
        """Environments that the functions without reserved concurrency may still add, as far as the account goes."""
        self.idle_lifetime = idle_lifetime
        self.idle = idle
        self.burst = SCALE_UP_SECONDS * MICROSECONDS
        self.interval = self.burst / scale_up
        self.found = Lifecycle()
        self.levels: list[dict[int, _Level]] = [{} for _ in needs]
        self.counts = [0] * len(needs)
        self.due = [0.0] * len(needs)
        """For each client, when its next cold start would come at the even rate (GCRA's theoretical arrival time)."""
        self.places = 0
        self.held_back: list[_Place] = []
        """Of all clients, in order of waiting; a heap."""
        self.delayed: list[deque[_Place]] = [deque() for _ in needs]
        """Of each client, in order of waiting."""
        self.wakes: list[tuple[int, int]] = []
        """(microseconds, client): when the scale-up rate allows one that is delayed; a heap."""
        self.waking: set[int] = set()
        """The clients in it."""

    def run(self) -> Lifecycle:
        streams = [self._stream(client) for client in range(len(self.needs))]
        for at, together in groupby(heapq.merge(*streams), key=lambda crossing: crossing[0]):
            self._wake(at)
            ups = []
            for _, client, k, up in together:
                if up:
                    ups.append((client, k))
                else:
                    self._not_wanted(at, self.levels[client][k])
            self._let_in(at)
            for client, k in ups:
                self._wanted(at, self.levels[client].setdefault(k, _Level(client)), k)
        self._wake(self.until)
        self._close()
        return self.found

    def _stream(self, client: int) -> Iterator[tuple[int, int, int, bool]]:
        for at, k, up in crossings(self.needs[client].curve, self.until / MICROSECONDS):
            yield at, client, k, up

    def _wanted(self, at: int, level: _Level, k: int) -> None:
        need = self.needs[level.client]
        level.wanted_at = at
        if need.scales_freely:
            self._start(at, level)
        elif need.most is not None and k >= need.most:
            level.phase = _Phase.CUT_OFF
        elif not self._has_room(level.client):
            heapq.heappush(self.held_back, self._place(level, _Phase.HELD_BACK))
        else:
            self._admit(at, level)

    def _not_wanted(self, at: int, level: _Level) -> None:
        if level.phase is _Phase.BUSY:
            if self.needs[level.client].scales_freely:
                self._change(at, Change.END, level.environment)
                level.phase, level.environment = _Phase.ABSENT, -1
                return
            self._change(at, Change.FREEZE, level.environment)
            level.phase, level.frozen_at = _Phase.FROZEN, at
            self._take_room(level.client, -1)
            return
        self.found.throttled.append((level.client, level.wanted_at, at))
        level.phase = _Phase.ABSENT if level.environment < 0 else _Phase.FROZEN
        level.ticket += 1

    def _shares(self, client: int) -> bool:
        """Whether a client takes part of what the account allows to all."""
        return self.needs[client].most is None and not self.needs[client].scales_freely

    def _has_room(self, client: int) -> bool:
        return self.room is None or self.room > 0 or not self._shares(client)

    def _take_room(self, client: int, count: int) -> None:
        if self.room is not None and self._shares(client):
            self.room -= count

    def _place(self, level: _Level, phase: _Phase) -> _Place:
        level.phase = phase
        level.ticket += 1
        self.places += 1
        return level.wanted_at, self.places, level.ticket, level

    def _admit(self, at: int, level: _Level) -> None:
        """Thaw an environment for which there is room, or start one as soon as the scale-up rate allows."""
        if level.environment >= 0 and level.frozen_at + self.idle_lifetime <= at:
            self._recycle(level)
        client = level.client
        if level.environment >= 0:
            self._thaw(at, level)
        elif not self.delayed[client] and self._next_start(client) <= at:
            self._start(at, level)
        else:
            self.delayed[client].append(self._place(level, _Phase.DELAYED))
            self._wake_later(client)

    def _next_start(self, client: int) -> int:
        """When the scale-up rate allows the next cold start (the generic cell rate algorithm)."""
        return math.ceil(self.due[client] - self.burst + self.interval)

    def _wake_later(self, client: int) -> None:
        if client not in self.waking:
            self.waking.add(client)
            heapq.heappush(self.wakes, (self._next_start(client), client))

    def _wake(self, until: int) -> None:
        """Start what the scale-up rate allows before ``until``."""
        while self.wakes and self.wakes[0][0] < until:
            at, client = heapq.heappop(self.wakes)
            self.waking.discard(client)
            queue = self.delayed[client]
            while (head := _head(queue)) and self._has_room(client) and self._next_start(client) <= at:
                queue.popleft()
                self._start(at, head[3])
            if head and self._has_room(client):
                self._wake_later(client)

    def _let_in(self, at: int) -> None:
        """Give the account's room to those that waited longest for it."""
        while self.room:
            while self.held_back and _is_void(self.held_back[0]):
                heapq.heappop(self.held_back)
            # Of those that the scale-up rate held back, some may by now only lack room.
            ready = [head for queue in self.delayed if (head := self._ready(queue, at))]
            first = min([*self.held_back[:1], *ready], default=None)
            if first is None:
                break
            if self.held_back and first is self.held_back[0]:
                self._admit(at, heapq.heappop(self.held_back)[3])
            else:
                self.delayed[first[3].client].popleft()
                self._start(at, first[3])
        for client, queue in enumerate(self.delayed):
            if queue and self._has_room(client):
                self._wake_later(client)

    def _ready(self, queue: deque[_Place], at: int) -> _Place | None:
        head = _head(queue)
        if head is None or not self._shares(head[3].client):
            return None
        return head if self._next_start(head[3].client) <= at else None

    def _thaw(self, at: int, level: _Level) -> None:
        self._expire(level.environment, level.frozen_at, at)
        self._change(at, Change.THAW, level.environment)
        self._becomes_busy(at, level)

    def _start(self, at: int, level: _Level) -> None:
        level.environment = len(self.found.clients)
        self.found.clients.append(level.client)
        self.found.ordinals.append(self.counts[level.client])
        self.counts[level.client] += 1
        self.due[level.client] = max(float(at), self.due[level.client]) + self.interval
        self._change(at, Change.START, level.environment)
        self._becomes_busy(at, level)

    def _becomes_busy(self, at: int, level: _Level) -> None:
        if level.wanted_at < at:
            self.found.throttled.append((level.client, level.wanted_at, at))
        level.phase = _Phase.BUSY
        level.ticket += 1
        self._take_room(level.client, 1)

    def _recycle(self, level: _Level) -> None:
        """End a frozen environment. What its connections leave in the tables is forgotten after the idle timeout."""
        end = level.frozen_at + self.idle_lifetime
        if end < self.until:
            self._change(end, Change.END, level.environment)
        self._expire(level.environment, level.frozen_at, self.until)
        level.environment = -1

    def _expire(self, environment: int, silent_since: int, before: int) -> None:
        for mask, timeout in self.idle.items():
            if silent_since + timeout < before:
                self._change(silent_since + timeout, Change.EXPIRE, environment, mask)

    def _close(self) -> None:
        for level in (level for levels in self.levels for level in levels.values()):
            if level.phase in (_Phase.CUT_OFF, _Phase.HELD_BACK, _Phase.DELAYED):
                self.found.throttled.append((level.client, level.wanted_at, self.until))
            if level.environment >= 0 and level.phase is not _Phase.BUSY:
                self._recycle(level)

    def _change(self, at: int, change: Change, environment: int, mask: int = 0) -> None:
        self.found.changes.append((at, int(change), environment, mask))


def _is_void(place: _Place) -> bool:
    return place[2] != place[3].ticket


def _head(queue: deque[_Place]) -> _Place | None:
    """The first place of a queue that still counts."""
    while queue and _is_void(queue[0]):
        queue.popleft()
    return queue[0] if queue else None
