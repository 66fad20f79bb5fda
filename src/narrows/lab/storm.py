"""The storm: one process's share of the execution environments, and their connections.

Everything happens at its planned moment or, when the machine is behind, as soon after as it can; what a caller waits
is measured from the planned moment. Nothing slows down because answers are slow (an open loop).
"""

from __future__ import annotations

import errno
import heapq
import math
import random
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from itertools import count

from narrows.lab.asking import TRIES, Asking
from narrows.lab.blueprint import MOST_ADDRESSES_IN_BLOCK, Blueprint, HoldKind, Use
from narrows.lab.callers import Connection, Environment, Is
from narrows.lab.memory import (
    ABANDONED,
    ATTEMPTED,
    CHANGE,
    COUNTS,
    ENVIRONMENT,
    OPEN,
    OUTCOMES,
    RECORD,
    Control,
    SharedMemory,
)

_AT_ONCE = 64
"""Connects between two looks at the answers: more would overrun the kernel's queue of packets."""
_LONGEST_POLL = 0.05
_ASKED_AT_ONCE = 800
"""Questions of all workers together that wait in the resolvers' buffers, whose size no one may change in here."""
_FOR_ANSWERS = 0.002
_AGAIN = 0.001
_ARRIVING_ADDRESSES = 4096
_BIND_ADDRESS_NO_PORT = 24
_TCP_REPAIR = 19
_WATCHED = select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_BROKEN = select.EPOLLERR | select.EPOLLHUP | select.EPOLLRDHUP
# Of ``recording.Outcome`` and ``lifecycle.Change``; this process imports neither NumPy nor the simulator.
ESTABLISHED, TIMED_OUT, REFUSED, RESET, NO_DESCRIPTOR, NO_NAME = range(6)
_END, _EXPIRE, _FREEZE, _THAW, _START, _ARRIVAL = range(6)


