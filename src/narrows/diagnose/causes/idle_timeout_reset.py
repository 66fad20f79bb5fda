"""``idle-timeout-reset``: a connection that was silent too long is forgotten on the way, and reset when it is used."""

from __future__ import annotations

from itertools import pairwise

from narrows.case.model import LONG_PAUSE, PAUSE, CallerOutcome
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import caller_logs, flow_logs, nat_metrics, topology
from narrows.diagnose.common_rules import also_mentioned, never_seen, not_among_lines, reported, words_prove
from narrows.diagnose.model import BoundLimit, Need, Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.accounting import BLUR
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import Failures, failures
from narrows.evidence.metrics import PEAK, Reading
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.listing import counted

_SEVERAL = 5
"""Resets from which on it means something that they came at once."""
_ALL_AT_ONCE = 0.8
"""Share of them that must lie in two minutes."""
_HALF = 0.5
_MORE_OFTEN = 3.0
"""Times as often as invocations in all that resets must come after a pause."""
_AFTER_PAUSES = 0.8
"""Share of the resets that must come after a pause."""
_MOST = 0.5
"""Share of the resets that must come after the gateway forgot a connection."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence: what a peer says, resets spread over time and after pauses, silence at the NAT gateway."""
    found = Examination("idle-timeout-reset")
    found.limit = BoundLimit.of(NAT_IDLE_TIMEOUT)
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.RESET, CallerOutcome.CLOSED_IDLE):
        return found
    if _says_so(found, facts) or _long_calls(found, facts):
        return found
    resets = failures(facts, CallerOutcome.RESET)
    if resets.total:
        found.explains = resets.total
        names = symptoms.destinations(CallerOutcome.RESET)
        found.resource = names[0] if names else None
        since = "" if resets.first is None else f", the first at {clock(resets.first)}"
        found.supports(f"{counted(resets.total, 'connection')} were reset in use{since}.", resets.source, FAIR)
        _after_silence(found, facts)
    elif not (reported(found, facts, CallerOutcome.RESET) or reported(found, facts, CallerOutcome.CLOSED_IDLE)):
        if not found.evidence and not also_mentioned(found, facts, CallerOutcome.RESET):
            not_among_lines(found, facts, CallerOutcome.RESET)
        if not symptoms.known:
            found.needs(caller_logs(facts, "shows whether connections are reset (ECONNRESET)"))
        return found
    else:
        found.at_most(Status.POSSIBLE)
    burst = _burst(found, facts, resets)
    pooled = not burst and _pooled(found, facts, resets)
    _silence_at_nat(found, facts, resets, burst, pooled)
    if resets.total:
        why = f"show RST from the NAT gateway after {NAT_IDLE_TIMEOUT.value} s of silence"
        found.needs(flow_logs(facts, why))
    return found


def _says_so(found: Examination, facts: Facts) -> bool:
    """Whether the peer says itself that it closed connections for their idleness: no matter then what a gateway did.

    Resets count with them where they came after a pause, and no further: who closes one may have to restart as well.
    """
    symptoms = facts.symptoms
    closed = words_prove(
        found,
        facts,
        CallerOutcome.CLOSED_IDLE,
        lambda times, since: f"{times} it is said of a connection that it was closed because nothing used it{since}.",
    )
    resets = failures(facts, CallerOutcome.RESET)
    if not closed or (closed == 1 and resets.total):
        return False
    after = sum(one.after_pause for one in resets.counts)
    if after:
        found.remarks(
            f"{counted(after, 'connection')} more {'was' if after == 1 else 'were'} reset after a pause.",
            resets.source,
        )
    names = (*symptoms.destinations(CallerOutcome.CLOSED_IDLE), *symptoms.places(CallerOutcome.CLOSED_IDLE))
    found.explains = closed + after
    found.resource = names[0] if names else None
    found.mechanism, found.limit = "stale-pooled-connection", None
    return True


