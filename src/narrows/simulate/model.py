"""A scenario as the simulators run it: everything by number, every delay in microseconds.

Both the fast kernel and its plain-Python twin run a ``Model``; neither looks at the scenario again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from narrows.demand import Curve
from narrows.network import EniKey
from narrows.simulate.lifecycle import Needs

NONE = 0xFFFF
"""No table, no unique destination: the largest number that the kernel's 16 bits hold."""


class Op(IntEnum):
    """One step of a connection attempt that nobody answers."""

    SYN = 0
    EXPIRE_ENI = 1
    """The Hyperplane ENI forgets the half-open entry."""
    EXPIRE_NAT = 2
    """The NAT gateway forgets it."""
    GIVE_UP = 3
    """The connect timeout. What the tables still hold is forgotten in the steps after it."""


class HoldKind(IntEnum):
    """What ends an established connection."""

    UNTIL_RECYCLED = 0
    CONSTANT = 1
    EXPONENTIAL = 2
    LOGNORMAL = 3


class Answers(IntEnum):
    """What a destination does with a SYN that reaches it."""

    YES = 0
    NO = 1
    REFUSES = 2


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the attempt, and the delay before it."""

    gap: int
    """Index into ``Model.delays``."""
    op: Op
    at: int
    """Microseconds after the first SYN."""


@dataclass(frozen=True, slots=True)
class Use:
    """Connections of one client to one destination."""

    client: int
    first_address: int
    """Its first unique destination."""
    addresses: int
    count: int
    """Connections that each environment opens at once; 0 for connections that come at random moments."""
    hold: HoldKind
    hold_delay: int
    """Index into ``Model.delays``, for a constant hold; -1 otherwise."""
    hold_mean: float
    """Microseconds."""
    hold_sigma: float
    reopens: bool
    """Whether the environment opens another when this one ends."""
    pause: int
    """Microseconds from the end of one to the next, index into ``Model.delays``; -1 for none."""
    timeout: int
    round_trip: int
    """Microseconds."""
    answer_delay: int
    """The round trip as index into ``Model.delays``."""
    steps: tuple[Step, ...]
    retries: int
    backoffs: tuple[int, ...]
    """Index into ``Model.delays`` for each retry; the last one also for any further."""
    jitter: bool
    bytes_per_second: float
    rate: Curve | None = None
    """Connections a second at random moments."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one use from one place."""

    combo: int
    """Which group of Hyperplane ENIs; -1 for none."""
    pool: int
    """Which pool of NAT gateway addresses; -1 for none."""
    blocked: bool


@dataclass(frozen=True, slots=True)
class Client:
    """A function, or one kind of connections of another client."""

    name: str
    is_function: bool
    uses: tuple[int, ...]
    places: int
    """How many subnets its environments are spread over; at least 1."""
    descriptors: int
    closes_at_end: bool
    """Whether an environment that ends closes its connections with FIN."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The addresses of a NAT gateway (of one Availability Zone, for a regional one)."""

    gateway: int
    az: str | None
    addresses: int


@dataclass(frozen=True, slots=True)
class UniqueDestination:
    """One address of a destination, with its port."""

    destination: int
    address: str
    capacity: int | None
    refuses_when_full: bool
    accepts_per_second: int | None
    answers: Answers


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that a run needs to know."""

    delays: tuple[int, ...]
    """Every constant delay, in microseconds, each once: one queue each."""
    uses: tuple[Use, ...]
    clients: tuple[Client, ...]
    needs: tuple[Needs, ...]
    """What each client needs of environments."""
    routes: tuple[tuple[Route, ...], ...]
    """[use][place]"""
    combos: tuple[EniKey, ...]
    """What each ENI stands for, however many of them Lambda makes."""
    pools: tuple[Pool, ...]
    gateways: tuple[str, ...]
    destinations: tuple[str, ...]
    unique_destinations: tuple[UniqueDestination, ...]
    nat_tables: dict[tuple[int, int], int]
    """First table of a (pool, unique destination); one table for each address of the pool follow."""
    nat_table_count: int
    eni_capacity: int
    nat_capacity: int
    nat_bytes_per_second: float
    close_first_is_eni: bool
    """Of the two tables, which forgets a closed connection first."""
    close_first: int
    close_second: int
    """Holds after close: of the first table, and how much longer the second one's is; index into ``delays``, -1 for
    none at all."""
    scale_out: tuple[int, int] | None
    resolver_budget: int
    """DNS packets a second and ENI; -1 for no limit."""
    random_address: bool
    nat_choice: int
    """0 any free port, 1 the least used address, 2 a random address."""
    exhaustion_resets: bool
    most_enis: int = 16
    """ENIs that Lambda scales one subnet and security-group set out to."""
