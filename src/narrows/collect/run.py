"""One run: wave after wave of requests, until nothing is left to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from narrows.aws import questions
from narrows.aws.questions import MetricQuery
from narrows.aws.requests import Request
from narrows.case import Case
from narrows.case.collected import ANSWERED, Collected
from narrows.case.reading.aws_files import Resources, read_resources
from narrows.case.reading.folder import CaseFolder
from narrows.collect import flow_log_files, money, waves
from narrows.collect.about import add_flow_log_format, write_about
from narrows.collect.account import Account
from narrows.collect.asking import Advance, Asking, key_of_request
from narrows.collect.destinations import find_destinations, note_dns
from narrows.collect.hosts import with_addresses
from narrows.collect.owned import account_of, to_describe, to_measure
from narrows.collect.problems import Cost
from narrows.collect.target import Target
from narrows.collect.wanted import Wanted
from narrows.errors import InputError
from narrows.evidence.owned import domain_of
from narrows.limits import METRIC_RETENTION
from narrows.listing import named

_MOST_ROUNDS = 6
"""Of asking for what a diagnosis misses: each brings names that the next one needs. Destinations take three: which they
are, the instances behind their names, and what those take."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A case as it stands, and what a diagnosis of it would still want to know."""

    case: Case
    missing: tuple[Request, ...]


Examine = Callable[[Path], Examined]
Allow = Callable[[int, int], bool]
"""Asked before more than ``UNASKED`` bytes of flow logs are fetched: files and bytes; whether to."""
Say = Callable[[str], object]


