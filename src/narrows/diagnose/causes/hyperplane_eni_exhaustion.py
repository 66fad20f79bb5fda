"""``hyperplane-eni-exhaustion``: the table of a Hyperplane ENI is full, and drops SYNs without a metric or an error."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS, TRIED
from narrows.diagnose.cause import Cause
from narrows.diagnose.collecting import caller_logs, flow_logs, nat_metrics, topology
from narrows.diagnose.common_rules import has_timeout_symptom, never_seen, timeouts_seen, unknown_rules
from narrows.diagnose.flow_logs import eni_tables
from narrows.diagnose.model import BoundLimit, Need, Observed, Status
from narrows.diagnose.neighbours import name_neighbours
from narrows.diagnose.plateaus import FLATNESS, Match, during, match, plateaus
from narrows.diagnose.sensed import enis_by_sensor
from narrows.diagnose.unanswered import answers_behind_nat, left_unanswered, other_destination_alive
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import failures, unexplained_invocations
from narrows.evidence.occupancy import (
    FAR_BELOW,
    Occupancy,
    capacities,
    lost_before_nat,
    most_by_descriptors,
    occupancies,
    occupancies_by_key,
    shares,
)
from narrows.evidence.paths import EniGroup
from narrows.evidence.tables import seen_on_eni
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS
from narrows.listing import counted
from narrows.network import EniKey, HopKind
from narrows.words import percent

_CLEARLY_BELOW = 0.9
"""Share of its capacity below which a table is not full, whatever opens and closes in it."""
_MOST_OF = 0.5
"""Share of the timed-out connects that must be missing behind the ENI for the loss to account for them."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence for each group of ENIs; the one that most speaks for stands for all."""
    groups = facts.ways.groups
    if not groups:
        return _no_groups(facts)
    found = max((_examine_group(facts, group) for group in groups), key=lambda one: one.strength)
    name_neighbours(found, facts)
    return found


def _new() -> Examination:
    found = Examination("hyperplane-eni-exhaustion")
    found.limit = BoundLimit.of(HYPERPLANE_ENI_CONNECTIONS)
    return found


def _no_groups(facts: Facts) -> Examination:
    found = _new()
    if facts.ways.complete:
        found.excludes("No function in question is attached to a VPC.", facts.source("functions"))
    elif not never_seen(found, facts, CallerOutcome.TIMED_OUT):
        found.at_most(Status.POSSIBLE)
        if has_timeout_symptom(facts):
            timeouts_seen(found, facts)
        found.needs(topology(facts, facts.ways.gaps, "shows which ENIs the connections leave by"))
    return found


def _examine_group(facts: Facts, group: EniGroup) -> Examination:
    found = _new()
    found.resource, found.resources = group.keys[0], group.keys
    seen = occupancies(facts, group)
    _observe(found, facts, group)
    if facts.symptoms.complete and not facts.symptoms.total(CallerOutcome.TIMED_OUT):
        # SYNs may have been dropped and sent again in time: no proof, but nothing failed of it.
        tried = counted(facts.symptoms.total(*TRIED), "connect")
        found.speaks_against(f"Of {tried} none timed out.", facts.symptoms.source(), FAIR)
        _not_full(found, facts, group, seen, lost=False)
        return found
    timed_out = failures(facts, CallerOutcome.TIMED_OUT, via=group.keys).total
    if facts.symptoms.total(CallerOutcome.TIMED_OUT) and not timed_out:
        found.excludes("No connect that timed out passes this ENI.", facts.symptoms.source(CallerOutcome.TIMED_OUT))
        return found
    if not has_timeout_symptom(facts):
        found.at_most(Status.POSSIBLE)
        if not facts.symptoms.known:
            found.needs(caller_logs(facts, "shows whether connects time out, as they do when an ENI is full"))
    timeouts_seen(found, facts)
    if facts.symptoms.known:
        found.explains = timed_out or failures(facts, *AMBIGUOUS, via=group.keys).total
    _descriptors_bound(found, facts, group)
    _nat_had_room(found, facts, group)
    lost = _lost_before_nat(found, facts)
    full = _full(found, facts, group, seen)
    if not full:
        _not_full(found, facts, group, seen, lost)
    elif not found.explains:
        found.explains = unexplained_invocations(facts).total
    if full is None and not lost:
        found.at_most(Status.POSSIBLE)
    eni_tables(found, facts)
    enis_by_sensor(found, facts)
    answers_behind_nat(found, facts, group.gateways)
    other_destination_alive(found, facts)
    _ask(found, facts, group)
    return found


