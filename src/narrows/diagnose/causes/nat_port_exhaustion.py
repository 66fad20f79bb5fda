"""``nat-port-exhaustion``: a NAT gateway has no source port left for a unique destination."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS, TRIED
from narrows.diagnose.cause import Cause, Counter, Mechanism
from narrows.diagnose.collecting import nat_metrics, topology
from narrows.diagnose.common_rules import gateway_may_refuse, has_timeout_symptom, timeouts_seen
from narrows.diagnose.flow_logs import got_out, nat_tables
from narrows.diagnose.model import BoundLimit, Need, Observed, Status
from narrows.diagnose.nat_sharers import whose_connections
from narrows.diagnose.neighbours import name_neighbours
from narrows.diagnose.plateaus import match, plateaus
from narrows.diagnose.sensed import churn_by_sensor
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.accounting import BLUR, Account, account, over_since
from narrows.evidence.callers import CONNECT_TIMEOUTS
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import Failures, behind, failed_in_all, likeliest
from narrows.evidence.metrics import NatEvidence, Reading
from narrows.evidence.occupancy import gateways_have_room
from narrows.limits import NAT_CONNECTIONS_PER_DESTINATION, NAT_CONNECTIONS_PER_SECOND
from narrows.listing import counted
from narrows.network import HopKind

_CONNECTIONS = "connections"
_ANSWERS_EACH = 0.95
"""A gateway that answers for want of a port counts an error for each connect that it refuses."""
_NOTABLE = 0.1
"""Share of the failures of the same minutes that port allocation errors must account for to be what made them."""
_MOSTLY = 0.8
"""Share of the capacity from which on the open connections alone fill it."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence for each NAT gateway on the way; the one with the most errors speaks for all."""
    found = Examination("nat-port-exhaustion")
    per_address = round(facts.assume("nat_connections_per_address"))
    found.limit = BoundLimit.assumed(NAT_CONNECTIONS_PER_DESTINATION, per_address)
    ways = facts.ways
    if not ways.may_pass_nat:
        found.excludes("No connection in question passes a NAT gateway.", facts.source("route-tables"))
        return found
    certain = ways.gateways_known
    suspects = ways.gateways if certain else facts.measured_gateways
    errors = {name: facts.nat(name).port_errors for name in suspects}
    full = {name: one for name, one in errors.items() if one is not None and one.total > 0}
    if full:
        _exhausted(found, facts, full, certain)
        nat_tables(found, facts, tuple(full))
        return found
    spans = facts.spans_of_failure()
    if certain and all(facts.nat(name).errors_zero(spans) for name in suspects):
        for name in suspects:
            _no_errors(found, facts, errors[name], name)
    else:
        _unmeasured(found, facts, suspects, errors)
    if certain and gateways_have_room(facts):
        found.speaks_against(
            "So few execution environments ran, and so few invocations, that they cannot have held or closed as many "
            "connections as the gateway has ports.",
            "cloudwatch/",
            STRONG,
        )
    if len(suspects) == 1:
        found.resource = suspects[0]
        found.observed = _active(facts, suspects[0])
    nat_tables(found, facts, suspects)
    got_out(found, facts, "each of them had a port")
    name_neighbours(found, facts)
    return found


def _exhausted(found: Examination, facts: Facts, full: dict[str, Reading], certain: bool) -> None:
    worst = max(full, key=lambda name: full[name].total)
    accounts = {name: account(errors, _of_its_kind(facts, name, errors, certain)) for name, errors in full.items()}
    if failed_in_all(facts):
        worst = max(full, key=lambda name: (accounts[name].failures, full[name].total))
    found.resource, found.resources = worst, tuple(full)
    for name, errors in full.items():
        _weigh(found, facts, name, errors, accounts[name], certain)
    # Where they leave for another VPC, the gateways of the case are those that stand there.
    if not certain and not facts.ways.leaves_for_nat and not set(full) <= facts.ways.led_to:
        found.remarks(
            "Whether the connections in question leave by this gateway is not known.", "case.yaml", supports=False
        )
        if len(facts.measured_gateways) > 1:
            found.at_most(Status.POSSIBLE)
        found.needs(topology(facts, facts.ways.gaps, "shows whether the functions leave by that gateway"))
    if failed_in_all(facts) or facts.symptoms.complete:
        found.explains = sum(one.failures for one in accounts.values())
    if found.explains:
        timeouts_seen(found, facts)
    _mechanism(found, facts, facts.nat(worst), full[worst])
    churn_by_sensor(found, facts)
    whose_connections(found, facts, worst, full[worst].largest_at)


