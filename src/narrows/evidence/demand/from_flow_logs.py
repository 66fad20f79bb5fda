"""What flow logs say of demand: of all that leaves by an ENI for a destination."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from narrows.case.outcomes import AMBIGUOUS, FAILURES
from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.model import LIVE, Unknown
from narrows.evidence.polytope import Bound
from narrows.listing import named
from narrows.network import EniKey

if TYPE_CHECKING:
    from narrows.evidence.flow_logs import FlowLogEvidence
    from narrows.flowlogs.keys import Key

_HARDLY = 0.02
"""A share that is next to none."""


def by_flow_logs(draft: Draft) -> None:
    """What leaves by each ENI for each destination, in what both directions of it wrote."""
    logs = draft.facts.flow_logs
    if logs is None or logs.unreadable:
        return
    network = draft.facts.ways.network
    names = {
        (address, destination.port): destination.name
        for destination in network.destinations.values()
        for address in destination.addresses
    }
    to_each: dict[str, dict[EniKey, list[Key]]] = {}
    whole: dict[EniKey, list[Key]] = {}
    """Those of which no record is missing, over all destinations."""
    for key in draft.on_eni:
        keys = _logged(draft, logs, key)
        if keys is None:
            continue
        if logs.missing(None, _interfaces(draft, key)) is None:
            whole[key] = [one for one in logs.enis if str(one.resource) == str(key)]
        for to in dict.fromkeys(to for _, to in draft.on_eni[key]):
            if network.destinations[to].addresses:
                here = [one for one in keys if names.get((str(one.destination), int(one.port or 0))) == to]
                to_each.setdefault(to, {})[key] = here
    draft.counted_enis |= whole.keys()
    for to, logged in to_each.items():
        _least_by_flow_logs(draft, logs, to, logged)
    for to, logged in to_each.items():
        for enis in _sharing(draft, to):
            if all(key in logged and key in whole for key in enis):
                _by_enis(draft, logs, to, {key: logged[key] for key in enis})
    for enis in _sharing(draft, None):
        if all(key in whole for key in enis):
            _by_enis(draft, logs, None, {key: whole[key] for key in enis})


def _logged(draft: Draft, logs: FlowLogEvidence, key: EniKey) -> list[Key] | None:
    """What flow logs say of an ENI, by unique destination; None where one of its interfaces is not logged."""
    enis = _interfaces(draft, key)
    keys = [one for one in logs.eni_destinations if str(one.resource) == str(key)]
    seen = {name for one in keys for name in (str(one.interface), *one.replaced)} | logs.silent
    return keys if enis and enis <= seen else None


def _interfaces(draft: Draft, key: EniKey) -> set[str]:
    return {one.id for one in draft.facts.case.topology.enis if one.key == key}


def _sharing(draft: Draft, to: str | None) -> list[list[EniKey]]:
    """The ENIs that lead to a destination (to any, for None), those together that functions share."""
    groups: list[tuple[set[EniKey], set[str]]] = []
    for key, uses in draft.on_eni.items():
        functions = {function for function, name in uses if to in (None, name)}
        if not functions:
            continue
        keys = {key}
        for one in [one for one in groups if one[1] & functions]:
            groups.remove(one)
            keys |= one[0]
            functions |= one[1]
        groups.append((keys, functions))
    return [sorted(keys) for keys, _ in groups]


def _by_enis(draft: Draft, logs: FlowLogEvidence, to: str | None, logged: Mapping[EniKey, list[Key]]) -> None:
    """All that some functions wanted of a destination (of any, for None) left by these ENIs."""
    uses = list(dict.fromkeys(use for key in logged for use in draft.on_eni[key] if to in (None, use[1])))
    high = sum(one.most for keys in logged.values() for one in keys)
    failed = _failed_behind(draft, logs, uses, logged)
    if math.isinf(failed):
        return
    tail = f", and {failed:,.0f} attempts that failed" if failed else ""
    where = "" if to is None else f" to {to}"
    text = f"{named([str(key) for key in logged], 2)}{where}: at most {high:,.0f} open in flow logs{tail}"
    draft.bounds.append(Bound({Unknown(LIVE, *use): 1.0 for use in uses}, high + failed, text, logs.source))


def _failed_behind(
    draft: Draft, logs: FlowLogEvidence, uses: Sequence[tuple[str, str]], logged: Mapping[EniKey, list[Key]]
) -> float:
    """Connections wanted through ENIs that did not become one, at most."""
    if draft.seen:
        return 0.0
    if draft.symptoms.complete:
        return float(sum(draft.total(draft.failed, function, to) for function, to in uses))
    names = {str(key) for key in logged}
    full = [one for one in logs.enis if str(one.resource) in names and one.limit and one.most >= one.limit[1]]
    if full:
        draft.unbounded[
            f"{full[0].resource} may have been full, and a full Hyperplane ENI drops SYNs without a trace"
        ] = None
        return math.inf
    every = [one for keys in logged.values() for one in keys]
    if any(one.refused for one in every):
        # How often each was tried again is in no record.
        return math.inf
    if not any(one.unanswered for one in every) and not _failures_told(draft, uses):
        return 0.0
    errors = [draft.facts.nat(name).port_errors for name in {one for use in uses for one in draft.shares[use]}]
    counts = [one.total for one in errors if one is not None and draft.whole(one) and one.stat == "Sum"]
    # Each attempt that a NAT gateway had no port for cost it one error at least.
    return sum(counts) if counts and len(counts) == len(errors) and all(counts) else math.inf


def _failures_told(draft: Draft, uses: Sequence[tuple[str, str]]) -> bool:
    """Whether callers tell of failures that may be of these uses: what nobody logs may have been wanted."""
    kinds = (*FAILURES, *AMBIGUOUS)
    named = any(draft.total(kinds, function, to) for function, to in uses)
    return named or bool(draft.nowhere(kinds)) or bool(draft.symptoms.reported)


def _least_by_flow_logs(draft: Draft, logs: FlowLogEvidence, to: str, logged: Mapping[EniKey, list[Key]]) -> None:
    """Of an ENI that one function has for itself, what was open for certain."""
    if not logs.has_flags:
        return
    minutes: dict[tuple[str, str], dict[int, int]] = {}
    opened: dict[tuple[str, str], int] = {}
    for key, keys in logged.items():
        uses = [use for use in draft.on_eni[key] if use[1] == to]
        if len(uses) == 1 and draft.facts.asked.issuperset(draft.facts.ways.users(key)):
            sums = minutes.setdefault(uses[0], {})
            answered = sum(one.opened - one.unanswered for one in keys)
            opened[uses[0]] = opened.get(uses[0], 0) + answered
            for one in keys:
                for minute, low in one.sure_at_ends(*logs.window):
                    sums[minute] = sums.get(minute, 0) + low
    for use, sums in minutes.items():
        low = max(sums.values(), default=0)
        if opened[use] > (1 + _HARDLY) * low:
            # Opened again and again: within one record a port that is given out anew looks like one connection.
            continue
        draft.at_least(use, low, f"{use[0]} to {to}: {low:,} open in flow logs", logs.source)
