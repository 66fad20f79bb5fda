"""Failures with their place and time: each has a function, a destination, a minute and a kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from narrows.addresses import is_public
from narrows.case.model import CallerCount, CallerOutcome, UnknownError
from narrows.case.outcomes import AMBIGUOUS, FAILURES
from narrows.evidence.callers import is_own_address
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import Window
from narrows.network import EniKey, HopKind


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
    """Error lines that tell of nothing that is known, and that may be of a connection; without any, what ``Errors``
    counts."""
    kind = CallerOutcome.INVOCATION_TIMED_OUT
    lines = unknown_errors(facts)
    if not lines:
        return unexplained_invocations(facts)
    return Failures(
        tuple(
            CallerCount(one.minute, one.function, None, kind, one.count, one.source)
            for one in lines
            if not one.of_no_connection
        )
    )


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


def behind(facts: Facts, gateway: str) -> frozenset[str]:
    """The destinations in question that lie behind a NAT gateway."""
    return frozenset(
        way.destination for way in facts.ways.ways if way.resource == gateway and way.kind is HopKind.NAT_GATEWAY
    )
