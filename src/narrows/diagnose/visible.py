"""What visibly went wrong, whatever the reason: over that no diagnosis says that all is well."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.case.model import UnknownError
from narrows.case.outcomes import AMBIGUOUS, FAILURES, CallerOutcome
from narrows.diagnose.common_rules import named_in_passing
from narrows.evidence.facts import Facts, once
from narrows.evidence.failures import unexplained_invocations, unknown_errors
from narrows.listing import counted

_UNANSWERED = 0.15
"""Share of a gateway's connection attempts without an established connection that noise does not make."""
_LONGEST = 200
"""Characters that are quoted of a line."""


@once
def visible_symptoms(facts: Facts) -> tuple[str, ...]:
    """Sentences on what failed or looks as if it did, the surest first; none where nothing did."""
    told = (*_told(facts), *_elsewhere(facts), *other_errors(facts), *_invocations(facts), *_unanswered(facts))
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


def other_errors(facts: Facts) -> tuple[str, ...]:
    """What the error lines say that tell of no outcome of a connection; those that may be of one first."""
    errors = unknown_errors(facts)
    of_none = [one for one in errors if one.of_no_connection]
    others = [one for one in errors if not one.of_no_connection]
    said = []
    if others:
        said.append(_quoted(others, "that narrows does not know"))
    if of_none:
        verb = "tells" if sum(one.count for one in of_none) == 1 else "tell"
        said.append(_quoted(of_none, f"{verb} of no connection fault"))
    return tuple(said)


def _quoted(errors: Sequence[UnknownError], what: str) -> str:
    counts: dict[str, int] = {}
    for one in errors:
        counts[one.text] = counts.get(one.text, 0) + one.count
    commonest = max(counts, key=lambda text: (counts[text], text))
    example = next((one.example for one in errors if one.text == commonest and one.example), commonest)
    quote = example if len(example) <= _LONGEST else f"{example[:_LONGEST].rpartition(' ')[0] or example[:_LONGEST]} …"
    head = ", the commonest" if len(counts) > 1 else ""
    return f"{counted(sum(counts.values()), 'error line')} {what}{head}: “{quote}”."


def _invocations(facts: Facts) -> list[str]:
    failed = unexplained_invocations(facts)
    if not failed.total:
        return []
    number = counted(failed.total, "invocation")
    return [f"{number} failed (Errors), and no line of the case that narrows knows tells of what."]


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
