"""What the picture of the path shows, as numbers: stages, the tables side by side in each, and how full they got."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from narrows.listing import named
from narrows.network import HopKind
from narrows.shortening import shortened

NEARLY_FULL = 0.9
"""Share of a table from which it is drawn as full: beyond it a small burst does not fit."""
FILLING = 0.7
"""Share from which it is drawn as filling: the usual headroom of 0.3 is used up."""
_LONGEST_IN_TITLE = 28
"""Characters of a name."""


class Mark(StrEnum):
    """What the diagnosis says of a resource."""

    NARROWS = "narrows"
    """It binds: confirmed."""
    LIKELY = "likely"
    """It binds, as far as the evidence tells."""
    NEXT = "next"
    """It binds once the narrows is widened."""
    FIRST = "first"
    """Nothing binds; with more connections this is what would."""


class Level(StrEnum):
    """How full a table got, in words that are also CSS classes."""

    UNKNOWN = "unknown"
    FREE = "free"
    FILLING = "filling"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of connections: of an ENI, or of one address of a NAT gateway."""

    label: str
    capacity: int | None
    """None where no limit is known."""
    low: float | None = None
    """The least that its peak can have been; None together with ``high`` where nothing is known."""
    high: float | None = None
    binds: bool = False
    """Whether the diagnosis says that it is full."""
    assumed: bool = False
    """Its peak rests on an assumption, such as an even spread."""
    stands_for: int = 1
    """How many tables it stands for, where many are drawn as one."""

    @property
    def peak(self) -> float | None:
        """The middle of the interval."""
        return None if self.low is None or self.high is None else (self.low + self.high) / 2

    @property
    def used(self) -> tuple[float, float] | None:
        """Share that is used, at the least and at the most."""
        if not self.capacity or self.low is None or self.high is None:
            return None
        return self.low / self.capacity, self.high / self.capacity

    @property
    def level(self) -> Level:
        """How full it got. What binds is full, whatever an estimate says."""
        if self.binds:
            return Level.FULL
        used = self.used
        if used is None:
            return Level.FREE if self.peak is not None else Level.UNKNOWN
        if used[0] >= NEARLY_FULL:
            return Level.FULL
        return Level.FILLING if (used[0] + used[1]) / 2 >= FILLING else Level.FREE


@dataclass(frozen=True, slots=True)
class Pipe:
    """One resource: its tables, side by side."""

    kind: HopKind
    label: str
    """The resource, as people know it."""
    tables: tuple[Table, ...]
    id: str = ""
    """AWS's own id, where ``label`` is another."""
    note: str = ""
    """What its numbers rest on."""
    mark: Mark | None = None
    measured: bool = True
    """False: no metric shows how full it is, so what is drawn is an estimate."""
    low: float | None = None
    """The least that the peak over all its tables can have been. The sum of the tables' own, where left out."""
    high: float | None = None

    @property
    def capacity(self) -> int | None:
        """Of all its tables; None where a limit is not known."""
        known = [table.capacity for table in self.tables if table.capacity is not None]
        return sum(known) if len(known) == len(self.tables) and known else None

    @property
    def total(self) -> tuple[float, float] | None:
        """The interval of the peak over all its tables."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        lows = [table.low for table in self.tables if table.low is not None]
        highs = [table.high for table in self.tables if table.high is not None]
        if not lows or len(lows) < len(self.tables) or len(highs) < len(self.tables):
            return None
        return sum(lows), sum(highs)

    @property
    def fullest(self) -> Table | None:
        """Its fullest table; None where nothing is known of any."""
        known = [table for table in self.tables if table.used is not None]
        return max(known, key=lambda table: (table.binds, table.used), default=None)

    @property
    def assumed(self) -> bool:
        """Whether what is known of its tables rests on an assumption."""
        return any(table.assumed for table in self.tables)

    @property
    def level(self) -> Level:
        """How full its fullest table got."""
        order = list(Level)
        return max((table.level for table in self.tables), key=order.index, default=Level.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of the picture."""

    heading: str
    limit: str
    """What one table of it holds, in words; empty where there is no limit."""
    pipes: tuple[Pipe, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where connections start: a function, or something else behind the same NAT gateway."""

    label: str
    environments: int | None = None
    """Most execution environments at a time, where known."""
    figure: str = ""
    """``9,000 environments``"""
    note: str = ""
    leads_to: int = -1
    """Of another client: the pipe of the second stage that it leads to."""


@dataclass(frozen=True, slots=True)
class Spill:
    """Connections that did not get through the narrows."""

    count: float
    """On the scale of the picture, where the number of connections is known; else 0."""
    label: str
    """``25,000 connects timed out``"""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of some functions to one destination: one picture."""

    sources: tuple[Source, ...]
    stages: tuple[Stage, ...]
    destination: Pipe
    links: tuple[tuple[int, int, int], ...] = ()
    """(stage, pipe of it, pipe of the next stage): what leads where, between the stages."""
    others: tuple[Source, ...] = ()
    """Other clients behind the NAT gateways."""
    blocked: str | None = None
    """Why no SYN gets to the destination, or None."""
    spill: Spill | None = None
    in_vpc: bool = True

    @property
    def title(self) -> str:
        """``storefront → cache``; long names are shortened."""
        functions = shortened([source.label for source in self.sources], _LONGEST_IN_TITLE)
        (end,) = shortened([self.destination.label], _LONGEST_IN_TITLE).values()
        return f"{named(list(functions.values()), 3)} → {end}"
