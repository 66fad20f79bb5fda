"""``idle-timeout-reset``: a connection that was silent too long is forgotten on the way, and reset when it is used."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause
from narrows.diagnose.collecting import caller_logs, flow_logs, nat_metrics, topology
from narrows.diagnose.common_rules import never_seen, not_among_lines, reported
from narrows.diagnose.model import BoundLimit, Need, Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.facts import Facts, clock
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.listing import counted


def examine(facts: Facts) -> Examination:
    """Weigh the evidence: resets at the callers, silence at the NAT gateway."""
    found = Examination("idle-timeout-reset")
    found.limit = BoundLimit.of(NAT_IDLE_TIMEOUT)
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.RESET):
        return found
    resets = symptoms.total(CallerOutcome.RESET)
    if resets:
        found.explains = resets
        first = symptoms.first(CallerOutcome.RESET)
        since = "" if first is None else f", the first at {clock(first)}"
        found.supports(
            f"{counted(resets, 'connection')} were reset in use{since}.", symptoms.source(CallerOutcome.RESET), FAIR
        )
        _after_silence(found, facts)
    elif not reported(found, facts, CallerOutcome.RESET):
        not_among_lines(found, facts, CallerOutcome.RESET)
        if not symptoms.known:
            found.needs(caller_logs(facts, "shows whether connections are reset (ECONNRESET)"))
        return found
    else:
        found.at_most(Status.POSSIBLE)
    _silence_at_nat(found, facts)
    if resets:
        why = f"show RST from the NAT gateway after {NAT_IDLE_TIMEOUT.value} s of silence"
        found.needs(flow_logs(facts, why))
    return found


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


def _silence_at_nat(found: Examination, facts: Facts) -> None:
    gateways = facts.ways.gateways
    if not facts.ways.complete:
        found.at_most(Status.POSSIBLE)
        found.needs(topology(facts, facts.ways.gaps, "shows which NAT gateway the connections pass"))
    if not gateways:
        found.at_most(Status.POSSIBLE)
        return
    known = True
    rising = 0.0
    for gateway in gateways:
        reading = facts.nat(gateway).idle_timeouts
        if reading is None:
            known = False
        elif reading.total > 0:
            rising += reading.total
            found.resource = gateway
            found.supports(
                f"IdleTimeoutCount of {facts.label(gateway)} was {reading.total:,.0f} in all, first at "
                f"{clock(reading.first_above_zero or 0)}: so many connections fell silent for "
                f"{NAT_IDLE_TIMEOUT.value} s and were forgotten.",
                reading.source,
                STRONG,
            )
        elif reading.covers(facts.window) or any(reading.covers(span) for span in facts.spans_of_failure()):
            found.speaks_against(
                f"IdleTimeoutCount of {facts.label(gateway)} was 0 throughout: it forgot no connection.",
                reading.source,
                STRONG,
            )
        else:
            known = False
    if not rising:
        found.at_most(Status.POSSIBLE)
    if not known and not rising:
        found.needs(nat_metrics(facts, gateways, "IdleTimeoutCount rises when the gateway forgets silent connections"))


CAUSE = Cause(
    id="idle-timeout-reset",
    title="Idle timeout, then reset",
    sentence="connections that were silent too long are reset at {resource}",
    remedy="Open a new connection after a silence of more than four minutes, and retry once on a reset.",
    place=90,
    examine=examine,
    explains=(CallerOutcome.RESET,),
    needs=(Need.CALLER_LOGS, Need.TOPOLOGY, Need.NAT_METRICS, Need.FLOW_LOGS),
)
