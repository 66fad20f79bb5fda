"""What a destination's own metrics say: that it is full, that it is gone, that it is ill."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.collecting import metrics, nodes_of_group
from narrows.diagnose.model import BoundLimit, Observed, Status
from narrows.diagnose.weighing import FAIR, STRONG, Examination
from narrows.evidence.accounting import BLUR, account, spans_above_zero
from narrows.evidence.databases import DatabaseRoom, database_room
from narrows.evidence.destinations import (
    LOAD_BALANCERS,
    OwnMetric,
    broker_connections,
    cache_connections,
    database_connections,
    database_of,
    health,
    is_cache,
    is_load_balancer,
    rejected_by,
)
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import Failures, errors_of_unknown_reason, failed_in_all, failures_to, timed_out_to
from narrows.evidence.invocations import NEARLY_ALL
from narrows.evidence.metrics import PEAK, Reading
from narrows.evidence.owned import metrics_of, nodes_of, replication_group_of
from narrows.limits import (
    DATABASE_RESERVED_CONNECTIONS,
    ELASTICACHE_CONNECTIONS,
    MSK_IAM_CONNECTIONS,
    RDS_MAX_CONNECTIONS,
)

_FULL = 0.99
"""Share of a limit that a destination's own count must reach to be called full."""
_FIRST = 3
"""Datapoints after connects began to fail, in which a count must have fallen."""


def measured_full(found: Examination, facts: Facts, name: str | None, *symptoms: CallerOutcome) -> bool:
    """The destination's own metrics say it, in the time of failures."""
    failed = failures_to(facts, name, *symptoms, CallerOutcome.RESET, *AMBIGUOUS)
    if not failed.total:
        failed = errors_of_unknown_reason(facts)
    rejected = rejected_by(facts, name)
    if rejected is not None and _counts(found, facts, rejected, failed, rejected.reading):
        text = (
            f"{rejected.reading.metric} of {rejected.reading.resource} was {rejected.reading.total:,.0f}: it had "
            "reached its most connections."
        )
        if rejected.sure:
            found.proves(text, rejected.reading.source)
            found.explains = account(rejected.reading, failed).failures if failed_in_all(facts) else None
            return True
        found.supports(text, rejected.reading.source, FAIR)
        found.at_most(Status.POSSIBLE)
    cache = cache_connections(facts, name)
    if cache is not None:
        return _at_limit(found, facts, cache, BoundLimit.of(ELASTICACHE_CONNECTIONS), failed)
    room = database_room(facts, name)
    if room is not None:
        return _database_full(found, facts, room, failed)
    broker = broker_connections(facts, name)
    whole = BoundLimit.of(MSK_IAM_CONNECTIONS)
    return broker is not None and broker.sure and _at_limit(found, facts, broker, whole, failed)


def _database_full(found: Examination, facts: Facts, room: DatabaseRoom, failed: Failures) -> bool:
    """The instances of a database, each beside its own ``max_connections``.

    A cluster's name leads to one of them or another: only what holds for every one is proved.
    """
    full = [one for one in room.readings if one[0].largest >= _FULL * one[1]]
    reading, most = max(room.readings, key=lambda one: one[0].largest / one[1])
    if full and len(full) == len(room.readings) and room.is_whole:
        return _at_limit(
            found, facts, OwnMetric(reading, sure=True), BoundLimit.of(RDS_MAX_CONNECTIONS, most), failed, room.source
        )
    text = f"{reading.metric} of {reading.resource} peaked at {reading.largest:,.0f} of {most:,}"
    source = f"{reading.source}; {room.source}"
    if full:
        if _counts(found, facts, OwnMetric(reading, sure=True), failed, reading.above(_FULL * most)):
            found.supports(f"{text}. Whether connects went to it, the case does not tell.", source, FAIR)
            found.at_most(Status.POSSIBLE)
        return False
    found.observed = Observed(reading.largest, reading.largest, "connections")
    if reading.largest >= _FULL * (most - DATABASE_RESERVED_CONNECTIONS.value):
        found.supports(f"{text}, of which an engine may keep some for its administrators.", source, FAIR)
    elif room.is_whole and all(one.stat in PEAK for one, _ in room.readings):
        found.limit = BoundLimit.of(RDS_MAX_CONNECTIONS, most)
        found.speaks_against(f"{text}.", source, STRONG)
    return False