def _descriptors_bound(found: Examination, facts: Facts, group: EniGroup) -> None:
    """So few environments were there at once that all their descriptors together do not fill an ENI."""
    bounds = [most_by_descriptors(facts, key) for key in group.keys]
    if not bounds or any(one is None for one in bounds):
        return
    most, environments, source = max(one for one in bounds if one is not None)
    rates = [
        facts.nat(name).close_rate(moment) or 0.0
        for name in group.gateways
        if (active := facts.nat(name).active) is not None
        for moment, _ in active.points
    ]
    closing = facts.assume("eni_hold_after_close") * max(rates, default=0.0)
    limit = HYPERPLANE_ENI_CONNECTIONS.value
    text = (
        f"At most {counted(environments, 'execution environment')} of all functions on this ENI ran at once: with "
        f"{FILE_DESCRIPTORS.value:,} descriptors each they can have no more than {most:,} connections open, of the "
        f"{limit:,} that it holds."
    )
    if most + closing < FAR_BELOW * limit:
        found.excludes(text, source)
    elif most + closing < _CLEARLY_BELOW * limit:
        found.speaks_against(text, source, STRONG)


def _nat_had_room(found: Examination, facts: Facts, group: EniGroup) -> None:
    """A full NAT gateway times connects out as well: it must be ruled out before the ENI can be blamed."""
    spans = facts.spans_of_failure()
    for gateway in group.gateways:
        errors = facts.nat(gateway).port_errors
        if errors is not None and errors.total > 0:
            found.at_most(Status.POSSIBLE)
            if not has_timeout_symptom(facts):
                continue
            found.speaks_against(
                f"ErrorPortAllocation of {facts.label(gateway)} was {errors.total:,.0f}: the gateway behind the ENI "
                "accounts for connects that timed out.",
                errors.source,
                FAIR,
            )
        elif errors is not None and facts.nat(gateway).errors_zero(spans):
            if not has_timeout_symptom(facts):
                continue
            found.supports(
                f"ErrorPortAllocation of {facts.label(gateway)} was 0 throughout: what timed out did not fail for want "
                "of a port there.",
                errors.source,
                FAIR,
            )
        else:
            found.at_most(Status.POSSIBLE)
            why = "a full NAT gateway looks the same from the function; ErrorPortAllocation 0 throughout rules it out"
            found.needs(nat_metrics(facts, [gateway], why))
    if not facts.ways.complete:
        found.at_most(Status.POSSIBLE)
        found.needs(topology(facts, facts.ways.gaps, "shows what stands between the ENI and the destination"))


def _full(found: Examination, facts: Facts, group: EniGroup, seen: tuple[Occupancy, ...]) -> Match | None:
    """A flat top at the capacity of the ENIs while connects time out."""
    within = facts.timeouts_within()
    best: tuple[Match, Occupancy] | None = None
    for one in (*seen, *occupancies_by_key(facts, group)):
        tops = plateaus(one.points, one.period, within)
        at = match(tops, capacities(facts, one.group), HYPERPLANE_ENI_CONNECTIONS.value)
        if at is None or (not group.gateways and abs(1 - at.share) > FLATNESS):
            # Nothing behind this ENI tells whether its SYNs left it, so only the capacity itself counts.
            continue
        if best is None or at.weight > best[0].weight:
            best = at, one
    if best is None:
        return None
    at, one = best
    if len(one.group.keys) < len(group.keys):
        found.resource, found.resources = one.group.keys[0], one.group.keys[:1]
    tables = round(at.capacity / HYPERPLANE_ENI_CONNECTIONS.value)
    found.supports(
        f"The {one.text} stood at {at.plateau.level:,.0f} from {clock(at.plateau.start)} to {clock(at.plateau.end)} "
        f"(flat top): {at.share * 100:.1f} % of what {counted(max(tables, 1), 'Hyperplane ENI')} can hold "
        f"({at.capacity:,.0f}).",
        one.source,
        at.weight,
    )
    failed = facts.symptoms.by_minute(CallerOutcome.TIMED_OUT)
    if failed and not during(at.plateau, failed):
        found.speaks_against(
            f"Connects timed out before {clock(at.plateau.start)} already, when the number still rose.",
            facts.symptoms.source(CallerOutcome.TIMED_OUT),
            FAIR,
        )
    gateway = group.gateways[0] if group.gateways else None
    strangers = facts.ways.strangers(gateway) if gateway else ()
    if strangers and one.measured and gateway:
        found.speaks_against(
            f"Others leave by {facts.label(gateway)} too ({', '.join(strangers[:3])}), so that not all of these "
            "connections need be on the ENI.",
            facts.source("network-interfaces"),
            FAIR,
        )
    return at


def _not_full(found: Examination, facts: Facts, group: EniGroup, seen: tuple[Occupancy, ...], lost: bool) -> None:
    """The number of connections stayed clearly below what the ENIs hold."""
    one_eni = min(HYPERPLANE_ENI_CONNECTIONS.value, *capacities(facts, group))
    room = min(capacities(facts, group))
    for one in seen:
        most = one.peak + facts.assume("eni_hold_after_close") * _close_rate(facts, group, one)
        if most >= _CLEARLY_BELOW * room:
            continue
        text = (
            f"The {one.text} stayed at or below {one.peak:,.0f}, {percent(most / room)} of the {room:,.0f} at which "
            "the first ENI would be full"
        )
        if one.at_most and not lost and _no_hidden_entries(facts, group, one, one_eni):
            found.excludes(f"{text}, and nothing else uses these ENIs.", one.source)
        else:
            # What does not pass that gateway, or is of others, is not in the number.
            known = group.all_through_nat if one.measured else one.bounds
            unseen = FAIR if known else WEAK
            found.speaks_against(f"{text}.", one.source, STRONG if one.at_most else unseen)
        return  # the others tell of the same connections


