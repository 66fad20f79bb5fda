"""Connection attempts: resolve, connect, hold, close, try again."""

from __future__ import annotations

import errno
import heapq
import math
import os
import random
import select
import socket
import time
from collections import deque
from itertools import count

from narrows.lab.asking import TRIES, Asking
from narrows.lab.blueprint import Blueprint, HoldKind, Use
from narrows.lab.callers import Connection, Is
from narrows.lab.flow_records import FIN, RST, SILENT, FlowLedger
from narrows.lab.ledger import ESTABLISHED, NO_DESCRIPTOR, NO_NAME, REFUSED, RESET, TIMED_OUT, Ledger
from narrows.lab.memory import ATTEMPTED, OPEN

_AT_ONCE = 64
"""Connects between two looks at the answers: more would overrun the kernel's queue of packets."""
_LONGEST_POLL = 0.05
_ASKED_AT_ONCE = 800
"""Questions of all workers together that wait in the resolvers' buffers, whose size no one may change in here."""
_FOR_ANSWERS = 0.002
_AGAIN = 0.001
_INTERNET, _STREAM, _IP = int(socket.AF_INET), socket.SOCK_STREAM | socket.SOCK_NONBLOCK, int(socket.IPPROTO_IP)
_BIND_ADDRESS_NO_PORT = 24
_TCP_REPAIR = 19
_WATCHED = select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_BROKEN = select.EPOLLERR | select.EPOLLHUP | select.EPOLLRDHUP


