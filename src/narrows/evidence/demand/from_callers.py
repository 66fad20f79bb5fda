"""What callers and execution environments say of demand: attempts, environments, file descriptors."""

from __future__ import annotations

import math

from narrows.case.model import CallerOutcome, EachEnvironment
from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.model import CLOSING, LIVE, Figure, Unknown
from narrows.evidence.metrics import PEAK
from narrows.evidence.polytope import Bound
from narrows.limits import FILE_DESCRIPTORS
from narrows.listing import counted

_CONCURRENT = "ConcurrentExecutions at the peak"


def environments(draft: Draft, function: str) -> Figure:
    """Alive at once at the peak: those that were busy, and at most those that were ever seen."""
    reading = draft.facts.function_metric("ConcurrentExecutions", function, PEAK)
    seen = draft.symptoms.environments.get(function) if draft.symptoms.complete else None
    busy = 0.0 if reading is None else reading.largest
    if reading is None and seen is None:
        return Figure(0.0, math.inf)
    if seen is not None:
        text = f"{function}: {counted(seen, 'execution environment')} that callers name"
        figure = Figure(min(busy, float(seen)), max(busy, float(seen)), text, draft.symptoms.source())
        if busy >= seen and reading is not None:
            figure = Figure(busy, busy, f"{function}: {busy:,.0f} {_CONCURRENT}", reading.source)
    else:
        assert reading is not None
        most = busy if draft.facts.holds("frozen_environments_reused") else math.inf
        figure = Figure(busy, most, f"{function}: {busy:,.0f} {_CONCURRENT}", reading.source)
    draft.readings.append(figure)
    return figure


def by_callers(draft: Draft) -> None:
    """Every attempt is one wanted connection at most; and environments of a function are alike."""
    source = draft.symptoms.source()
    nowhere = draft.nowhere(draft.counted)
    hold = draft.facts.assume("nat_hold_after_close")
    for use in draft.uses:
        function, to = use
        established = draft.total((CallerOutcome.ESTABLISHED,), function, to)
        tried = draft.total(draft.counted, function, to)
        name = Unknown(LIVE, *use)
        text = f"{function} to {to}: {counted(tried, 'attempt')}, {tried - established:,} of them failed"
        if draft.seen:
            text = f"{function} to {to}: {established:,} established"
        # What was open before the first outcome is in none of them.
        before = sum(draft.open_before(gateway) for gateway in draft.shares[use])
        text += f", and {before:,.0f} open before" if before else ""
        # What names no function or destination may be of any.
        most = tried + nowhere + before
        draft.bounds.append(Bound({name: 1.0}, most, text, source))
        if hold > 0 and any(draft.active(gateway) is None for gateway in draft.shares[use]):
            # With those that keep a port after they were closed, they are no more than were ever wanted.
            draft.bounds.append(Bound({name: 1.0, Unknown(CLOSING, *use): hold}, most, text, source))
        each, alive = _each(draft, function, to), draft.environments[function].high
        if each is None or not tried or nowhere or before or math.isinf(alive):
            continue
        if draft.facts.holds("environments_alike"):
            most = each.most if each.unfailing else each.most_tried
            text = f"{function} to {to}: {most:,} in each of {alive:,.0f} execution environments"
            draft.bounds.append(Bound({name: 1.0}, most * alive, text, source))


def _each(draft: Draft, function: str, destination: str) -> EachEnvironment | None:
    each = draft.facts.case.callers.each_environment
    only_function = len(draft.facts.case.functions) == 1
    only_destination = len(draft.facts.case.destinations) <= 1
    for key in (
        (function, destination),
        (None if only_function else function, None if only_destination else destination),
        (function, None if only_destination else destination),
        (None if only_function else function, destination),
    ):
        if key in each:
            return each[key]
    return None


def least_by_callers(draft: Draft) -> None:
    """What was active on a use's gateways and cannot have been another use's, as callers established no more."""
    established = {
        use: float(draft.total((CallerOutcome.ESTABLISHED,), *use) + draft.nowhere((CallerOutcome.ESTABLISHED,)))
        for use in draft.uses
    }
    behind = {gateway: sum(established[use] for use in uses) for gateway, uses in draft.behind.items()}
    for gateway in draft.gateways:
        active = draft.facts.nat(gateway).active
        if active is None or gateway in draft.others:
            continue
        for use in draft.behind[gateway]:
            low = active.largest - (behind[gateway] - established[use]) - draft.open_before(gateway)
            text = f"{use[0]} to {use[1]}: {low:,.0f} of the connections active on {draft.facts.label(gateway)}"
            draft.at_least(use, low, text, active.source)


def by_descriptors(draft: Draft, function: str) -> None:
    """An environment has no more connections than file descriptors."""
    alive = draft.environments[function]
    if math.isfinite(alive.high):
        terms = {Unknown(LIVE, *use): 1.0 for use in draft.uses_of[function]}
        text = f"{function}: {alive.high:,.0f} execution environments of {FILE_DESCRIPTORS.value:,} file descriptors"
        draft.bounds.append(Bound(terms, FILE_DESCRIPTORS.value * alive.high, text, alive.source))
