"""What is asked of a network: execution environments over time, the connections of each, how long they last."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, pairwise
from math import ceil, isfinite

from narrows.traffic import Carried


@dataclass(frozen=True, slots=True)
class Curve:
    """A quantity over time: straight lines between points, constant before the first and after the last.

    Two points at the same moment make a step; from that moment on the second one counts.
    """

    points: tuple[tuple[float, float], ...]
    """(seconds from the start, value), in order of time."""

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("a curve has at least one point")
        moments = [moment for moment, _ in self.points]
        if not all(map(isfinite, chain.from_iterable(self.points))):
            raise ValueError("the moments and values of a curve must be finite")
        if any(later < earlier for earlier, later in pairwise(moments)):
            raise ValueError("the moments of a curve must not go back in time")
        if any(value < 0 for _, value in self.points):
            raise ValueError("a curve must not be negative")

    @classmethod
    def constant(cls, value: float) -> Curve:
        """The same value at all times."""
        return cls(((0.0, value),))

    def at(self, seconds: float) -> float:
        """The value at a moment."""
        after = bisect_right(self.points, seconds, key=lambda point: point[0])
        if after == 0:
            return self.points[0][1]
        start, low = self.points[after - 1]
        if after == len(self.points):
            return low
        end, high = self.points[after]
        return low + (high - low) * (seconds - start) / (end - start)

    def largest(self, until: float) -> float:
        """The largest value from the start to ``until`` seconds."""
        inside = [value for moment, value in self.points if moment <= until]
        return max(*inside, self.at(until), self.at(0.0))

    def scaled(self, factor: float) -> Curve:
        """Every value times ``factor``."""
        return Curve(tuple((moment, value * factor) for moment, value in self.points))


class HoldKind(StrEnum):
    """What ends a connection."""

    UNTIL_RECYCLED = "until_recycled"
    """Nothing but the end of its execution environment."""
    DURATION = "duration"
    """The caller closes it after a time, and opens another."""
    INVOCATION = "invocation"
    """The end of the invocation that opened it."""


class Distribution(StrEnum):
    """How a duration is drawn."""

    CONSTANT = "constant"
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"


@dataclass(frozen=True, slots=True)
class Hold:
    """How long a connection stays open once it is established."""

    kind: HoldKind = HoldKind.UNTIL_RECYCLED
    mean: float = 0.0
    """Seconds; only for DURATION."""
    distribution: Distribution = Distribution.CONSTANT
    sigma: float = 1.0
    """Standard deviation of the logarithm; only for a lognormal hold."""


class Jitter(StrEnum):
    """How a back-off is spread."""

    NONE = "none"
    FULL = "full"
    """Drawn between zero and the back-off."""


@dataclass(frozen=True, slots=True)
class Retries:
    """What a caller does after a connection attempt failed."""

    most: int = 0
    """Further attempts after the first."""
    backoff: float = 1.0
    """Seconds before the first retry; doubled for each one after."""
    jitter: Jitter = Jitter.NONE


@dataclass(frozen=True, slots=True)
class Connections:
    """Connections of each execution environment of a function to one destination."""

    to: str
    per_environment: int = 1
    """Opened at once when an environment starts (for HoldKind.INVOCATION: when an invocation starts)."""
    hold: Hold = Hold()
    connect_timeout: float = 10.0
    """Seconds from the first SYN until the caller gives up."""
    retries: Retries = Retries()
    bytes_per_second: float = 0.0
    """Sent and received over one open connection, together."""
    on_average: float | None = None
    """Of a demand that is only reckoned with (``Demand.worlds``): instead of ``per_environment``, and not whole."""
    needed: int | None = None
    """Connections that one invocation uses at the most: an environment that keeps its own needs no more. None where
    nothing tells."""

    @property
    def each(self) -> float:
        """Connections of each environment."""
        return self.per_environment if self.on_average is None else self.on_average

    @property
    def when_reused(self) -> float:
        """Connections of each environment that keeps them and uses them again. One that comes and goes is one then,
        however seldom it is open."""
        its = self.each if self.hold.kind is HoldKind.UNTIL_RECYCLED else float(max(1, ceil(self.each)))
        return its if self.needed is None else min(its, float(self.needed))


_NOTHING = Curve.constant(0.0)


@dataclass(frozen=True, slots=True)
class FunctionDemand:
    """What one function asks for."""

    connections: tuple[Connections, ...]
    environments: Curve = _NOTHING
    """Execution environments that its callers need at a time; Lambda's scale-up rate is the ceiling."""
    invocations_per_second: Curve | None = None
    """None: every environment is busy all the time."""
    invocation_duration: float = 1.0
    """Seconds of one invocation."""


@dataclass(frozen=True, slots=True)
class OtherConnections:
    """Connections of another client behind a NAT gateway to one destination."""

    to: str
    count: Curve | None = None
    """Connections kept open, or ..."""
    per_second: Curve | None = None
    """... new connections a second, at random moments (a Poisson process)."""
    hold: Hold = Hold()
    connect_timeout: float = 10.0
    bytes_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """Everything that is asked, by the name of who asks."""

    duration: float
    """Seconds from the start to the end of the run."""
    functions: Mapping[str, FunctionDemand] = field(default_factory=dict)
    others: Mapping[str, tuple[OtherConnections, ...]] = field(default_factory=dict)
    seed: int = 0
    worlds: tuple[Demand, ...] = ()
    """Where a case leaves open which it was: demands each of which it may have been. A peak is the worst of them, and
    this one, which can be played, is close to the largest of them."""
    carried: tuple[Carried, ...] = ()
    """What each NAT gateway carried, where evidence measured it: connections then say no bytes."""

    @property
    def uses(self) -> tuple[tuple[str, str], ...]:
        """Each function with each destination that it connects to, in any world."""
        every = (self, *self.worlds)
        found = ((name, use.to) for one in every for name, asked in one.functions.items() for use in asked.connections)
        return tuple(dict.fromkeys(found))

    def edited(self, edit: Callable[[Mapping[str, FunctionDemand]], Mapping[str, FunctionDemand]]) -> Demand:
        """The demand after a change to what its functions ask, in every world."""
        worlds = tuple(replace(world, functions=edit(world.functions)) for world in self.worlds)
        return replace(self, functions=edit(self.functions), worlds=worlds)
