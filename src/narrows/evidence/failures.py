"""Failures with their place and time, and what a signal can account for of them.

A failure has a function, a destination, a minute and a kind; a signal (a metric that was above zero) has a table, a
span and a size. A signal counts for the failures whose way passes its table, in its time, and for no more of them than
it counted itself. What lies before, behind or elsewhere is told as what it is, and proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from narrows.addresses import is_public
from narrows.case.model import CallerCount, CallerOutcome, UnknownError
from narrows.case.outcomes import AMBIGUOUS, FAILURES
from narrows.evidence.callers import is_own_address
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import PEAK, Reading, Window
from narrows.network import EniKey, HopKind

BLUR = 120
"""Seconds between a signal and the failures that it makes: connects time out late, and CloudWatch counts by period."""

_ENOUGH_BEFORE = 3
"""Periods before the failures that must be known."""
_NO_HIGHER = 1.1
"""Times what it was before, that is no higher; small counts vary by as much as twice their root besides."""
_OVER = 3600
"""Seconds without anything from which on what was counted before is over."""
NEARLY_ALL = 0.9
"""Share from which on hardly any is left."""


@dataclass(frozen=True)
class Failures:
    """Some of the failures of a case."""

    counts: tuple[CallerCount, ...]

    @cached_property
    def total(self) -> int:
        """How many."""
        return sum(one.count for one in self.counts)

    @cached_property
    def by_minute(self) -> dict[int, int]:
        """How many by minute, in order of time; what carries no time is left out."""
        minutes: dict[int, int] = {}
        for one in self.counts:
            if one.minute >= 0:
                minutes[one.minute] = minutes.get(one.minute, 0) + one.count
        return dict(sorted(minutes.items()))

    @property
    def untimed(self) -> int:
        """How many carry no time."""
        return self.total - sum(self.by_minute.values())

    @property
    def first(self) -> int | None:
        """The first minute; None where none carries a time."""
        return min(self.by_minute, default=None)

    @property
    def last(self) -> int | None:
        """The last minute."""
        return max(self.by_minute, default=None)

    @property
    def source(self) -> str:
        """Where the first of them stands."""
        return min(self.counts, key=lambda one: one.minute).source if self.counts else "callers/"

    def within(self, span: Window) -> int:
        """How many in the minutes that a span touches; those that carry no time may be in any."""
        start, end = span
        return sum(number for minute, number in self.by_minute.items() if minute < end and start < minute + 60)


Via = str | tuple[EniKey, ...] | None
"""Where a way passes: a NAT gateway, any of some Hyperplane ENIs; None: wherever."""


@once
def failures(facts: Facts, *outcomes: CallerOutcome, via: Via = None) -> Failures:
    """What ended in one of these outcomes, on ways through a table where ``via`` names one.

    A line that names no destination may be of any way of its function; one that names another place is of no way in
    question, unless that place lies outside the VPC, where such ways lead as well.
    """
    wanted = frozenset(outcomes)
    if via is None or not facts.ways.ways:
        return Failures(tuple(one for one in facts.symptoms.counts if one.outcome in wanted))
    uses = _uses_of(facts, via)
    functions = {function for function, _ in uses}
    keys: dict[tuple[str | None, str | None], None] = dict.fromkeys(uses)
    keys |= dict.fromkeys((function, None) for function in functions)
    keys |= dict.fromkeys((None, destination) for _, destination in uses)
    if uses:
        keys[None, None] = None
    by_use, elsewhere = _by_use(facts), _by_function_elsewhere(facts)
    ours = [one for key in keys for one in by_use.get(key, ()) if one.outcome in wanted]
    names = (*functions, None) if functions else ()
    others = [one for name in names for one in elsewhere.get(name, ()) if one.outcome in wanted]
    return Failures((*ours, *others))


def _uses_of(facts: Facts, via: str | tuple[EniKey, ...]) -> dict[tuple[str, str], None]:
    """(function, destination) of each way that passes, or may pass, a table."""
    if isinstance(via, tuple):
        return {(way.function, way.destination): None for key in via for way in facts.ways.of_eni.get(key, ())}
    return {**_uses_of_gateways(facts).get(via, {}), **_uses_of_gateways(facts).get(None, {})}


@once
def _uses_of_gateways(facts: Facts) -> dict[str | None, dict[tuple[str, str], None]]:
    """By NAT gateway or endpoint; under None those whose way is not known, which may pass any."""
    found: dict[str | None, dict[tuple[str, str], None]] = {}
    for way in facts.ways.ways:
        unknown = way.kind is None and not way.blocked and way.subnet is not None
        if way.resource is not None or unknown:
            found.setdefault(way.resource, {})[way.function, way.destination] = None
    return found


@once
def _by_use(facts: Facts) -> dict[tuple[str | None, str | None], list[CallerCount]]:
    found: dict[tuple[str | None, str | None], list[CallerCount]] = {}
    for one in facts.symptoms.counts:
        found.setdefault((one.function, one.destination), []).append(one)
    return found


@once
def _by_function_elsewhere(facts: Facts) -> dict[str | None, list[CallerCount]]:
    """Outcomes of places that are none of the case's destinations, and may lie outside the VPC."""
    found: dict[str | None, list[CallerCount]] = {}
    for one in facts.symptoms.elsewhere:
        if one.elsewhere is not None and _is_public(one.elsewhere):
            found.setdefault(one.function, []).append(one)
    return found


