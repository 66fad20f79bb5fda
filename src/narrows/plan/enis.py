"""The Hyperplane ENI stage: the fewest new ENIs under which every ENI holds the peak.

ENIs cost nothing, so price leaves this stage free; they count against a quota, so fewer are better. Functions with the
same subnets and security groups share all their ENIs: one number of rounds settles them, and the smallest that fits is
found by trying. Only where functions share some ENIs and not others do the numbers depend on each other; there a
search with bounds finds the fewest, and says so if it had to stop early.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from narrows.assumptions import Assumptions
from narrows.network import EniKey, Network
from narrows.plan.actions import Change
from narrows.plan.changes.add_subnets import add_subnets, most_rounds, round_of
from narrows.plan.peak import Peak
from narrows.plan.routing import Routing
from narrows.plan.spread import dealt_share
from narrows.plan.terms import Terms
from narrows.scenario import Scenario

_MOST_NODES = 1_500
"""Of the search. Beyond this many, the best found so far is the answer, and is not called exact."""


@dataclass(frozen=True, slots=True)
class Variable:
    """How many rounds of subnets one attachment gets."""

    size: int
    """Subnets (and so ENIs) of one round."""
    each: tuple[tuple[float, ...], ...]
    """[rounds][moment]: entries that it then puts into each of its ENIs; never more with more rounds."""


@dataclass(frozen=True, slots=True)
class Covering:
    """Attachments, the ENIs that they share, and what each of these may hold."""

    variables: tuple[Variable, ...]
    shared: tuple[tuple[int, ...], ...]
    """For each ENI, the numbers of the variables that fill it."""
    limit: float


@dataclass(frozen=True, slots=True)
class Covered:
    """Rounds for each variable."""

    values: tuple[int, ...]
    exact: bool


@lru_cache(maxsize=64)
def fewest(problem: Covering) -> Covered | None:
    """The rounds with the fewest ENIs, then with the fewest attachments changed; None where none suffice."""
    most = [len(one.each) - 1 for one in problem.variables]
    search = _Search(problem, most)
    if not search.possible():
        return None
    if len(problem.variables) == 1:
        rounds = next(k for k, each in enumerate(problem.variables[0].each) if max(each) <= problem.limit)
        return Covered((rounds,), True)
    return search.run()


class _Search:
    """Depth first over the variables, the one that fills most first.

    One constraint for each ENI and moment. ``over`` holds by how much each exceeds the limit, with what is decided as
    decided and everything else at no rounds.
    """

    def __init__(self, problem: Covering, most: list[int]) -> None:
        self.variables, self.most = problem.variables, most
        self.order = sorted(range(len(most)), key=lambda one: -max(self.variables[one].each[0], default=0.0))
        moments = len(self.variables[0].each[0])
        self.rows = [(users, moment) for users in problem.shared for moment in range(moments)]
        self.rows_of: list[list[tuple[int, int]]] = [[] for _ in most]
        for row, (users, moment) in enumerate(self.rows):
            for one in users:
                self.rows_of[one].append((row, moment))
        self.over = [
            sum(self.variables[one].each[0][moment] for one in users) - problem.limit for users, moment in self.rows
        ]
        self._look_ahead()
        self.best: list[int] = list(most)
        self.best_score = self._score(most)
        self.nodes = 0

    def _look_ahead(self) -> None:
        """For each depth and row: what the variables from there on can take off it at most, in all and for one ENI."""
        self.in_all = [[0.0] * len(self.rows)]
        self.for_one = [[0.0] * len(self.rows)]
        for one in reversed(self.order):
            variable = self.variables[one]
            in_all, for_one = list(self.in_all[-1]), list(self.for_one[-1])
            for row, moment in self.rows_of[one]:
                whole = variable.each[0][moment]
                in_all[row] += whole - variable.each[-1][moment]
                gains = [(whole - each[moment]) / (variable.size * k) for k, each in enumerate(variable.each) if k]
                for_one[row] = max(for_one[row], *gains, 0.0) if gains else for_one[row]
            self.in_all.append(in_all)
            self.for_one.append(for_one)
        self.in_all.reverse()
        self.for_one.reverse()

    def possible(self) -> bool:
        """Whether the most rounds suffice."""
        return all(over <= taken for over, taken in zip(self.over, self.in_all[0], strict=True))

    def run(self) -> Covered:
        self._greedy()
        self._descend(0, [0] * len(self.most), 0, 0)
        return Covered(tuple(self.best), self.nodes <= _MOST_NODES)

    def _score(self, values: list[int]) -> tuple[int, int]:
        enis = sum(one.size * rounds for one, rounds in zip(self.variables, values, strict=True))
        return enis, sum(rounds > 0 for rounds in values)

    def _greedy(self) -> None:
        """Some values that suffice: always the round that takes most from the fullest ENI for each ENI that it adds."""
        values, over = [0] * len(self.most), list(self.over)
        while max(over) > 0:
            users, moment = self.rows[over.index(max(over))]
            able = [one for one in users if values[one] < self.most[one]]
            if not able:
                return
            best = max(able, key=lambda one: self._gain(one, values[one], moment))
            for row, at in self.rows_of[best]:
                each = self.variables[best].each
                over[row] += each[values[best] + 1][at] - each[values[best]][at]
            values[best] += 1
        self.best, self.best_score = values, self._score(values)

    def _gain(self, one: int, rounds: int, moment: int) -> float:
        variable = self.variables[one]
        return (variable.each[rounds][moment] - variable.each[rounds + 1][moment]) / variable.size

    def _descend(self, depth: int, values: list[int], enis: int, changed: int) -> None:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            return
        needed = self._needed(depth)
        if needed is None or (enis + needed, changed + (needed > 0)) >= self.best_score:
            return
        if needed == 0:
            # Nothing more is over: the rest stays as it is.
            self.best, self.best_score = list(values), (enis, changed)
            return
        one = self.order[depth]
        variable = self.variables[one]
        for rounds in range(self.most[one] + 1):
            if rounds:
                for row, moment in self.rows_of[one]:
                    self.over[row] += variable.each[rounds][moment] - variable.each[rounds - 1][moment]
            values[one] = rounds
            self._descend(depth + 1, values, enis + variable.size * rounds, changed + (rounds > 0))
        for row, moment in self.rows_of[one]:
            self.over[row] += variable.each[0][moment] - variable.each[self.most[one]][moment]
        values[one] = 0

    def _needed(self, depth: int) -> int | None:
        """ENIs that are still needed at least; None where no rounds of the free variables suffice."""
        needed = 0
        in_all, for_one = self.in_all[depth], self.for_one[depth]
        for row, over in enumerate(self.over):
            if over <= 1e-9:
                continue
            if over > in_all[row] + 1e-9:
                return None
            needed = max(needed, math.ceil(over / for_one[row] - 1e-9))
        return needed


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