class Storm:
    """One worker."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, number: int) -> None:
        self.blueprint, self.memory, self.number = blueprint, memory, number
        self.rng = random.Random(f"{blueprint.seed}/{number}")
        self.counts = memory.counts_of(number)
        self.record_at = memory.records_at(number)
        self.recorded = 0
        self.environments: dict[int, Environment] = {}
        self.timers: list[tuple[float, int, Connection]] = []
        self.order = count()
        self.starting: deque[Connection] = deque()
        self.timeouts: list[deque[tuple[float, Connection]]] = [deque() for _ in blueprint.uses]
        self.by_file: dict[int, Connection] = {}
        self.poll = select.epoll()
        # A budget of the scenario loses questions on purpose, and those must not hold the others back.
        limited = blueprint.rules.resolver_budget is not None
        at_once = None if limited else max(4, _ASKED_AT_ONCE // blueprint.workers)
        self.asking = Asking([use.name for use in blueprint.uses], at_once)
        self.poll.register(self.asking.socket.fileno(), select.EPOLLIN)
        self.arrivals = 0
        self.start = 0.0
        self.next_use = blueprint.use_every

    def now(self) -> float:
        """Seconds since second 0."""
        return time.monotonic() - self.start

    def run(self) -> None:
        """Play until the end, or until told to stop."""
        control = self.memory.control
        while control[Control.START] == 0:
            time.sleep(0.005)
        self.start = control[Control.START] / 1e9
        changes = self._own_changes()
        upcoming = next(changes, None)
        end = float(self.blueprint.seconds)
        late = 0.0
        while True:
            if control[Control.OVER]:
                return
            now = self.now()
            if now >= end:
                time.sleep(0.005)
                continue
            while upcoming is not None and upcoming[0] <= now:
                self._change(*upcoming)
                upcoming = next(changes, None)
            while self.timers and self.timers[0][0] <= now:
                at, _, connection = heapq.heappop(self.timers)
                self._due(at, connection)
            self._time_out(now)
            if now >= self.next_use:
                self._use_open_connections()
                self.next_use = now + self.blueprint.use_every
            behind = 0.0
            for _ in range(min(_AT_ONCE, len(self.starting))):
                if not self.asking.has_room(now):
                    break
                connection = self.starting.popleft()
                if connection.state is Is.STARTING:
                    behind = max(behind, now - connection.planned)
                    self._starts(connection)
            if behind > late:
                late = behind
                control[Control.LATE] = max(control[Control.LATE], int(late * 1e6))
            self._answers(self._pause(upcoming[0] if upcoming else end, end))

    def _own_changes(self) -> Iterator[tuple[float, int, int, int]]:
        """(seconds, kind, environment, argument) of this worker's environments, in order of time."""
        workers = self.blueprint.workers
        arrival = 0
        for at, kind, environment, argument in CHANGE.iter_unpack(self.memory.changes):
            if kind == _ARRIVAL:
                arrival += 1
                own = arrival % workers == self.number
            else:
                own = environment % workers == self.number
            if own:
                yield at / 1e6, kind, environment, argument

    def _pause(self, upcoming: float, end: float) -> float:
        """Seconds that nothing is to be done but to wait for answers."""
        if self.starting:
            return 0.0 if self.asking.has_room(self.now()) else _FOR_ANSWERS
        first = min(upcoming, end, self.next_use)
        if self.timers:
            first = min(first, self.timers[0][0])
        for waiting in self.timeouts:
            if waiting:
                first = min(first, waiting[0][0])
        overdue = self.asking.next_moment()
        if overdue is not None:
            first = min(first, overdue)
        return min(_LONGEST_POLL, max(0.0, first - self.now()))

    # ---- environments

    def _environment(self, number: int) -> Environment:
        found = self.environments.get(number)
        if found is None:
            client, place, ordinal = ENVIRONMENT.unpack_from(self.memory.environments, number * ENVIRONMENT.size)
            found = Environment(number, client, self._address(client, place, ordinal))
            self.environments[number] = found
        return found

    def _address(self, client: int, place: int, ordinal: int) -> str:
        block = self.blueprint.attachments[self.blueprint.clients[client].attachments[place]].block
        high, low = divmod(ordinal % MOST_ADDRESSES_IN_BLOCK + 1, 256)
        return f"{block}.{high}.{low}"

    def _change(self, at: float, kind: int, number: int, argument: int) -> None:
        environment = self._environment(number)
        if kind == _START:
            environment.active = True
            for use in self.blueprint.clients[environment.client].uses:
                for _ in range(self.blueprint.uses[use].count):
                    self.starting.append(Connection(environment, use, at))
        elif kind == _FREEZE:
            environment.active = False
        elif kind == _THAW:
            self._thaw(environment, at)
        elif kind == _END:
            self._end(environment)
        elif kind == _ARRIVAL:
            environment.active = True
            connection = Connection(environment, argument, at)
            ordinal = (self.arrivals * self.blueprint.workers + self.number) % _ARRIVING_ADDRESSES
            connection.address = self._address(environment.client, 0, ordinal)
            self.arrivals += 1
            self.starting.append(connection)

    def _thaw(self, environment: Environment, at: float) -> None:
        environment.active = True
        for connection in list(environment.connections):
            if connection.state is Is.DUE:
                self._close(connection)
                self._again(connection, at)
            elif connection.state is Is.STARTING:
                environment.connections.discard(connection)
                connection.planned = at
                self.starting.append(connection)
            elif connection.state is Is.OPEN:
                self._touch(connection)

    def _end(self, environment: Environment) -> None:
        environment.active, environment.ended = False, True
        silently = not self.blueprint.clients[environment.client].closes_at_end
        for connection in list(environment.connections):
            if connection.state in (Is.CONNECTING, Is.RESOLVING):
                self.counts[environment.client * COUNTS + ABANDONED] += 1
                self._forget(connection)
            elif connection.state in (Is.OPEN, Is.DUE):
                self._close(connection, silently=silently)
            connection.state = Is.DONE
        environment.connections.clear()
        self.environments.pop(environment.number, None)

    # ---- attempts

    def _starts(self, connection: Connection) -> None:
        environment = connection.environment
        if environment.ended:
            return
        if not environment.active:
            environment.connections.add(connection)
            return
        base = environment.client * COUNTS
        self.counts[base + ATTEMPTED] += 1
        if len(environment.connections) >= self.blueprint.clients[environment.client].descriptors:
            self._failed(connection, NO_DESCRIPTOR)
            return
        environment.connections.add(connection)
        connection.state = Is.RESOLVING
        self._ask(connection)

    def _ask(self, connection: Connection) -> None:
        if not self.asking.ask(connection, self.now()):
            self._after(_AGAIN, connection)

    def _resolved(self, connection: Connection, addresses: list[str]) -> None:
        if connection.state is not Is.RESOLVING:
            return
        if addresses:
            self._connect(connection, addresses[0])
        else:
            self._failed(connection, NO_NAME)

    def _connect(self, connection: Connection, address: str) -> None:
        use = self.blueprint.uses[connection.use]
        try:
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            self._failed(connection, NO_DESCRIPTOR)
            return
        connection.socket = one
        connection.state = Is.CONNECTING
        one.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
        one.bind((connection.address, 0))
        file = one.fileno()
        self.by_file[file] = connection
        self.poll.register(file, _WATCHED)
        connection.since = self.now()
        result = one.connect_ex((address, use.port))
        if result not in (0, errno.EINPROGRESS):
            self._failed(connection, REFUSED if result == errno.ECONNREFUSED else TIMED_OUT)
            return
        self.timeouts[connection.use].append((connection.since + use.timeout, connection))

    def _answers(self, wait: float) -> None:
        for file, events in self.poll.poll(wait, 512):
            connection = self.by_file.get(file)
            if connection is None:
                if file == self.asking.socket.fileno():
                    for asked, addresses in self.asking.answers():
                        self._resolved(asked, addresses)
            elif connection.state is Is.CONNECTING:
                if events & (select.EPOLLERR | select.EPOLLHUP):
                    self._failed(connection, self._reason(connection))
                else:
                    self._established(connection)
            elif events & _BROKEN:
                self._broken(connection)

    @staticmethod
    def _reason(connection: Connection) -> int:
        assert connection.socket is not None
        error = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return REFUSED if error in (errno.ECONNREFUSED, errno.ECONNRESET) else TIMED_OUT

    def _time_out(self, now: float) -> None:
        for waiting in self.timeouts:
            while waiting and (waiting[0][0] <= now or waiting[0][1].state is not Is.CONNECTING):
                at, connection = waiting.popleft()
                if at <= now and connection.state is Is.CONNECTING:
                    self._failed(connection, TIMED_OUT)
        for connection in self.asking.overdue(now):
            if connection.state is Is.RESOLVING:
                if connection.tries < TRIES:
                    self._ask(connection)
                else:
                    self._failed(connection, NO_NAME)

    def _established(self, connection: Connection) -> None:
        environment, use = connection.environment, self.blueprint.uses[connection.use]
        self.counts[environment.client * COUNTS + OPEN] += 1
        self._record(connection, ESTABLISHED, self.now() - connection.planned)
        connection.state = Is.OPEN
        connection.since = self.now()
        if use.hold is not HoldKind.UNTIL_RECYCLED:
            self._after(self._hold(use), connection)

    def _failed(self, connection: Connection, outcome: int) -> None:
        self._record(connection, outcome, self.now() - connection.planned)
        self._forget(connection)
        self._try_again(connection)

    def _try_again(self, connection: Connection) -> None:
        environment, use = connection.environment, self.blueprint.uses[connection.use]
        if environment.ended:
            return
        if connection.retry < use.retries:
            delay = use.backoffs[min(connection.retry, len(use.backoffs) - 1)]
            if use.jitter:
                delay *= self.rng.random()
            self._after(delay, connection.another(connection.retry + 1))
        elif use.reopens:
            self._after(self._hold(use) + use.pause, connection.another())

    # ---- open connections

    def _due(self, at: float, connection: Connection) -> None:
        """A timer: the moment of an attempt, of asking again, or the end of a hold."""
        if connection.state is Is.STARTING:
            connection.planned = at
            self.starting.append(connection)
        elif connection.state is Is.RESOLVING:
            self._ask(connection)
        elif connection.state is Is.OPEN:
            if not connection.environment.active:
                connection.state = Is.DUE
                return
            self._close(connection)
            self._again(connection, at)

    def _again(self, connection: Connection, at: float) -> None:
        """Another connection after one that ended as planned."""
        use = self.blueprint.uses[connection.use]
        if use.reopens and not connection.environment.ended:
            another = connection.another()
            if use.pause:
                self._after(use.pause, another)
            else:
                another.planned = at
                self.starting.append(another)

    def _broken(self, connection: Connection) -> None:
        """The other side, or a table that forgot it, ended an open connection."""
        self._record(connection, RESET, self.now() - connection.since)
        self._close(connection)
        if connection.environment.active:
            another = connection.another()
            another.planned = self.now()
            self.starting.append(another)

    def _use_open_connections(self) -> None:
        for connection in list(self.by_file.values()):
            if connection.state is Is.OPEN and connection.environment.active:
                self._touch(connection)

    def _touch(self, connection: Connection) -> None:
        assert connection.socket is not None
        try:
            connection.socket.send(b"\n")
        except BlockingIOError:
            pass
        except OSError:
            self._broken(connection)

    def _close(self, connection: Connection, *, silently: bool = False) -> None:
        self.counts[connection.environment.client * COUNTS + OPEN] -= 1
        if silently and connection.socket is not None:
            # A recycled environment says nothing: the socket goes without FIN, and the tables keep the connection.
            connection.socket.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        connection.state = Is.DONE
        connection.environment.connections.discard(connection)
        if connection.socket is not None:
            del self.by_file[connection.socket.fileno()]
            connection.socket.close()
            connection.socket = None

    # ---- small things

    def _after(self, delay: float, connection: Connection) -> None:
        heapq.heappush(self.timers, (self.now() + delay, next(self.order), connection))

    def _hold(self, use: Use) -> float:
        if use.hold is HoldKind.EXPONENTIAL:
            return self.rng.expovariate(1.0) * use.hold_mean
        if use.hold is HoldKind.LOGNORMAL:
            return self.rng.lognormvariate(math.log(use.hold_mean) - use.hold_sigma**2 / 2, use.hold_sigma)
        return use.hold_mean

    def _record(self, connection: Connection, outcome: int, seconds: float) -> None:
        environment = connection.environment
        self.counts[environment.client * COUNTS + OUTCOMES + outcome] += 1
        if self.recorded < self.blueprint.records:
            at = self.record_at + 8 + self.recorded * RECORD.size
            ended = int(self.now() * 1e6)
            RECORD.pack_into(self.memory.map, at, ended, environment.number, connection.use, outcome, seconds)
            self.recorded += 1
            struct.pack_into("<q", self.memory.map, self.record_at, self.recorded)
