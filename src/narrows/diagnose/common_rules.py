"""Rules that several causes share: the symptom is there, or it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from narrows.case.model import CallerCount, CallerOutcome, Told
from narrows.case.outcomes import AMBIGUOUS, FAILURES, TRIED
from narrows.diagnose.model import Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.accounting import BLUR
from narrows.evidence.facts import Facts, clock, once
from narrows.evidence.failures import last_failure, unexplained_invocations
from narrows.evidence.invocations import nothing_failed
from narrows.listing import counted
from narrows.reachability import Reach

RULES = ("functions", "subnets", "route-tables", "security-groups", "network-acls")
"""Everything that can keep a SYN from getting through."""


_ABOUT = 0.05
"""How far two numbers lie apart that are the same but for the edges of the window."""


def way_is_open(facts: Facts) -> bool:
    """Whether every route and rule to every destination is known, and none blocks."""
    return facts.ways.complete and all(way.reach is Reach.OPEN for way in facts.ways.ways)


def way_is_open_here(facts: Facts) -> bool:
    """Whether no route or rule of this VPC blocks, as far as it goes: what lies beyond it may."""
    return facts.ways.complete and all(way.reach in (Reach.OPEN, Reach.BEYOND) for way in facts.ways.ways)


@once
def unknown_rules(facts: Facts) -> tuple[str, ...]:
    """Kinds of answers of AWS of which the case does not hold all that are on the ways.

    A file that was asked for with ``--filters`` or ``--group-ids`` may be there and not hold the one that matters.
    """
    absent = {kind for kind in RULES if kind not in facts.case.topology.known}
    absent.update(kind for way in facts.ways.ways if way.reach is Reach.UNKNOWN for kind in way.missing)
    return tuple(dict.fromkeys((*(kind for kind in RULES if kind in absent), *sorted(absent))))


@once
def nat_port_errors(facts: Facts) -> float | None:
    """``ErrorPortAllocation`` of all gateways on the way, as far as connects failed meanwhile; 0 where there is none;
    None where it is not known."""
    gateways = facts.ways.gateways
    if not facts.ways.gateways_known:
        # Beyond what leads to another VPC those of the case stand.
        gateways = facts.measured_gateways if facts.ways.complete else ()
        if not gateways:
            return None
    spans = facts.spans_of_failure()
    failing = facts.symptoms.span(*FAILURES, *AMBIGUOUS, before=BLUR)
    total = 0.0
    for gateway in gateways:
        nat = facts.nat(gateway)
        errors = nat.port_errors
        if errors is None or (errors.total == 0 and not nat.errors_zero(spans)):
            return None
        if failing is not None and errors.covers(failing):
            end = failing[1] + BLUR
            total += sum(value for at, value in errors.points if failing[0] < at + errors.period and at < end)
        else:
            total += errors.total
    return total


@once
def gateway_may_refuse(facts: Facts) -> bool:
    """Whether NAT gateways that answer for want of a port, instead of dropping, can be what refused the connects.

    AWS documents neither. One that answers does so once for each connect: it counts as many errors as it refuses.
    """
    errors = nat_port_errors(facts)
    refused = facts.symptoms.total(CallerOutcome.REFUSED)
    if errors is None:
        return facts.ways.may_pass_nat
    if errors < (1 - _ABOUT) * refused:
        return False
    alone = facts.symptoms.complete and all(facts.ways.strangers(gateway) == () for gateway in facts.ways.gateways)
    return not alone or errors <= (1 + _ABOUT) * refused


_SEVERAL = 5
"""Lines from which on errors that a function got over are more than a mishap."""
_OVER = 1800
"""Seconds without it, while other things go on to fail, from which on it is over."""
_ONE_HIT = 1
"""So many lines are an event, and no outage."""


def words_prove(found: Examination, facts: Facts, outcome: CallerOutcome, text: Callable[[str, str], str]) -> int:
    """Weigh what lines say that means one cause and nothing else; the number of failures that it accounts for.

    A word proves only as an error. Said once it is not an outage; mentioned where nothing failed it is hardly anything.

    Args:
        text: the sentence, from ``3 times`` and ``, the first at 12:05``.
    """
    symptoms = facts.symptoms
    told = symptoms.everywhere(outcome)
    number = sum(one.count for one in told)
    mentioned = symptoms.mentions(outcome)
    if not number:
        if mentioned:
            _only_mentioned(found, facts, outcome, mentioned)
        return 0
    first = min((one.minute for one in told if one.minute >= 0), default=None)
    since = "" if first is None else f", the first at {clock(first)}"
    sentence, source = text(counted(number, "time"), since), min(told, key=lambda one: one.minute).source
    last = max((one.minute for one in told if one.minute >= 0), default=None)
    if last is not None and last + _OVER <= last_failure(facts) and not symptoms.complete:
        found.caps(Status.POSSIBLE)
        found.supports(f"{sentence} The last was at {clock(last)}: what failed later is something else.", source, FAIR)
    elif number > _ONE_HIT or symptoms.complete:
        found.proves(sentence, source)
    else:
        found.supports(sentence, source, STRONG)
    return number


def _only_mentioned(found: Examination, facts: Facts, outcome: CallerOutcome, mentioned: Sequence[CallerCount]) -> None:
    """A word in passing says hardly anything, and nothing where no invocation failed; an error that the function got
    over says that it is there."""
    got_over = [one for one in mentioned if one.told is Told.ERROR]
    number = sum(one.count for one in got_over or mentioned)
    lines = counted(number, "line")
    what = outcome.about.label
    if got_over:
        verb = "tells" if number == 1 else "tell"
        text = f"{lines} {verb} of it ({what}), at a time when no invocation failed (Errors 0)."
        found.at_most(Status.POSSIBLE)
        found.supports(text, got_over[0].source, FAIR)
        return
    found.at_most(Status.POSSIBLE)
    text = f"{lines} {'mentions' if number == 1 else 'mention'} it ({what}) in passing, and not as an error."
    if nothing_failed(facts) and not named_in_passing(facts, outcome):
        found.remarks(text, mentioned[0].source)
    else:
        found.supports(text, mentioned[0].source, WEAK)


@once
def named_in_passing(facts: Facts, outcome: CallerOutcome) -> int:
    """Lines below the level of an error that name a destination in question and what befell it, and warnings that name
    no other place; 0 for a few."""
    number = sum(
        one.count
        for one in facts.symptoms.mentions(outcome)
        if (one.told is not Told.ERROR and one.destination is not None)
        or (one.told is Told.WARNED and one.elsewhere is None)
    )
    return number if number >= _SEVERAL else 0


def also_mentioned(found: Examination, facts: Facts, *outcomes: CallerOutcome) -> bool:
    """Take lines that mention an outcome, and tell of no failure, for the little that they are worth."""
    if facts.symptoms.total(*outcomes):
        return False
    mentioned = facts.symptoms.mentions(*outcomes)
    if mentioned:
        _only_mentioned(found, facts, mentioned[0].outcome, mentioned)
    return bool(mentioned)


def never_seen(found: Examination, facts: Facts, *outcomes: CallerOutcome) -> bool:
    """Exclude a cause when every attempt is in the case and none ended in what the cause makes of it."""
    symptoms = facts.symptoms
    if not symptoms.complete or symptoms.total(*outcomes):
        return False
    words = " or ".join(one.about.was for one in outcomes)
    tried = symptoms.total(*TRIED)
    found.excludes(f"Of {counted(tried, 'connect')} none {words}.", symptoms.source())
    return True


def not_among_lines(found: Examination, facts: Facts, *outcomes: CallerOutcome) -> None:
    """Log lines that tell of other things: a little against a cause that would have left lines of its own."""
    symptoms = facts.symptoms
    if symptoms.known and not symptoms.total(*outcomes):
        words = " or ".join(one.about.were for one in outcomes)
        found.speaks_against(f"No line in the case tells of connects that {words}.", symptoms.source(), WEAK)


def timeouts_seen(found: Examination, facts: Facts) -> None:
    """Connects that time out are the symptom of every full table."""
    symptoms, source = facts.symptoms, facts.symptoms.source(CallerOutcome.TIMED_OUT)
    timed_out = symptoms.total(CallerOutcome.TIMED_OUT)
    if timed_out:
        first = symptoms.first(CallerOutcome.TIMED_OUT)
        since = "" if first is None else f", the first at {clock(first)}"
        of = f" of {symptoms.total(*TRIED):,}" if symptoms.complete else ""
        found.supports(f"{counted(timed_out, 'connect')}{of} timed out{since}.", source, FAIR)
        return
    late = symptoms.total(*AMBIGUOUS)
    if late:
        found.supports(
            f"{counted(late, 'invocation or answer', 'invocations or answers')} timed out, which a connect that hangs "
            "may be the reason for.",
            symptoms.source(*AMBIGUOUS),
            WEAK,
        )
    elif unexplained_invocations(facts).total:
        failed = unexplained_invocations(facts)
        text = f"{counted(failed.total, 'invocation')} failed (Errors), and no line in the case tells of what."
        found.remarks(text, failed.source)
    elif reported(found, facts, CallerOutcome.TIMED_OUT) or also_mentioned(found, facts, CallerOutcome.TIMED_OUT):
        pass
    elif symptoms.known:
        found.remarks("No connect that timed out is in the case.", symptoms.source(), supports=False)


def reported(found: Examination, facts: Facts, outcome: CallerOutcome) -> bool:
    """Take the free text of ``case.yaml`` for what it is worth, where nothing else tells what callers saw."""
    if facts.symptoms.failures or outcome not in facts.symptoms.reported:
        return False
    found.supports(f"The incident was reported with {outcome.about.report}.", "case.yaml, reported", WEAK)
    return True


def has_timeout_symptom(facts: Facts) -> bool:
    """Whether anything in the case says that connects time out."""
    symptoms = facts.symptoms
    return bool(
        symptoms.total(CallerOutcome.TIMED_OUT, *AMBIGUOUS)
        or CallerOutcome.TIMED_OUT in symptoms.reported
        or symptoms.mentions(CallerOutcome.TIMED_OUT)
        or unexplained_invocations(facts).total
    )
