"""How the demand of functions is read: each source adds its bounds, and they hold together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.from_callers import by_callers, by_descriptors, environments, least_by_callers
from narrows.evidence.demand.from_flow_logs import by_flow_logs
from narrows.evidence.demand.from_gateways import FLAT_TOP, by_gateway, least_in_all, together
from narrows.evidence.demand.from_sensor import by_sensor
from narrows.evidence.demand.model import CLOSING, LIVE, OTHERS, Demand, Unknown
from narrows.evidence.facts import Facts, once
from narrows.evidence.polytope import Bound, Polytope
from narrows.network import EniKey


@once
def read_demand(facts: Facts, *, seen: bool = False) -> Demand:
    """Everything that bounds the demand of the functions in question.

    Args:
        seen: of what became a connection, and not of all that was wanted.
    """
    draft = Draft(facts, seen)
    for function in dict.fromkeys(function for function, _ in draft.uses):
        draft.environments[function] = environments(draft, function)
    if draft.symptoms.complete:
        by_callers(draft)
    for gateway in draft.gateways:
        by_gateway(draft, gateway)
    together(draft)
    by_flow_logs(draft)
    by_sensor(draft)
    if draft.symptoms.complete:
        least_by_callers(draft)
    told = {name for bound in draft.bounds for name in bound.terms}
    for function in draft.environments:
        by_descriptors(draft, function)
    closing = {name for bound in draft.bounds for name in bound.terms if name.kind == CLOSING}
    for use in draft.uses:
        if Unknown(CLOSING, *use) not in closing:
            # No metric says how fast its connections are closed: they are taken to be kept.
            draft.bounds.append(Bound({Unknown(CLOSING, *use): 1.0}, 0.0, "", ""))
    unknowns = [Unknown(kind, *use) for use in draft.uses for kind in (LIVE, CLOSING)]
    unknowns += [
        Unknown(OTHERS, name, to)
        for name in draft.gateways
        if name in draft.others
        for to in draft.destinations_behind(name)
    ]
    possible = Polytope(tuple(unknowns), tuple(draft.bounds))
    bounded_by_none = tuple(use for use in draft.uses if Unknown(LIVE, *use) not in told)
    return Demand(
        draft.uses,
        draft.environments,
        possible,
        draft.least,
        draft.shares,
        draft.behind,
        draft.on_eni,
        bounded_by_none,
        draft.surely_passing,
        _hidden(draft, possible, bounded_by_none),
        least_in_all(draft),
        tuple(draft.unbounded),
        tuple(draft.missing),
        draft.needed,
        tuple(draft.readings),
    )


def _hidden(
    draft: Draft, possible: Polytope[Unknown], bounded_by_none: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], EniKey]:
    """Uses whose SYNs a full ENI may have dropped unseen: neither callers nor flow logs tell, and what else leaves by
    it (connections that stay inside the VPC) may have filled it."""
    found: dict[tuple[str, str], EniKey] = {}
    if draft.seen or draft.symptoms.complete:
        return found
    for key, uses in draft.on_eni.items():
        if key in draft.counted_enis:
            continue
        weights = {Unknown(LIVE, *use): share for use, share in uses.items()}
        most = math.inf
        if not any(use in bounded_by_none for use in uses):
            most = sum(weights[name] * value for name, value in possible.most(weights).items() if name in weights)
        if most >= FLAT_TOP * draft.facts.ways.eni_capacity(key):
            found |= dict.fromkeys((use for use in uses if use not in bounded_by_none), key)
    return found
