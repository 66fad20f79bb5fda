"""``diagnose``: examine a case for every cause, weigh rivals against each other, and say what binds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from narrows.assumptions import Assumptions
from narrows.case.model import Case, Told
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.causes import CAUSES
from narrows.diagnose.collecting import topology, unusable_flow_logs
from narrows.diagnose.common_rules import named_in_passing
from narrows.diagnose.following import next_narrows
from narrows.diagnose.model import CauseResult, Diagnosis, Missing, Need, Status
from narrows.diagnose.visible import other_errors, visible_symptoms
from narrows.diagnose.weighing import FAIR, PROOF, STRONG, Examination
from narrows.evidence.facts import Facts
from narrows.evidence.failures import Failures, failed_in_all, unexplained_invocations
from narrows.evidence.invocations import nothing_failed
from narrows.evidence.lasting import Lasting, lasting
from narrows.given import given_case

_LEAD = FAIR
"""How much more must speak for one of several likely reasons for the same symptom, for it to be likelier."""


_SEVERAL = 5
"""Errors that no invocation failed of, from which on they are more than a mishap."""
_MOST_OF = 0.5
"""Share of the failures that a cause must account for to be the answer; one of less is seen as well."""


def diagnose(
    case: Case | str | os.PathLike[str], assumptions: Assumptions | None = None, *, facts: Facts | None = None
) -> Diagnosis:
    """Why connections fail: each cause with its status and evidence, what binds now, and what binds next.

    Looks at evidence only: neither at who wrote the case nor at ``truth.json``.

    Args:
        case: as ``read_case`` gives it, or the path of its folder.
        facts: what the case shows, where it has been read; with its own assumptions.
    """
    case = given_case(case, "diagnose_case")
    facts = facts or Facts(case, assumptions or case.assumptions)
    examined = {name: cause.examine(facts) for name, cause in CAUSES.items()}
    if nothing_failed(facts):
        for examination in examined.values():
            _without_failures(examination, facts)
    causes = [one.result(_among_rivals(one, examined)) for one in examined.values()]
    order = list(CAUSES)
    causes.sort(key=lambda one: (one.status.rank, -one.strength, _rarity(one), order.index(one.id)))
    binding = _binding(facts, causes)
    return Diagnosis(
        narrows=None if binding is None else binding.id,
        causes=tuple(causes),
        next_narrows=next_narrows(facts, binding),
        missing=_missing(facts, causes, examined),
        assumptions=tuple(facts.assumptions.printed(tuple(facts.used))),
        failures=facts.symptoms.failures if facts.symptoms.failures or facts.symptoms.complete else None,
        symptoms=visible_symptoms(facts),
        other_errors=other_errors(facts),
        nothing_failed=(nothing_failed(facts) and not facts.symptoms.told)
        or (facts.symptoms.complete and not failed_in_all(facts)),
        lasting=None if binding is None else _lasting(facts, binding),
        late=facts.symptoms.total(*AMBIGUOUS),
        names=case.topology.names,
    )


def _rarity(one: CauseResult) -> int:
    return CAUSES[one.id].rarity if one.status.reaches(Status.POSSIBLE) else 0


def _without_failures(examination: Examination, facts: Facts) -> None:
    """Where every invocation was counted and not one failed, nothing did harm, whatever was seen of it."""
    if not CAUSES[examination.cause].fails_connects:
        return
    told = facts.symptoms.everywhere(*CAUSES[examination.cause].explains)
    if told:
        # The handlers catch it, in a large part of their invocations.
        examination.caps(Status.LIKELY)
        examination.remarks("Not one invocation failed (Errors 0): the handlers catch it.", told[0].source)
        return
    got_over = [one for one in facts.symptoms.mentions(*CAUSES[examination.cause].explains) if one.told is Told.ERROR]
    if examination.strength == PROOF and sum(one.count for one in got_over) >= _SEVERAL:
        # A counter of AWS's own, and errors of its kind beside it.
        examination.caps(Status.LIKELY)
        return
    examination.caps(Status.POSSIBLE)
    if facts.symptoms.told:
        return
    if any(named_in_passing(facts, outcome) for outcome in CAUSES[examination.cause].explains):
        return
    errors = next(iter(facts.invocation_errors.values()))
    of_it = facts.symptoms.mentions(*CAUSES[examination.cause].explains)
    if facts.symptoms.known and all(one.told is Told.MENTIONED for one in of_it):
        text = "Not one invocation failed: Errors was 0 throughout, and no line of the logs tells of it."
        examination.excludes(text, errors.source)
        return
    examination.speaks_against("Not one invocation failed: Errors was 0 throughout.", errors.source, STRONG)


def _among_rivals(one: Examination, examined: dict[str, Examination]) -> Status:
    """Of several likely reasons for connects that time out only the one that leads clearly stays likely."""
    status = one.status()
    if status is not Status.LIKELY or not CAUSES[one.cause].explains_timeouts:
        return status
    rivals = [
        other.strength
        for name, other in examined.items()
        if name != one.cause
        and CAUSES[name].explains_timeouts
        and other.explains != 0
        and other.status() in (Status.LIKELY, Status.POSSIBLE)
    ]
    # What an open question holds down to possible is a rival all the same.
    return status if all(one.strength >= other + _LEAD for other in rivals) else Status.POSSIBLE


def _binding(facts: Facts, causes: list[CauseResult]) -> CauseResult | None:
    """The cause that binds connects now: of those that are likely or confirmed, the one that accounts for the most."""
    sure = [one for one in causes if one.status.reaches(Status.LIKELY)]
    order = list(CAUSES)
    enough = _MOST_OF * failed_in_all(facts)
    of_connects = [
        one
        for one in sure
        if CAUSES[one.id].fails_connects and one.explains != 0 and (one.explains is None or one.explains >= enough)
    ]
    if of_connects:
        # What is proved and does not say of how many it is may be of all.
        every = failed_in_all(facts)
        return min(
            of_connects,
            key=lambda one: (
                -(one.explains if one.explains is not None else every if one.status is Status.CONFIRMED else 0),
                one.status.rank,
                order.index(one.id),
            ),
        )
    if facts.symptoms.told or (facts.symptoms.reported and failed_in_all(facts)):
        return None
    # Where invocations failed and no line tells why, what fails no connects answers only if it says they are its own.
    open_ended = not unexplained_invocations(facts).total
    proved = (one for one in sure if one.status is Status.CONFIRMED)
    return next((one for one in proved if (open_ended if one.explains is None else one.explains >= enough)), None)


def _lasting(facts: Facts, binding: CauseResult) -> Lasting | None:
    """When what binds made connects fail; None of what holds invocations back: what failed beside it is not its own."""
    outcomes = CAUSES[binding.id].explains
    if not outcomes:
        return None
    place = binding.resource if isinstance(binding.resource, str) else None
    to = place if place in facts.case.destinations else None
    every = facts.symptoms.everywhere(*outcomes)
    if to is not None:
        every = tuple(one for one in every if one.destination in (None, to))
    elif place in facts.symptoms.places(*outcomes):
        every = tuple(one for one in every if one.elsewhere == place)
    sure = tuple(one for one in every if not one.outcome.about.ambiguous)
    failed = Failures(sure or every)
    if not failed.total and CAUSES[binding.id].explains_timeouts:
        outcomes = AMBIGUOUS
        failed = Failures(facts.symptoms.everywhere(*AMBIGUOUS))
    if not failed.total:
        failed = unexplained_invocations(facts)
    return lasting(facts, failed, outcomes, to)


def _telling(missing: Missing, status: Mapping[str, Status]) -> tuple[bool, bool, int]:
    """What to collect first: what only reads before what changes the account, for causes of which something is seen
    before those of which nothing is, and the cheapest and most telling first."""
    seen = any(status[reason.cause].reaches(Status.POSSIBLE) for reason in missing.reasons)
    # What is there and cannot be used needs a word, and nothing new.
    changes = missing.kind.changes_account and not missing.note
    return changes, not (seen or missing.note), list(Need).index(missing.kind)


def _missing(facts: Facts, causes: list[CauseResult], examined: dict[str, Examination]) -> tuple[Missing, ...]:
    """What would settle the causes that are not settled, the most telling first; the same requests once."""
    open_ones = [one for one in causes if one.status is not Status.RULED_OUT]
    wanted = [missing for one in open_ones for missing in examined[one.id].missing]
    kinds = frozenset[str]().union(*(missing.kinds for missing in wanted))
    whole = topology(facts, kinds, "")
    found: dict[str, Missing] = {}
    for missing in wanted:
        one = whole if missing.kinds and whole is not None else missing
        before = found[one.how].reasons if one.how in found else ()
        found[one.how] = replace(one, reasons=tuple(dict.fromkeys((*before, *missing.reasons))))
    status = {one.id: one.status for one in causes}
    asked = sorted(found.values(), key=lambda one: _telling(one, status))
    note = unusable_flow_logs(facts)
    if note and not any(one.kind is Need.FLOW_LOGS for one in asked):
        # A rule looked for them in vain: the answer would be another with them, whether or not a cause is still open.
        asked.append(Missing(Need.FLOW_LOGS, "flow logs that can be read", (), (), note, "narrows flowlogs --case ."))
    return tuple(asked)
