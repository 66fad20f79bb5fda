"""Asking the resolver: each question a UDP packet from the address of the Hyperplane ENI that the caller is behind."""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

from narrows.lab.blueprint import RESOLVER
from narrows.lab.callers import Connection
from narrows.lab.resolver import PORT, first_address, question

TRIES = 2
_TIMEOUT = 5.0
_MOST_QUESTIONS = 65_536
_RECENT = 0.1
_AT_ONCE = 64
_OWN_ADDRESS = "255.2"
"""The last two numbers of the address that an ENI asks from."""


class Asking:
    """One worker's questions.

    Args:
        names: the name to ask for, by use.
        at_once: questions that may wait for an answer; None for as many as there are numbers.
        poll: told of the sockets on which answers come.
    """

    def __init__(self, names: Sequence[str], at_once: int | None, poll: select.epoll) -> None:
        self._poll = poll
        self._questions = [question(0, name)[2:] for name in names]
        self._most = at_once or _MOST_QUESTIONS
        self._sockets: dict[str, socket.socket] = {}
        """By block of addresses: each is connected, which spares the kernel a look at its routes for each question."""
        self._by_file: dict[int, socket.socket] = {}
        self._waiting: dict[int, Connection] = {}
        self._until: deque[tuple[float, int, Connection]] = deque()
        self._recent: deque[tuple[float, int, Connection]] = deque()
        self._next = 0

    def has_room(self, now: float) -> bool:
        """Whether another question would not overrun the resolver's buffer. Those that were lost do not count."""
        recent, until, waiting = self._recent, self._until, self._waiting
        while recent and (waiting.get(recent[0][1]) is not recent[0][2] or recent[0][0] < now - _RECENT):
            recent.popleft()
        while until and waiting.get(until[0][1]) is not until[0][2]:
            until.popleft()
        return len(recent) < self._most

    def ask(self, connection: Connection, now: float) -> bool:
        """Ask for a connection's destination; False when too many questions wait already."""
        waiting, number = self._waiting, self._next
        if len(waiting) >= _MOST_QUESTIONS:
            return False
        while number in waiting:
            number = (number + 1) % _MOST_QUESTIONS
        self._next = (number + 1) % _MOST_QUESTIONS
        waiting[number] = connection
        self._until.append((now + _TIMEOUT, number, connection))
        self._recent.append((now, number, connection))
        connection.tries += 1
        block = connection.environment.block
        one = self._sockets.get(block) or self._open(block)
        # A question can be lost, as any packet: it is asked again after the timeout.
        with suppress(OSError):
            one.send(number.to_bytes(2, "big") + self._questions[connection.use])
        return True

    def _open(self, block: str) -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        one.bind((f"{block}.{_OWN_ADDRESS}", 0))
        one.connect((RESOLVER, PORT))
        self._sockets[block] = self._by_file[one.fileno()] = one
        self._poll.register(one.fileno(), select.EPOLLIN)
        return one

    def answers(self, file: int) -> Iterator[tuple[Connection, str | None]]:
        """What has come on a socket: the connection and its destination's address; None when there is no such name."""
        receive, waiting = self._by_file[file].recv, self._waiting
        with suppress(BlockingIOError):
            for _ in range(_AT_ONCE):
                answer = receive(512)
                connection = waiting.pop(answer[0] << 8 | answer[1], None)
                if connection is not None:
                    yield connection, first_address(answer)

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
