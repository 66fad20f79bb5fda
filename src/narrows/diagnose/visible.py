"""What visibly went wrong, whatever the reason: over that no diagnosis says that all is well."""

from __future__ import annotations

from narrows.case.outcomes import AMBIGUOUS, FAILURES, CallerOutcome
from narrows.diagnose.common_rules import named_in_passing
from narrows.evidence.facts import Facts, once
from narrows.evidence.failures import unexplained_invocations, unknown_errors
from narrows.listing import counted

_UNANSWERED = 0.15
"""Share of a gateway's connection attempts without an established connection that noise does not make."""
_LONGEST = 160
"""Characters that are quoted of a line."""


@once
def visible_symptoms(facts: Facts) -> tuple[str, ...]:
    """Sentences on what failed or looks as if it did, the surest first; none where nothing did."""
    told = (*_told(facts), *_elsewhere(facts), *_unknown(facts), *_invocations(facts), *_unanswered(facts))
    return (*told, *_in_passing(facts))


def _told(facts: Facts) -> list[str]:
    symptoms = facts.symptoms
    totals = {outcome: symptoms.total(outcome) for outcome in (*FAILURES, *AMBIGUOUS)}
    return [f"{outcome.about.told_of(number)}." for outcome, number in _most_first(totals) if number]


def _in_passing(facts: Facts) -> list[str]:
    """Lines below the level of an error that name a destination in question beside what befell it, or warn of it."""
    said = []
    for outcome in FAILURES:
        number = named_in_passing(facts, outcome)
        if number:
            names = [one.destination for one in facts.symptoms.mentions(outcome) if one.destination]
            of = f" ({names[0]})" if names else ""
            said.append(f"{counted(number, 'line')} tell of {outcome.about.report}{of}.")
    return said


def _most_first(totals: dict[CallerOutcome, int]) -> list[tuple[CallerOutcome, int]]:
    return sorted(totals.items(), key=lambda one: (one[0].about.ambiguous, -one[1]))


def _elsewhere(facts: Facts) -> list[str]:
    said = []
    for outcome in FAILURES:
        places = facts.symptoms.places(outcome)
        if places:
            most = max(places, key=lambda name: (places[name], name))
            what = outcome.about.told_of(sum(places.values()))
            said.append(f"{what} of {most}, which is none of the destinations in question.")
    return said


def _unknown(facts: Facts) -> list[str]:
    errors = unknown_errors(facts)
    if not errors:
        return []
    counts: dict[str, int] = {}
    for one in errors:
        counts[one.text] = counts.get(one.text, 0) + one.count
    commonest = max(counts, key=lambda text: (counts[text], text))
    said = next((one.example for one in errors if one.text == commonest and one.example), commonest)
    quoted = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
    number = sum(counts.values())
    head = "the commonest" if len(counts) > 1 else "all alike"
    return [f"{counted(number, 'error line')} that narrows does not know, {head}: “{quoted}”."]


def _invocations(facts: Facts) -> list[str]:
    failed = unexplained_invocations(facts)
    if not failed.total:
        return []
    return [f"{counted(failed.total, 'invocation')} failed (Errors), and no line in the case tells of what."]


def _unanswered(facts: Facts) -> list[str]:
    said = []
    for gateway in facts.ways.gateways:
        nat = facts.nat(gateway)
        if nat.attempts is None or nat.unanswered is None:
            continue
        if nat.unanswered > _UNANSWERED * nat.attempts.total:
            said.append(
                f"{nat.unanswered:,} of {nat.attempts.total:,.0f} connection attempts through {facts.label(gateway)} "
                "became no connection."
            )
    return said