class Attempts:
    """The connection attempts of one worker, and what becomes of them.

    Attributes:
        start: second 0 on the monotonic clock.
        starting: attempts whose moment has come.
    """

    def __init__(
        self, blueprint: Blueprint, ledger: Ledger, rng: random.Random, flows: FlowLedger | None = None
    ) -> None:
        self.blueprint, self.ledger, self.rng, self.flows = blueprint, ledger, rng, flows
        self.start = 0.0
        self.starting: deque[Connection] = deque()
        self._timers: list[tuple[float, int, Connection]] = []
        self._order = count()
        self._timeouts: list[deque[tuple[float, Connection]]] = [deque() for _ in blueprint.uses]
        self._by_file: list[Connection | None] = []
        self._poll = select.epoll()
        # A budget of the scenario loses questions on purpose, and those must not hold the others back.
        limited = blueprint.rules.resolver_budget is not None
        at_once = None if limited else max(4, _ASKED_AT_ONCE // blueprint.workers)
        self._asking = Asking([use.name for use in blueprint.uses], at_once, self._poll)

    def now(self) -> float:
        """Seconds since second 0."""
        return time.monotonic() - self.start

    def begin(self, now: float) -> float:
        """Let some of those begin whose moment has come; gives how late the latest of them was, in seconds."""
        behind = 0.0
        for _ in range(min(_AT_ONCE, len(self.starting))):
            if not self._asking.has_room(now):
                break
            connection = self.starting.popleft()
            if connection.state is Is.STARTING:
                behind = max(behind, now - connection.planned)
                self._starts(connection)
        return behind

    def expire(self, now: float) -> None:
        """Do what is due: holds that end, retries, timeouts."""
        while self._timers and self._timers[0][0] <= now:
            at, _, connection = heapq.heappop(self._timers)
            self._due(at, connection)
        self._time_out(now)

    def pause(self, upcoming: float) -> float:
        """Seconds until something is to be done, ``upcoming`` being the next that comes from outside."""
        if self.starting:
            return 0.0 if self._asking.has_room(self.now()) else _FOR_ANSWERS
        first = upcoming
        if self._timers:
            first = min(first, self._timers[0][0])
        for waiting in self._timeouts:
            if waiting:
                first = min(first, waiting[0][0])
        overdue = self._asking.next_moment()
        if overdue is not None:
            first = min(first, overdue)
        return min(_LONGEST_POLL, max(0.0, first - self.now()))

    def _starts(self, connection: Connection) -> None:
        environment = connection.environment
        if environment.ended:
            return
        if not environment.active:
            environment.connections[connection] = None
            return
        self.ledger.add(environment.client, ATTEMPTED)
        if len(environment.connections) >= self.blueprint.clients[environment.client].descriptors:
            self._failed(connection, NO_DESCRIPTOR)
            return
        environment.connections[connection] = None
        connection.state = Is.RESOLVING
        self._ask(connection)

    def _ask(self, connection: Connection) -> None:
        if not self._asking.ask(connection, self.now()):
            self._after(_AGAIN, connection)

    def _resolved(self, connection: Connection, address: str | None) -> None:
        if connection.state is not Is.RESOLVING:
            return
        if address is None:
            self._failed(connection, NO_NAME)
        else:
            self._connect(connection, address)

    def _connect(self, connection: Connection, address: str) -> None:
        use = self.blueprint.uses[connection.use]
        try:
            one = socket.SocketType(_INTERNET, _STREAM)
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            self._failed(connection, NO_DESCRIPTOR)
            return
        connection.state = Is.CONNECTING
        one.setsockopt(_IP, _BIND_ADDRESS_NO_PORT, 1)
        one.bind((connection.address, 0))
        file = one.fileno()
        self._poll.register(file, _WATCHED)
        connection.since = self.now()
        result = one.connect_ex((address, use.port))
        if self.flows is not None:
            connection.first_syn = connection.since, one.getsockname()[1], address
        connection.file = one.detach()
        self._by_file.extend([None] * (file + 1 - len(self._by_file)))
        self._by_file[file] = connection
        if result not in (0, errno.EINPROGRESS):
            self._failed(connection, REFUSED if result == errno.ECONNREFUSED else TIMED_OUT)
            return
        self._timeouts[connection.use].append((connection.since + use.timeout, connection))

    def look(self, wait: float) -> None:
        """Wait for answers, and take what has come."""
        for file, events in self._poll.poll(wait, 512):
            connection = self._by_file[file] if file < len(self._by_file) else None
            if connection is None:
                for asked, address in self._asking.answers(file):
                    self._resolved(asked, address)
            elif connection.state is Is.CONNECTING:
                if events & (select.EPOLLERR | select.EPOLLHUP):
                    self._failed(connection, self._reason(connection))
                else:
                    self._established(connection)
            elif events & _BROKEN:
                self._broken(connection)

    @staticmethod
    def _reason(connection: Connection) -> int:
        with connection.as_socket() as one:
            error = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return REFUSED if error in (errno.ECONNREFUSED, errno.ECONNRESET) else TIMED_OUT

    def _time_out(self, now: float) -> None:
        for waiting in self._timeouts:
            while waiting and (waiting[0][0] <= now or waiting[0][1].state is not Is.CONNECTING):
                at, connection = waiting.popleft()
                if at <= now and connection.state is Is.CONNECTING:
                    self._failed(connection, TIMED_OUT)
        for connection in self._asking.overdue(now):
            if connection.state is Is.RESOLVING:
                if connection.tries < TRIES:
                    self._ask(connection)
                else:
                    self._failed(connection, NO_NAME)

    def _established(self, connection: Connection) -> None:
        environment, use = connection.environment, self.blueprint.uses[connection.use]
        self.ledger.add(environment.client, OPEN)
        self._record(connection, ESTABLISHED, connection.planned)
        connection.state = Is.OPEN
        connection.since = self.now()
        if use.hold is not HoldKind.UNTIL_RECYCLED:
            self._after(self._hold(use), connection)

    def _failed(self, connection: Connection, outcome: int) -> None:
        self._record(connection, outcome, connection.planned)
        self.forget(connection, RST if outcome == REFUSED else SILENT)
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
            self.close(connection)
            self.again(connection, at)

    def again(self, connection: Connection, at: float) -> None:
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
        self._record(connection, RESET, connection.since)
        self.close(connection, ending=RST)
        if connection.environment.active:
            another = connection.another()
            another.planned = self.now()
            self.starting.append(another)

    def use_open(self) -> None:
        """Send a byte over every open connection of an environment that is not frozen."""
        for connection in self._by_file:
            if connection is not None and connection.state is Is.OPEN and connection.environment.active:
                self.touch(connection)

    def touch(self, connection: Connection) -> None:
        """Send a byte over an open connection."""
        try:
            os.write(connection.file, b"\n")
        except BlockingIOError:
            pass
        except OSError:
            self._broken(connection)

    def close(self, connection: Connection, *, silently: bool = False, ending: int = FIN) -> None:
        """Close an open connection, with FIN or without a word."""
        self.ledger.add(connection.environment.client, OPEN, -1)
        if silently and connection.file >= 0:
            # A recycled environment says nothing: the socket goes without FIN, and the tables keep the connection.
            with connection.as_socket() as one:
                one.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        self.forget(connection, SILENT if silently else ending)

    def record_open(self) -> None:
        """Record for flow logs what is there when the run ends."""
        if self.flows is not None:
            for connection in filter(None, self._by_file):
                opened = connection.since if connection.state in (Is.OPEN, Is.DUE) else None
                self.flows.record(connection, opened, None, SILENT)

    def forget(self, connection: Connection, ending: int) -> None:
        """Give up what an attempt or a connection holds."""
        if self.flows is not None and connection.file >= 0:
            now = self.now()
            opened = connection.since if connection.state in (Is.OPEN, Is.DUE) else now if ending == RST else None
            self.flows.record(connection, opened, now, ending)
        connection.state = Is.DONE
        connection.environment.connections.pop(connection, None)
        if connection.file >= 0:
            self._by_file[connection.file] = None
            os.close(connection.file)
            connection.file = -1

    def _after(self, delay: float, connection: Connection) -> None:
        heapq.heappush(self._timers, (self.now() + delay, next(self._order), connection))

    def _hold(self, use: Use) -> float:
        if use.hold is HoldKind.EXPONENTIAL:
            return self.rng.expovariate(1.0) * use.hold_mean
        if use.hold is HoldKind.LOGNORMAL:
            return self.rng.lognormvariate(math.log(use.hold_mean) - use.hold_sigma**2 / 2, use.hold_sigma)
        return use.hold_mean

    def _record(self, connection: Connection, outcome: int, since: float) -> None:
        now, environment = self.now(), connection.environment
        self.ledger.record(now, environment.client, environment.number, connection.use, outcome, now - since)
