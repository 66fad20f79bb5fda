"""What one client asks of each destination over time: the most between any two moments."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Distribution, FunctionDemand, Hold, HoldKind, OtherConnections
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.network import Network
from narrows.plan.churn import Churn, starts
from narrows.plan.spread import poisson_margin

_MOST_POINTS = 512
"""Longer curves are thinned to this many steps, each as high as what it replaces."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far back tables remember environments."""

    kept: float
    """Seconds that one which is not needed keeps its entries: it is frozen, or the tables have not forgotten yet."""
    lingering: float
    """Seconds that its entries stay after it is gone, while others may have taken its place."""


class Environments:
    """The environments of one client, as far as a peak needs them."""

    def __init__(self, curve: Curve, until: float, most: int | None, window: Window) -> None:
        self.window = window
        self.times, self.values = _thin(curve, until)
        if most is not None:
            self.values = [min(value, float(most)) for value in self.values]
        self.highest = math.ceil(max(self.values) - 1e-9)

    @property
    def ever_fewer(self) -> bool:
        """Whether the demand ever goes down."""
        return any(later < earlier for earlier, later in zip(self.values, self.values[1:], strict=False))

    @property
    def restarts(self) -> int:
        """How often environments start in the place of others: the demand was lower for longer than they are kept."""
        found, counted = 0, False
        highest, fell_at = self.values[0], math.inf
        corners = zip(self.times, self.values, strict=True)
        for (before, earlier), (at, later) in itertools.pairwise(corners):
            if later < earlier:
                fell_at, counted = min(fell_at, before), False
            elif later > earlier:
                if not counted and at - fell_at >= self.window.kept:
                    found, counted = found + 1, True
                if later >= highest:
                    highest, fell_at = later, math.inf
        return found

    @property
    def turns(self) -> list[float]:
        """Moments at which the number that is there may turn."""
        return [*self.times, *(at + self.window.kept for at in self.times)]

    def highest_span(self) -> tuple[float, float]:
        """From when to when as many as ever are there."""
        at_most = [
            at for at, value in zip(self.times, self.values, strict=True) if math.ceil(value - 1e-9) == self.highest
        ]
        return at_most[0], math.inf if at_most[-1] == self.times[-1] else at_most[-1] + self.window.kept

    def most(self, begin: float, end: float) -> int:
        """The most that are there between two moments, the frozen ones included."""
        low, high = begin - self.window.kept, end
        inside = self.values[bisect_left(self.times, low) : bisect_right(self.times, high)]
        return math.ceil(max(*inside, self._at(low), self._at(high)) - 1e-9)

    def gone(self, begin: float, end: float) -> int:
        """The most that are gone, and whose entries linger, at a moment between the two."""
        if self.window.lingering <= 0:
            return 0
        low, high = begin - self.window.kept - self.window.lingering, end - self.window.kept
        between = slice(bisect_left(self.times, low), bisect_right(self.times, high))
        values = [self._at(low), *self.values[between], self._at(high)]
        falls = (earlier - later for earlier, later in itertools.pairwise(values))
        return math.ceil(sum(fall for fall in falls if fall > 0) - 1e-9)

    def _at(self, moment: float) -> float:
        after = bisect_right(self.times, moment)
        if after == 0:
            return 0.0 if moment < 0 else self.values[0]
        if after == len(self.times):
            return self.values[-1]
        start, end = self.times[after - 1], self.times[after]
        low, high = self.values[after - 1], self.values[after]
        return low + (high - low) * (moment - start) / (end - start)


@lru_cache(maxsize=1024)
def environments_of(curve: Curve, until: float, most: int | None, window: Window) -> Environments:
    """The environments of a client; a plan asks for the same ones many times."""
    return Environments(curve, until, most, window)


