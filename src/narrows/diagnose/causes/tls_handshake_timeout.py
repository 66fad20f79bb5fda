"""``tls-handshake-timeout``: TCP connects, and the TLS handshake is not answered in time."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause
from narrows.diagnose.collecting import caller_logs
from narrows.diagnose.common_rules import never_seen, not_among_lines, reported, words_prove
from narrows.diagnose.model import Need
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts


def examine(facts: Facts) -> Examination:
    """A library that says in which step it timed out had its SYN answered: no table on the path was full."""
    found = Examination("tls-handshake-timeout")
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.TLS_TIMED_OUT):
        return found
    failed = words_prove(
        found,
        facts,
        CallerOutcome.TLS_TIMED_OUT,
        lambda times, since: (
            f"{times} TCP was connected and the TLS handshake timed out{since}: SYNs were answered, so that no table "
            "on the path was full."
        ),
    )
    if failed:
        found.explains = failed
        names = (*symptoms.destinations(CallerOutcome.TLS_TIMED_OUT), *symptoms.places(CallerOutcome.TLS_TIMED_OUT))
        found.resource = names[0] if names else None
    elif not found.evidence and not reported(found, facts, CallerOutcome.TLS_TIMED_OUT):
        not_among_lines(found, facts, CallerOutcome.TLS_TIMED_OUT)
        if not symptoms.known:
            found.needs(caller_logs(facts, "a library that timed out in the TLS handshake says so"))
    return found


CAUSE = Cause(
    id="tls-handshake-timeout",
    title="TLS handshake times out",
    sentence="the TLS handshake with {resource} times out",
    nameless="the destination",
    remedy="Ask whoever runs the destination, or what inspects TLS on the way; keep connections and reuse them.",
    place=115,
    examine=examine,
    explains=(CallerOutcome.TLS_TIMED_OUT,),
    needs=(Need.CALLER_LOGS,),
)