def _at_limit(
    found: Examination, facts: Facts, own: OwnMetric, whole: BoundLimit, failed: Failures, says_limit: str = ""
) -> bool:
    """A count of open connections, beside what the destination takes by AWS's own word.

    Args:
        says_limit: the file of the case that says the limit, where one does.
    """
    limit, reading = whole.value, own.reading
    source = f"{reading.source}; {says_limit}" if says_limit else reading.source
    text = f"{reading.metric} of {reading.resource} peaked at {reading.largest:,.0f} of {limit:,}"
    if own.sure:
        found.observed = Observed(reading.largest, reading.largest, "connections")
    if reading.largest < _FULL * limit:
        if own.sure:
            found.speaks_against(f"{text}.", source, STRONG)
        return False
    full = reading.above(_FULL * limit)
    if not _counts(found, facts, own, failed, full):
        return False
    text = f"{text} at {clock(reading.largest_at)}."
    if not own.sure:
        found.supports(f"{text} Whether it is the destination, the case does not tell.", source, FAIR)
        found.at_most(Status.POSSIBLE)
        return False
    found.limit = whole
    found.proves(text, source)
    if facts.symptoms.known:
        found.explains = sum(failed.within(span) for span in spans_above_zero(full)) + failed.untimed
    return True


def _counts(found: Examination, facts: Facts, own: OwnMetric, failed: Failures, when: Reading) -> bool:
    """Whether a metric was up when connects failed; where it was at another time that is said, and proves nothing."""
    spans = spans_above_zero(when)
    if not failed_in_all(facts) or failed.untimed or any(failed.within(span) for span in spans):
        return True
    first = when.first_above_zero or 0
    found.remarks(
        f"{own.reading.metric} of {own.reading.resource} was at its limit at {clock(first)}, when no connect to it "
        "failed.",
        own.reading.source,
        supports=False,
    )
    return False


def ask_for_its_metric(found: Examination, facts: Facts, name: str | None, host: str | None) -> None:
    """The metric that tells how many connections a service of AWS has, unless the case has it."""
    asked = () if name is None else metrics_of(facts.case, name)
    if is_cache(host) and cache_connections(facts, name) is None:
        group = replication_group_of(host)
        if group is not None and not nodes_of(facts.case, group):
            found.needs(nodes_of_group(facts, group, "names its nodes, whose CurrConnections tell how full each is"))
        queries = [one for one in asked if one.metric == "CurrConnections"]
        why = f"at {ELASTICACHE_CONNECTIONS.value:,} its node takes no more"
        found.needs(metrics(facts, "destination", queries, why))
    elif database_of(host) is not None and database_connections(facts, name) is None:
        queries = [one for one in asked if one.metric == "DatabaseConnections"]
        why = "stands flat at max_connections where the database is full"
        found.needs(metrics(facts, "destination", queries, why))


def its_connections_fell(found: Examination, facts: Facts, name: str | None) -> bool:
    """The destination's own count of connections falls to next to nothing when connects time out: it is gone."""
    own = database_connections(facts, name) or cache_connections(facts, name)
    failed = timed_out_to(facts, name)
    if own is None or not own.sure or failed.first is None:
        return False
    reading = own.reading
    before = [value for moment, value in reading.points if moment + reading.period <= failed.first - BLUR]
    after = [value for moment, value in reading.points if moment + reading.period > failed.first - 60]
    if not before or not after or min(after[:_FIRST]) > (1 - NEARLY_ALL) * sum(before) / len(before):
        return False
    found.mechanism = found.mechanism or "down"
    found.supports(
        f"{reading.metric} of {reading.resource} fell from {sum(before) / len(before):,.0f} to "
        f"{min(after[:_FIRST]):,.0f} when connects timed out.",
        reading.source,
        STRONG,
    )
    return True


def says_that_it_is_ill(found: Examination, facts: Facts, name: str | None) -> bool:
    """Its own service says that it is ill, from about when connects failed."""
    failed = timed_out_to(facts, name)
    if failed.first is None or failed.last is None:
        return False
    for one in health(facts, name):
        reading = one.reading
        before = [value for moment, value in reading.points if moment + reading.period <= failed.first - BLUR]
        after = [value for moment, value in reading.points if failed.first - 60 < moment + reading.period
                 and moment <= failed.last]  # fmt: skip
        if before and after and not any(map(one.ill, before)) and sum(map(one.ill, after)) >= NEARLY_ALL * len(after):
            found.mechanism = found.mechanism or "down"
            found.supports(
                f"{reading.metric} of {reading.resource} was {before[-1]:g} before, and {after[-1]:g} when it did not "
                "answer.",
                reading.source,
                STRONG,
            )
            return True
    return False


def has_a_metric_of_its_own(facts: Facts, name: str | None) -> bool:
    """Whether the destination is a service of AWS whose count of connections would tell, and is not in the case."""
    about = facts.case.destinations.get(name or "")
    if about is None:
        return False
    if is_cache(about.host):
        return cache_connections(facts, name) is None
    if is_load_balancer(about.host):
        return not any(one.namespace in LOAD_BALANCERS for one in facts.case.metrics.series)
    return database_of(about.host) is not None and database_connections(facts, name) is None
