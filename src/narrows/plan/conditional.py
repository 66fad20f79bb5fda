"""Changes that are possible only if something holds that nothing here shows: how far each of them would go.

Each takes what fills the tables that do not hold off them, as far as it can. What is left is for the stages of ENIs and
NAT gateways.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from narrows.demand import FunctionDemand, HoldKind
from narrows.network import EniKey, HopKind, Resource
from narrows.plan.actions import Action, Change, Step
from narrows.plan.changes import (
    leave_vpc,
    use_egress_proxy,
    use_interface_endpoint,
    use_ipv6_egress,
)
from narrows.plan.changes.reuse_connections import kept, reuse_change
from narrows.plan.loads import Load
from narrows.plan.peak import Moment, Peak, measure
from narrows.plan.tables import all_tables
from narrows.plan.terms import Terms
from narrows.scenario import Scenario
from narrows.tables import Table, TableId


@dataclass(frozen=True, slots=True)
class Shaped:
    """A scenario after a conditional change."""

    scenario: Scenario
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A function's connections to a destination."""

    function: str
    destination: str


class Trouble:
    """The tables of a scenario that do not hold, and whose connections fill them."""

    def __init__(self, scenario: Scenario, peak: Peak, terms: Terms) -> None:
        self.scenario, self.peak, self.terms = scenario, peak, terms
        tables = all_tables(scenario.network, peak, scenario.assumptions, terms.routing)
        short = [table for table in tables if not table.fits(terms.headroom)]
        self.enis = {table.resource for table in short if table.kind is HopKind.HYPERPLANE_ENI}
        self.to: dict[str, set[str]] = {}
        """The destinations for which a NAT gateway has too few ports."""
        for table in short:
            if table.kind is HopKind.NAT_GATEWAY:
                self.to.setdefault(str(table.resource), set()).update(table.destinations)
        self.gateways = set(self.to)
        self.destinations = {
            name for table in short if table.kind is HopKind.DESTINATION for name in table.destinations
        }
        self.functions = {str(table.resource) for table in short if table.kind is HopKind.ENVIRONMENT}
        asking = {load.client for moment in peak.moments for load in moment.functions}
        self.uses = [Use(name, to) for name, to in scenario.demand.uses if name in asking]

    def through_nat(self) -> list[Use]:
        """Uses that fill a NAT gateway's table that does not hold."""
        return [use for use in self.uses if self._fills_ports(use)] if self.to else []

    def through_network(self) -> list[Use]:
        """Uses that fill a table of the network that does not hold."""
        return [use for use in self.uses if self._fills_ports(use) or self._enis(use) & self.enis]

    def through_anything(self) -> list[Use]:
        """Uses that fill any table that does not hold."""
        network = set(self.through_network())
        return [
            use
            for use in self.uses
            if use in network or use.destination in self.destinations or use.function in self.functions
        ]

    def _fills_ports(self, use: Use) -> bool:
        network = self.scenario.network
        ways = self.terms.routing.ways(network, network.functions[use.function], use.destination)
        return any(use.destination in self.to.get(gateway, ()) for gateway, _, _ in ways.through)

    def _enis(self, use: Use) -> set[Resource]:
        if not self.enis:
            return set()
        network = self.scenario.network
        function = network.functions[use.function]
        ways = self.terms.routing.ways(network, function, use.destination)
        groups = self.terms.routing.security_groups(function)
        return {EniKey(subnet, groups) for subnet in ways.open}


_MOST_MEASURED = 64
"""Of more uses that open connections anew, which need not be kept open is not tried one by one."""

Allowed = Collection[str] | None
"""Destinations or functions that a change may touch; None for all."""
Shape = Callable[[Trouble, Allowed], Shaped | None]


