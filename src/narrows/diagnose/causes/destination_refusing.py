"""``destination-refusing``: the destination answers every SYN with RST, whatever the load."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import caller_logs, nat_metrics
from narrows.diagnose.common_rules import (
    also_mentioned,
    gateway_may_refuse,
    nat_port_errors,
    never_seen,
    not_among_lines,
    reported,
)
from narrows.diagnose.model import Need, Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.callers import is_own_address
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import behind
from narrows.evidence.invocations import share_of_invocations
from narrows.listing import counted

_HARDLY_ANY = 0.01
"""Share of a gateway's attempts that were established, below which nobody gets through."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence: ECONNREFUSED alone does not tell a destination that is down from one that is full."""
    found = Examination("destination-refusing")
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.REFUSED):
        return found
    refused = symptoms.total(CallerOutcome.REFUSED)
    places = symptoms.places(CallerOutcome.REFUSED)
    if sum(places.values()) > refused:
        _elsewhere(found, facts, places)
        return found
    if not refused:
        if not reported(found, facts, CallerOutcome.REFUSED) and not also_mentioned(
            found, facts, CallerOutcome.REFUSED
        ):
            not_among_lines(found, facts, CallerOutcome.REFUSED)
            if not symptoms.known:
                found.needs(caller_logs(facts, "ECONNREFUSED shows it"))
        return found
    found.explains = refused
    names = symptoms.destinations(CallerOutcome.REFUSED)
    if symptoms.complete:
        _by_destination(found, facts, names)
    else:
        _by_lines(found, facts, refused, names)
    about = facts.case.destinations.get(str(found.resource))
    if about is not None and about.port is not None and not about.key.endswith(f":{about.port}"):
        clause = CAUSE.mechanism(found.mechanism).clause
        found.reason = f"destination {about.key} refuses connections on port {about.port}{clause}"
    return found


def _elsewhere(found: Examination, facts: Facts, places: Mapping[str, int]) -> None:
    """What refuses is none of the destinations of the case: another host, or the environment's own address."""
    place = max(places, key=lambda name: (places[name], name))
    number = sum(places.values())
    told = facts.symptoms.everywhere(CallerOutcome.REFUSED)
    found.resource, found.explains = place, number
    text = f"{counted(number, 'connect')} were refused (ECONNREFUSED), {places[place]:,} of them by {place}"
    known = ", ".join(facts.case.destinations) or "none is named"
    whose = "the execution environment itself" if is_own_address(place) else f"none of those in question ({known})"
    found.supports(f"{text}, which is {whose}.", told[0].source, STRONG)
    if number <= 1:
        found.at_most(Status.POSSIBLE)


def _by_destination(found: Examination, facts: Facts, names: tuple[str, ...]) -> None:
    symptoms = facts.symptoms
    for name in names or (None,):
        refused = symptoms.total(CallerOutcome.REFUSED, destination=name)
        established = symptoms.total(CallerOutcome.ESTABLISHED, destination=name)
        source = symptoms.source(CallerOutcome.REFUSED)
        where = f" to {name}" if name else ""
        if established:
            found.supports(f"{counted(refused, 'connect')}{where} were refused.", source, FAIR)
            found.speaks_against(f"{established:,} connects{where} succeeded: it does not refuse all.", source, STRONG)
            found.resource = found.resource or name
            continue
        found.resource, found.explains = name, refused
        text = f"All {refused:,} answers to connects{where} were refusals (ECONNREFUSED), from the first one on."
        if _may_be_the_gateway(facts, refused):
            found.supports(text, source, STRONG)
        else:
            found.proves(text, source)
        return


def _may_be_the_gateway(facts: Facts, refused: int) -> bool:
    """Whether a NAT gateway without ports can have refused all of them: it has ports for the first ones."""
    if not nat_port_errors(facts) or not gateway_may_refuse(facts):
        return False
    per_address = facts.assume("nat_connections_per_address")
    ports = sum(per_address * facts.ways.addresses(gateway) for gateway in facts.ways.gateways)
    alone = all(facts.ways.strangers(gateway) == () for gateway in facts.ways.gateways)
    return not alone or refused > ports


def _by_lines(found: Examination, facts: Facts, refused: int, names: tuple[str, ...]) -> None:
    """A refusal is an answer: something at that address says no. How many get through tells whether to all."""
    symptoms = facts.symptoms
    places = symptoms.places(CallerOutcome.REFUSED)
    found.resource = names[0] if names else max(places, key=lambda name: (places[name], name), default=None)
    first = symptoms.first(CallerOutcome.REFUSED)
    since = "" if first is None else f", the first at {clock(first)}"
    found.supports(
        f"{counted(refused, 'connect')} were refused (ECONNREFUSED){since}.",
        symptoms.source(CallerOutcome.REFUSED),
        STRONG,
    )
    if _every_invocation(found, facts, names):
        return
    through = _got_through(facts, names)
    if through is None:
        if refused <= 1:
            found.at_most(Status.POSSIBLE)  # one line is no outage
        gateway = facts.ways.gateways if _may_be_the_gateways(facts) else ()
        if gateway:
            found.at_most(Status.POSSIBLE)
            found.needs(
                nat_metrics(facts, gateway, "tells whether all connects are refused, or only those above a limit")
            )
        return
    established, attempts, source = through
    if established <= _HARDLY_ANY * attempts:
        found.supports(
            f"Of {attempts:,.0f} connection attempts through the NAT gateway {established:,.0f} were established.",
            source,
            STRONG,
        )
    else:
        found.mechanism = "some"
        found.speaks_against(
            f"{established:,.0f} of {attempts:,.0f} connection attempts through the NAT gateway were established: it "
            "does not refuse all.",
            source,
            WEAK,
        )


def _every_invocation(found: Examination, facts: Facts, names: tuple[str, ...]) -> bool:
    """Where every invocation of those minutes fails, and says so, nobody gets through."""
    share = share_of_invocations(facts, CallerOutcome.REFUSED, destination=names[0] if len(names) == 1 else None)
    if share is None or not share.nearly_all:
        return False
    found.supports(
        f"{share.failed:,.0f} of {share.of:,.0f} invocations failed in the minutes in which connects were refused.",
        share.source,
        FAIR,
    )
    return True


def _may_be_the_gateways(facts: Facts) -> bool:
    """Whether what refuses can be a NAT gateway without ports; to a destination inside the VPC there is none."""
    return gateway_may_refuse(facts) and nat_port_errors(facts) is None


def _got_through(facts: Facts, names: tuple[str, ...]) -> tuple[float, float, str] | None:
    """(established, attempts, source) over all gateways on the way, where only what refuses is behind them."""
    established = attempts = 0.0
    source = ""
    if not facts.ways.complete:
        return None
    if any(not behind(facts, name) <= set(names) for name in facts.ways.gateways):
        return None
    for gateway in facts.ways.gateways:
        nat = facts.nat(gateway)
        if nat.attempts is None or nat.established is None:
            return None
        established, attempts = established + nat.established.total, attempts + nat.attempts.total
        source = nat.established.source
    return (established, attempts, source) if attempts else None


CAUSE = Cause(
    id="destination-refusing",
    title="Destination refuses",
    sentence="{resource} refuses connections",
    noun="destination ",
    nameless="the destination",
    remedy="Ask whoever runs the destination: nothing listens at that address and port.",
    place=120,
    examine=examine,
    explains=(CallerOutcome.REFUSED,),
    needs=(Need.CALLER_LOGS, Need.NAT_METRICS),
    mechanisms=(Mechanism("some", ", though not every one: it restarts, or takes no more"),),
)