@once
def failures_to(facts: Facts, destination: str | None, *outcomes: CallerOutcome) -> Failures:
    """What ended in one of these outcomes on the way to a destination; to any, where None; lines that name none too."""
    wanted = frozenset(outcomes)
    its = (None, destination)
    return Failures(
        tuple(
            one
            for one in facts.symptoms.counts
            if one.outcome in wanted and (destination is None or one.destination in its)
        )
    )


def timed_out_to(facts: Facts, destination: str | None) -> Failures:
    """Connects to a destination that timed out; where no line tells of any, the invocations that a hanging connect may
    have cut off."""
    told = failures_to(facts, destination, CallerOutcome.TIMED_OUT)
    return told if told.total else failures_to(facts, destination, *AMBIGUOUS)


def _is_public(place: str) -> bool:
    """Whether a host or address, with or without a port, may lie outside the VPC: every name may, but one's own."""
    if is_own_address(place):
        return False
    host = place.rpartition(":")[0] if place.count(":") == 1 or "]" in place else place
    try:
        return is_public(host.strip("[]"))
    except ValueError:
        return True


def likeliest(facts: Facts, kinds: Iterable[Sequence[CallerOutcome]], via: Via = None) -> Failures:
    """The failures of the first of several kinds that has any; where no line tells, what ``Errors`` counts."""
    for outcomes in kinds:
        some = failures(facts, *outcomes, via=via)
        if some.total:
            return some
    return unexplained_invocations(facts)


@once
def unexplained_invocations(facts: Facts) -> Failures:
    """Invocations that failed by the metric ``Errors``, where no log line of the case tells why."""
    if facts.symptoms.told or unknown_errors(facts):
        return Failures(())
    counts = []
    for name, errors in facts.invocation_errors.items():
        for moment, value in errors.points:
            if value > 0:
                minute = moment // 60 * 60
                outcome = CallerOutcome.INVOCATION_TIMED_OUT
                counts.append(CallerCount(minute, name, None, outcome, round(value), errors.source))
    return Failures(tuple(counts))


@once
def unknown_errors(facts: Facts) -> tuple[UnknownError, ...]:
    """Error lines of the functions in question, within the window, that tell of nothing that is known."""
    window, asked = facts.window, facts.asked
    return tuple(
        one
        for one in facts.case.callers.unknown_errors
        if (not asked or one.function is None or one.function in asked)
        and (window is None or one.minute < 0 or window[0] - 60 < one.minute < window[1])
    )


