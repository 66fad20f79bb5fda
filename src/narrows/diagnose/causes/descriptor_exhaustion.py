"""``descriptor-exhaustion``: an execution environment has no file descriptor left, and sends no SYN at all."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause
from narrows.diagnose.collecting import caller_logs
from narrows.diagnose.common_rules import never_seen, not_among_lines, reported, words_prove
from narrows.diagnose.model import BoundLimit, Need, Observed
from narrows.diagnose.sensed import descriptors_by_sensor
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts
from narrows.limits import FILE_DESCRIPTORS
from narrows.listing import counted
from narrows.network import HopKind


def examine(facts: Facts) -> Examination:
    """EMFILE is set for this and nothing else."""
    found = Examination("descriptor-exhaustion")
    found.limit = BoundLimit.of(FILE_DESCRIPTORS)
    symptoms = facts.symptoms
    descriptors_by_sensor(found, facts)
    if never_seen(found, facts, CallerOutcome.NO_DESCRIPTOR):
        return found
    failed = words_prove(
        found,
        facts,
        CallerOutcome.NO_DESCRIPTOR,
        lambda times, since: (
            f"{times} no file descriptor was free (EMFILE){since}: the environment had {FILE_DESCRIPTORS.value:,} open."
        ),
    )
    if not failed:
        if not found.evidence and not reported(found, facts, CallerOutcome.NO_DESCRIPTOR):
            not_among_lines(found, facts, CallerOutcome.NO_DESCRIPTOR)
            if not symptoms.known:
                found.needs(caller_logs(facts, "EMFILE (too many open files) proves it"))
        return found
    found.explains = failed
    counts: dict[str, int] = {}
    for one in symptoms.everywhere(CallerOutcome.NO_DESCRIPTOR):
        if one.function:
            counts[one.function] = counts.get(one.function, 0) + one.count
    most = max(counts, key=lambda name: (counts[name], name), default=None)
    found.resource = most
    found.resources = tuple(sorted(counts))
    if most is not None:
        _per_environment(found, facts, most)
    return found


def _per_environment(found: Examination, facts: Facts, function: str) -> None:
    environments = facts.symptoms.environments.get(function)
    opened = facts.symptoms.total(CallerOutcome.ESTABLISHED, function=function)
    if not environments or not facts.symptoms.complete:
        return
    each = opened / environments
    found.observed = Observed(0, round(each), "connections per environment, on average")
    found.remarks(
        f"{counted(environments, 'execution environment')} of {function} established {opened:,} connections, "
        f"{each:,.0f} each.",
        facts.symptoms.source(CallerOutcome.ESTABLISHED),
    )


CAUSE = Cause(
    id="descriptor-exhaustion",
    title="File descriptors used up",
    sentence="execution environments of {resource} have no file descriptor left",
    remedy="Create clients outside the handler and close what is no longer used: connections leak.",
    place=20,
    examine=examine,
    explains=(CallerOutcome.NO_DESCRIPTOR,),
    needs=(Need.CALLER_LOGS,),
    table=HopKind.ENVIRONMENT,
    capacity=lambda _ways, _function, each: each,
)
