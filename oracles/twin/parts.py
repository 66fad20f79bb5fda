"""What the plain-Python simulator is made of: tables, gateways, destinations, environments and connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto


class State(Enum):
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
    state: State = State.STARTING
    step: int = 0
    unique: int = 0
    eni: int | None = None
    table: int | None = None
    seen: bool = False
    forwarded: int = 0

    @property
    def held(self) -> bool:
        return self.eni is not None or self.table is not None
