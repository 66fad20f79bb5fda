"""Execution environments and their connections, as one worker of the storm keeps them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto


class Is(Enum):
    """What an attempt or a connection waits for."""

    STARTING = auto()
    RESOLVING = auto()
    CONNECTING = auto()
    OPEN = auto()
    DUE = auto()
    """Its hold ended while its environment was frozen."""
    DONE = auto()


class Environment:
    """An execution environment."""

    __slots__ = ("active", "address", "block", "client", "connections", "ended", "number")

    def __init__(self, number: int, client: int, block: str, address: str) -> None:
        self.number, self.client, self.block, self.address = number, client, block, address
        self.active = self.ended = False
        self.connections: dict[Connection, None] = {}
        """Those that take a descriptor, and those that wait for it to thaw. A set takes up twice as much."""


class Connection:
    """One attempt, and the connection that comes of it."""

    __slots__ = ("address", "environment", "file", "first_syn", "planned", "retry", "since", "state", "tries", "use")

    def __init__(self, environment: Environment, use: int, planned: float, retry: int = 0) -> None:
        self.environment, self.use, self.planned, self.retry = environment, use, planned, retry
        self.state = Is.STARTING
        self.file = -1
        """Its socket's descriptor while it has one: a socket object for each of thousands takes up more."""
        self.address = environment.address
        self.tries = 0
        """Questions to the resolver."""
        self.since = planned
        self.first_syn: tuple[float, int, str] | None = None
        """For flow logs: its moment, its own port, and the destination's address."""

    def another(self, retry: int = 0) -> Connection:
        """The next attempt of the same environment for the same use."""
        following = Connection(self.environment, self.use, 0.0, retry)
        following.address = self.address
        return following

    @contextmanager
    def as_socket(self) -> Iterator[socket.SocketType]:
        """Its descriptor as a socket for a moment."""
        one = socket.SocketType(socket.AF_INET, socket.SOCK_STREAM, 0, self.file)
        try:
            yield one
        finally:
            one.detach()
