"""The peak: how many entries each client wants in the tables, at every moment that could be the worst.

Live connections (those of frozen environments too), and closed ones that a table still holds. Usually one moment is
the worst for everybody; where clients peak at different times there are several, and a table must hold at each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Demand, Distribution, FunctionDemand, Hold, HoldKind, OtherConnections
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.network import Network
from narrows.plan.churn import Churn
from narrows.plan.environments import Environments, Window, environments_of
from narrows.plan.pulses import starts
from narrows.plan.spread import poisson_margin

_MOST_MOMENTS = 48
"""More turning points than this are joined: the moments get longer, and the peaks no lower."""
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


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that could be the worst."""

    functions: tuple[Load, ...]
    others: tuple[Load, ...] = ()


@dataclass(frozen=True)
class Peak:
    """Everything that the tables must hold."""

    moments: tuple[Moment, ...]
    descriptors: Mapping[str, int]
    """Connections that one environment of a function holds at once."""

    @property
    def connections(self) -> int:
        """The most connections of functions that are open at once."""
        return math.ceil(max((sum(one.open for one in m.functions) for m in self.moments), default=0.0) - 1e-9)

    def largest(self) -> dict[tuple[str, str], Load]:
        """The largest load of each client and destination, over all moments."""
        found: dict[tuple[str, str], Load] = {}
        for moment in self.moments:
            for load in (*moment.functions, *moment.others):
                key = load.client, load.destination
                if key not in found or load.nat > found[key].nat:
                    found[key] = load
        return found


def measure(network: Network, demand: Demand, assumed: Assumptions) -> Peak:
    """The peak that a demand makes."""
    clients: list[_Function | _Other] = [
        *(_Function(name, asked, network, demand.duration, assumed) for name, asked in demand.functions.items()),
        *(_Other(name, uses, network, demand.duration, assumed) for name, uses in demand.others.items()),
    ]
    asking = [one for one in clients if one.environments.highest > 0 or one.rated]
    moments = []
    for begin, end in _spans(asking):
        functions: list[Load] = []
        others: list[Load] = []
        for one in asking:
            (functions if isinstance(one, _Function) else others).extend(one.loads(begin, end))
        moments.append(Moment(tuple(functions), tuple(others)))
    return Peak(
        tuple(_undominated(moments)),
        {
            name: sum(use.per_environment for use in asked.connections)
            for name, asked in demand.functions.items()
            if asked.environments.largest(demand.duration) > 0
        },
    )


def scaled(demand: Demand, factor: float) -> Demand:
    """The demand with ``factor`` times the environments and invocations of every function; others stay as they are."""
    if factor == 1.0:
        return demand
    return replace(
        demand,
        functions={
            name: replace(
                asked,
                environments=asked.environments.scaled(factor),
                invocations_per_second=None
                if asked.invocations_per_second is None
                else asked.invocations_per_second.scaled(factor),
            )
            for name, asked in demand.functions.items()
        },
    )


class _Function:
    """A function's loads over time."""

    rated = False

    def __init__(self, name: str, asked: FunctionDemand, network: Network, until: float, assumed: Assumptions) -> None:
        self.name, self.asked = name, asked
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
        found = []
        for use, churn in self.uses:
            each = use.per_environment
            left = gone * each
            found.append(
                Load(
                    self.name,
                    use.to,
                    max(1, there),
                    churn.open(there, each),
                    churn.eni(there, each) + left,
                    churn.nat(there, each) + left,
                    churn.open(there, each) + left,
                    each * (churn.uneven_eni + (gone > 0)),
                    each * (churn.uneven_nat + (gone > 0)),
                )
            )
        return found


class _Other:
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


def _spans(clients: list[_Function | _Other]) -> list[tuple[float, float]]:
    """Spans of time, one of which holds the worst moment of every table."""
    if not clients:
        return []
    if not any(one.environments.window.lingering > 0 and one.environments.ever_fewer for one in clients):
        spans = [one.environments.highest_span() for one in clients]
        first, last = max(begin for begin, _ in spans), min(end for _, end in spans)
        single = all(len(one.uses) == 1 for one in clients if isinstance(one, _Other))
        if first <= last and single:
            return [(first, first)]
    turns = sorted(
        {at for one in clients for at in (one.turning if isinstance(one, _Other) else one.environments.turns)}
    )
    if len(turns) > _MOST_MOMENTS:
        step = math.ceil(len(turns) / _MOST_MOMENTS)
        turns = [*turns[::step], turns[-1]]
    return list(zip(turns, [*turns[1:], turns[-1]], strict=True))


def _undominated(moments: list[Moment]) -> list[Moment]:
    """Those that no other moment exceeds in everything."""
    kept: list[tuple[tuple[float, ...], Moment]] = []
    for moment in moments:
        loads = tuple(
            value for one in (*moment.functions, *moment.others) for value in (one.eni, one.nat, one.arriving)
        )
        if any(all(a <= b for a, b in zip(loads, other, strict=True)) for other, _ in kept):
            continue
        kept = [(other, old) for other, old in kept if not all(a <= b for a, b in zip(other, loads, strict=True))]
        kept.append((loads, moment))
    return [moment for _, moment in kept]
