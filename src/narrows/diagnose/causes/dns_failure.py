"""``dns-failure``: the name of the destination is not resolved, so that no SYN is sent."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import TRIED
from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import caller_logs
from narrows.diagnose.common_rules import never_seen, not_among_lines, reported, words_prove
from narrows.diagnose.model import BoundLimit, Need
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts
from narrows.limits import DNS_PACKETS
from narrows.listing import named

_MOST_NAMES = 3
"""In the first sentence."""


def examine(facts: Facts) -> Examination:
    """A name that could not be resolved is the error itself."""
    found = Examination("dns-failure")
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.NO_NAME):
        return found
    failed = words_prove(
        found, facts, CallerOutcome.NO_NAME, lambda times, since: f"{times} a name could not be resolved{since}."
    )
    if not failed:
        if not found.evidence and not reported(found, facts, CallerOutcome.NO_NAME):
            not_among_lines(found, facts, CallerOutcome.NO_NAME)
            if not symptoms.known:
                found.needs(caller_logs(facts, "names that could not be resolved prove it"))
        return found
    found.explains = failed
    names = (*symptoms.destinations(CallerOutcome.NO_NAME), *symptoms.places(CallerOutcome.NO_NAME))
    found.resource = names[0] if names else None
    if len(names) > 1:
        found.resources = tuple(names)
        found.reason = f"the names of {named(names, _MOST_NAMES)} are not resolved"
    source = symptoms.source(CallerOutcome.NO_NAME)
    if symptoms.complete:
        tried = symptoms.total(*TRIED)
        resolved = tried - failed
        if resolved:
            found.mechanism = "under-load"
            found.limit = BoundLimit.of(DNS_PACKETS)
            found.remarks(
                f"{resolved:,} of {tried:,} lookups succeeded: the resolver answers, but not always. Its limit of "
                f"{DNS_PACKETS.value:,} {DNS_PACKETS.unit} is known for instances, and not for Hyperplane ENIs.",
                source,
            )
        else:
            found.mechanism = "always"
            found.remarks(f"Not one of {tried:,} lookups succeeded: the name or the resolver is wrong.", source)
    return found


CAUSE = Cause(
    id="dns-failure",
    title="Name not resolved",
    sentence="the name of {resource} is not resolved",
    nameless="the destination",
    remedy="Cache what was resolved in the execution environment, and check the name and the resolver.",
    place=30,
    examine=examine,
    explains=(CallerOutcome.NO_NAME,),
    needs=(Need.CALLER_LOGS,),
    mechanisms=(
        Mechanism(
            "always",
            remedy="Correct the name, or associate its private hosted zone or resolver rule with this VPC.",
        ),
        Mechanism(
            "under-load",
            remedy="Cache what was resolved in the execution environment: the resolver answers, but not always.",
        ),
    ),
)
