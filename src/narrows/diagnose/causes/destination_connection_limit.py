"""``destination-connection-limit``: the destination takes no more connections at once."""

from __future__ import annotations

from collections import Counter

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause
from narrows.diagnose.collecting import caller_logs, nat_metrics
from narrows.diagnose.common_rules import (
    also_mentioned,
    gateway_may_refuse,
    has_timeout_symptom,
    nat_port_errors,
    never_seen,
    reported,
    timeouts_seen,
    way_is_open,
    words_prove,
)
from narrows.diagnose.model import BoundLimit, Need, Observed, Status
from narrows.diagnose.own_metrics import ask_for_its_metric, measured_full
from narrows.diagnose.plateaus import BELOW, FlatTop, flat_top, numbers_of, stands_near_its_top
from narrows.diagnose.unanswered import left_unanswered, other_destination_alive, sent_again
from narrows.diagnose.weighing import FAIR, STRONG, Examination
from narrows.evidence.destinations import (
    database_connections,
    is_cache,
)
from narrows.evidence.facts import Facts, clock, once
from narrows.evidence.failures import (
    failed_in_all,
    timed_out_to,
    unexplained_invocations,
)
from narrows.evidence.invocations import load_was_as_high_before, share_of_invocations
from narrows.evidence.occupancy import all_lost_before_nat, capacities
from narrows.evidence.tables import seen_at_destination
from narrows.limits import ELASTICACHE_CONNECTIONS
from narrows.listing import counted
from narrows.network import HopKind

_SYMPTOMS = (CallerOutcome.REFUSED, CallerOutcome.TIMED_OUT, CallerOutcome.DESTINATION_FULL, CallerOutcome.TLS_CUT)


def examine(facts: Facts) -> Examination:
    """Weigh the evidence for each destination that fails; the one that most speaks for stands for all."""
    known = [one.name for one in facts.ways.destinations()] or list(facts.case.destinations)
    failing = [name for name in facts.symptoms.destinations(*_SYMPTOMS) if name in known]
    if failing:
        return max((_examine(facts, name) for name in failing), key=lambda one: one.strength)
    return _examine(facts, known[0] if len(known) == 1 else None)


def _examine(facts: Facts, name: str | None) -> Examination:
    found = Examination("destination-connection-limit")
    symptoms = facts.symptoms
    about = facts.case.destinations.get(name or "")
    found.resource, host = (about.key, about.host) if about else (None, None)
    if is_cache(host):
        found.limit = BoundLimit.of(ELASTICACHE_CONNECTIONS)
    if _says_so(found, facts) or measured_full(found, facts, name, *_SYMPTOMS) or never_seen(found, facts, *_SYMPTOMS):
        return found
    refused = symptoms.total(CallerOutcome.REFUSED, destination=name)
    if refused:
        _refusals(found, facts, name, refused)
    elif has_timeout_symptom(facts):
        _timeouts(found, facts, name)
    elif (
        not reported(found, facts, CallerOutcome.DESTINATION_FULL)
        and not reported(found, facts, CallerOutcome.REFUSED)
        and not also_mentioned(found, facts, CallerOutcome.DESTINATION_FULL, CallerOutcome.REFUSED)
        and not symptoms.known
    ):
        found.needs(caller_logs(facts, "shows whether connects are refused, or the destination says that it is full"))
    ask_for_its_metric(found, facts, name, host)
    if symptoms.known or failed_in_all(facts):
        found.explains = refused or _unexplained(facts, name)
    return found


def _says_so(found: Examination, facts: Facts) -> bool:
    """The destination accepts the connection to say that it takes no more: the words of the database itself."""
    told = facts.symptoms.everywhere(CallerOutcome.DESTINATION_FULL)
    number = words_prove(
        found,
        facts,
        CallerOutcome.DESTINATION_FULL,
        lambda times, since: f"{times} the destination said that it takes no more connections{since}.",
    )
    if not number:
        return False
    found.explains = number
    places = Counter[str]()
    for one in told:
        places[one.destination or one.elsewhere or ""] += one.count
    place = places.most_common(1)[0][0]
    found.resource = place or found.resource
    database = database_connections(facts, place or None)
    if database is not None and database.sure:
        reading = database.reading
        found.observed = Observed(reading.largest, reading.largest, "connections")
        found.remarks(
            f"DatabaseConnections of {reading.resource} peaked at {reading.largest:,.0f} at "
            f"{clock(reading.largest_at)}.",
            reading.source,
        )
    return True


