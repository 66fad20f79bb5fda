"""The peak: how many entries each client wants in the tables, at every moment that could be the worst.

Live connections (those of frozen environments too), and closed ones that a table still holds. Usually one moment is
the worst for everybody; where clients peak at different times there are several, and a table must hold at each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from narrows.assumptions import Assumptions
from narrows.demand import Demand, FunctionDemand
from narrows.network import Network
from narrows.plan.loads import FunctionLoads, Load, OtherLoads

_ROUNDED = 1e-6
"""What sums of fractions may be off by, before they are taken as whole connections."""
_MOST_MOMENTS = 48
"""More turning points than this are joined: the moments get longer, and the peaks no lower."""


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
    worlds: tuple[Peak, ...] = ()
    """Of each world that the demand may be of; none where it is known."""

    @property
    def least(self) -> int:
        """The most that are open at once in the world with the fewest."""
        return min((self.connections, *(world.connections for world in self.worlds)))

    @property
    def connections(self) -> int:
        """The most connections of functions that are open at once."""
        return math.ceil(max((sum(one.open for one in m.functions) for m in self.moments), default=0.0) - _ROUNDED)

    def largest(self) -> dict[tuple[str, str], Load]:
        """The largest load of each client and destination, over all moments."""
        found: dict[tuple[str, str], Load] = {}
        for moment in self.moments:
            for load in (*moment.functions, *moment.others):
                key = load.client, load.destination
                if key not in found or load.nat > found[key].nat:
                    found[key] = load
        return found

    def environments(self) -> dict[str, int]:
        """The most execution environments of each function."""
        found: dict[str, int] = {}
        for moment in self.moments:
            for load in moment.functions:
                found[load.client] = max(found.get(load.client, 0), load.environments)
        return found


class Measured:
    """What was measured before: most changes leave most functions as they are. One for each plan that is made."""

    def __init__(self) -> None:
        self._functions: dict[object, FunctionLoads] = {}
        self._loads: dict[object, list[Load]] = {}

    def function(
        self, name: str, asked: FunctionDemand, network: Network, until: float, assumed: Assumptions
    ) -> FunctionLoads:
        """A function's loads over time."""
        trips = tuple([network.destinations[use.to].round_trip for use in asked.connections])
        # What stands here by its id is kept alive by the function that it leads to.
        key = name, id(asked), network.functions[name].reserved_concurrency, trips, until, id(assumed)
        found = self._functions.get(key)
        if found is None:
            found = self._functions[key] = FunctionLoads(name, asked, network, until, assumed)
        return found

    def loads(self, one: FunctionLoads, begin: float, end: float) -> list[Load]:
        """Its loads between two moments, the largest."""
        key = one, begin, end
        found = self._loads.get(key)
        if found is None:
            found = self._loads[key] = one.loads(begin, end)
        return found


def measure(network: Network, demand: Demand, assumed: Assumptions, before: Measured | None = None) -> Peak:
    """The peak that a demand makes.

    Args:
        before: spares what was measured already, and remembers what is measured now.
    """
    known = before or Measured()
    if demand.worlds:
        peaks = [measure(network, world, assumed, known) for world in demand.worlds]
        descriptors: dict[str, int] = {}
        for peak in peaks:
            for name, most in peak.descriptors.items():
                descriptors[name] = max(most, descriptors.get(name, 0))
        return Peak(tuple(moment for peak in peaks for moment in peak.moments), descriptors, tuple(peaks))
    clients: list[FunctionLoads | OtherLoads] = [
        *(known.function(name, asked, network, demand.duration, assumed) for name, asked in demand.functions.items()),
        *(OtherLoads(name, uses, network, demand.duration, assumed) for name, uses in demand.others.items()),
    ]
    asking = [one for one in clients if one.environments.highest > 0 or one.rated]
    moments = []
    for begin, end in _spans(asking):
        functions: list[Load] = []
        others: list[Load] = []
        for one in asking:
            if isinstance(one, FunctionLoads):
                functions += known.loads(one, begin, end)
            else:
                others += one.loads(begin, end)
        moments.append(Moment(tuple(functions), tuple(others)))
    return Peak(
        tuple(_undominated(moments)),
        {
            name: math.ceil(sum(use.each for use in asked.connections) - _ROUNDED)
            for name, asked in demand.functions.items()
            if asked.environments.largest(demand.duration) > 0
        },
    )


def scaled(demand: Demand, factor: float) -> Demand:
    """The demand with ``factor`` times the environments and invocations of every function; others stay as they are."""
    if factor == 1.0:
        return demand
    demand = replace(demand, carried=tuple(one.scaled(factor) for one in demand.carried))
    return demand.edited(
        lambda functions: {
            name: replace(
                asked,
                environments=asked.environments.scaled(factor),
                invocations_per_second=None
                if asked.invocations_per_second is None
                else asked.invocations_per_second.scaled(factor),
            )
            for name, asked in functions.items()
        }
    )


def _spans(clients: list[FunctionLoads | OtherLoads]) -> list[tuple[float, float]]:
    """Spans of time, one of which holds the worst moment of every table."""
    if not clients:
        return []
    if not any(one.environments.window.lingering > 0 and one.environments.ever_fewer for one in clients):
        spans = [one.environments.highest_span() for one in clients]
        first, last = max(begin for begin, _ in spans), min(end for _, end in spans)
        single = all(len(one.uses) == 1 for one in clients if isinstance(one, OtherLoads))
        if first <= last and single:
            return [(first, first)]
    turns = sorted(
        {at for one in clients for at in (one.turning if isinstance(one, OtherLoads) else one.environments.turns)}
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