def _thin(curve: Curve, until: float) -> tuple[list[float], list[float]]:
    points = [(0.0, curve.at(0.0)), *((t, v) for t, v in curve.points if 0 < t < until), (until, curve.at(until))]
    if len(points) <= _MOST_POINTS:
        return [t for t, _ in points], [v for _, v in points]
    size = math.ceil(len(points) / (_MOST_POINTS // 2))
    times: list[float] = []
    values: list[float] = []
    for begin in range(0, len(points) - 1, size):
        part = points[begin : begin + size + 1]
        highest = max(value for _, value in part)
        times += [part[0][0], part[-1][0]]
        values += [highest, highest]
    return times, values


_LONG = 5.0
"""Means of a hold that is drawn, after which hardly any connection of an environment that is gone is left."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one client asks of one destination at one moment."""

    client: str
    destination: str
    environments: int
    """Among which its entries are dealt out."""
    open: float
    """Connections open at once."""
    eni: float
    """Entries in the tables of Hyperplane ENIs."""
    nat: float
    """Entries in the tables of NAT gateways."""
    arriving: float
    """Connections that are open at the destination: those of environments that are gone too."""
    eni_grain: float = 0.0
    """Entries of ENIs more than the mean that a part of the environments may hold: not each holds the same."""
    nat_grain: float = 0.0
    """The same for NAT gateways."""


class FunctionLoads:
    """A function's loads over time."""

    rated = False

    def __init__(self, name: str, asked: FunctionDemand, network: Network, until: float, assumed: Assumptions) -> None:
        self.name, self.asked, self.assumed = name, asked, assumed
        most = network.functions[name].reserved_concurrency
        longest = max((_length(use.hold, asked) for use in asked.connections), default=0.0)
        window = _function_window(assumed, longest)
        self.environments = environments_of(asked.environments, until, most, window)
        churning = longest > 0
        arcs = starts(self.environments.times, self.environments.values) if churning else []
        self.uses = [
            (use, Churn(use.hold, asked, until, network.destinations[use.to].round_trip, arcs, assumed))
            for use in asked.connections
        ]

    def loads(self, begin: float, end: float) -> list[Load]:
        """Between two moments, the largest."""
        there, gone = self.environments.most(begin, end), self.environments.gone(begin, end)
        restarts = self.environments.restarts
        found = []
        for use, churn in self.uses:
            each = use.each
            left = gone * each
            eni, nat = churn.eni(there, each), churn.nat(there, each)
            # Each time that environments start again they come out even among themselves, but not with those there are.
            again = restarts / max(1, there)
            lingering = each * (1 + restarts) if gone else 0
            found.append(
                Load(
                    self.name,
                    use.to,
                    max(1, there),
                    churn.open(there, each),
                    eni + left,
                    nat + left,
                    churn.open(there, each) + left,
                    each * churn.uneven_eni + lingering + eni * again,
                    each * churn.uneven_nat + lingering + nat * again,
                )
            )
        return found


class OtherLoads:
    """Another client's loads over time."""

    def __init__(
        self, name: str, uses: tuple[OtherConnections, ...], network: Network, until: float, assumed: Assumptions
    ) -> None:
        self.name = name
        self.uses = []
        self.rated = any(use.per_second is not None for use in uses)
        longest = max((_length(use.hold, FunctionDemand(())) for use in uses), default=0.0)
        window = Window(kept=0.0, lingering=longest + assumed.nat_hold_after_close)
        for use in uses:
            curve = Curve.constant(0.0) if use.count is None else use.count
            kept = Environments(curve, until, None, window)
            plain = Connections(use.to, 1, use.hold)
            trip = network.destinations[use.to].round_trip
            arcs = starts(kept.times, kept.values)
            self.uses.append((use, kept, Churn(use.hold, FunctionDemand((plain,)), until, trip, arcs, assumed)))
        self.until = until
        self.hold_after_close = assumed.nat_hold_after_close
        everything = [kept for _, kept, _ in self.uses]
        self.environments = max(everything, key=lambda kept: kept.highest) if everything else _none(until)
        self.turning = sorted({at for kept in everything for at in kept.turns})

    def loads(self, begin: float, end: float) -> list[Load]:
        """Between two moments, the largest."""
        found = []
        for use, kept, churn in self.uses:
            if use.per_second is not None:
                opened, entries = self._at_random(use, use.per_second)
                arriving = opened
            else:
                there = kept.most(begin, end)
                left = kept.gone(begin, end)
                opened, entries = churn.open(there, 1), churn.nat(there, 1) + left
                arriving = opened + left
            found.append(Load(self.name, use.to, 1, opened, 0.0, entries, arriving))
        return found

    def _at_random(self, use: OtherConnections, rate: Curve) -> tuple[float, float]:
        """Open connections and entries, where connections come at random moments: both are Poisson numbers."""
        fastest = rate.largest(self.until)
        forever = use.hold.kind is not HoldKind.DURATION
        opened = fastest * (self.until if forever else use.hold.mean)
        entries = opened + (0.0 if forever else fastest * self.hold_after_close)
        return opened + poisson_margin(opened), entries + poisson_margin(entries)


def _none(until: float) -> Environments:
    return Environments(Curve.constant(0.0), until, None, Window(0.0, 0.0))


def _length(hold: Hold, asked: FunctionDemand) -> float:
    """Seconds that a connection may be held; 0 for one that is kept."""
    if hold.kind is HoldKind.INVOCATION:
        return asked.invocation_duration
    return hold.mean if hold.distribution is Distribution.CONSTANT else _LONG * hold.mean


def _function_window(assumed: Assumptions, longest: float) -> Window:
    """How long the entries of an environment stay that is not needed any more.

    Args:
        longest: seconds that its connections may be held: one that is not silent is not forgotten.
    """
    forgotten = max(assumed.eni_idle_timeout, float(NAT_IDLE_TIMEOUT.value), longest)
    frozen = assumed.environment_idle_lifetime
    if assumed.recycled_environment_closes:
        held = max(assumed.eni_hold_after_close, assumed.nat_hold_after_close)
        return Window(min(frozen, forgotten), (held if frozen < forgotten else 0.0) + max(0.0, longest - frozen))
    return Window(min(frozen, forgotten), max(0.0, forgotten - frozen))