def _unexplained(facts: Facts, name: str | None) -> int:
    """Connects that timed out, less those that the NAT gateway on the way accounts for."""
    timed_out = timed_out_to(facts, name).total or unexplained_invocations(facts).total
    return max(0, timed_out - round(nat_port_errors(facts) or 0))


def _refusals(found: Examination, facts: Facts, name: str | None, refused: int) -> None:
    """A destination that is full refuses some; one that is down refuses all."""
    symptoms = facts.symptoms
    source = symptoms.source(CallerOutcome.REFUSED)
    established = symptoms.total(CallerOutcome.ESTABLISHED, destination=name)
    if symptoms.complete and not established:
        found.speaks_against("Not one connect succeeded, and nobody fills a table without connecting.", source, STRONG)
    if not symptoms.complete:
        found.at_most(Status.POSSIBLE)
        found.supports(f"{counted(refused, 'connect')} were refused; how many succeeded is not known.", source, FAIR)
    elif established:
        one_address = name is not None and len(facts.case.destinations[name].addresses) == 1
        found.supports(
            f"{counted(refused, 'connect')} were refused while {established:,} succeeded"
            f"{', at the one address that it has' if one_address else ''}.",
            source,
            STRONG if one_address else FAIR,
        )
        _only_later(found, facts, name)
    if gateway_may_refuse(facts):
        found.at_most(Status.POSSIBLE)
        why = "rules out that the NAT gateway answers for want of a port"
        if nat_port_errors(facts) is None:
            found.needs(nat_metrics(facts, facts.ways.gateways, why))
    top = flat_top(facts, CallerOutcome.REFUSED, name)
    if top is not None and established:
        _say_flat_top(found, facts, name, top, "while more were refused")


def _only_later(found: Examination, facts: Facts, name: str | None) -> None:
    opened = [point for point in facts.symptoms.opened(destination=name) if point[1] > 0]
    refused = facts.symptoms.by_minute(CallerOutcome.REFUSED, destination=name)
    first = next(iter(refused), None)
    if first is None or not opened or opened[0][0] >= first:
        return
    before = [value for minute, value in opened if minute < first]
    found.supports(
        f"The first refusal came at {clock(first)}, after {before[-1]:,.0f} connects had succeeded.",
        facts.symptoms.source(CallerOutcome.REFUSED),
        FAIR,
    )


def _timeouts(found: Examination, facts: Facts, name: str | None) -> None:
    """A destination that ignores SYNs above its limit: they pass everything else, and the number stands still."""
    timeouts_seen(found, facts)
    symptoms = facts.symptoms
    lost = all_lost_before_nat(facts)
    if lost is not None:
        found.excludes(lost, symptoms.source(CallerOutcome.TIMED_OUT))
        return
    if symptoms.complete and not symptoms.total(CallerOutcome.ESTABLISHED, destination=name):
        found.speaks_against(
            "Not one connect succeeded, and nobody fills a table without connecting.", symptoms.source(), STRONG
        )
    gateways = facts.ways.gateways
    left = left_unanswered(facts, gateways)
    errors = nat_port_errors(facts)
    top = flat_top(facts, CallerOutcome.TIMED_OUT, name)
    by_its_own = top is not None and top.own
    if (errors is None or left is None or not way_is_open(facts)) and not by_its_own:
        found.at_most(Status.POSSIBLE)
    if errors and left is None:
        found.speaks_against("The NAT gateway had no free ports, which accounts for connects that time out.",
                             symptoms.source(), FAIR)  # fmt: skip
    if left is not None:
        missing, attempts, source = left
        # One that does not answer at all is commoner than one that is full and says nothing.
        found.supports(
            f"At least {missing:,} of {attempts:,} connection attempts passed the NAT gateway and were not answered.",
            source,
            FAIR if _never_stood_still(facts, name) else STRONG,
        )
    again = sent_again(facts, gateways)
    if again is not None:
        found.speaks_against(
            f"Each established connection took {again[0]:.2f} SYNs: a full table answers none of them.",
            again[1],
            FAIR,
        )
    if top is None:
        found.at_most(Status.POSSIBLE)
        _still_rising(found, facts)
    elif _is_other_table(facts, top.plateau.level):
        found.at_most(Status.POSSIBLE)
        found.speaks_against(
            f"The {top.what} stood at {top.plateau.level:,.0f}, which is what the tables before the destination hold.",
            top.source,
            FAIR,
        )
    else:
        _say_flat_top(found, facts, name, top, "while more failed")
    other_destination_alive_supports(found, facts)
    _not_from_load(found, facts, name)


