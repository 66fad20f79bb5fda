"""Asking the resolver: each question a UDP packet from the execution environment's own address."""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from narrows.lab.blueprint import RESOLVER
from narrows.lab.callers import Connection
from narrows.lab.resolver import PORT, addresses_in, question

TRIES = 2
_TIMEOUT = 5.0
_MOST_QUESTIONS = 65_536
_RECENT = 0.1
_AT_ONCE = 64
_PKTINFO = 8


class Asking:
    """One worker's questions.

    Args:
        names: the name to ask for, by use.
        at_once: questions that may wait for an answer; None for as many as there are numbers.
    """

    def __init__(self, names: Sequence[str], at_once: int | None) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(("0.0.0.0", 0))
        self._questions = [question(0, name)[2:] for name in names]
        self._most = at_once or _MOST_QUESTIONS
        self._waiting: dict[int, Connection] = {}
        self._until: deque[tuple[float, int, Connection]] = deque()
        self._recent: deque[tuple[float, int, Connection]] = deque()
        self._next = 0

    def has_room(self, now: float) -> bool:
        """Whether another question would not overrun the resolver's buffer. Those that were lost do not count."""
        recent = self._recent
        while recent and (self._waiting.get(recent[0][1]) is not recent[0][2] or recent[0][0] < now - _RECENT):
            recent.popleft()
        return len(recent) < self._most

    def ask(self, connection: Connection, now: float) -> bool:
        """Ask for a connection's destination; False when too many questions wait already."""
        if len(self._waiting) >= _MOST_QUESTIONS:
            return False
        while self._next in self._waiting:
            self._next = (self._next + 1) % _MOST_QUESTIONS
        number = self._next
        self._next = (number + 1) % _MOST_QUESTIONS
        self._waiting[number] = connection
        self._until.append((now + _TIMEOUT, number, connection))
        self._recent.append((now, number, connection))
        connection.tries += 1
        source = struct.pack("=I4s4s", 0, socket.inet_aton(connection.address), b"\0\0\0\0")
        text = number.to_bytes(2, "big") + self._questions[connection.use]
        # A question can be lost, as any packet: it is asked again after the timeout.
        with suppress(OSError):
            self.socket.sendmsg([text], [(socket.IPPROTO_IP, _PKTINFO, source)], 0, (RESOLVER, PORT))
        return True

    def answers(self) -> Iterator[tuple[Connection, list[str]]]:
        """What has come: the connection and its destination's addresses; none when there is no such name."""
        for _ in range(_AT_ONCE):
            try:
                answer = self.socket.recv(512)
            except BlockingIOError:
                return
            number, addresses = addresses_in(answer)
            connection = self._waiting.pop(number, None)
            if connection is not None:
                yield connection, addresses

    def overdue(self, now: float) -> Iterator[Connection]:
        """Those whose answer did not come in time."""
        while self._until and self._until[0][0] <= now:
            _, number, connection = self._until.popleft()
            if self._waiting.get(number) is connection:
                del self._waiting[number]
                yield connection

    def next_moment(self) -> float | None:
        """When the oldest question is overdue, if it is not answered."""
        return self._until[0][0] if self._until else None
