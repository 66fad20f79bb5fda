"""``tls-handshake-timeout``: TCP connects, and the TLS handshake is not answered in time, or is cut."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import caller_logs
from narrows.diagnose.common_rules import never_seen, not_among_lines, reported, words_prove
from narrows.diagnose.model import Need, Status
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts


def examine(facts: Facts) -> Examination:
    """A library that says in which step it timed out had its SYN answered: no table on the path was full."""
    found = Examination("tls-handshake-timeout")
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.TLS_TIMED_OUT, CallerOutcome.TLS_CUT):
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
    elif _cut(found, facts):
        return found
    elif not found.evidence and not reported(found, facts, CallerOutcome.TLS_TIMED_OUT):
        not_among_lines(found, facts, CallerOutcome.TLS_TIMED_OUT)
        if not symptoms.known:
            found.needs(caller_logs(facts, "a library that timed out in the TLS handshake says so"))
    return found


def _cut(found: Examination, facts: Facts) -> bool:
    """Whether the other side closes connections before TLS is up: a proxy, a policy, a limit of its own, a crash. The
    words say where it happens, and not why."""
    cut = words_prove(
        found,
        facts,
        CallerOutcome.TLS_CUT,
        lambda times, since: (
            f"{times} TCP was connected and the connection was closed before TLS was up{since}: SYNs were answered, so "
            "that no table on the path was full."
        ),
    )
    if not cut:
        return False
    symptoms = facts.symptoms
    names = (*symptoms.destinations(CallerOutcome.TLS_CUT), *symptoms.places(CallerOutcome.TLS_CUT))
    found.explains, found.mechanism = cut, "cut"
    found.resource = names[0] if names else None
    found.reason = f"{names[0] if names else 'the destination'} cuts connections before TLS is up"
    found.caps(Status.LIKELY)
    return True


CAUSE = Cause(
    id="tls-handshake-timeout",
    title="TLS handshake fails",
    sentence="the TLS handshake with {resource} times out",
    nameless="the destination",
    remedy="Ask whoever runs the destination, or what inspects TLS on the way; keep connections and reuse them.",
    place=115,
    examine=examine,
    explains=(CallerOutcome.TLS_TIMED_OUT, CallerOutcome.TLS_CUT),
    needs=(Need.CALLER_LOGS,),
    mechanisms=(Mechanism("cut"),),
)