def _never_stood_still(facts: Facts, name: str | None) -> bool:
    """Whether the connections that were open are in the case, and no limit held their number while connects failed."""
    counted_ones = [one for one in numbers_of(facts, name) if not one.only_rises]
    return bool(counted_ones) and not (
        flat_top(facts, CallerOutcome.TIMED_OUT, name) or stands_near_its_top(facts, CallerOutcome.TIMED_OUT, name)
    )


def _not_from_load(found: Examination, facts: Facts, name: str | None) -> None:
    """What fills up does so as load rises, and lets those through that are connected already."""
    source = load_was_as_high_before(facts, CallerOutcome.TIMED_OUT, destination=name)
    if source is not None:
        found.speaks_against("The load was as high before connects timed out as when it began.", source, FAIR)
    share = share_of_invocations(facts, CallerOutcome.TIMED_OUT, destination=name)
    if share is not None and share.nearly_all and not share.of_before:
        found.speaks_against(
            f"{share.failed:,.0f} of {share.of:,.0f} invocations failed, from the first one on: nobody fills a table "
            "without connecting.",
            share.source,
            STRONG,
        )


def _still_rising(found: Examination, facts: Facts) -> None:
    gateways = facts.ways.gateways
    active = facts.nat(gateways[0]).active if len(gateways) == 1 else None
    failed = facts.symptoms.by_minute(CallerOutcome.TIMED_OUT)
    if active is None or not failed:
        return
    before, after = active.at(min(failed)), active.at(max(failed))
    if before is not None and after is not None and after > before * (1 + BELOW):
        found.speaks_against(
            f"ActiveConnectionCount of {facts.label(gateways[0])} went on rising, from {before:,.0f} to {after:,.0f}, "
            "while connects timed out.",
            active.source,
            FAIR,
        )


def other_destination_alive_supports(found: Examination, facts: Facts) -> None:
    """What speaks against the ENI speaks for the destination."""
    probe = Examination(found.cause)
    other_destination_alive(probe, facts)
    for one in probe.evidence:
        found.supports(one.text, one.source, FAIR)


def _say_flat_top(found: Examination, facts: Facts, name: str | None, top: FlatTop, while_what: str) -> None:
    level = top.plateau.level
    found.supports(
        f"The {top.what} stood at {level:,.0f} from {clock(top.plateau.start)} to {clock(top.plateau.end)}, "
        f"{while_what}.",
        top.source,
        STRONG if top.own else FAIR,
    )
    if len(facts.case.destinations) > 1:
        # What passes a NAT gateway goes to all of them, and what stays inside the VPC passes none.
        seen = None if name is None else seen_at_destination(facts, name)
        if seen is not None:
            high = None if seen.high is None else round(seen.high)
            found.observed = found.observed or Observed(round(seen.low), high, "connections")
        return
    low = round(level * (1 - BELOW)) if top.measured else 0
    found.observed = found.observed or Observed(low, round(level), "connections")


@once
def _is_other_table(facts: Facts, level: float) -> bool:
    per_address = facts.assume("nat_connections_per_address")
    sizes = [size for group in facts.ways.groups for size in capacities(facts, group)]
    sizes += [per_address * facts.ways.addresses(name) for name in facts.ways.gateways]
    return any((1 - BELOW) * size <= level <= (1 + BELOW) * size for size in sizes if size)


CAUSE = Cause(
    id="destination-connection-limit",
    title="Destination at its connection limit",
    sentence="{resource} takes no more connections",
    noun="destination ",
    nameless="the destination",
    remedy="Open fewer connections (reuse, a proxy, reserved concurrency), or give the destination more room.",
    place=100,
    examine=examine,
    explains=(
        CallerOutcome.DESTINATION_FULL,
        CallerOutcome.REFUSED,
        CallerOutcome.TIMED_OUT,
        CallerOutcome.RESET,
        CallerOutcome.TLS_CUT,
    ),
    needs=(Need.CALLER_LOGS, Need.NAT_METRICS, Need.DESTINATION_METRICS),
    table=HopKind.DESTINATION,
    capacity=lambda _ways, _destination, each: each,
)