def _long_calls(found: Examination, facts: Facts) -> bool:
    """Calls that wait for an answer longer than the gateway's idle timeout: it forgets them, and no answer comes."""
    if facts.symptoms.failures:
        return False
    for gateway in facts.ways.gateways:
        reading = facts.nat(gateway).idle_timeouts
        waiting = failures(facts, *AMBIGUOUS, via=gateway)
        if reading is None or not waiting.total or not _MOST * waiting.total <= reading.total <= 2 * waiting.total:
            continue
        callers = {one.function for one in waiting.counts}
        functions = [one for name, one in facts.ways.network.functions.items() if name in callers or None in callers]
        if not functions or any(one.timeout <= NAT_IDLE_TIMEOUT.value for one in functions):
            continue
        found.mechanism, found.resource, found.explains = "long-call", gateway, waiting.total
        found.reason = (
            f"calls through NAT gateway {gateway} wait for an answer longer than {NAT_IDLE_TIMEOUT.value} s, and it "
            "forgets their connections"
        )
        found.supports(
            f"IdleTimeoutCount of {facts.label(gateway)} was {reading.total:,.0f}, about as many as the "
            f"{counted(waiting.total, 'call')} that got no answer: each was silent for {NAT_IDLE_TIMEOUT.value} s "
            "while it waited, and was forgotten.",
            reading.source,
            STRONG,
        )
        found.supports("The functions may run for longer than that.", facts.source("functions"), WEAK)
        return True
    return False


def _burst(found: Examination, facts: Facts, resets: Failures) -> bool:
    """Resets all at once are a destination that restarts or a failover: silence ends one connection at a time."""
    minutes = resets.by_minute
    if sum(minutes.values()) < _SEVERAL:
        return False
    most = max(minutes.get(minute, 0) + minutes.get(minute + 60, 0) for minute in minutes)
    if most < _ALL_AT_ONCE * sum(minutes.values()):
        return False
    at = max(minutes, key=lambda minute: minutes.get(minute, 0) + minutes.get(minute + 60, 0))
    if _forgotten_before(facts, at) >= most or _paused_before(facts, at):
        return False
    found.at_most(Status.POSSIBLE)
    found.speaks_against(
        f"{most:,} of the {resets.total:,} came within two minutes, from {clock(at)} on: silence ends connections one "
        "by one, a restart all at once.",
        resets.source,
        STRONG,
    )
    return True


def _forgotten_before(facts: Facts, moment: int) -> float:
    """Connections that the NAT gateways had forgotten by then."""
    readings = [facts.nat(name).idle_timeouts for name in facts.ways.gateways]
    return sum(value for one in readings if one is not None for at, value in one.points if at <= moment + BLUR)


def _paused_before(facts: Facts, moment: int) -> bool:
    """Whether nothing was invoked for about the idle timeout before."""
    for name in facts.case.functions:
        reading = facts.function_metric("Invocations", name, ("Sum",))
        start = moment - NAT_IDLE_TIMEOUT.value
        if reading is None or reading.start > start:
            return False
        if any(value > 0 and start < at + reading.period <= moment for at, value in reading.points):
            return False
    return True


def _pauses_by_minute(facts: Facts, resets: Failures) -> tuple[int, int, int, int]:
    """(resets after a pause, of so many; invocations after one, of so many), by the metric Invocations: where a
    function did nothing, none of its environments did."""
    after = known = paused = of = 0
    for name in {one.function for one in resets.counts if one.function}:
        invoked = facts.function_metric("Invocations", name, ("Sum",))
        running = facts.function_metric("ConcurrentExecutions", name, PEAK)
        if invoked is None or running is None or invoked.period > PAUSE:
            continue
        busy = [moment for moment, value in invoked.points if value > 0]
        fresh = {later for earlier, later in pairwise(busy) if later - earlier > PAUSE}
        # Of the invocations of one minute the first of each environment begins after the pause.
        each = (min(invoked.at(moment) or 0.0, running.at(moment) or running.largest) for moment in fresh)
        paused, of = paused + round(sum(each)), of + round(invoked.total)
        for one in resets.counts:
            if one.function == name and one.minute > busy[0]:
                known += one.count
                after += one.count * (one.minute in fresh)
    return after, known, paused, of


def _pooled(found: Examination, facts: Facts, resets: Failures) -> bool:
    """Resets in the first use after a pause: the connection lay in a pool, and was closed meanwhile."""
    known = sum(one.pause_known for one in resets.counts)
    started = [one for one in facts.case.callers.invocations if one.pause_known]
    of = sum(one.pause_known for one in started)
    # Who closes idle connections may wait for as long as a NAT gateway: the pause that tells resets apart counts.
    after, paused, pause = sum(one.after_pause for one in resets.counts), sum(one.after_pause for one in started), PAUSE
    longer = sum(one.after_long_pause for one in resets.counts), sum(one.after_long_pause for one in started)
    if longer[0] >= _AFTER_PAUSES * known and longer[1] < paused:
        (after, paused), pause = longer, LONG_PAUSE
    if not known:
        after, known, paused, of = _pauses_by_minute(facts, resets)
    if not known:
        return False
    share, usual = after / known, paused / max(of, 1)
    # Beside those that went well, where each reset is one of the invocations that were counted.
    well = (paused - after) / (of - known) if of - known >= _SEVERAL and paused >= after else usual
    if share >= _HALF and share >= _MORE_OFTEN * min(usual, well):
        weight = STRONG
    elif share >= _AFTER_PAUSES:
        # Where nearly all begin after a pause, whatever fails does so after one; a long one outlasts most timeouts.
        all_long = _SEVERAL <= known == longer[0] < of
        weight = FAIR if usual < _AFTER_PAUSES or all_long else WEAK
    else:
        if known >= _SEVERAL:
            found.at_most(Status.POSSIBLE)
            found.speaks_against(
                f"Of {known:,} resets {known - after:,} came in an execution environment that had worked within the "
                "minute before.",
                resets.source,
                STRONG,
            )
        return False
    found.mechanism = "stale-pooled-connection"
    found.supports(
        f"{after:,} of {known:,} resets came in an execution environment that had done nothing for {pause} s or more; "
        f"so had {paused:,} of {of:,} invocations in all.",
        resets.source,
        weight,
    )
    return True


