"""Every call of a run as a command, and none of them made: what can be asked now, and what needs ids that it brings."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from narrows.aws import questions
from narrows.aws.requests import Request, shell_command
from narrows.case import read_case
from narrows.case.reading.aws_files import Resources, read_resources
from narrows.case.reading.case_yaml import FILE
from narrows.case.reading.folder import CaseFolder
from narrows.collect import money, waves
from narrows.collect.about import text_of
from narrows.collect.asking import left
from narrows.collect.owned import account_of, to_describe, to_measure
from narrows.collect.target import Target
from narrows.collect.wanted import Wanted
from narrows.gate import argument

_STANDS_FOR = {
    "VPC_ID": "the VPC that the functions are in",
    "NAT_GATEWAY_ID": "each NAT gateway in it",
    "SUBNET_ID": "each subnet in it",
    "OTHER_FUNCTION": "each other function in it",
}


def commands(wanted: Wanted, folder: str | os.PathLike[str], region: str, now: datetime) -> Iterator[str]:
    """Lines for a POSIX shell. Those that cannot be run yet are comments, with words in place of ids.

    Run in the folder of the case; then the same again, until no command is left: the case is as a run would make it.
    """
    root = Path(folder)
    target = Target(root.resolve())
    yield f"mkdir -p {argument(root)} && cd {argument(root)}"
    if not target.has(FILE):
        text = text_of(wanted, region, {one.key: one.to_yaml() for one in wanted.hosts})
        yield f"printf %s {shlex.quote(text)} > {FILE}"
    resources = read_resources(CaseFolder(root)) if root.is_dir() else Resources({}, {})
    known = waves.known_of(resources, wanted)
    requests = list(_requests(wanted, known, resources, region, now))
    if "route-tables" in resources and target.has(FILE):
        requests += _owned(target, resources, wanted, region, now)
    now_possible = left(target, requests, by_hand=True)
    for request in now_possible:
        yield shell_command([request])
    if now_possible:
        yield f"# {money.told(now_possible)}"
    if not known.vpcs:
        yield from _later(wanted, region, now)


def _requests(
    wanted: Wanted, known: waves.Known, resources: Resources, region: str, now: datetime
) -> Iterator[Request]:
    yield from waves.about_what_is_named(wanted, region)
    yield from waves.about_the_vpcs(known, region)
    if "route-tables" in resources:
        yield from waves.about_ways_to_others(known, resources, region)
        yield from waves.about_flow_logs(known, resources, region)
        yield from waves.about_other_vpcs(known, region)
        yield from _metrics(wanted, known, region, now)
    yield from waves.log_requests(wanted, region)
    yield from waves.sensor_requests(wanted, resources, region)


def _metrics(wanted: Wanted, known: waves.Known, region: str, now: datetime) -> Sequence[Request]:
    period = questions.kept_period(wanted.start, now.timestamp())
    return [] if period is None else waves.metric_requests(known, wanted, region, period)


def _owned(target: Target, resources: Resources, wanted: Wanted, region: str, now: datetime) -> Sequence[Request]:
    """What the account knows of its destinations, as far as the case names them by now.

    Metrics come once nothing is left to describe: their file is one, and is not added to by hand.
    """
    period = questions.kept_period(wanted.start, now.timestamp())
    case = read_case(target.root)
    described = to_describe(case)
    if period is None or left(target, described, by_hand=True):
        return described
    return to_measure(case, wanted, account_of(resources) or None, region, period)


def _later(wanted: Wanted, region: str, now: datetime) -> Iterator[str]:
    """What needs ids, with words for them."""
    known = waves.Known(wanted.functions, ("OTHER_FUNCTION",), ("VPC_ID",), (), (), ("NAT_GATEWAY_ID",))
    yield "# The rest needs ids that these bring: run them, then this dry run again. It will be, with"
    for word, what in _STANDS_FOR.items():
        yield f"#   {word} for {what}"
    for request in (*waves.about_the_vpcs(known, region), *_metrics(wanted, known, region, now)):
        yield f"# {shell_command([request])}"
    yield "# aws ec2 describe-flow-logs --filter Name=resource-id,Values=VPC_ID,SUBNET_ID,NAT_GATEWAY_ID"
    yield "# aws s3api list-objects-v2 and get-object for the flow logs of this time, as far as they are allowed"
    yield "# and of destinations that are the account's own, their nodes, limits and metrics, by their names"
    yield "# and what a diagnosis of all this still misses: narrows diagnose prints it"
