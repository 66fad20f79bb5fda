"""How full the Hyperplane ENIs were. No metric shows it: the NAT gateway behind them, or the callers, must do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import accumulate

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import TRIED
from narrows.evidence.destinations import connections_of_endpoint, connections_of_nodes, flows_of_load_balancer
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import PEAK
from narrows.evidence.paths import EniGroup
from narrows.evidence.sensed import held_on_eni
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS
from narrows.network import EniKey, HopKind

FAR_BELOW = 0.5
"""Share of a table below which even environments that were there before the window do not fill it."""
_MOST_PER_INVOCATION = 100
"""Connections that one invocation opens and closes, at most, wherever anybody looked."""


@dataclass(frozen=True)
class Occupancy:
    """What is known of the connections on the ENIs of one group, all of them together."""

    group: EniGroup
    points: tuple[tuple[int, float], ...]
    period: int
    source: str
    text: str
    """What the points are, as evidence names them."""
    measured: bool
    """Open connections as a metric counts them; otherwise all that were established since the beginning."""
    at_least: bool
    """Whether the connections of the group are as many as the points say; otherwise they are at most so many."""
    bounds: bool
    """Whether, as far as the case tells, there is nothing else on these ENIs: no other function, no other way."""
    at_most: bool
    """Whether there can be no more on these ENIs; otherwise others may hold entries that nothing here shows."""

    @property
    def peak(self) -> float:
        """Largest number."""
        return max(value for _, value in self.points)


@once
def shares(facts: Facts, group: EniGroup) -> dict[EniKey, float]:
    """The share of a group's connections that each of its ENI keys carries: functions spread evenly over subnets."""
    facts.used.add("environment_placement")
    weights = function_weights(facts)
    found = dict.fromkeys(group.keys, 0.0)
    for key in group.keys:
        for function, share in _users(facts, key).items():
            found[key] += weights[function] * share
    total = sum(found.values())
    return {key: share / total for key, share in found.items()} if total else found


@once
def _users(facts: Facts, key: EniKey) -> dict[str, float]:
    """The functions in question on an ENI key, each with its share of connections that leaves there."""
    return {way.function: way.share for way in facts.ways.of_eni.get(key, ())}


@once
def function_weights(facts: Facts) -> dict[str, float]:
    """Each function's share of the connections in question: by what it established, evenly where that is not known."""
    functions = facts.case.functions
    counted = {name: facts.symptoms.total(CallerOutcome.ESTABLISHED, function=name) for name in functions}
    total = sum(counted.values())
    if facts.symptoms.complete and total:
        return {name: number / total for name, number in counted.items()}
    return dict.fromkeys(functions, 1 / max(len(functions), 1))


@once
def capacities(facts: Facts, group: EniGroup) -> tuple[float, ...]:
    """Connections of a group at which its first ENI, or all of them, are full; for as many ENIs as Lambda may have had.

    Lambda adds ENIs while an incident goes on, so each number up to the one that is listed counts.
    """
    each = HYPERPLANE_ENI_CONNECTIONS.value
    share = shares(facts, group)
    # Those with the most ENIs come last: the others are at their own number before.
    rising = sorted((facts.ways.enis_of(key) or 1, share[key]) for key in group.keys)
    largest = [0.0] * len(rising)
    for place in range(len(rising) - 1, -1, -1):
        largest[place] = max(rising[place][1], largest[place + 1] if place + 1 < len(rising) else 0.0)
    found: set[float] = set()
    place, tables, first_of_settled = 0, 0, float("inf")
    for most in range(1, max((number for number, _ in rising), default=1) + 1):
        while place < len(rising) and rising[place][0] <= most:
            number, part = rising[place]
            tables += number
            first_of_settled = min(first_of_settled, each * number / part if part > 0 else float("inf"))
            place += 1
        whole = float(each * (tables + most * (len(rising) - place)))
        part = largest[place] if place < len(rising) else 0.0
        first = min(first_of_settled, each * most / part if part > 0 else float("inf"))
        found |= {first if first < float("inf") else whole, whole}
    return tuple(sorted(found))


@once
def occupancies(facts: Facts, group: EniGroup) -> tuple[Occupancy, ...]:
    """Everything that tells how many connections the ENIs of a group had."""
    found = (_by_sensor(facts, group), _by_nat(facts, group), _by_destination(facts, group), _by_callers(facts, group))
    return tuple(one for one in found if one is not None)