@dataclass
class Summary:
    """What a run did."""

    account: str
    region: str
    calls: int = 0
    usd: float = 0.0
    """What it cost, as far as AWS says what such calls cost."""
    missed: list[Collected] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What was not even asked for, in sentences."""


def collect(
    account: Account,
    target: Target,
    wanted: Wanted,
    *,
    now: datetime,
    examine: Examine,
    allow: Allow,
    say: Say,
    advance: Advance = lambda _done, _total: None,
) -> Summary:
    """Collect what ``wanted`` says into a case.

    Args:
        examine: reads the case and diagnoses it. Its last call sees the case as it is at the end.
        allow: see ``Allow``.
        say: told what goes on, a line each.
        advance: told the calls that are done, and how many there are by now.

    Raises:
        InputError: no call can succeed, or the case cannot be written. What was read before is in the case.
    """
    asking = Asking(account, target, advance, read_environment=wanted.read_environment)
    summary = Summary(account.who(), account.region, missed=asking.missed)
    try:
        _collect(asking, wanted, summary, now, examine, allow, say)
    finally:
        summary.calls = sum(account.calls.values())
        summary.usd = money.spent(account)
    return summary


def _collect(
    asking: Asking,
    wanted: Wanted,
    summary: Summary,
    now: datetime,
    examine: Examine,
    allow: Allow,
    say: Say,
) -> None:
    target, region = asking.target, asking.account.region
    located = with_addresses(wanted.hosts)
    write_about(target, wanted, region, {one.key: one.to_yaml() for one in located})
    note_dns(target, located, now)
    say(f"account {summary.account or 'unknown'}, {region}, {_span(wanted)}: what is there, and log lines")
    asking.ask(waves.about_what_is_named(wanted, region))
    known = waves.known_of(_resources(target), wanted)
    if not known.vpcs:
        asking.ask(waves.functions_by_name(wanted, region))
        known = waves.known_of(_resources(target), wanted)
    asking.ask(waves.log_requests(wanted, region))
    _check_there(asking, wanted, known)
    asking.ask(waves.sensor_requests(wanted, _resources(target), region))
    asking.ask(waves.about_the_vpcs(known, region))
    resources = _resources(target)
    _check_vpcs(resources, wanted, region)
    known = waves.known_of(resources, wanted)
    if known.outside:
        summary.left_out.append(f"{named(known.outside)}: in no VPC, so that none of these tables is on the way")
    asking.ask(
        [*waves.about_ways_to_others(known, resources, region), *waves.about_flow_logs(known, resources, region)]
    )
    known = waves.known_of(_resources(target), wanted)
    asking.ask(waves.about_other_vpcs(known, region))
    known = waves.known_of(_resources(target), wanted)
    _metrics(asking, wanted, known, summary, now, say)
    _flow_logs(asking, wanted, known, summary, allow, say)
    _what_a_diagnosis_misses(asking, wanted, summary, now, examine, say)


def _check_there(asking: Asking, wanted: Wanted, known: waves.Known) -> None:
    """Raise ``InputError`` where nothing of what was named is there, nor anything that is left of it."""
    region = asking.account.region
    named_ones = [one for one in asking.missed if one.operation == "DescribeNatGateways"]
    if wanted.gateways and not known.vpcs:
        why = "there is no such NAT gateway" if not named_ones else named_ones[-1].text
        raise InputError(why, place="--nat", advice="see --region and --profile")
    absent = [one for one in asking.missed if one.outcome == Cost.ABSENT.value]
    functions = {one.parameters.get("FunctionName") for one in absent if one.operation == "GetFunctionConfiguration"}
    groups = {one.parameters.get("logGroupName") for one in absent if one.operation == "FilterLogEvents"}
    gone = [name for name in wanted.functions if name in functions]
    if gone and gone == list(wanted.functions) and groups.issuperset(f"/aws/lambda/{name}" for name in gone):
        problem = f"there is no function {named(gone)} in {region}, and no log of one"
        advice = "see --region and --profile, and aws lambda list-functions"
        raise InputError(problem, place="--function", advice=advice)


def _check_vpcs(resources: Resources, wanted: Wanted, region: str) -> None:
    """Raise ``InputError`` where a VPC that was named is not there."""
    there = {one.need("VpcId") for one in resources["vpcs"]}
    absent = [name for name in wanted.vpcs if name not in there]
    if "vpcs" in resources and absent:
        raise InputError(f"there is no {named(absent)} in {region}", place="--vpc", advice="see --region and --profile")


def _metrics(asking: Asking, wanted: Wanted, known: waves.Known, summary: Summary, now: datetime, say: Say) -> None:
    region = asking.account.region
    period = questions.kept_period(wanted.start, now.timestamp())
    requests: list[Request] = []
    if period is None:
        most = max(limit.value for limit in METRIC_RETENTION.values())
        summary.left_out.append(f"CloudWatch keeps nothing that is older than {most} days")
    else:
        requests = waves.metric_requests(known, wanted, region, period)
    left = asking.left(requests)
    if left:
        say(f"metrics every {period} s: {money.told(left)}")
    asking.ask(left)


def _flow_logs(asking: Asking, wanted: Wanted, known: waves.Known, summary: Summary, allow: Allow, say: Say) -> None:
    logs = flow_log_files.flow_logs_of(_resources(asking.target)["flow-logs"])
    if not logs:
        return
    region = asking.account.region
    if not summary.account and any(one.bucket for one in logs):
        summary.left_out.append("flow logs in S3: their place has the account's id in it (sts:GetCallerIdentity)")
        logs = [one for one in logs if one.bucket is None]
    files = flow_log_files.stored_files(asking, logs, wanted, summary.account, region)
    left = [one for one in files if not asking.target.has(one.path)]
    size = sum(one.size for one in left)
    if left and allow(len(left), size):
        say(f"flow logs: {len(left):,} files, {size / 2**20:,.1f} MiB")
        flow_log_files.fetch(asking, left)
    elif left:
        what = f"flow logs of this time: {len(left):,} files, {size / 2**20:,.1f} MiB"
        summary.left_out.append(f"{what}; --flow-logs {_above(size)} fetches them")
    asking.ask(flow_log_files.from_log_groups(logs, wanted, region))
    fields = flow_log_files.headless_format(logs)
    if fields is not None:
        add_flow_log_format(asking.target, fields)


def _what_a_diagnosis_misses(
    asking: Asking, wanted: Wanted, summary: Summary, now: datetime, examine: Examine, say: Say
) -> None:
    """Name destinations, as far as they can be found, then ask for what is missing until nothing new is asked for:
    what the account itself knows of its destinations, and what a diagnosis wants to know beside that."""
    period = questions.kept_period(wanted.start, now.timestamp())
    tried = {one.key for one in asking.missed}
    account = summary.account or account_of(_resources(asking.target))
    say("diagnosing, and what that still misses")
    for _ in range(_MOST_ROUNDS):
        examined = examine(asking.target.root)
        if find_destinations(asking.target, examined.case, asking.hosts, now):
            continue
        left = _left(asking, wanted, to_describe(examined.case), period, tried)
        if not left:
            own = [] if period is None else to_measure(
                examined.case, wanted, account or None, asking.account.region, period
            )  # fmt: skip
            missing = [one for one in examined.missing if one.only_reads and _is_known(one)]
            left = _left(asking, wanted, [*own, *missing], period, tried)
        if not left:
            _note_nameless_domains(summary, examined.case, account)
            return
        tried.update(map(key_of_request, left))
        say(f"still missing: {money.told(left)}")
        asking.ask(left)
    _note_nameless_domains(summary, examine(asking.target.root).case, account)


def _left(
    asking: Asking, wanted: Wanted, wished: Iterable[Request], period: int | None, tried: set[str]
) -> list[Request]:
    """Requests that are still to be made, each metric in one of them, with the finest period that is kept."""
    asked = set(_asked_metrics(asking.target, wanted))
    requests = []
    for one in wished:
        rest = waves.not_yet_asked(one, asked)
        if rest is not None and (period is not None or one.operation != "GetMetricData"):
            asked.update(waves.metrics_in(rest))
            requests.append(_of_period(rest, period))
    return [one for one in asking.left(requests) if key_of_request(one) not in tried]


def _note_nameless_domains(summary: Summary, case: Case, account: str) -> None:
    domains = [name for one in case.destinations.values() if (name := domain_of(one.host))]
    if domains and not account:
        summary.left_out.append(f"metrics of {named(domains)}: CloudWatch has them by the account's id "
                                "(sts:GetCallerIdentity)")  # fmt: skip


def _is_known(request: Request) -> bool:
    return all(value is not None for value in request.parameters.values())


def _of_period(request: Request, period: int | None) -> Request:
    """A request for metrics with the finest period that is kept."""
    if request.operation != "GetMetricData" or period is None:
        return request
    queries = request.parameters["MetricDataQueries"]
    assert isinstance(queries, list)
    of_period = [{**one, "MetricStat": {**one["MetricStat"], "Period": period}} for one in queries]
    return replace(request, parameters={**request.parameters, "MetricDataQueries": of_period})


def _asked_metrics(target: Target, wanted: Wanted) -> Iterable[MetricQuery]:
    """The metrics that were asked for in this time, as ``collected.jsonl`` tells: it may be a stranger's."""
    times = questions.metric_data("", (), wanted.span, None).parameters
    for one in target.asked.values():
        same = all(one.parameters.get(name) == times[name] for name in ("StartTime", "EndTime"))
        if one.operation == "GetMetricData" and one.outcome == ANSWERED and same:
            with suppress(KeyError, TypeError, ValueError):
                yield from [questions.query_of(query) for query in one.parameters["MetricDataQueries"]]


def _resources(target: Target) -> Resources:
    return read_resources(CaseFolder(target.root))


def _span(wanted: Wanted) -> str:
    start, end = (datetime.fromtimestamp(one, UTC) for one in (wanted.start, wanted.end))
    return (
        f"{start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
        if start.date() == end.date()
        else (f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC")
    )


def _above(size: int) -> str:
    """A round size that holds so many bytes, as ``--flow-logs`` takes it."""
    gigabytes = size / 10**9
    return f"{size // 10**6 + 1}MB" if gigabytes < 1 else f"{int(gigabytes) + 1}GB"