def _of_its_kind(facts: Facts, gateway: str, errors: Reading, certain: bool) -> Failures:
    """The failures that a gateway without ports can make: connects through it that time out, or are refused where it
    answers instead of dropping."""
    kinds = [CONNECT_TIMEOUTS, AMBIGUOUS]
    refused = facts.symptoms.total(CallerOutcome.REFUSED)
    if refused and gateway_may_refuse(facts) and errors.total >= _ANSWERS_EACH * refused:
        kinds = [(*CONNECT_TIMEOUTS, CallerOutcome.REFUSED), AMBIGUOUS]
    if facts.symptoms.failures and not any(facts.symptoms.total(*kind) for kind in kinds):
        return Failures(())
    return likeliest(facts, kinds, gateway if certain else None)


def _weigh(found: Examination, facts: Facts, gateway: str, errors: Reading, accounted: Account, certain: bool) -> None:
    """What the errors of a gateway prove: that it had no port then, and of failures only what lies in their time."""
    at = errors.first_above_zero or 0
    label = facts.label(gateway)
    text = f"ErrorPortAllocation of {label} was {errors.total:,.0f} in all, first at {clock(at)}"
    failed = _of_its_kind(facts, gateway, errors, certain)
    if failed_in_all(facts) and not accounted.failures:
        why = "no connect through it failed within two minutes of that" if failed.total else (
            "nothing that failed is of a kind, or on a way, that it can make fail"
        )  # fmt: skip
        found.remarks(f"{text}: {why}, so it accounts for none.", errors.source)
        _none_meanwhile(found, facts, gateway, errors, failed)
        return
    text += ": the gateway had no free source port."
    over = over_since(errors)
    if over is not None and not accounted.failures:
        found.caps(Status.POSSIBLE)
        found.supports(f"{text} It has been 0 since {clock(over)}.", errors.source, FAIR)
        return
    if failed.total and accounted.failures < _NOTABLE * failed.total:
        found.at_most(Status.POSSIBLE)
        few = f"So few account for {accounted.failures:,} of {failed.total:,} failures."
        found.supports(f"{text} {few}", errors.source, WEAK)
    elif certain:
        found.proves(text, errors.source)
    else:
        found.supports(text, errors.source, STRONG)


def _none_meanwhile(found: Examination, facts: Facts, gateway: str, errors: Reading, failed: Failures) -> None:
    """Exclude the gateway where it had a port for each connect throughout the time of the failures."""
    if failed.first is None or failed.last is None or failed.untimed:
        return
    span = failed.first - BLUR, failed.last + 60
    inside = [value for moment, value in errors.points if span[0] < moment + errors.period and moment < span[1]]
    if errors.covers(span) and not any(inside):
        found.excludes(
            f"ErrorPortAllocation of {facts.label(gateway)} was 0 from {clock(span[0])} to {clock(span[1])}, when "
            "connects failed.",
            errors.source,
        )


def _mechanism(found: Examination, facts: Facts, nat: NatEvidence, errors: Reading) -> None:
    """Ports needed are those of open connections, and those of closed ones that the gateway has not let go yet."""
    active, moment = nat.active, errors.largest_at
    live = None if active is None else active.at(moment)
    if active is None or live is None:
        found.needs(nat_metrics(facts, [nat.gateway], "tells whether open or closed connections hold the ports"))
        return
    per_address = round(facts.assume("nat_connections_per_address"))
    addresses = facts.ways.addresses(nat.gateway)
    capacity = per_address * addresses
    rate, hold = nat.close_rate(moment), facts.assume("nat_hold_after_close")
    closing = 0.0 if rate is None else rate * hold
    found.observed = Observed(live, live + closing, _unit(facts, nat.gateway), moment)
    by_live = bool(capacity) and live >= _MOSTLY * capacity
    room = f"{capacity:,} ({counted(addresses, 'address', 'addresses')} x {per_address:,})"
    of = "" if not capacity else f" of {room}"
    if capacity and found.observed.unit != _CONNECTIONS:
        of = f" to all destinations, of which each unique one has {room}"
    if rate is None and not by_live:
        # Closed connections hold the rest, and nothing counts them.
        found.observed = found.observed if not capacity else None
        found.remarks(f"{live:,.0f} connections were open at {clock(moment)}{of}.", active.source)
        return
    if by_live or closing <= live:
        found.mechanism = "concurrency"
        found.remarks(f"{live:,.0f} connections were open at {clock(moment)}{of}.", active.source)
        return
    found.mechanism = "churn"
    found.remarks(
        f"Only {live:,.0f} connections were open at {clock(moment)}{of}, but {rate:,.0f} a second were closed, and "
        f"each holds its port for {hold:g} s more: {closing:,.0f} ports.",
        nat.established.source if nat.established else active.source,
    )
    sustained = NAT_CONNECTIONS_PER_SECOND.value * max(addresses, 1)
    if rate is not None and rate >= sustained * _MOSTLY:
        found.remarks(
            f"{rate:,.0f} new connections a second are about what {counted(max(addresses, 1), 'address', 'addresses')} "
            f"can sustain to one destination ({sustained:,}).",
            nat.established.source if nat.established else active.source,
        )