def occupancies_by_key(facts: Facts, group: EniGroup) -> tuple[Occupancy, ...]:
    """What callers established through each ENI key of a group whose functions had connects that timed out."""
    found = []
    for key in group.keys if len(group.keys) > 1 else ():
        if any(facts.symptoms.total(CallerOutcome.TIMED_OUT, function=name) for name in _users(facts, key)):
            one = _by_callers(facts, replace(group, keys=(key,)))
            if one is not None:
                found.append(replace(one, text=f"{one.text} through {facts.label(key)}"))
    return tuple(found)


def _by_sensor(facts: Facts, group: EniGroup) -> Occupancy | None:
    """What functions with the sensor held through the ENIs of a group, in the fullest moment of each minute."""
    each = [held_on_eni(facts, key) for key in group.keys]
    found = [one for one in each if one is not None]
    if not found:
        return None
    total: Counter[int] = Counter()
    for one in found:
        total.update(dict(one.curve.by_minute()))
    complete = len(found) == len(each) and not any(one.missing for one in found)
    return Occupancy(
        group,
        tuple(sorted(total.items())),
        60,
        found[0].source,
        "number of connections that the functions held (their sensor)",
        measured=True,
        at_least=True,
        bounds=complete,
        at_most=complete,
    )


def _by_nat(facts: Facts, group: EniGroup) -> Occupancy | None:
    if len(group.gateways) != 1:
        return None
    gateway = group.gateways[0]
    active = facts.nat(gateway).active
    if active is None:
        return None
    bounds = group.all_through_nat and _alone(facts, group)
    return Occupancy(
        group,
        active.points,
        active.period,
        active.source,
        f"ActiveConnectionCount of {facts.label(gateway)}",
        measured=True,
        at_least=facts.ways.strangers(gateway) == (),
        bounds=bounds,
        at_most=bounds and facts.symptoms.complete,
    )


def _by_destination(facts: Facts, group: EniGroup) -> Occupancy | None:
    """What the only destination of a group counts, an endpoint, a Network Load Balancer or the nodes of a cache, with
    no NAT gateway between."""
    names = {way.destination for key in group.keys for way in facts.ways.of_eni[key]}
    only = next(iter(names)) if len(names) == 1 and not group.gateways else None
    if only is None:
        return None
    flows = (
        connections_of_endpoint(facts, only) or flows_of_load_balancer(facts, only) or connections_of_nodes(facts, only)
    )
    if flows is None or not flows.sure:
        return None
    reading = flows.reading
    return Occupancy(
        group,
        reading.points,
        reading.period,
        reading.source,
        f"{reading.metric} of {reading.resource}",
        measured=True,
        at_least=False,
        bounds=False,
        at_most=False,
    )


def _by_callers(facts: Facts, group: EniGroup) -> Occupancy | None:
    minutes = [minute for minute, _ in facts.symptoms.opened()]
    if not minutes:
        return None
    parts: dict[str, float] = {}
    for key in group.keys:
        for function, share in _users(facts, key).items():
            parts[function] = parts.get(function, 0.0) + share
    # Most functions have the same share: their connections are added up as whole numbers, each where it was opened.
    new: dict[float, Counter[int]] = {}
    for function, share in parts.items():
        if share:
            new.setdefault(share, Counter()).update(
                facts.symptoms.by_minute(CallerOutcome.ESTABLISHED, function=function)
            )
    if not new:
        return None
    total = [0.0] * len(minutes)
    for share, opened in new.items():
        for place, number in enumerate(accumulate(opened[minute] for minute in minutes)):
            total[place] += number * share
    return Occupancy(
        group,
        tuple(zip(minutes, total, strict=True)),
        60,
        facts.symptoms.source(CallerOutcome.ESTABLISHED),
        "number of connections established since the beginning",
        measured=False,
        at_least=False,
        bounds=_alone(facts, group),
        at_most=False,
    )


def _alone(facts: Facts, group: EniGroup) -> bool:
    """Whether only functions in question use these ENIs."""
    known = "functions" in facts.case.topology.known
    return known and all(facts.asked.issuperset(facts.ways.users(key)) for key in group.keys)


