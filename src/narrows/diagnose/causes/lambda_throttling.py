"""``lambda-throttling``: Lambda starts no further execution environment, and turns invocations away."""

from __future__ import annotations

import re

from narrows.case.cloudwatch_names import LAMBDA_DIMENSION
from narrows.case.model import CallerCount, CallerOutcome
from narrows.case.outcomes import AMBIGUOUS, FAILURES
from narrows.diagnose.cause import Cause, Counter, Mechanism
from narrows.diagnose.collecting import function_metrics, quotas
from narrows.diagnose.model import BoundLimit, Need, Observed, Status
from narrows.diagnose.plateaus import plateaus
from narrows.diagnose.weighing import FAIR, Examination
from narrows.evidence.accounting import account
from narrows.evidence.callers import CONNECT_TIMEOUTS
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import Failures, failed_in_all, unexplained_invocations, unknown_errors
from narrows.evidence.metrics import PEAK, Reading
from narrows.limits import CONCURRENT_EXECUTIONS, SCALE_UP_ENVIRONMENTS
from narrows.listing import named

_UNIT = "concurrent executions"
_AT = 0.98
"""Share of a concurrency limit at which it is reached: the metric samples."""

_SAYS_SO = re.compile(r"throttl|rate exceeded|too ?many ?requests|concurrent invocation", re.IGNORECASE)
"""What Lambda says to a caller that it turns away (AWS Lambda API reference, Invoke: TooManyRequestsException)."""


def examine(facts: Facts) -> Examination:
    """``Throttles`` counts it. It holds invocations back; a connect that times out belongs to one that was let in."""
    found = Examination("lambda-throttling")
    readings = {name: facts.function_counter("Throttles", name) for name in facts.case.functions}
    throttled = {name: one for name, one in readings.items() if one is not None and one.total > 0}
    if not throttled:
        spans = (facts.window, facts.symptoms.span(*FAILURES))
        quiet = [one for one in readings.values() if one is not None and any(one.covers(span) for span in spans)]
        if readings and len(quiet) == len(readings):
            found.excludes(f"Throttles of {named([*readings])} was 0 throughout.", quiet[0].source)
        else:
            found.needs(function_metrics(facts, "Throttles above 0 proves it, and 0 throughout rules it out"))
        return found
    worst = max(throttled, key=lambda name: throttled[name].total)
    found.resource, found.resources = worst, tuple(throttled)
    for name, reading in throttled.items():
        _throttled(found, facts, name, reading)
    _mechanism(found, facts, worst, throttled[worst])
    failures = failed_in_all(facts)
    if failures and not facts.symptoms.told:
        # A function that calls another one is turned away by it, and fails.
        found.explains = sum(account(one, _turned_away(facts)).failures for one in throttled.values())
    elif failures:
        found.explains = 0
        found.remarks(
            f"A throttled invocation opens no connection: this does not account for the {failures:,} that failed.",
            facts.symptoms.source(*FAILURES),
            supports=False,
        )
    return found


def _turned_away(facts: Facts) -> Failures:
    """Failures that a function which calls a throttled one can have: its lines say so, or nothing says anything."""
    errors = [one for one in unknown_errors(facts) if _SAYS_SO.search(one.text)]
    kind = CallerOutcome.INVOCATION_TIMED_OUT
    lines = [CallerCount(one.minute, one.function, None, kind, one.count, one.source) for one in errors]
    return Failures(tuple(lines)) if lines else unexplained_invocations(facts)


def _throttled(found: Examination, facts: Facts, name: str, reading: Reading) -> None:
    invocations = facts.function_metric("Invocations", name, ("Sum",))
    of = ""
    if invocations is not None and reading.stat == "Sum":
        of = f" beside {invocations.total:,.0f} invocations"
    since = reading.first_above_zero
    text = f"Throttles of {name} was {reading.total:,.0f}{of}, first at {clock(since or 0)}"
    failed = Failures(facts.symptoms.everywhere(*FAILURES, *AMBIGUOUS)) if facts.symptoms.told else _turned_away(facts)
    if failed_in_all(facts) and not account(reading, failed).counted:
        found.caps(Status.POSSIBLE)
        found.supports(f"{text}, when nothing failed: Lambda turned invocations away then.", reading.source, FAIR)
        return
    if facts.symptoms.told and not facts.symptoms.total(*CONNECT_TIMEOUTS, CallerOutcome.INVOCATION_TIMED_OUT):
        # It happened in the same minutes; what failed by its own word failed of something else.
        found.caps(Status.LIKELY)
    found.proves(f"{text}: Lambda turned invocations away.", reading.source)