def _after_silence(found: Examination, facts: Facts) -> None:
    """No connection can have been silent for the idle timeout before it is that old."""
    symptoms = facts.symptoms
    first_use, first_reset = symptoms.first(CallerOutcome.ESTABLISHED), symptoms.first(CallerOutcome.RESET)
    if first_use is None or first_reset is None or not symptoms.complete:
        return
    gap = first_reset - first_use
    if gap + 60 >= NAT_IDLE_TIMEOUT.value:
        found.supports(
            f"The first reset came {gap // 60} minutes after the first connect.",
            symptoms.source(CallerOutcome.RESET),
            WEAK,
        )


def _silence_at_nat(found: Examination, facts: Facts, resets: Failures, burst: bool, pooled: bool) -> None:
    gateways = facts.ways.gateways
    if not facts.ways.complete:
        if not pooled:
            found.at_most(Status.POSSIBLE)
        found.needs(topology(facts, facts.ways.gaps, "shows which NAT gateway the connections pass"))
    known = True
    moves = False
    for gateway in gateways:
        reading = facts.nat(gateway).idle_timeouts
        if reading is None:
            known = False
        elif reading.total > 0:
            moves = _moves_along(found, facts, gateway, reading, burst) or moves
        elif reading.covers(facts.window) or any(reading.covers(span) for span in facts.spans_of_failure()):
            found.speaks_against(
                f"IdleTimeoutCount of {facts.label(gateway)} was 0 throughout: it forgot no connection.",
                reading.source,
                STRONG
                if not pooled and failures(facts, CallerOutcome.RESET, via=gateway).total == resets.total
                else WEAK,
            )
        else:
            known = False
    if not moves and not pooled:
        found.at_most(Status.POSSIBLE)
    if not known and not moves:
        found.needs(nat_metrics(facts, gateways, "IdleTimeoutCount rises when the gateway forgets silent connections"))


def _moves_along(found: Examination, facts: Facts, gateway: str, reading: Reading, burst: bool) -> bool:
    """Whether the gateway forgot connections before those resets that passed it: a connection that it forgot is reset
    when it is used again, be that much later."""
    its = failures(facts, CallerOutcome.RESET, via=gateway)
    text = (
        f"IdleTimeoutCount of {facts.label(gateway)} was {reading.total:,.0f} in all, first at "
        f"{clock(reading.first_above_zero or 0)}: so many connections fell silent for {NAT_IDLE_TIMEOUT.value} s and "
        "were forgotten."
    )
    forgotten = reading.first_above_zero or 0
    later = its.untimed + sum(number for minute, number in its.by_minute.items() if minute + BLUR >= forgotten)
    if not its.total or later < _MOST * its.total or burst:
        found.remarks(text, reading.source)
        return False
    found.resource = gateway
    found.reason = (
        f"NAT gateway {gateway} forgets connections that were silent too long, and resets them in their next use"
    )
    found.supports(text, reading.source, STRONG)
    return True


CAUSE = Cause(
    id="idle-timeout-reset",
    title="Idle timeout, then reset",
    sentence="connections to {resource} that were silent too long are found dead",
    nameless="the destination",
    remedy="Open a new connection after a silence of more than four minutes, and retry once on a reset.",
    place=90,
    examine=examine,
    explains=(CallerOutcome.RESET, CallerOutcome.CLOSED_IDLE, *AMBIGUOUS),
    needs=(Need.CALLER_LOGS, Need.TOPOLOGY, Need.NAT_METRICS, Need.FLOW_LOGS),
    mechanisms=(
        Mechanism("stale-pooled-connection", " by the next use after a pause"),
        Mechanism("long-call"),
    ),
)
