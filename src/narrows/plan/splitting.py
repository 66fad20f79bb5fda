"""Which functions get a security-group set of their own: as few sets as possible under which every ENI holds."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.plan.actions import Change
from narrows.plan.changes.add_subnets import add_subnets, most_rounds, round_of
from narrows.plan.changes.split_security_groups import SECOND_VERSION, halve, split_security_groups
from narrows.plan.enis import Attachment, EniLoads, Widened, attachments, overloaded
from narrows.plan.peak import Peak, measure
from narrows.plan.terms import Terms
from narrows.scenario import Scenario

_MOST_NODES = 1_000
"""Of the search for the fewest sets; beyond this many, the best found so far is the answer."""


def split_enough(scenario: Scenario, peak: Peak, terms: Terms) -> Widened | None:
    """Split security groups until the ENIs hold; add subnets only for a function that needs them even so.

    Returns None where neither suffices, or where a subnet has no address left for another ENI.
    """
    loads = EniLoads(scenario.network, peak, scenario.assumptions, terms.routing)
    changes: list[Change] = []
    exact = True
    for group in overloaded(scenario.network, loads, terms.eni_room):
        found = _split_group(scenario, loads, group, terms)
        if found is None:
            return None
        scenario = found.scenario
        changes += found.changes
        exact = exact and found.exact
    return Widened(scenario, tuple(changes), exact)


def _split_group(scenario: Scenario, loads: EniLoads, group: list[Attachment], terms: Terms) -> Widened | None:
    limit = terms.eni_room
    changes: list[Change] = []
    functions = [name for one in group for name in one.functions]
    halved = [
        name for name in functions if max(loads.each((name,), len(scenario.network.functions[name].subnets))) > limit
    ]
    for name in halved:
        scenario = halve(scenario, name)
    functions += [name + SECOND_VERSION for name in halved]
    if halved:
        peak = measure(scenario.network, scenario.demand, scenario.assumptions, terms.measured)
        loads = EniLoads(scenario.network, peak, scenario.assumptions, terms.routing)
    for one in attachments(scenario.network, functions):
        rounds = _rounds_for_the_largest(scenario, loads, one, limit)
        if rounds is None:
            return None
        if rounds:
            step = add_subnets(scenario, one.functions, rounds, terms.prices)
            scenario = step.scenario
            changes.append(step.change)
    sets = _Packing(scenario, loads, functions, limit).run()
    if len(sets) > 1:
        # Where a case does not say which security groups there are, there is none to copy.
        named = scenario.network.functions[sets[0][0]].security_groups
        if not named or not _addresses_for(scenario, sets[1:]):
            return None
        step = split_security_groups(scenario, sets)
        scenario = step.scenario
        changes.append(step.change)
    return Widened(scenario, tuple(changes), exact=len(sets) <= 2)


def _rounds_for_the_largest(scenario: Scenario, loads: EniLoads, one: Attachment, limit: float) -> int | None:
    """Rounds of subnets until each of the functions would hold alone."""
    size = len(round_of(scenario.network, one.subnets))
    for rounds in range(most_rounds(scenario.network, one.subnets) + 1):
        subnets = len(one.subnets) + rounds * size
        if all(max(loads.each((name,), subnets), default=0.0) <= limit for name in one.functions):
            return rounds
    return None


def _addresses_for(scenario: Scenario, sets: Sequence[Sequence[str]]) -> bool:
    network = scenario.network
    wanted: dict[str, int] = {}
    for part in sets:
        for subnet in {subnet for name in part for subnet in network.functions[name].subnets}:
            wanted[subnet] = wanted.get(subnet, 0) + 1
    return all(name not in network.subnets or network.subnets[name].free_addresses >= n for name, n in wanted.items())


class _Packing:
    """Functions into sets, the largest first, each into every set that still holds and into one new one."""

    def __init__(self, scenario: Scenario, loads: EniLoads, functions: Sequence[str], limit: float) -> None:
        self.limit = limit
        self.subnets = {name: scenario.network.functions[name].subnets for name in functions}
        self.each = {name: loads.each((name,), len(self.subnets[name])) for name in functions}
        self.order = sorted(functions, key=lambda name: (-max(self.each[name], default=0.0), name))
        self.best: list[list[str]] = [[name] for name in self.order]
        self.nodes = 0

    def run(self) -> list[list[str]]:
        """The sets; the largest one keeps the security groups that are there."""
        self._place(0, [], [])
        return sorted((sorted(one) for one in self.best), key=lambda one: (-len(one), one))

    def _place(self, number: int, sets: list[list[str]], filled: list[dict[str, list[float]]]) -> None:
        self.nodes += 1
        if len(sets) >= len(self.best) or self.nodes > _MOST_NODES:
            return
        if number == len(self.order):
            self.best = [list(one) for one in sets]
            return
        name = self.order[number]
        for one, entries in zip(sets, filled, strict=True):
            if self._fits(name, entries):
                before = {subnet: entries.get(subnet) for subnet in self.subnets[name]}
                self._add(name, entries)
                one.append(name)
                self._place(number + 1, sets, filled)
                one.pop()
                for subnet, old in before.items():
                    if old is None:
                        del entries[subnet]
                    else:
                        entries[subnet] = old
        alone: dict[str, list[float]] = {}
        self._add(name, alone)
        self._place(number + 1, [*sets, [name]], [*filled, alone])

    def _fits(self, name: str, entries: dict[str, list[float]]) -> bool:
        each = self.each[name]
        return all(
            have + more <= self.limit
            for subnet in self.subnets[name]
            if subnet in entries
            for have, more in zip(entries[subnet], each, strict=True)
        )

    def _add(self, name: str, entries: dict[str, list[float]]) -> None:
        each = self.each[name]
        for subnet in self.subnets[name]:
            have = entries.get(subnet)
            entries[subnet] = each if have is None else [a + b for a, b in zip(have, each, strict=True)]