def _of_all_functions(facts: Facts) -> float:
    """The most that ran at once of all functions whose concurrency is in the case."""
    names = facts.case.metrics.resources("ConcurrentExecutions", LAMBDA_DIMENSION)
    readings = [one for name in names if (one := facts.function_metric("ConcurrentExecutions", name, PEAK)) is not None]
    moments = {moment for one in readings for moment, _ in one.points}
    return max((sum(one.at(moment) or 0.0 for one in readings) for moment in moments), default=0.0)


def _mechanism(found: Examination, facts: Facts, name: str, throttles: Reading) -> None:
    running = facts.function_metric("ConcurrentExecutions", name, PEAK)
    function = facts.case.topology.network.functions.get(name)
    reserved = function.reserved_concurrency if function else None
    code = CONCURRENT_EXECUTIONS.quota_code or ""
    account = facts.case.quotas.get(code)
    if running is None:
        found.needs(function_metrics(facts, "ConcurrentExecutions tells which limit throttles"))
        return
    peak = running.largest
    if reserved is not None and peak >= _AT * reserved:
        found.mechanism = "reserved-concurrency"
        found.observed = Observed(peak, peak, _UNIT)
        found.reason = f"Lambda throttles {name} at its reserved concurrency"
        found.remarks(
            f"ConcurrentExecutions of {name} peaked at {peak:,.0f}, its reserved concurrency is {reserved:,}.",
            running.source,
        )
        return
    every = _of_all_functions(facts)
    if account is not None and max(peak, every) >= _AT * account:
        found.mechanism = "account-concurrency"
        found.limit = BoundLimit.of(CONCURRENT_EXECUTIONS, int(account))
        found.observed = Observed(max(peak, every), max(peak, every), _UNIT)
        found.reason = f"Lambda throttles {name} at the account's limit"
        whose = f"of {name} peaked at {peak:,.0f}"
        if every > peak:
            whose = f"of all functions in the case together peaked at {every:,.0f}"
        found.remarks(
            f"ConcurrentExecutions {whose}, the account's quota {code} is {account:,.0f}.",
            running.source,
        )
        return
    if account is None:
        found.needs(quotas(facts, "lambda", "the applied quota of concurrent executions tells which limit throttles"))
    if reserved is None and account is not None and peak < _AT * account:
        if plateaus(running.points, running.period, (throttles.start, throttles.end - throttles.period)):
            found.mechanism = "reserved-concurrency"
            found.observed = Observed(peak, peak, _UNIT)
            found.remarks(
                f"ConcurrentExecutions of {name} stood at {peak:,.0f}, below the {account:,.0f} of the account: a "
                "limit of its own holds it there.",
                running.source,
            )
            return
        found.mechanism = "scale-up-rate"
        found.limit = BoundLimit.of(SCALE_UP_ENVIRONMENTS)
        found.remarks(
            f"ConcurrentExecutions of {name} peaked at {peak:,.0f} of {account:,.0f} that the account allows; a "
            f"function may add {SCALE_UP_ENVIRONMENTS.value:,} {SCALE_UP_ENVIRONMENTS.unit}.",
            running.source,
        )


CAUSE = Cause(
    id="lambda-throttling",
    title="Lambda throttles",
    sentence="Lambda throttles {resource}",
    remedy="Raise the limit that the evidence names, or spread the load over time.",
    place=10,
    examine=examine,
    explains=(),
    needs=(Need.FUNCTION_METRICS, Need.QUOTAS),
    counter=Counter("Throttles", "invocations throttled"),
    mechanisms=(
        Mechanism("reserved-concurrency", remedy="Raise the function's reserved concurrency, or make it faster."),
        Mechanism(
            "account-concurrency",
            remedy="Ask for a higher quota of concurrent executions, or reserve concurrency for what must run.",
        ),
        Mechanism(
            "scale-up-rate",
            remedy="Spread the rise over time, or keep environments ready with provisioned concurrency.",
        ),
    ),
)
