"""``route-or-rule-blocked``: a route, security group or network ACL lets no SYN through, whatever the load."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause
from narrows.diagnose.collecting import caller_logs, nat_metrics, topology
from narrows.diagnose.common_rules import has_timeout_symptom, never_seen, timeouts_seen, unknown_rules, way_is_open
from narrows.diagnose.flow_logs import got_out, rejected_syns
from narrows.diagnose.model import Need, Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.facts import Facts, clock
from narrows.evidence.occupancy import lost_before_nat
from narrows.evidence.paths import Way
from narrows.listing import counted

_NEARLY_ALL = 0.95
"""Share of the SYNs that must be missing for nothing to have got through."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence: what the rules say first, then whether connects fail as such rules make them."""
    found = Examination("route-or-rule-blocked")
    if never_seen(found, facts, CallerOutcome.TIMED_OUT):
        return found
    blocked = facts.ways.blocked
    if blocked:
        _blocked(found, facts, blocked)
    elif way_is_open(facts):
        _open(found, facts)
    else:
        _not_known(found, facts)
    rejected_syns(found, facts)
    got_out(found, facts, "no route or rule held them up")
    return found


def _blocked(found: Examination, facts: Facts, blocked: tuple[Way, ...]) -> None:
    symptoms = facts.symptoms
    worst = max(blocked, key=lambda way: symptoms.total(CallerOutcome.TIMED_OUT, destination=way.destination))
    found.resource = worst.subnet or worst.function
    found.resources = tuple(dict.fromkeys(way.subnet or way.function for way in blocked))
    found.explains = 0 if symptoms.known else None
    alike: dict[tuple[str, str], list[Way]] = {}
    for way in facts.ways.ways:
        alike.setdefault((way.function, way.destination), []).append(way)
    for way in {(one.function, one.destination): one for one in blocked}.values():
        same = alike[way.function, way.destination]
        every = all(one.blocked for one in same)
        timed_out = symptoms.total(CallerOutcome.TIMED_OUT, function=way.function, destination=way.destination)
        succeeded = symptoms.total(CallerOutcome.ESTABLISHED, function=way.function, destination=way.destination)
        text, source = f"{_reason(way)}.", _source(facts, way)
        if every and succeeded:
            found.speaks_against(
                f"{text[:-1]}, and yet {counted(succeeded, 'connect')} succeeded: the rules were not these at the "
                "time.",
                source,
                STRONG,
            )
        elif timed_out:
            parts = "" if every else f" ({sum(bool(one.blocked) for one in same)} of {len(same)} subnets)"
            found.proves(f"{text[:-1]}{parts}, and {counted(timed_out, 'connect')} timed out.", source)
            found.explains = (found.explains or 0) + timed_out
        else:
            found.supports(text, source, STRONG)
    if not symptoms.known:
        found.needs(caller_logs(facts, "shows that connects fail, as they must where a rule blocks"))


def _reason(way: Way) -> str:
    reason = way.blocked or ""
    return reason[:1].upper() + reason[1:]


def _source(facts: Facts, way: Way) -> str:
    reason = way.blocked or ""
    kind = "security-groups" if "security group" in reason else "network-acls" if "ACL" in reason else "route-tables"
    return facts.source(kind)


def _open(found: Examination, facts: Facts) -> None:
    symptoms = facts.symptoms
    source = facts.source("route-tables")
    text = "Every route, security group and network ACL on the way lets the connections through"
    established = symptoms.total(CallerOutcome.ESTABLISHED)
    if symptoms.complete and established:
        found.excludes(f"{text}, and {established:,} connects succeeded.", source)
        return
    found.speaks_against(f"{text}.", source, STRONG)
    for gateway in facts.ways.gateways:
        reading = facts.nat(gateway).established
        if reading is not None and reading.total > 0:
            found.speaks_against(
                f"{facts.label(gateway)} established {reading.total:,.0f} connections from these subnets.",
                reading.source,
                STRONG if facts.ways.strangers(gateway) == () else WEAK,
            )


def _not_known(found: Examination, facts: Facts) -> None:
    found.at_most(Status.POSSIBLE)
    found.needs(topology(facts, unknown_rules(facts), "shows whether a route or rule blocks the connections"))
    if not has_timeout_symptom(facts):
        return
    symptoms = facts.symptoms
    if not symptoms.complete:
        if symptoms.total(CallerOutcome.TIMED_OUT):
            timeouts_seen(found, facts)
        return
    timed_out = symptoms.total(CallerOutcome.TIMED_OUT)
    established = symptoms.total(CallerOutcome.ESTABLISHED)
    source = symptoms.source(CallerOutcome.TIMED_OUT)
    if established:
        first = symptoms.first(CallerOutcome.TIMED_OUT)
        since = "" if first is None else f" and the first failed at {clock(first)}"
        found.speaks_against(f"{established:,} connects succeeded{since}: rules do not look at the load.", source, FAIR)
        return
    found.supports(f"Not one of {counted(timed_out, 'connect')} succeeded.", source, FAIR)
    lost = lost_before_nat(facts)
    if lost is not None and lost[0] >= _NEARLY_ALL * lost[1]:
        found.supports(
            f"Of {lost[1]:,} SYNs the NAT gateways saw {lost[1] - lost[0]:,}: they were lost before.", source, STRONG
        )
    elif lost is None and facts.ways.gateways:
        found.needs(nat_metrics(facts, facts.ways.gateways, "shows whether SYNs get as far as the NAT gateway"))


CAUSE = Cause(
    id="route-or-rule-blocked",
    title="Route or rule blocks",
    sentence="no connection gets out of {resource}",
    remedy="Mend the route, security group or network ACL that the evidence names.",
    place=60,
    examine=examine,
    explains=(CallerOutcome.TIMED_OUT,),
    needs=(Need.CALLER_LOGS, Need.TOPOLOGY, Need.NAT_METRICS),
)
