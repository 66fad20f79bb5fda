"""What the lab builds and plays, by number: everything that its processes need to know, and nothing else.

A ``Blueprint`` crosses over to the lab's own processes, which import neither NumPy nor the scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from narrows.lab.runtimes.plan import RuntimePlan

NO_TABLE = -1
BLOCKED, DIRECT = -1, 0
"""Ways of a route: no SYN gets through; past the NAT gateways. Others: 1 + the shard of a NAT gateway."""

RESOLVER = "169.254.169.253"
"""Where a VPC's resolver answers."""
ENVIRONMENT_BLOCKS = "100.64.0.0/10"
"""Addresses of execution environments: one /16 for each attachment."""
MOST_ATTACHMENTS = 64
MOST_ADDRESSES_IN_BLOCK = 254 * 256
"""Of environments; the last 256 of a /16 are for real clients and for the lab itself."""


class HoldKind(IntEnum):
    """What ends an established connection."""

    UNTIL_RECYCLED = 0
    CONSTANT = 1
    EXPONENTIAL = 2
    LOGNORMAL = 3


@dataclass(frozen=True)
class Use:
    """Connections of one client to one destination."""

    client: int
    name: str
    """The destination's DNS name."""
    port: int
    count: int
    """Connections that each environment opens at once; 0 for those that arrive by themselves."""
    hold: HoldKind
    hold_mean: float
    """Seconds."""
    hold_sigma: float
    reopens: bool
    pause: float
    """Seconds from the end of one to the next."""
    timeout: float
    retries: int
    backoffs: tuple[float, ...]
    jitter: bool


@dataclass(frozen=True)
class Client:
    """A function, or one kind of connections of another client."""

    name: str
    uses: tuple[int, ...]
    attachments: tuple[int, ...]
    """Where its environments are, by place."""
    descriptors: int
    closes_at_end: bool


@dataclass(frozen=True)
class Attachment:
    """Where environments are attached to the network: a Hyperplane ENI, or a way past all of them."""

    interface: str
    block: str
    """The first two numbers of its addresses, such as ``100.64``."""
    eni: int
    """Which Hyperplane ENI; NO_TABLE for none."""
    routes: dict[tuple[str, int], tuple[int, ...]]
    """(destination address, port) -> the shards that share it (1 + number), (DIRECT,) or (BLOCKED,)."""


@dataclass(frozen=True)
class NatTable:
    """The table of one NAT gateway address and unique destination."""

    number: int
    address: str
    destination: str
    port: int


@dataclass(frozen=True)
class Shard:
    """A network namespace that plays a NAT gateway, or a part of its addresses.

    The kernel tracks so many connections in one namespace and no more, so a NAT gateway with many addresses is played
    by several.
    """

    gateway: int
    addresses: tuple[str, ...]
    tables: tuple[tuple[NatTable, ...], ...]
    """For each unique destination, one for each address."""


@dataclass(frozen=True)
class Destination:
    """A unique destination: an address with its port."""

    number: int
    address: str
    port: int
    capacity: int | None
    refuses_when_full: bool
    accepts_per_second: int | None
    answers: str
    """``yes``, ``no`` or ``refuses``."""


@dataclass(frozen=True)
class Rules:
    """How the tables behave. Durations in seconds."""

    eni_capacity: int
    nat_capacity: int
    eni_half_open: float
    eni_after_close: float
    eni_idle: float
    nat_half_open: float
    nat_after_close: float
    nat_idle: float
    nat_selection: str
    nat_resets: bool
    resolver_budget: int | None
    scale_out: tuple[float, float] | None
    most_enis: int
    first_address: bool
    """A caller takes the first address of a name (else any)."""
    linear_syn_timeouts: int
    """``tcp_syn_linear_timeouts``."""


@dataclass(frozen=True)
class Blueprint:
    """One run of the lab."""

    uses: tuple[Use, ...]
    clients: tuple[Client, ...]
    attachments: tuple[Attachment, ...]
    enis: tuple[str, ...]
    """The keys of the Hyperplane ENIs."""
    shards: tuple[Shard, ...]
    gateways: tuple[str, ...]
    """Their names."""
    nat_tables: int
    destinations: tuple[Destination, ...]
    names: dict[str, tuple[str, ...]]
    """DNS name -> addresses."""
    rules: Rules
    seconds: int
    """How long it runs."""
    seed: int
    connections: int
    """How many are open, or being opened, at a time."""
    workers: int
    """Processes that share the environments, and write what they count."""
    records: int
    """Room for ended attempts in each worker."""
    descriptors: int
    """Each process's limit on open files."""
    accepts: bool
    """Connections end within the run, so that the destination takes them up and closes them."""
    use_every: float
    """Seconds after which an open connection of a busy environment is used again."""
    tables_on: bool = True
    """False leaves the tables of ENIs and NAT gateways away, to see what they cost."""
    serve: tuple[str, ...] = ()
    """A real server to run at the destination instead of the lab's own listener."""
    serve_client: tuple[str, ...] = ()
    runtime: RuntimePlan | None = None
    """Real runtimes in the place of one client's environments; the last of ``workers`` is theirs."""
    flows: tuple[int, int] | None = None
    """(file to write the ways of connections to, for how many at most), where flow logs are wanted"""
    capture: tuple[int, int] | None = None
    """(file to write captured packets to, how many at most)"""

    @property
    def storms(self) -> int:
        """Processes that play environments without a runtime: those share them."""
        return self.workers - (self.runtime is not None)
