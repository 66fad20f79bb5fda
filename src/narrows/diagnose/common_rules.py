"""Rules that several causes share: the symptom is there, or it is not."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.facts import Facts, clock
from narrows.diagnose.symptoms import AMBIGUOUS, FAILURES
from narrows.diagnose.weighing import FAIR, WEAK, Examination
from narrows.listing import counted

TRIED = (CallerOutcome.ESTABLISHED, *FAILURES)

_SAID = {
    CallerOutcome.TIMED_OUT: "timed out",
    CallerOutcome.REFUSED: "were refused",
    CallerOutcome.RESET: "were reset",
    CallerOutcome.NO_DESCRIPTOR: "found no free file descriptor (EMFILE)",
    CallerOutcome.NO_NAME: "could not resolve the name",
}
_REPORTED = {
    CallerOutcome.TIMED_OUT: "time-outs",
    CallerOutcome.REFUSED: "refused connections",
    CallerOutcome.RESET: "resets",
    CallerOutcome.NO_DESCRIPTOR: "missing file descriptors",
    CallerOutcome.NO_NAME: "names that could not be resolved",
}


def never_seen(found: Examination, facts: Facts, *outcomes: CallerOutcome) -> bool:
    """Exclude a cause when every attempt is in the case and none ended in what the cause makes of it."""
    symptoms = facts.symptoms
    if not symptoms.complete or symptoms.total(*outcomes):
        return False
    words = " or ".join(_SAID[one] for one in outcomes)
    tried = symptoms.total(*TRIED)
    found.excludes(f"Of {counted(tried, 'connect')} none {_singular(words)}.", symptoms.source())
    return True


def not_among_lines(found: Examination, facts: Facts, *outcomes: CallerOutcome) -> None:
    """Log lines that tell of other things: a little against a cause that would have left lines of its own."""
    symptoms = facts.symptoms
    if symptoms.known and not symptoms.total(*outcomes):
        words = " or ".join(_SAID[one] for one in outcomes)
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
    elif reported(found, facts, CallerOutcome.TIMED_OUT):
        pass
    elif symptoms.known:
        found.remarks("No connect that timed out is in the case.", symptoms.source(), supports=False)


def reported(found: Examination, facts: Facts, outcome: CallerOutcome) -> bool:
    """Take the free text of ``case.yaml`` for what it is worth, where nothing else tells what callers saw."""
    if facts.symptoms.failures or outcome not in facts.symptoms.reported:
        return False
    found.supports(f"The incident was reported with {_REPORTED[outcome]}.", "case.yaml, reported", WEAK)
    return True


def has_timeout_symptom(facts: Facts) -> bool:
    """Whether anything in the case says that connects time out."""
    symptoms = facts.symptoms
    return bool(symptoms.total(CallerOutcome.TIMED_OUT, *AMBIGUOUS) or CallerOutcome.TIMED_OUT in symptoms.reported)


def _singular(words: str) -> str:
    return words.replace("were ", "was ")
