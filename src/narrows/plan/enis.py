"""The Hyperplane ENI stage: the fewest new ENIs under which every ENI holds the peak.

ENIs cost nothing, so price leaves this stage free; they count against a quota, so fewer are better. Functions with the
same subnets and security groups share all their ENIs: one number of rounds settles them, and the smallest that fits is
found by trying. Only where functions share some ENIs and not others do the numbers depend on each other; there a
search with bounds finds the fewest, and says so if it had to stop early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrows.assumptions import Assumptions
from narrows.network import EniKey, Network
from narrows.plan.actions import Change
from narrows.plan.changes import add_subnets
from narrows.plan.changes.add_subnets import most_rounds, round_of
from narrows.plan.covering import Covering, Variable, fewest
from narrows.plan.peak import Peak
from narrows.plan.routing import Routing
from narrows.plan.spread import dealt_share
from narrows.plan.terms import Terms
from narrows.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Attachment:
    """Functions with the same subnets and security groups: they share all their Hyperplane ENIs."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    functions: tuple[str, ...]


class EniLoads:
    """What functions put into ENIs, for any number of subnets."""

    def __init__(self, network: Network, peak: Peak, assumed: Assumptions, routing: Routing) -> None:
        self.random = assumed.environment_placement == "random"
        self.moments: list[dict[str, tuple[int, float, float]]] = []
        """For each moment and function: environments, entries of them all, and the grain of these."""
        asking: list[str] = []
        for moment in peak.moments:
            found: dict[str, tuple[int, float, float]] = {}
            for load in moment.functions:
                function = network.functions[load.client]
                if not function.subnets or not routing.ways(network, function, load.destination).open:
                    continue
                environments, entries, grain = found.get(load.client, (load.environments, 0.0, 0.0))
                found[load.client] = environments, entries + load.eni, grain + load.eni_grain
            self.moments.append(found)
            asking += found
        self.functions = tuple(dict.fromkeys(asking))

    def each(self, functions: Sequence[str], subnets: int) -> list[float]:
        """Entries of each ENI, at each moment, where functions are spread over so many subnets."""
        return [
            sum(dealt_share(*moment[name], 1, subnets, random=self.random) for name in functions if name in moment)
            for moment in self.moments
        ]


def attachments(network: Network, functions: Sequence[str]) -> list[Attachment]:
    """The functions, together where they have the same subnets and security groups."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for name in functions:
        one = network.functions[name]
        found.setdefault((tuple(sorted(one.subnets)), one.security_group_set), []).append(name)
    return [Attachment(subnets, groups, tuple(names)) for (subnets, groups), names in found.items()]


@dataclass(frozen=True, slots=True)
class Widened:
    """A scenario in which a stage is wide enough, and what it took."""

    scenario: Scenario
    changes: tuple[Change, ...]
    exact: bool = True
    """Whether nothing cheaper exists among the changes of this stage; False where the search stopped early."""


def overloaded(network: Network, loads: EniLoads, limit: float) -> list[list[Attachment]]:
    """Attachments whose ENIs do not hold, together where they share one that does not."""
    users: dict[tuple[str, tuple[str, ...]], list[Attachment]] = {}
    filled: dict[tuple[str, tuple[str, ...]], list[float]] = {}
    for one in attachments(network, loads.functions):
        each = loads.each(one.functions, len(one.subnets))
        for subnet in one.subnets:
            key = subnet, one.security_groups
            users.setdefault(key, []).append(one)
            before = filled.get(key)
            filled[key] = each if before is None else [a + b for a, b in zip(before, each, strict=True)]
    groups: list[set[Attachment]] = []
    for key, entries in filled.items():
        if max(entries, default=0.0) <= limit:
            continue
        joined = set(users[key])
        for group in [group for group in groups if group & joined]:
            joined |= group
            groups.remove(group)
        groups.append(joined)
    return [sorted(group, key=lambda one: (one.subnets, one.functions)) for group in groups]


def add_enough_subnets(scenario: Scenario, peak: Peak, terms: Terms) -> tuple[Widened, list[list[Attachment]]]:
    """Add the fewest subnets under which the ENIs hold.

    Returns:
        The scenario as far as subnets can widen it, and the attachments that no number of subnets can help.
    """
    network = scenario.network
    loads = EniLoads(network, peak, scenario.assumptions, terms.routing)
    changes: list[Change] = []
    beyond: list[list[Attachment]] = []
    exact = True
    for group in overloaded(network, loads, terms.eni_room):
        found = fewest(_covering(network, loads, group, terms.eni_room))
        if found is None:
            beyond.append(group)
            continue
        exact = exact and found.exact
        for one, rounds in zip(group, found.values, strict=True):
            if rounds:
                step = add_subnets(scenario, one.functions, rounds, terms.prices)
                scenario = step.scenario
                changes.append(step.change)
    return Widened(scenario, tuple(changes), exact), beyond


def _covering(network: Network, loads: EniLoads, group: Sequence[Attachment], limit: float) -> Covering:
    variables = []
    for one in group:
        size, present = len(round_of(network, one.subnets)), len(one.subnets)
        rounds = range(most_rounds(network, one.subnets) + 1)
        variables.append(Variable(size, tuple(tuple(loads.each(one.functions, present + size * k)) for k in rounds)))
    shared: dict[EniKey, list[int]] = {}
    for number, one in enumerate(group):
        for subnet in one.subnets:
            shared.setdefault(EniKey(subnet, one.security_groups), []).append(number)
    # ENIs with the same users hold the same: one of them stands for all.
    return Covering(tuple(variables), tuple(sorted({tuple(users) for users in shared.values()})), limit)