def _no_errors(found: Examination, facts: Facts, errors: Reading | None, gateway: str) -> None:
    if errors is None:
        return
    found.excludes(
        f"ErrorPortAllocation of {facts.label(gateway)} was 0 throughout ({counted(len(errors.moments), 'datapoint')}, "
        f"{clock(errors.start)} to {clock(errors.end)}).",
        errors.source,
    )


def _unmeasured(found: Examination, facts: Facts, suspects: tuple[str, ...], errors: dict[str, Reading | None]) -> None:
    """Without ``ErrorPortAllocation`` nothing but a number of connections at the capacity speaks for it."""
    at_capacity = False
    for name, reading in errors.items():
        if reading is not None:
            covered = any(reading.covers(span) for span in facts.spans_of_failure())
            gap = "" if covered else ", which do not cover the time of the failures"
            points = counted(len(reading.moments), "datapoint")
            found.speaks_against(
                f"ErrorPortAllocation of {facts.label(name)} was 0 in {points}{gap}.",
                reading.source,
                FAIR,
            )
    symptoms = facts.symptoms
    if symptoms.complete and not symptoms.total(CallerOutcome.TIMED_OUT, CallerOutcome.REFUSED):
        # SYNs may have been dropped and sent again in time: no proof, but nothing failed of it.
        found.speaks_against(
            f"Of {counted(symptoms.total(*TRIED), 'connect')} none timed out or was refused.", symptoms.source(), FAIR
        )
    elif has_timeout_symptom(facts):
        timeouts_seen(found, facts)
        at_capacity = _at_capacity(found, facts, suspects)
    if not at_capacity or any(reading is not None for reading in errors.values()):
        found.at_most(Status.POSSIBLE)
    elif failed_in_all(facts):
        found.explains = likeliest(facts, (CONNECT_TIMEOUTS, AMBIGUOUS), str(found.resource)).total
    why = "ErrorPortAllocation above 0 proves it, and 0 throughout rules it out"
    found.needs(
        nat_metrics(facts, suspects, why),
        topology(facts, facts.ways.gaps, "shows by which NAT gateway the functions leave"),
    )


def _at_capacity(found: Examination, facts: Facts, suspects: tuple[str, ...]) -> bool:
    """Whether a gateway's own count stood at what its addresses hold to its only destination."""
    measured = False
    per_address = round(facts.assume("nat_connections_per_address"))
    within = facts.timeouts_within()
    for name in suspects:
        active, addresses = facts.nat(name).active, facts.ways.addresses(name)
        points, source, what = facts.symptoms.opened(), facts.symptoms.source(), "connections that were established"
        period = 60
        if active is not None:
            points, source, period = list(active.points), active.source, active.period
            what = f"ActiveConnectionCount of {facts.label(name)}"
        at = match(plateaus(points, period, within), [per_address * addresses] if addresses else [], per_address)
        if at is not None:
            found.resource = name
            found.supports(
                f"The {what} stood at {at.plateau.level:,.0f} from {clock(at.plateau.start)} on, at the "
                f"{at.capacity:,.0f} that its {counted(addresses, 'address', 'addresses')} can hold to one "
                "destination.",
                source,
                min(at.weight, STRONG),
            )
            measured |= active is not None and len(behind(facts, name)) == 1
    return measured


def _active(facts: Facts, gateway: str) -> Observed | None:
    active = facts.nat(gateway).active
    return None if active is None else Observed(active.largest, active.largest, _unit(facts, gateway))


def _unit(facts: Facts, gateway: str) -> str:
    """What the metrics of a gateway count: to hold it against one table there must be one destination, and no other
    client."""
    behind = {way.destination for way in facts.ways.ways if way.resource == gateway}
    unique = sum(facts.ways.network.destinations[name].unique for name in behind)
    return _CONNECTIONS if unique <= 1 and not facts.ways.strangers(gateway) else f"{_CONNECTIONS} to all destinations"


CAUSE = Cause(
    id="nat-port-exhaustion",
    title="NAT gateway out of source ports",
    sentence="NAT gateway {resource} has no source ports left",
    remedy="Give the NAT gateway more addresses, or reuse connections; narrows plan finds the cheapest way.",
    place=70,
    rarity=1,
    examine=examine,
    explains=(CallerOutcome.TIMED_OUT, CallerOutcome.REFUSED),
    needs=(Need.NAT_METRICS, Need.TOPOLOGY),
    table=HopKind.NAT_GATEWAY,
    capacity=lambda ways, gateway, each: each * ways.addresses(str(gateway)) or None,
    counter=Counter("ErrorPortAllocation", "port allocation errors"),
    mechanisms=(
        Mechanism("concurrency"),
        Mechanism("churn", ", because short connections come and go", closed_count=True),
    ),
)