@once
def most_by_descriptors(facts: Facts, key: EniKey) -> tuple[int, int, str] | None:
    """(connections that all who share an ENI can have open at once, at most; their environments; source).

    An environment has so many descriptors and no more, so that the most environments at once bound the connections.
    None where the concurrency of one that shares it is not known.
    """
    if "functions" not in facts.case.topology.known:
        return None
    environments, source = 0.0, ""
    for name in facts.ways.users(key):
        running = facts.function_metric("ConcurrentExecutions", name, PEAK)
        function = facts.ways.network.functions.get(name)
        reserved = None if function is None else function.reserved_concurrency
        if running is not None and (reserved is None or running.largest <= reserved):
            environments, source = environments + running.largest, source or running.source
        elif reserved is not None:
            environments, source = environments + reserved, source or facts.source("functions")
        else:
            return None
    if not source or not facts.holds("frozen_environments_reused"):
        return None
    return round(environments * FILE_DESCRIPTORS.value), round(environments), source


def eni_has_room(facts: Facts, key: EniKey) -> bool:
    """Whether all who share an ENI have too few descriptors to fill it, by far."""
    bound = most_by_descriptors(facts, key)
    return bound is not None and bound[0] < FAR_BELOW * HYPERPLANE_ENI_CONNECTIONS.value


@once
def gateways_have_room(facts: Facts) -> bool:
    """Whether all who leave by the NAT gateways on the way are too few to fill them, whoever counts.

    So many environments have so many descriptors; and of what they close, each invocation would have to open more
    connections than any opens. Only where all of them are functions whose load is in the case.
    """
    per_address = facts.assume("nat_connections_per_address")
    gateways = facts.ways.gateways
    for gateway in gateways:
        others = facts.ways.strangers(gateway)
        if others is None:
            return False
        each = [_most_open(facts, name) for name in {*facts.case.functions, *others}]
        if any(one is None for one in each):
            return False
        most = sum(one for one in each if one is not None)
        if most >= per_address * max(facts.ways.addresses(gateway), 1):
            return False
    return bool(gateways)


def _most_open(facts: Facts, function: str) -> float | None:
    """The most connections that a function can hold and have closed within the time that a port is kept."""
    running = facts.function_metric("ConcurrentExecutions", function, PEAK)
    invoked = facts.function_metric("Invocations", function, ("Sum",))
    if running is None or invoked is None:
        return None
    periods = max(1.0, facts.assume("nat_hold_after_close") / invoked.period)
    return running.largest * FILE_DESCRIPTORS.value + _MOST_PER_INVOCATION * invoked.largest * periods


@once
def lost_before_nat(facts: Facts) -> tuple[int, int] | None:
    """(SYNs that no NAT gateway on the way saw, at least; connects that were tried), where both sides are counted.

    Others behind the gateways only add to what the gateways saw, so this can hide losses and never invents any.
    """
    symptoms, ways = facts.symptoms, facts.ways
    if not symptoms.complete or not ways.complete or not ways.gateways:
        return None
    behind = {way.destination for way in ways.ways if way.kind is HopKind.NAT_GATEWAY}
    elsewhere = {way.destination for way in ways.ways if way.kind is not HopKind.NAT_GATEWAY}
    span = symptoms.span(*TRIED)
    if span is None or any(one.minute < 0 for one in symptoms.counts):
        return None
    tried, only_behind = 0, behind - elsewhere
    for one in symptoms.counts:
        if one.outcome.about.syn_sent and one.destination in only_behind:
            tried += one.count
    if not tried:
        return None
    seen = 0.0
    for gateway in ways.gateways:
        attempts = facts.nat(gateway).attempts
        if attempts is None or not attempts.covers(span):
            return None
        seen += attempts.total
    return max(0, round(tried - seen)), tried


def all_lost_before_nat(facts: Facts) -> str | None:
    """The sentence that says so, where SYNs that no NAT gateway saw account for every connect that timed out.

    For nearly every one is not enough: the few that are left may be those of a second cause.
    """
    lost = lost_before_nat(facts)
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    if lost is None or not timed_out or lost[0] < timed_out:
        return None
    return f"The SYNs of {lost[0]:,} connects got no further than the ENI: no NAT gateway saw them."