def _endpoint(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    prices = trouble.terms.prices
    return _each_destination(trouble, allowed, lambda now, name: use_interface_endpoint(now, name, prices))


def _proxy(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    terms = trouble.terms
    return _each_destination(
        trouble, allowed, lambda now, name: use_egress_proxy(now, name, terms.proxy_reuse, terms.prices)
    )


def _each_destination(trouble: Trouble, allowed: Allowed, change: Callable[[Scenario, str], Step]) -> Shaped | None:
    scenario = trouble.scenario
    changes = []
    for name in dict.fromkeys(use.destination for use in trouble.through_nat()):
        if allowed is None or name in allowed:
            step = change(scenario, name)
            scenario = step.scenario
            changes.append(step.change)
    return Shaped(scenario, tuple(changes)) if changes else None


def _ipv6(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    uses = [
        use
        for use in trouble.through_nat()
        if trouble.scenario.network.destinations[use.destination].ipv6
        and (allowed is None or use.destination in allowed)
    ]
    if not uses:
        return None
    functions = list(dict.fromkeys(use.function for use in uses))
    destinations = list(dict.fromkeys(use.destination for use in uses))
    step = use_ipv6_egress(trouble.scenario, functions, destinations, trouble.terms.prices)
    return Shaped(step.scenario, (step.change,))


def _leave(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    scenario = trouble.scenario
    functions = [
        name
        for name in dict.fromkeys(use.function for use in trouble.through_network())
        if scenario.network.functions[name].subnets
        and (allowed is None or name in allowed)
        and all(_public(trouble, name, use.destination) for use in trouble.uses if use.function == name)
    ]
    if not functions:
        return None
    step = leave_vpc(scenario, functions, trouble.terms.prices)
    return Shaped(step.scenario, (step.change,))


def _public(trouble: Trouble, function: str, destination: str) -> bool:
    """Whether nothing says that a destination is inside the VPC: every subnet uses a NAT gateway today."""
    network = trouble.scenario.network
    ways = trouble.terms.routing.ways(network, network.functions[function], destination)
    return sum(len(subnets) for _, _, subnets in ways.through) == len(network.functions[function].subnets)


def _reuse(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    """Uses of tables that do not hold keep at most so many connections: the most under which all hold.

    Those of one destination keep as many each; none is touched that may stay as it is.
    """
    scenario, terms = trouble.scenario, trouble.terms
    uses = [use for use in trouble.through_anything() if allowed is None or use.function in allowed]
    if not uses:
        return None
    present = {use: _per_environment(scenario, use) for use in uses}
    kept_open = _at_most(scenario, present).scenario
    peak = measure(kept_open.network, kept_open.demand, kept_open.assumptions, terms.measured)
    # What is still short when each environment keeps one connection is beyond what reuse can do.
    beyond = _short(scenario, _with_at_most(peak, present, dict.fromkeys(uses, 1)), terms)
    if beyond and all(table.id in beyond for table in _short_tables(trouble)):
        return None

    def fits(most: Mapping[Use, int]) -> bool:
        return _short(scenario, _with_at_most(peak, present, most), terms) <= beyond

    low = _highest_level(max(present.values()), lambda level: fits(dict.fromkeys(uses, level)))
    churning = [use for use in uses if _churns(scenario, use)]
    others = [use for use in uses if use not in set(churning)]
    needed = _needed(others, lambda kept: fits(dict.fromkeys([*kept, *churning], low)))
    levels = {use: low for use in uses if use in needed or use in set(churning)}
    for to in dict.fromkeys(use.destination for use in levels):
        # A destination that takes few connections says nothing of how many others may have.
        its = [use for use in levels if use.destination == to]
        most = max(present[use] for use in its)
        levels = _raised(levels, its, _highest_level(most, partial(_fits_at, fits, levels, its), low))

    def fits_without_the_rest(kept: Sequence[Use]) -> bool:
        less = _at_most(
            scenario, {use: level for use, level in levels.items() if use in needed or use in kept}
        ).scenario
        return _short(scenario, measure(less.network, less.demand, less.assumptions, terms.measured), terms) <= beyond

    if len(churning) <= _MOST_MEASURED:
        needed |= _needed(churning, fits_without_the_rest)
        levels = {use: level for use, level in levels.items() if use in needed}
    best = _at_most(scenario, levels)
    return best if best.changes else None


def _raised(levels: Mapping[Use, int], its: Sequence[Use], level: int) -> dict[Use, int]:
    return {**levels, **dict.fromkeys(its, level)}


def _fits_at(
    fits: Callable[[Mapping[Use, int]], bool], levels: Mapping[Use, int], its: Sequence[Use], level: int
) -> bool:
    return fits(_raised(levels, its, level))


def _highest_level(most: int, fits: Callable[[int], bool], low: int = 1) -> int:
    """The largest number from ``low`` to ``most`` that fits; ``low`` is taken to."""
    while low < most:
        middle = (low + most + 1) // 2
        low, most = (middle, most) if fits(middle) else (low, middle - 1)
    return low


def _needed(uses: Sequence[Use], fits: Callable[[Sequence[Use]], bool]) -> set[Use]:
    """Those that cannot be left out, taken out by halves: of thousands most are needed or most are not."""
    kept = list(uses)
    size = len(kept)
    while size:
        for begin in range(0, len(kept), size):
            fewer = kept[:begin] + kept[begin + size :]
            if len(fewer) < len(kept) and fits(fewer):
                kept = fewer
                break
        else:
            size //= 2
    return set(kept)


def _short_tables(trouble: Trouble) -> list[Table]:
    scenario, terms = trouble.scenario, trouble.terms
    tables = all_tables(scenario.network, trouble.peak, scenario.assumptions, terms.routing)
    return [table for table in tables if not table.fits(terms.headroom)]


def _short(scenario: Scenario, peak: Peak, terms: Terms) -> frozenset[TableId]:
    tables = all_tables(scenario.network, peak, scenario.assumptions, terms.routing)
    return frozenset(table.id for table in tables if not table.fits(terms.headroom))


def _with_at_most(peak: Peak, present: Mapping[Use, int], most: Mapping[Use, int]) -> Peak:
    """The peak with at most so many connections for each of these uses. What is kept open grows with their number."""

    def scaled(load: Load) -> Load:
        level = most.get(Use(load.client, load.destination))
        each = load.open / load.environments
        if level is None or each <= level:
            return load
        part = level / each
        return Load(
            load.client,
            load.destination,
            load.environments,
            load.open * part,
            load.eni * part,
            load.nat * part,
            load.arriving * part,
            load.eni_grain * part,
            load.nat_grain * part,
        )

    descriptors = dict(peak.descriptors)
    for use, level in most.items():
        if present[use] > level and use.function in descriptors:
            descriptors[use.function] -= present[use] - level
    moments = (Moment(tuple(scaled(load) for load in one.functions), one.others) for one in peak.moments)
    return Peak(tuple(moments), descriptors)


def _per_environment(scenario: Scenario, use: Use, extreme: Callable[[Iterable[int]], int] = max) -> int:
    """In the world in which it is most, or least."""
    return extreme(
        math.ceil(sum(one.each for one in world.functions[use.function].connections if one.to == use.destination))
        for world in scenario.demand.worlds or (scenario.demand,)
    )


def _churns(scenario: Scenario, use: Use) -> bool:
    return any(
        one.hold.kind is not HoldKind.UNTIL_RECYCLED
        for world in (scenario.demand, *scenario.demand.worlds)
        for one in world.functions[use.function].connections
        if one.to == use.destination
    )


def _at_most(scenario: Scenario, levels: Mapping[Use, int]) -> Shaped:
    """Each use with at most so many connections, kept open."""
    changes = []
    demand = scenario.demand
    for use, most in levels.items():
        present = _per_environment(scenario, use)
        churns = _churns(scenario, use)
        if present > most or churns:
            each = max(1, min(present, most))
            known = _per_environment(scenario, use, min) == present
            change = reuse_change(use.function, use.destination, present, each, churns=churns, known=known)
            changes.append(change)
            demand = demand.edited(partial(_kept, use, each))
    return Shaped(replace(scenario, demand=demand), tuple(changes)) if changes else Shaped(scenario, ())


def _kept(use: Use, each: int, functions: Mapping[str, FunctionDemand]) -> Mapping[str, FunctionDemand]:
    asked = functions[use.function]
    return {**functions, use.function: replace(asked, connections=kept(asked.connections, use.destination, each))}


SHAPES: dict[Action, Shape] = {
    Action.LEAVE_VPC: _leave,
    Action.USE_INTERFACE_ENDPOINT: _endpoint,
    Action.USE_IPV6_EGRESS: _ipv6,
    Action.USE_EGRESS_PROXY: _proxy,
    Action.REUSE_CONNECTIONS: _reuse,
}
"""In the order in which they are taken when several are possible. None: it does not apply."""

PAST_NAT = frozenset({Action.USE_INTERFACE_ENDPOINT, Action.USE_IPV6_EGRESS, Action.USE_EGRESS_PROXY})
"""Those that lead connections past the NAT gateways, and change nothing for the Hyperplane ENIs."""
