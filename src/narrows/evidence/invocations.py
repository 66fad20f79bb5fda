"""How many invocations fail, of how many, and whether as many ran before: what a function's own metrics say."""

from __future__ import annotations

import math
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.evidence.accounting import BLUR
from narrows.evidence.facts import Facts, once
from narrows.evidence.failures import failures_to
from narrows.evidence.metrics import PEAK, Reading

NEARLY_ALL = 0.9
"""Share from which on hardly any is left."""
_ENOUGH_BEFORE = 3
"""Periods before the failures that must be known."""
_NO_HIGHER = 1.1
"""Times what it was before, that is no higher; small counts vary by as much as twice their root besides."""


@once
def nothing_failed(facts: Facts) -> bool:
    """Whether every function in question was watched throughout, and not one of its invocations failed."""
    errors = facts.invocation_errors
    if facts.symptoms.complete or not facts.case.functions or len(errors) < len(facts.case.functions):
        return False
    return all(reading.total == 0 and watched(facts, name, reading) for name, reading in errors.items())


def watched(facts: Facts, function: str, errors: Reading) -> bool:
    """Whether ``Errors`` of a function has a datapoint for each period in which it was invoked."""
    invocations = facts.function_metric("Invocations", function, ("Sum",))
    if invocations is None:
        return errors.covers(facts.window)
    moments = set(errors.moments.tolist())
    return not errors.partial and all(moment in moments for moment, value in invocations.points if value > 0)


@dataclass(frozen=True, slots=True)
class Share:
    """Invocations that failed, of those that ended, in the minutes of some failures and before the first of them."""

    failed: float
    of: float
    failed_before: float
    of_before: float
    source: str

    @property
    def nearly_all(self) -> bool:
        """Whether nearly every invocation failed in those minutes."""
        return self.of > 0 and self.failed >= NEARLY_ALL * self.of

    @property
    def began(self) -> bool:
        """Whether next to none had failed before."""
        return self.of_before > 0 and self.failed_before <= (1 - NEARLY_ALL) * self.of_before


@once
def share_of_invocations(facts: Facts, *outcomes: CallerOutcome, destination: str | None = None) -> Share | None:
    """What share of invocations failed while some outcome was seen; None where ``Errors`` or ``Invocations`` is not
    known of each function that saw it.

    CloudWatch counts an invocation when it begins, a log line stands where it ends. Of the periods in which it began
    and was over again, only those between count, where there are any.
    """
    seen = [one for one in failures_to(facts, destination, *outcomes).counts if one.minute >= 0]
    if not seen:
        return None
    failed = of = failed_before = of_before = 0.0
    source = ""
    for name in {one.function for one in seen}:
        errors = facts.invocation_errors.get(name or "")
        invocations = facts.function_metric("Invocations", name or "", ("Sum",))
        if errors is None or invocations is None or errors.stat != "Sum":
            return None
        source = errors.source
        minutes = [one.minute for one in seen if one.function == name]
        start, end = min(minutes) - max(BLUR, facts.longest(name or "")) - errors.period, max(minutes) + 60
        hit = [moment for moment, value in errors.points if start <= moment < end and value > 0]
        if not hit:
            continue
        during = [(moment, value) for moment, value in invocations.points if hit[0] <= moment <= hit[-1]]
        partly = [moment for moment, value in during if (errors.at(moment) or 0.0) < value]
        edges = {moment for moment in (hit[0], hit[-1]) if moment in partly}
        core = [one for one in during if one[0] not in edges] or during
        failed += sum(errors.at(moment) or 0.0 for moment, _ in core)
        of += sum(value for _, value in core)
        before = [(moment, value) for moment, value in invocations.points if moment < hit[0]]
        failed_before += sum(errors.at(moment) or 0.0 for moment, _ in before)
        of_before += sum(value for _, value in before)
    return Share(failed, of, failed_before, of_before, source)


@once
def load_was_as_high_before(facts: Facts, *outcomes: CallerOutcome, destination: str | None = None) -> str | None:
    """The source that tells that the load was as high before the first of some failures as when they began: then
    nothing that fills up with load had to fill up just then. None where it was higher, or is not known.

    Invocations that hang are more at once by themselves, so that their number tells as well as how many run at once.
    """
    first = failures_to(facts, destination, *outcomes).first
    if first is None:
        return None
    for metric, stats in (("Invocations", ("Sum",)), ("ConcurrentExecutions", PEAK)):
        begin = peak = 0.0
        source = ""
        for name in facts.case.functions:
            reading = facts.function_metric(metric, name, stats)
            before = [] if reading is None else [value for at, value in reading.points if at + reading.period <= first]
            if reading is None or len(before) < _ENOUGH_BEFORE:
                source = ""
                break
            begin, peak, source = begin + (reading.at(first) or 0.0), peak + max(before), reading.source
        if source and begin <= _NO_HIGHER * peak + 2 * math.sqrt(peak):
            return source
    return None