@once
def errors_of_unknown_reason(facts: Facts) -> Failures:
    """Error lines that tell of nothing that is known; without any, what ``Errors`` counts."""
    kind = CallerOutcome.INVOCATION_TIMED_OUT
    lines = [CallerCount(one.minute, one.function, None, kind, one.count, one.source) for one in unknown_errors(facts)]
    return Failures(tuple(lines)) if lines else unexplained_invocations(facts)


@once
def failed_in_all(facts: Facts) -> int:
    """Everything that failed, as far as lines and rows of the case tell; without any, what ``Errors`` counts."""
    symptoms = facts.symptoms
    named = sum(one.count for one in symptoms.everywhere(*FAILURES))
    unknown = sum(one.count for one in unknown_errors(facts))
    if named or unknown:
        # One invocation that fails may say so in several lines, of which one is known.
        invocations = failed_invocations(facts)
        return named + unknown if invocations is None else max(named, min(named + unknown, invocations))
    return sum(one.count for one in symptoms.everywhere(*AMBIGUOUS)) or unexplained_invocations(facts).total


@once
def last_failure(facts: Facts) -> int:
    """The minute of the last failure of any kind that carries a time, seconds since 1970; 0 where none does."""
    told = [one.minute for one in facts.symptoms.everywhere(*FAILURES, *AMBIGUOUS)]
    unknown = [one.minute for one in unknown_errors(facts)]
    return max((*told, *unknown, *unexplained_invocations(facts).by_minute), default=0)


@once
def failed_invocations(facts: Facts) -> int | None:
    """Invocations that failed, by the metric ``Errors`` or by what the logs show of each; None where neither tells."""
    errors = facts.invocation_errors
    if errors and len(errors) == len(facts.case.functions):
        return round(sum(reading.total for reading in errors.values()))
    ours = [one for one in facts.case.callers.invocations if not facts.asked or one.function in (None, *facts.asked)]
    return sum(one.failed for one in ours) if any(one.ended for one in ours) else None


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
    moments = {moment for moment, _ in errors.points}
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
        start, end = min(minutes) - BLUR - errors.period, max(minutes) + 60
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


def spans_above_zero(reading: Reading, blur: int = BLUR) -> tuple[Window, ...]:
    """When a metric was above zero, each stretch with what blurs it on both sides; stretches that touch are one."""
    spans: list[Window] = []
    for moment, value in reading.points:
        if value <= 0:
            continue
        start, end = moment - blur, moment + reading.period + blur
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
    return tuple(spans)


def over_since(reading: Reading) -> int | None:
    """Since when a counter has counted nothing more, where that is an hour or longer and it went on being asked for."""
    last = max((moment for moment, value in reading.points if value > 0), default=None)
    if last is None or reading.points[-1][0] - last < _OVER:
        return None
    return last + reading.period


@dataclass(frozen=True, slots=True)
class Account:
    """What a signal accounts for."""

    failures: int
    """Failures in its time, at most as many as it counted itself then."""
    counted: float
    """What it counted in the time of failures."""
    apart: float
    """What it counted when nothing failed that it could have made fail."""


def account(reading: Reading, failed: Failures, *, each: float = 1.0) -> Account:
    """How many of some failures a counter accounts for.

    Args:
        each: failures that one count can make, at most.
    """
    explained, counted, apart = 0, 0.0, 0.0
    untimed = failed.untimed
    for start, end in spans_above_zero(reading):
        size = sum(value for moment, value in reading.points if start <= moment < end)
        inside = failed.within((start, end))
        if inside or untimed:
            timed = min(inside, round(size * each))
            rest = min(untimed, round(size * each) - timed)
            explained, untimed, counted = explained + timed + rest, untimed - rest, counted + size
        else:
            apart += size
    return Account(explained, counted, apart)


def behind(facts: Facts, gateway: str) -> frozenset[str]:
    """The destinations in question that lie behind a NAT gateway."""
    return frozenset(
        way.destination for way in facts.ways.ways if way.resource == gateway and way.kind is HopKind.NAT_GATEWAY
    )
