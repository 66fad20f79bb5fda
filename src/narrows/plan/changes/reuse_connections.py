"""``reuse-connections``: fewer connections for each execution environment, kept open and used again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from narrows.demand import Connections, Demand, FunctionDemand, Hold, HoldKind
from narrows.listing import counted
from narrows.plan.actions import Action, Change, Risk, Shaped, Step
from narrows.plan.loads import Load
from narrows.plan.peak import Moment, Peak, measure
from narrows.plan.tables import all_tables
from narrows.plan.terms import Terms
from narrows.plan.trouble import Allowed, Trouble, Use
from narrows.scenario import Scenario
from narrows.tables import TableId

_MOST_MEASURED = 64
"""Of more uses that open connections anew, which need not be kept open is not tried one by one."""


def kept(connections: tuple[Connections, ...], destination: str, each: int) -> tuple[Connections, ...]:
    """Connections with those to a destination replaced by at most ``each`` that are kept."""
    its = [use for use in connections if use.to == destination]
    if not its:
        return connections
    present = sum(use.when_reused for use in its)
    on_average = None if its[0].on_average is None else min(present, float(each))
    reused = replace(its[0], per_environment=each, on_average=on_average, hold=Hold())
    return tuple(reused if use is its[0] else use for use in connections if use is its[0] or use.to != destination)


def reuse_connections(scenario: Scenario, function: str, destination: str, per_environment: int) -> Step:
    """Let each environment of a function keep ``per_environment`` connections to a destination open."""
    its = [use for use in scenario.demand.functions[function].connections if use.to == destination]
    churns = any(use.hold.kind is not HoldKind.UNTIL_RECYCLED for use in its)
    before = sum(use.per_environment for use in its)

    def edit(functions: Mapping[str, FunctionDemand]) -> Mapping[str, FunctionDemand]:
        asked = functions[function]
        return {
            **functions,
            function: replace(asked, connections=kept(asked.connections, destination, per_environment)),
        }

    change = reuse_change(function, destination, before, per_environment, churns=churns)
    return Step(replace(scenario, demand=scenario.demand.edited(edit)), change)


def reuse_change(
    function: str, destination: str, before: int, after: int, *, churns: bool, known: bool = True
) -> Change:
    """What reuse asks of one function.

    Args:
        before, after: connections of each of its environments to the destination.
        churns: they are closed and opened again today.
        known: whether that is how many there are, and not only how many there may be.
    """
    kept_open = counted(after, "connection")
    what = f"keep {kept_open if known else 'at most ' + kept_open} to {destination} in each environment of {function}"
    if after < before and known:
        what += f" instead of {before}"
    if churns:
        what += ", opened once and used again"
    return Change(
        ACTION,
        f"{function} -> {destination}",
        before - after,
        0,
        what,
        (f"{after} instead of {before}" if known else f"at most {after}")
        + f" connections to {destination} from {function}"
        if after < before
        else f"connections to {destination} from {function} kept open",
        before=before,
        after=after,
        risks=(Risk.CODE_CHANGE,),
        needs=(f"the client of {function} does its work over {kept_open}",),
    )


def _shape(trouble: Trouble, allowed: Allowed) -> Shaped | None:
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
    if beyond and all(table.id in beyond for table in trouble.tables):
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
        if low < most and fits(_raised(levels, its, low + 1)):
            levels = _raised(levels, its, _highest_level(most, partial(_fits_at, fits, levels, its), low + 1))

    def fits_without_the_rest(kept: Sequence[Use]) -> bool:
        some = {use: level for use, level in levels.items() if use in needed or use in kept}
        less = _at_most(scenario, some).scenario
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
        begin = 0
        while begin < len(kept):
            fewer = kept[:begin] + kept[begin + size :]
            if fits(fewer):
                kept = fewer
            else:
                # With fewer of the others it is needed all the more: it is not tried again.
                begin += size
        size //= 2
    return set(kept)


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
    """What each environment keeps where it reuses its connections, in the world in which that is most, or least."""
    return extreme(
        math.ceil(sum(its.when_reused for its in _connections(world, use)))
        for world in scenario.demand.worlds or (scenario.demand,)
    )


def _connections(demand: Demand, use: Use) -> Iterable[Connections]:
    return (one for one in demand.functions[use.function].connections if one.to == use.destination)


def _churns(scenario: Scenario, use: Use) -> bool:
    return any(
        one.hold.kind is not HoldKind.UNTIL_RECYCLED
        for world in (scenario.demand, *scenario.demand.worlds)
        for one in _connections(world, use)
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


ACTION = Action("reuse-connections", place=100, shape=_shape, names="function")