def _no_hidden_entries(facts: Facts, group: EniGroup, one: Occupancy, room: float) -> bool:
    """Whether entries that no count of open connections shows cannot have filled an ENI, were they all on one.

    Closed connections may stay as long as a NAT gateway keeps them, whatever is assumed; SYNs that nobody answers are
    entries too, for a moment, and a storm of them may be any number.
    """
    closing = facts.assume("nat_hold_after_close") * _close_rate(facts, group, one)
    errors = [facts.nat(name).port_errors for name in group.gateways]
    calm = all(each is not None and each.total == 0 for each in errors) and not left_unanswered(facts, group.gateways)
    return calm and one.peak + closing < _CLEARLY_BELOW * room


def _close_rate(facts: Facts, group: EniGroup, one: Occupancy) -> float:
    """Connections closed a second, in the busiest period."""
    rates = [facts.nat(name).close_rate(moment) or 0.0 for name in group.gateways for moment, _ in one.points]
    return max(rates, default=0.0)


def _lost_before_nat(found: Examination, facts: Facts) -> bool:
    """SYNs that callers sent and no NAT gateway saw were dropped before it."""
    lost = lost_before_nat(facts)
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    if lost is None or not timed_out:
        return False
    missing, tried = lost
    source = facts.symptoms.source(CallerOutcome.TIMED_OUT)
    if missing < _MOST_OF * timed_out:
        return False
    found.supports(
        f"Of {counted(tried, 'connect')} tried through NAT gateways these saw {tried - missing:,} first SYNs "
        f"(ConnectionAttemptCount): {missing:,} were lost before, where the ENI stands.",
        source,
        STRONG,
    )
    missing_rules = [kind for kind in unknown_rules(facts) if kind in ("security-groups", "network-acls")]
    if facts.ways.blocked or missing_rules:
        found.at_most(Status.POSSIBLE)
        found.needs(topology(facts, missing_rules, "a rule that drops SYNs in some subnets looks the same"))
    return True


def _observe(found: Examination, facts: Facts, group: EniGroup) -> None:
    """The connections on the fullest ENI key, as an interval."""
    capacity = facts.ways.eni_capacity
    seen = {key: one for key in group.keys if (one := seen_on_eni(facts, key)) is not None}
    if not seen:
        return
    share = shares(facts, group)

    def filled(key: EniKey) -> tuple[float, float, float]:
        most = seen[key].low if seen[key].high is None else seen[key].high
        return seen[key].low / capacity(key), (most or 0.0) / capacity(key), share[key] / capacity(key)

    fullest = max(seen, key=filled)
    found.resource = fullest
    high = seen[fullest].high
    found.observed = Observed(round(seen[fullest].low), None if high is None else round(high), "connections")
    enis = facts.ways.enis_of(fullest) or 1
    if enis > 1:
        found.remarks(
            f"Lambda has scaled {fullest} out to {enis} ENIs.", facts.source("network-interfaces"), supports=True
        )


def _ask(found: Examination, facts: Facts, group: EniGroup) -> None:
    if facts.symptoms.complete and not facts.symptoms.total(CallerOutcome.NO_NAME) and has_timeout_symptom(facts):
        found.supports(
            "Every name was resolved: DNS goes past the ENI, and it worked while connects did not.",
            facts.symptoms.source(),
            WEAK,
        )
    if facts.symptoms.total(CallerOutcome.TIMED_OUT) or found.observed is None:
        found.needs(
            flow_logs(
                facts,
                "they alone show connections per ENI: SYNs missing on the Lambda ENI confirm that its table is full",
            )
        )
    if "network-interfaces" not in facts.case.topology.known:
        why = "shows how many ENIs Lambda has scaled each subnet and security-group set out to, and who else is behind"
        found.needs(topology(facts, ["network-interfaces"], why))
    if group.gateways and facts.nat(group.gateways[0]).active is None:
        found.needs(
            nat_metrics(facts, group.gateways, "a flat ActiveConnectionCount is the trace that a full ENI leaves")
        )


CAUSE = Cause(
    id="hyperplane-eni-exhaustion",
    title="Hyperplane ENI full",
    sentence="the Hyperplane ENI of {resource} is full",
    remedy="Attach the functions to one more subnet, or open fewer connections; narrows plan finds the cheapest way.",
    place=50,
    rarity=2,
    examine=examine,
    explains=(CallerOutcome.TIMED_OUT,),
    needs=(Need.CALLER_LOGS, Need.TOPOLOGY, Need.NAT_METRICS, Need.FLOW_LOGS),
    table=HopKind.HYPERPLANE_ENI,
    capacity=lambda ways, key, each: ways.eni_capacity(key) if isinstance(key, EniKey) else each,
)
