"""The verdict: one sentence, how sure it is, and the few figures that carry it."""

from __future__ import annotations

from dataclasses import dataclass

from narrows.case.cloudwatch_names import NAT_NAMESPACE
from narrows.case.model import Case
from narrows.diagnose.cause import Cause
from narrows.diagnose.causes import CAUSES, cause_title
from narrows.diagnose.model import CauseResult, Diagnosis, Status
from narrows.errors import one_line
from narrows.evidence.facts import clock
from narrows.evidence.lasting import Lasting
from narrows.evidence.paths import read_ways
from narrows.listing import named
from narrows.network import HopKind
from narrows.words import Fact, count, percent, readable, short_name, with_names


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the report says first."""

    sentence: str
    tone: str
    """``bad``, ``warn``, ``good`` or ``plain``: a colour, never the only sign."""
    certainty: str
    """``confirmed``, ``likely``, ... in the words of the diagnosis, or what stands in their place."""
    then: str
    """What comes after: the next narrows."""
    facts: tuple[Fact, ...]


_BLOCK = "route-or-rule-blocked"
_ENOUGH = 10
"""Causes that must be judged before it may be said that all is well."""
_MOST_NAMED = 3
"""Resources in a sentence."""
_MOST_OPEN = 5
"""Causes that are still possible, in a sentence."""
_LEADS = {Status.LIKELY: "Most likely ", Status.POSSIBLE: "Possibly "}
"""What goes before the sentence of a cause that is not confirmed."""


def verdict(case: Case, diagnosis: Diagnosis) -> Verdict:
    """The verdict of a diagnosis of a case."""
    causes = diagnosis.causes
    binding = diagnosis.binding
    facts = _facts(case, diagnosis, binding)
    then = _next(case, diagnosis, binding)
    if binding is not None:
        status = binding.status
        sentence = _capital(f"{_LEADS.get(status, '')}{_sentence(case, binding)}.")
        as_well = _as_well(case, diagnosis, binding)
        sentence += _lasted(diagnosis.lasting, alone=not as_well) + as_well
        return Verdict(sentence, "bad" if status.reaches(Status.LIKELY) else "warn", status.value, then, facts)
    seen = f" {diagnosis.symptoms[0]}" if diagnosis.symptoms else ""
    open_ones = _open_ones(causes)
    if open_ones:
        shown = [_lower(cause_title(cause.id)) for cause in open_ones[:_MOST_OPEN]]
        more = len(open_ones) - len(shown)
        names = _listed([*shown, f"{more} more"] if more else shown)
        unknown_line = f" {diagnosis.other_errors[0]}" if diagnosis.other_errors else ""
        harmless = " No invocation failed of it." if diagnosis.nothing_failed else ""
        sentence = f"The evidence does not settle the cause. Still possible: {names}.{harmless}{unknown_line}"
        return Verdict(sentence, "warn", "not settled", then, facts)
    unknown = [cause for cause in causes if cause.status is Status.UNKNOWN]
    # A line that was read explains more than what is missing does.
    unsaid = unknown and not diagnosis.other_errors
    without = f" {len(unknown)} of {len(causes)} causes cannot be judged yet." if unsaid else ""
    judged = len(causes) - len(unknown)
    if seen or not diagnosis.nothing_failed or judged < _ENOUGH:
        sentence = f"No cause is found in this evidence.{seen}{without}"
        return Verdict(sentence, "warn", "not settled", then, facts)
    of = f", as far as {judged} of {len(causes)} causes can be judged" if unknown else ""
    return Verdict(f"Nothing on this path was full or blocked{of}.", "good", "no narrows", then, facts)


def _open_ones(causes: tuple[CauseResult, ...]) -> list[CauseResult]:
    """What is still possible. Where connects may time out a block of which nothing is known is among it, before tables
    that only load fills."""
    found = [one for one in causes if one.status.reaches(Status.POSSIBLE)]
    unknown = [one for one in causes if one.id == _BLOCK and one.status is Status.UNKNOWN]
    if unknown and any(CAUSES[one.id].explains_timeouts for one in found):
        place = next((n for n, one in enumerate(found) if CAUSES[one.id].rarity), len(found))
        found[place:place] = unknown
    return found


def _lasted(time: Lasting | None, *, alone: bool) -> str:
    """When it was, and how many failed of it where some did not and nothing else made any fail."""
    if time is None:
        return ""
    when = ""
    if time.over:
        once = time.last == time.first
        when = f"It was at {clock(time.first)}" if once else f"It lasted from {clock(time.first)} to {clock(time.last)}"
    elif time.began:
        when = f"It began at {clock(time.first)}"
    some = "" if time.share is None or not alone else f"{percent(time.share)} of the invocations failed meanwhile"
    said = "; ".join(one for one in (when, some) if one)
    return f" {said}." if said else ""


def _as_well(case: Case, diagnosis: Diagnosis, binding: CauseResult) -> str:
    """Other causes that are proved to have made connections fail."""
    others = [
        f"{_lower(cause_title(one.id))}{f' ({short_name(case, one.resource)})' if one.resource else ''}"
        for one in diagnosis.causes
        if one is not binding and one.status is Status.CONFIRMED and CAUSES[one.id].fails_connects and one.explains
    ]
    return f" Confirmed as well: {_listed(others)}." if others else ""


def _sentence(case: Case, cause: CauseResult) -> str:
    known = CAUSES[cause.id]
    name = f"{known.noun}{short_name(case, cause.resource)}" if cause.resource else _nameless(case, known)
    sentence = known.sentence.replace("{resource}", name) + known.mechanism(cause.mechanism).clause
    if cause.reason:
        sentence = with_names(case, cause.reason)
    if known.table is HopKind.NAT_GATEWAY:
        # Each of them counted errors of its own.
        others = [short_name(case, one) for one in cause.resources if one != cause.resource]
        if others:
            sentence += f"; nor {'has' if len(others) == 1 else 'have'} {named(others, _MOST_NAMED)}"
    measured = _measured(case, cause)
    return f"{sentence}: {measured}" if measured else sentence


def _nameless(case: Case, known: Cause) -> str:
    """What stands for a resource that no line names: any of a few destinations."""
    names = [one_line(name, 60) for name in case.destinations]
    if known.noun and 1 < len(names) <= _MOST_NAMED:
        return f"{known.noun}{' or '.join(names)}"
    return known.nameless


def _measured(case: Case, cause: CauseResult) -> str:
    """``12,000 of 20,000 connections``"""
    observed = cause.observed
    if observed is None:
        return ""
    if _closed_count(cause) and observed.high is not None:
        when = "" if observed.at is None else f" at {clock(observed.at)}"
        return f"{count(observed.low)} open{when}, and with closed ones that keep theirs {count(observed.high)} ports"
    if not observed.low:
        return ""
    seen, unit = readable(observed.low, observed.high, observed.unit)
    whole = capacity(case, cause)
    # More than it takes is no contradiction: there may be several destinations. But "of" would be one.
    same = observed.unit == "connections" or cause.limit is None or CAUSES[cause.id].table is None
    when = " at the peak" if observed.at is None else f" at {clock(observed.at)}"
    if whole is None or observed.low > whole or not same:
        return f"{seen} {unit}{when}"
    return f"{seen} of {readable(whole, whole, observed.unit)[0]} {unit}{when if observed.at is not None else ''}"


def capacity(case: Case, cause: CauseResult) -> int | None:
    """What the resource of a cause takes in all, in the unit of what was observed; None where that is not known."""
    if cause.limit is None or cause.resource is None or _closed_count(cause):
        return None
    return CAUSES[cause.id].capacity(read_ways(case), cause.resource, cause.limit.value)


def _closed_count(cause: CauseResult) -> bool:
    return CAUSES[cause.id].mechanism(cause.mechanism).closed_count


def _next(case: Case, diagnosis: Diagnosis, binding: CauseResult | None) -> str:
    following = diagnosis.next_narrows
    if following is None or (binding is not None and not _can_widen(binding)):
        return ""
    name = short_name(case, following.resource)
    title = cause_title(following.id)
    at = count(following.at_connections)
    if binding is not None:
        return f"Once that is widened, the next narrows is at {at} connections: {_lower(title)} ({name})."
    return f"What would fill first, at {at} connections: {_lower(title)} ({name})."


def _can_widen(cause: CauseResult) -> bool:
    """Whether it is a table or a limit, which more connections could fill again."""
    return CAUSES[cause.id].table is not None or cause.observed is not None


def _facts(case: Case, diagnosis: Diagnosis, binding: CauseResult | None) -> tuple[Fact, ...]:
    facts = []
    if binding is not None and binding.observed is not None:
        observed, limit = binding.observed, binding.limit
        unit = "connections, closed ones included" if _closed_count(binding) else observed.unit
        value, shown = readable(observed.low, observed.high, observed.unit)
        facts.append(Fact("Observed", value, unit if shown == observed.unit else shown))
        if limit is not None:
            whole = capacity(case, binding)
            times = whole // limit.value if whole else 1
            note = f"{times} × {count(limit.value)}, " if times > 1 else ""
            value, unit = readable(whole or limit.value, whole or limit.value, observed.unit)
            gigabits = f"{unit}, " if unit != observed.unit else ""
            facts.append(Fact("Limit", value, f"{note}{gigabits}{limit.certainty.value}"))
    else:
        active = [one for one in case.metrics.of("ActiveConnectionCount") if one.namespace == NAT_NAMESPACE]
        peak = max((one.largest() for one in active), default=None)
        if peak is not None:
            facts.append(Fact("Most active connections", count(peak), "of one NAT gateway"))
    if case.callers.sources:
        late = f"; {count(diagnosis.late)} invocations or answers timed out" if diagnosis.late else ""
        facts.append(Fact("Failed connects", count(diagnosis.failures or 0), f"as the callers saw it{late}"))
    following = diagnosis.next_narrows
    if following is not None and (binding is None or _can_widen(binding)):
        label = "Next narrows at" if binding is not None else "Would fill first at"
        facts.append(Fact(label, count(following.at_connections), f"connections: {cause_title(following.id)}"))
    return tuple(facts)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _lower(title: str) -> str:
    """A title inside a sentence; abbreviations and names keep their capitals."""
    first = title.split(" ", 1)[0]
    return title if first.isupper() or first in ("Hyperplane", "Lambda") else title[:1].lower() + title[1:]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
