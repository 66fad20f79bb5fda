"""The simulator again, in plain Python: the oracle of the fast kernel, and the place to read how it works.

Given the same model, schedule and random numbers, both give the identical event log. It keeps one heap of everything
that is to come, in the order that the kernel's queues give by themselves: by moment, then by queue, then by who came
first (for drawn delays: by connection).
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import numpy as np

from narrows.recording import Outcome
from narrows.simulate.events import Logged
from narrows.simulate.lifecycle import EXPIRE_ENI, EXPIRE_NAT, Change
from narrows.simulate.model import NONE, Answers, HoldKind, Model, Op, Route, Use
from narrows.units import MICROSECONDS


class Is(Enum):
    """What a connection waits for."""

    STARTING = auto()
    CONNECTING = auto()
    LINGERING = auto()
    ANSWERED = auto()
    REFUSED = auto()
    OPEN = auto()
    IDLE = auto()
    DUE = auto()
    EXPIRED = auto()
    ABANDONED = auto()
    CLOSING = auto()
    CLOSED = auto()
    FAILED = auto()


class Life(Enum):
    """The states of an execution environment."""

    ABSENT = auto()
    ACTIVE = auto()
    FROZEN = auto()
    ENDED = auto()


@dataclass
class Table:
    """A table of connections: how many it holds, and how many it has room for."""

    capacity: int
    occupied: int = 0
    dropped: int = 0

    @property
    def free(self) -> int:
        return self.capacity - self.occupied


@dataclass
class Gateway:
    """A NAT gateway's counters."""

    active: int = 0
    attempts: int = 0
    established: int = 0
    errors: int = 0
    idle_timeouts: int = 0
    dropped: int = 0
    load: float = 0.0


@dataclass
class Target:
    """A unique destination."""

    open: int = 0
    second: int = -1
    accepted_in_second: int = 0
    accepted: int = 0
    refused: int = 0
    ignored: int = 0


@dataclass
class Combo:
    """The Hyperplane ENIs of one subnet and security-group set."""

    enis: list[int]
    ready_at: int | None = None
    dns_second: int = -1
    dns_used: int = 0


@dataclass(eq=False)
class Environment:
    """An execution environment."""

    client: int
    place: int
    life: Life = Life.ABSENT
    descriptors: int = 0
    frozen_at: int = 0
    forgotten: int = 0
    idle: list[Connection] = field(default_factory=list)
    """Newest last."""


@dataclass(eq=False)
class Connection:
    """A connection, from before its first SYN until no table holds it."""

    number: int
    environment: Environment
    environment_number: int
    use: int
    retry: int
    state: Is = Is.STARTING
    step: int = 0
    unique: int = 0
    eni: int | None = None
    table: int | None = None
    seen: bool = False
    forwarded: int = 0

    @property
    def held(self) -> bool:
        return self.eni is not None or self.table is not None


