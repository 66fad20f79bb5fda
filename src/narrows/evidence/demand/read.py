"""How the demand of functions is read: each source adds its bounds, and they hold together."""

from __future__ import annotations

from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.from_callers import by_callers, by_descriptors, environments, least_by_callers
from narrows.evidence.demand.from_flow_logs import by_flow_logs
from narrows.evidence.demand.from_gateways import by_gateway, least_in_all, together
from narrows.evidence.demand.model import CLOSING, LIVE, OTHERS, Demand, Unknown
from narrows.evidence.facts import Facts, once
from narrows.evidence.polytope import Bound, Polytope


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
    return Demand(
        draft.uses,
        draft.environments,
        Polytope(tuple(unknowns), tuple(draft.bounds)),
        draft.least,
        draft.shares,
        draft.behind,
        draft.on_eni,
        tuple(use for use in draft.uses if Unknown(LIVE, *use) not in told),
        least_in_all(draft),
        tuple(draft.unbounded),
        tuple(draft.missing),
        tuple(draft.readings),
    )