class Twin:
    """One run. After ``run``, ``log`` holds (microseconds, event, connection, detail), and the counters what happened.

    Args:
        model: what runs.
        clients, places: of each environment.
        always_there: environments that are active from the start.
        rng: where random numbers come from.
    """

    def __init__(self, model: Model, clients: Any, places: Any, always_there: range, rng: np.random.Generator) -> None:
        self.model = model
        self.rng = rng
        self.now = 0
        self.events = 0
        self.log: list[tuple[int, int, int, int]] = []
        self.outcomes: list[tuple[int, int, int, int]] = []
        """(microseconds, environment, use, outcome)"""
        self.environments = [Environment(int(c), int(p)) for c, p in zip(clients, places, strict=True)]
        for number in always_there:
            self.environments[number].life = Life.ACTIVE
        most = model.most_enis if model.scale_out else 1
        self.enis = [Table(model.eni_capacity) for _ in range(len(model.combos) * most)]
        self.combos = [Combo([number * most]) for number in range(len(model.combos))]
        self.tables = [Table(model.nat_capacity) for _ in range(model.nat_table_count)]
        self.gateways = [Gateway() for _ in model.gateways]
        self.targets = [Target() for _ in model.unique_destinations]
        self.open = [0 for _ in model.clients]
        self.attempted = [0 for _ in model.clients]
        self.abandoned = [0 for _ in model.clients]
        self.ended = [[0] * len(Outcome) for _ in model.clients]
        self._free: deque[int] = deque()
        self._used = 0
        self._coming: list[tuple[int, int, int, Connection]] = []
        self._count = 0
        self._zero = model.delays.index(0)
        self._drawn = len(model.delays)

    # ---- what is to come

    def run(self, changes: Any, until: int) -> None:
        """Run every event before ``until`` microseconds; ``changes`` are those of environments, in order."""
        upcoming = deque(tuple(int(value) for value in row) for row in changes)
        while True:
            ready = min((one.ready_at for one in self.combos if one.ready_at is not None), default=None)
            first = [
                (moment, rank)
                for moment, rank in (
                    (upcoming[0][0] if upcoming else None, 0),
                    (ready, 1),
                    (self._coming[0][0] if self._coming else None, 2),
                )
                if moment is not None
            ]
            if not first or min(first)[0] >= until:
                self.now = until
                return
            self.now, rank = min(first)
            self.events += 1
            if rank == 0:
                _, kind, environment, argument = upcoming.popleft()
                self._change(Change(kind), environment, argument)
            elif rank == 1:
                self._add_enis()
            else:
                self._happens(heapq.heappop(self._coming)[3])

    def _after(self, delay: int, connection: Connection) -> None:
        """Let something happen to a connection after a constant delay, given by its number."""
        self._count += 1
        heapq.heappush(self._coming, (self.now + self.model.delays[delay], delay, self._count, connection))

    def _after_drawn(self, microseconds: int, connection: Connection) -> None:
        heapq.heappush(self._coming, (self.now + microseconds, self._drawn, connection.number, connection))

    def _new(self, environment: int, use: int, retry: int = 0) -> Connection:
        if self._free:
            number = self._free.popleft()
        else:
            number = self._used
            self._used += 1
        return Connection(number, self.environments[environment], environment, use, retry)

    def _done(self, connection: Connection) -> None:
        self._free.append(connection.number)

    def _log(self, event: Logged, connection: Connection | None, detail: int = 0) -> None:
        self.log.append((self.now, int(event), -1 if connection is None else connection.number, detail))

    def _ends(self, connection: Connection, outcome: Outcome) -> None:
        self.ended[connection.environment.client][outcome] += 1
        self.outcomes.append((self.now, connection.environment_number, connection.use, int(outcome)))

    def _route(self, connection: Connection) -> Route:
        return self.model.routes[connection.use][connection.environment.place]

    def _gateway(self, connection: Connection) -> Gateway:
        return self.gateways[self.model.pools[self._route(connection).pool].gateway]

    # ---- environments

    def _change(self, change: Change, number: int, argument: int) -> None:
        environment = self.environments[number]
        if change is Change.START:
            environment.life = Life.ACTIVE
            for use in self.model.clients[environment.client].uses:
                for _ in range(self.model.uses[use].count):
                    self._after(self._zero, self._new(number, use))
        elif change is Change.FREEZE:
            environment.life, environment.frozen_at = Life.FROZEN, self.now
        elif change is Change.THAW:
            self._thaw(environment, number)
        elif change is Change.END:
            self._end(environment)
        elif change is Change.EXPIRE:
            self._forget(environment, argument)
        else:
            self._after(self._zero, self._new(number, argument))

    @staticmethod
    def _newest_first(environment: Environment) -> list[Connection]:
        idle = environment.idle[::-1]
        environment.idle = []
        return idle

    def _thaw(self, environment: Environment, number: int) -> None:
        environment.life, environment.forgotten = Life.ACTIVE, 0
        for one in self._newest_first(environment):
            if one.state is Is.EXPIRED:
                self.open[environment.client] -= 1
                self._ends(one, Outcome.RESET)
                environment.descriptors -= 1
                self._log(Logged.RESET, one)
                self._release_expired(one)
                self._done(one)
                self._after(self._zero, self._new(number, one.use))
            elif one.state in (Is.DUE, Is.STARTING):
                one.state = Is.OPEN if one.state is Is.DUE else Is.STARTING
                self._after(self._zero, one)
            else:
                environment.idle.append(one)

    def _release_expired(self, one: Connection) -> None:
        """What one of the tables still holds of a connection that the other forgot."""
        if one.table is not None:
            self._leave_gateway(one)
            self.targets[one.unique].open -= 1
            self.tables[one.table].occupied -= 1
        if one.eni is not None:
            self.enis[one.eni].occupied -= 1

    def _end(self, environment: Environment) -> None:
        environment.life = Life.ENDED
        client = self.model.clients[environment.client]
        for one in self._newest_first(environment):
            if one.state is Is.STARTING:
                self._done(one)
            elif client.closes_at_end and one.state is not Is.EXPIRED:
                one.state = Is.OPEN
                self._after(self._zero, one)
            else:
                self.open[environment.client] -= 1
                self._log(Logged.ABANDONED, one)
                if not one.held:
                    if one.state is not Is.EXPIRED:
                        self.targets[one.unique].open -= 1
                    self._done(one)
                else:
                    one.state = Is.ABANDONED
                    environment.idle.append(one)

    def _forget(self, environment: Environment, mask: int) -> None:
        environment.forgotten |= mask
        for one in self._newest_first(environment):
            self._forget_one(one, mask)
            if one.state is Is.ABANDONED and not one.held:
                self._done(one)
            else:
                environment.idle.append(one)

    def _forget_one(self, one: Connection, mask: int) -> None:
        if mask & EXPIRE_NAT and one.table is not None:
            self._forget_at_nat(one)
            self._log(Logged.FORGOTTEN, one, EXPIRE_NAT)
            self._mark_expired(one)
        if mask & EXPIRE_ENI and one.eni is not None:
            self._forget_at_eni(one)
            self._log(Logged.FORGOTTEN, one, EXPIRE_ENI)
            self._mark_expired(one)

    @staticmethod
    def _mark_expired(one: Connection) -> None:
        if one.state is not Is.ABANDONED:
            one.state = Is.EXPIRED

    def _forget_at_nat(self, one: Connection) -> None:
        assert one.table is not None
        self._leave_gateway(one)
        self._gateway(one).idle_timeouts += 1
        self.tables[one.table].occupied -= 1
        one.table = None
        self.targets[one.unique].open -= 1

    def _forget_at_eni(self, one: Connection) -> None:
        assert one.eni is not None
        if self._route(one).pool < 0:
            self.targets[one.unique].open -= 1
        self.enis[one.eni].occupied -= 1
        one.eni = None

    def _leave_gateway(self, one: Connection) -> None:
        gateway = self._gateway(one)
        gateway.active -= 1
        gateway.load -= self.model.uses[one.use].bytes_per_second

    # ---- connections

    def _happens(self, one: Connection) -> None:
        if one.state is Is.STARTING:
            self._starts(one)
        elif one.state in (Is.CONNECTING, Is.LINGERING):
            if one.state is Is.CONNECTING and one.environment.life is Life.ENDED:
                self.abandoned[one.environment.client] += 1
                self._log(Logged.ABANDONED, one, 1)
                one.state = Is.LINGERING
            one.step += 1
            self._step(one)
        elif one.state is Is.ANSWERED:
            self._established(one)
        elif one.state is Is.REFUSED:
            one.environment.descriptors -= 1
            self._ends(one, Outcome.REFUSED)
            self._log(Logged.REFUSED, one)
            self._hold_after_close(one)
            self._failed(one)
        elif one.state is Is.OPEN:
            self._hold_ends(one)
        elif one.state is Is.FAILED:
            one.state = Is.STARTING
            self._after(self._pause(self.model.uses[one.use]), one)
        else:
            self._released(one)

    def _starts(self, one: Connection) -> None:
        environment, use = one.environment, self.model.uses[one.use]
        if environment.life is Life.FROZEN:
            environment.idle.append(one)
            return
        if environment.life is Life.ENDED:
            self._done(one)
            return
        self.attempted[environment.client] += 1
        self._log(Logged.ATTEMPT, one, one.use | one.environment_number << 16)
        failure: Outcome | None = None
        if environment.descriptors >= self.model.clients[environment.client].descriptors:
            failure = Outcome.NO_DESCRIPTOR
            self._log(Logged.NO_DESCRIPTOR, one)
        elif not self._resolves(one):
            failure = Outcome.NO_NAME
            self._log(Logged.NO_NAME, one)
        if failure is not None:
            self._ends(one, failure)
            self._done(one)
            self._failed(one)
            return
        environment.descriptors += 1
        one.unique = use.first_address
        if use.addresses > 1 and self.model.random_address:
            one.unique += int(self.rng.random() * use.addresses)
        one.state = Is.CONNECTING
        self._step(one)

    def _resolves(self, one: Connection) -> bool:
        number = self._route(one).combo
        if self.model.resolver_budget < 0 or number < 0:
            return True
        combo, second = self.combos[number], self.now // MICROSECONDS
        if combo.dns_second != second:
            combo.dns_second, combo.dns_used = second, 0
        combo.dns_used += 1
        return combo.dns_used <= self.model.resolver_budget * len(combo.enis)

    def _step(self, one: Connection) -> None:
        """One step of an attempt that nobody has answered."""
        steps = self.model.uses[one.use].steps
        op = steps[one.step].op
        gave_up = False
        if op is Op.SYN:
            if one.state is Is.CONNECTING and self._syn(one):
                self._after(self.model.uses[one.use].answer_delay, one)
                return
        elif op is Op.EXPIRE_ENI:
            if one.eni is not None:
                self.enis[one.eni].occupied -= 1
                one.eni = None
        elif op is Op.EXPIRE_NAT:
            if one.table is not None:
                self.tables[one.table].occupied -= 1
                one.table = None
        elif one.state is Is.CONNECTING:
            one.environment.descriptors -= 1
            self._ends(one, Outcome.TIMED_OUT)
            self._log(Logged.GAVE_UP, one)
            one.state = Is.LINGERING
            gave_up = True
        if one.state is Is.LINGERING and not one.held:
            self._done(one)
        else:
            self._after(steps[one.step + 1].gap, one)
        if gave_up:
            self._failed(one)

    def _syn(self, one: Connection) -> bool:
        """Send a SYN down the path; whether an answer is on its way."""
        route = self._route(one)
        if route.blocked:
            self._log(Logged.DROPPED_BY_RULE, one)
            return False
        if route.combo >= 0 and one.eni is None and not self._through_eni(one, route.combo):
            return False
        if route.pool >= 0 and not self._through_nat(one, route.pool):
            if one.state is Is.REFUSED:
                self._log_answer(Logged.REFUSES, one)
            return one.state is Is.REFUSED
        return self._at_destination(one)

    def _through_eni(self, one: Connection, number: int) -> bool:
        combo = self.combos[number]
        eni = min(combo.enis, key=lambda e: (self.enis[e].occupied, e))
        if self.enis[eni].free > 0:
            self.enis[eni].occupied += 1
            one.eni = eni
            return True
        self.enis[eni].dropped += 1
        self._log(Logged.DROPPED_BY_ENI, one, eni)
        if self.model.scale_out and combo.ready_at is None and len(combo.enis) < self.model.most_enis:
            low, high = self.model.scale_out
            combo.ready_at = self.now + low + (int(self.rng.random() * (high - low)) if high > low else 0)
        return False

    def _add_enis(self) -> None:
        for combo in self.combos:
            if combo.ready_at is not None and combo.ready_at <= self.now:
                combo.ready_at = None
                combo.enis.append(combo.enis[-1] + 1)
                self._log(Logged.ENI_ADDED, None, combo.enis[-1])

    def _through_nat(self, one: Connection, pool: int) -> bool:
        gateway = self._gateway(one)
        if not one.seen:
            one.seen = True
            gateway.attempts += 1
        limit = self.model.nat_bytes_per_second
        if gateway.load > limit and self.rng.random() * gateway.load >= limit:
            gateway.dropped += 1
            self._log(Logged.DROPPED_BY_BANDWIDTH, one)
            return False
        if one.table is None:
            first = self.model.nat_tables[pool, one.unique]
            table = self._port(range(first, first + self.model.pools[pool].addresses))
            if table is None:
                gateway.errors += 1
                self.tables[first].dropped += 1
                self._log(Logged.DROPPED_BY_NAT, one, first)
                if self.model.exhaustion_resets:
                    one.state = Is.REFUSED
                return False
            one.table = table
            self.tables[table].occupied += 1
        one.forwarded += 1
        return True

    def _port(self, tables: range) -> int | None:
        """The table of the address that a NAT gateway picks, or None if it finds no port."""
        if self.model.nat_choice == 2:
            one = tables[int(self.rng.random() * len(tables))] if len(tables) > 1 else tables[0]
            return one if self.tables[one].free > 0 else None
        if self.model.nat_choice == 1:
            one = min(tables, key=lambda t: self.tables[t].occupied)
            return one if self.tables[one].free > 0 else None
        free = sum(self.tables[t].free for t in tables)
        if free == 0:
            return None
        port = int(self.rng.random() * free) if len(tables) > 1 else 0
        for one in tables:
            if port < self.tables[one].free:
                return one
            port -= self.tables[one].free
        return None

    def _at_destination(self, one: Connection) -> bool:
        use = self.model.uses[one.use]
        rules, target = self.model.unique_destinations[one.unique], self.targets[one.unique]
        too_late = use.steps[one.step].at + use.round_trip >= use.timeout
        full = rules.capacity is not None and target.open >= rules.capacity
        if rules.answers is Answers.NO or too_late:
            pass
        elif rules.answers is Answers.REFUSES or (full and rules.refuses_when_full):
            target.refused += 1
            one.state = Is.REFUSED
            self._log_answer(Logged.REFUSES, one)
            return True
        elif not full and self._accepts(target, rules.accepts_per_second):
            target.open += 1
            target.accepted += 1
            one.state = Is.ANSWERED
            self._log_answer(Logged.ACCEPTED, one)
            return True
        target.ignored += 1
        self._log(Logged.UNANSWERED, one, one.unique)
        return False

    def _accepts(self, target: Target, most: int | None) -> bool:
        if most is None:
            return True
        second = self.now // MICROSECONDS
        if target.second != second:
            target.second, target.accepted_in_second = second, 0
        if target.accepted_in_second >= most:
            return False
        target.accepted_in_second += 1
        return True

    def _log_answer(self, event: Logged, one: Connection) -> None:
        eni = NONE if one.eni is None else one.eni
        table = NONE if one.table is None else one.table
        self._log(event, one, eni | table << 16 | one.unique << 32)

    def _established(self, one: Connection) -> None:
        use = self.model.uses[one.use]
        self.open[one.environment.client] += 1
        self._ends(one, Outcome.ESTABLISHED)
        self._log(Logged.ESTABLISHED, one)
        if one.table is not None:
            gateway = self._gateway(one)
            gateway.active += 1
            gateway.established += one.forwarded
            gateway.load += use.bytes_per_second
        if use.hold is HoldKind.UNTIL_RECYCLED and one.environment.life is not Life.ENDED:
            one.state = Is.IDLE
            one.environment.idle.append(one)
            return
        one.state = Is.OPEN
        if use.hold is HoldKind.UNTIL_RECYCLED:
            self._after(self._zero, one)
        else:
            self._wait_for_hold(use, one)

    def _wait_for_hold(self, use: Use, one: Connection) -> None:
        if use.hold is HoldKind.CONSTANT:
            self._after(use.hold_delay, one)
            return
        if use.hold is HoldKind.EXPONENTIAL:
            hold = self.rng.standard_exponential() * use.hold_mean
        else:
            mu = math.log(use.hold_mean) - use.hold_sigma * use.hold_sigma / 2
            hold = math.exp(mu + use.hold_sigma * self.rng.standard_normal())
        self._after_drawn(max(1, int(hold)), one)

    def _hold_ends(self, one: Connection) -> None:
        environment = one.environment
        if environment.life is Life.FROZEN:
            one.state = Is.DUE
            # Those whose hold runs are not among the idle ones that the tables have forgotten.
            self._forget_one(one, environment.forgotten)
            environment.idle.append(one)
            return
        self.open[environment.client] -= 1
        environment.descriptors -= 1
        client = self.model.clients[environment.client]
        if environment.life is Life.ENDED and not client.closes_at_end:
            self._abandon(one)
            return
        self.targets[one.unique].open -= 1
        self._log(Logged.CLOSES, one)
        if one.table is not None:
            self._leave_gateway(one)
        self._hold_after_close(one)
        use = self.model.uses[one.use]
        if use.reopens and environment.life is not Life.ENDED:
            self._after(self._pause(use), self._new(one.environment_number, one.use))

    def _abandon(self, one: Connection) -> None:
        """Its environment is gone without a FIN: the tables hold it until they forget it, unless that time is over."""
        self._log(Logged.ABANDONED, one)
        environment = one.environment
        if one.table is not None and environment.forgotten & EXPIRE_NAT:
            self._forget_at_nat(one)
        if one.eni is not None:
            if environment.forgotten & EXPIRE_ENI:
                self._forget_at_eni(one)
        elif self._route(one).pool < 0:
            self.targets[one.unique].open -= 1
        if one.held:
            one.state = Is.ABANDONED
            environment.idle.append(one)
        else:
            self._done(one)

    def _hold_after_close(self, one: Connection) -> None:
        model = self.model
        if not one.held:
            self._done(one)
        elif model.close_first >= 0:
            one.state = Is.CLOSING
            self._after(model.close_first, one)
        else:
            self._leave_first(one)
            self._leave_second_later(one)

    def _released(self, one: Connection) -> None:
        """A hold after close is over."""
        self._log(Logged.RELEASED, one)
        if one.state is Is.CLOSED:
            self._leave(one, eni=not self.model.close_first_is_eni, nat=self.model.close_first_is_eni)
            self._done(one)
            return
        self._leave(one, eni=self.model.close_first_is_eni, nat=not self.model.close_first_is_eni)
        self._leave_second_later(one)

    def _leave_first(self, one: Connection) -> None:
        self._leave(one, eni=self.model.close_first_is_eni, nat=not self.model.close_first_is_eni)

    def _leave_second_later(self, one: Connection) -> None:
        if self.model.close_second < 0:
            self._leave(one, eni=True, nat=True)
        if one.held:
            one.state = Is.CLOSED
            self._after(self.model.close_second, one)
        else:
            self._done(one)

    def _leave(self, one: Connection, *, eni: bool, nat: bool) -> None:
        if eni and one.eni is not None:
            self.enis[one.eni].occupied -= 1
            one.eni = None
        if nat and one.table is not None:
            self.tables[one.table].occupied -= 1
            one.table = None

    def _pause(self, use: Use) -> int:
        return use.pause if use.pause >= 0 else self._zero

    def _failed(self, one: Connection) -> None:
        """Try again, or, where a connection is replaced after its hold, when that hold would have ended."""
        use = self.model.uses[one.use]
        if one.environment.life is Life.ENDED:
            return
        if one.retry < use.retries:
            another = self._new(one.environment_number, one.use, one.retry + 1)
            delay = use.backoffs[min(one.retry, len(use.backoffs) - 1)]
            if use.jitter:
                self._after_drawn(int(self.rng.random() * self.model.delays[delay]), another)
            else:
                self._after(delay, another)
        elif use.reopens:
            another = self._new(one.environment_number, one.use)
            another.state = Is.FAILED
            self._wait_for_hold(use, another)
