"""The files of a case that hold answers of AWS: what each one is called and what must be in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrows.bounds import JSON_BYTES, RESOURCES
from narrows.case.reading.aws_json import Budget, Record, load_json, parse_json
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError


@dataclass(frozen=True, slots=True)
class AwsFile:
    """One kind of answer."""

    name: str
    """As ``Topology.known`` names it: the file's name without ``.json``."""
    folder: str
    operation: str
    """Of AWS's API."""
    member: str
    """Of the answer: the list that holds the resources."""
    id: str
    """Of a resource: the member that names it, and that no other kind has as its own."""
    command: str
    """Of AWS's command line."""

    @property
    def path(self) -> str:
        """Where the file stands in a case."""
        return f"{self.folder}/{self.name}.json"


AWS_FILES: dict[str, AwsFile] = {
    one.name: one
    for one in (
        AwsFile("functions", "lambda", "ListFunctions", "Functions", "FunctionName",
                "aws lambda list-functions --function-version ALL"),
        AwsFile("nat-gateways", "ec2", "DescribeNatGateways", "NatGateways", "NatGatewayId",
                "aws ec2 describe-nat-gateways"),
        AwsFile("vpc-endpoints", "ec2", "DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId",
                "aws ec2 describe-vpc-endpoints"),
        AwsFile("network-acls", "ec2", "DescribeNetworkAcls", "NetworkAcls", "NetworkAclId",
                "aws ec2 describe-network-acls"),
        AwsFile("route-tables", "ec2", "DescribeRouteTables", "RouteTables", "RouteTableId",
                "aws ec2 describe-route-tables"),
        AwsFile("security-groups", "ec2", "DescribeSecurityGroups", "SecurityGroups", "GroupId",
                "aws ec2 describe-security-groups"),
        AwsFile("addresses", "ec2", "DescribeAddresses", "Addresses", "PublicIp", "aws ec2 describe-addresses"),
        AwsFile("network-interfaces", "ec2", "DescribeNetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId",
                "aws ec2 describe-network-interfaces"),
        AwsFile("transit-gateway-attachments", "ec2", "DescribeTransitGatewayVpcAttachments",
                "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId",
                "aws ec2 describe-transit-gateway-vpc-attachments"),
        AwsFile("vpc-peering-connections", "ec2", "DescribeVpcPeeringConnections", "VpcPeeringConnections",
                "VpcPeeringConnectionId", "aws ec2 describe-vpc-peering-connections"),
        AwsFile("flow-logs", "ec2", "DescribeFlowLogs", "FlowLogs", "FlowLogId", "aws ec2 describe-flow-logs"),
        AwsFile("prefix-lists", "ec2", "DescribePrefixLists", "PrefixLists", "PrefixListId",
                "aws ec2 describe-prefix-lists"),
        AwsFile("subnets", "ec2", "DescribeSubnets", "Subnets", "SubnetId", "aws ec2 describe-subnets"),
        AwsFile("vpcs", "ec2", "DescribeVpcs", "Vpcs", "VpcId", "aws ec2 describe-vpcs"),
    )
}  # fmt: skip
"""Every kind, such that a resource is of the first kind whose id it has."""

ONLY_LIVE = frozenset({"vpc-peering-connections", "flow-logs"})
"""Kinds that only a live account has: the simulator and the lab write none."""

LATEST = "$LATEST"
"""The version of a function that is not published."""

_KEPT = ("Aliases", "ProvisionedConcurrencyConfigs", "EventSourceMappings")
"""Members of answers of ListAliases, ListProvisionedConcurrencyConfigs and ListEventSourceMappings."""

_ARN_PARTS = 7
"""Of a function's ARN without its version."""

CONCURRENCY = "concurrency-"
"""What the name of a file begins with that holds an answer of GetFunctionConcurrency: it does not name its function."""

RESERVED = "Concurrency.ReservedConcurrentExecutions"
"""The member of a function's record that holds what GetFunction says beside its configuration."""

_OTHER_ANSWERS = {
    "MetricDataResults": "GetMetricData",
    "MetricDataQueries": "the queries for GetMetricData",
    "MetricStat": "the queries for GetMetricData",
    "Timestamps": "GetMetricData",
    "Datapoints": "GetMetricStatistics",
    "MetricAlarms": "DescribeAlarms",
    "AlarmName": "an alarm (DescribeAlarms)",
    "Metrics": "ListMetrics",
    "Quotas": "ListServiceQuotas",
    "events": "FilterLogEvents",
    "Reservations": "DescribeInstances",
    "InternetGateways": "DescribeInternetGateways",
    "TransitGateways": "DescribeTransitGateways",
}


@dataclass(frozen=True)
class Resources:
    """The resources of a case, by kind."""

    of: Mapping[str, list[Record]]
    """By ``AwsFile.name``; a kind that the case has no file of is absent."""
    sources: Mapping[str, str]
    """The (first) file of each kind."""

    def __contains__(self, name: str) -> bool:
        return name in self.of

    def __getitem__(self, name: str) -> list[Record]:
        """The resources of a kind; none when the case has no file of it."""
        return self.of.get(name, [])

    def source(self, name: str) -> str:
        """The file of a kind: the one that it has, or the one that it should have."""
        return self.sources.get(name, AWS_FILES[name].path)


def read_resources(folder: CaseFolder) -> Resources:
    """Everything in ``lambda/`` and ``ec2/``.

    A file may be one answer, a list of answers (pages), or the bare list of resources. A file of another name is
    taken for what it holds. A resource that stands in two files counts once, with what either says of it, and with what
    the first says where they differ: ListFunctions leaves out what GetFunction says of the same function.

    Raises:
        InputError: a file cannot be read, or holds an answer to another question than its name says.
    """
    found: dict[str, dict[tuple[str, ...], Record]] = {}
    sources: dict[str, str] = {}
    budget = Budget()

    def take(kind: AwsFile, file: Path, records: list[Record]) -> None:
        sources.setdefault(kind.name, folder.source(file))
        known = found.setdefault(kind.name, {})
        for record in records:
            name = _identity(kind, record, known)
            known[name] = known[name].completed_by(record) if name in known else record
        if len(known) > RESOURCES:
            problem = f"with it there are more than {RESOURCES:,} {kind.member} in the case"
            raise InputError(problem, file=file, advice="ask for less with --filters")

    for kind in AWS_FILES.values():
        file = folder.root / kind.path
        if folder.exists(file):
            take(kind, file, resources_in(load_json(folder, file, budget), file, kind))
    named = {kind.path for kind in AWS_FILES.values()}
    reserved: dict[str, int | None] = {}
    for place in ("lambda", "ec2"):
        for file in folder.files(place, ".json"):
            if folder.source(file) in named:
                continue
            if place == "lambda" and file.name.startswith(CONCURRENCY):
                function = file.name.removeprefix(CONCURRENCY).removesuffix(".json")
                reserved[function] = _reserved_in(folder, file, budget)
                continue
            answer = load_json(folder, file, budget)
            guessed = kind_in(answer)
            if guessed is None and _is_kept(answer):
                continue
            if guessed is None:
                folder.note(file, "passed over: it holds nothing that narrows reads")
            else:
                take(guessed, file, resources_in(answer, file, guessed))
    known = {name: list(records.values()) for name, records in found.items()}
    if reserved:
        known["functions"] = [_with_reserved(one, reserved) for one in known.get("functions", [])]
    return Resources(known, sources)


def _reserved_in(folder: CaseFolder, file: Path, budget: Budget) -> int | None:
    """What GetFunctionConcurrency says. Of a function without any, AWS's command line prints nothing at all."""
    content = folder.read(file, JSON_BYTES)
    if not content.strip():
        return None
    return Record.of(parse_json(content, file, budget), file, "").whole("ReservedConcurrentExecutions")


def _with_reserved(function: Record, reserved: Mapping[str, int | None]) -> Record:
    """A function with its reserved concurrency, where an answer of GetFunctionConcurrency says it."""
    said = reserved.get(function.need("FunctionName"))
    if said is None or function.data.get(RESERVED) is not None:
        return function
    return Record({**function.data, RESERVED: said}, function.file, function.place, function.lent)


def _identity(kind: AwsFile, record: Record, known: Mapping[tuple[str, ...], Record]) -> tuple[str, ...]:
    """What two records of one resource have in common.

    For a function that is its version too. Its ARN ends in the version in some answers and not in others, and an answer
    that ``--query`` cut may have none; two ARNs that differ before that are of two functions all the same.
    """
    own = record.need(kind.id)
    if kind.id != "FunctionName":
        return (own,)
    arn = _arn(record)
    name = own, record.text("Version") or "".join(arn[_ARN_PARTS:]) or LATEST
    there = _arn(known[name]) if name in known else []
    return (*name, *arn[:_ARN_PARTS]) if arn and there and arn[:_ARN_PARTS] != there[:_ARN_PARTS] else name


def _is_kept(answer: Any) -> bool:
    """Whether an answer is one that narrows collects for people and for later, and no rule reads."""
    return isinstance(answer, dict) and any(member in answer for member in _KEPT)


def _arn(function: Record) -> list[str]:
    arn = function.text("FunctionArn")
    return arn.split(":") if arn else []


def kind_in(answer: Any) -> AwsFile | None:
    """The kind of resource that an answer is of, whatever its file is called; None for what narrows does not read."""
    first = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(first, dict):
        return None
    first = first.get("Configuration", first) if "Configuration" in first else first
    if not isinstance(first, dict):
        return None
    return next((kind for kind in AWS_FILES.values() if kind.member in first), None) or _kind_of(first)


def resources_in(answer: Any, file: Path, kind: AwsFile) -> list[Record]:
    """The resources in an answer of that kind. Raises ``InputError`` when it is an answer to another question."""
    found: list[Record] = []
    pages = answer if isinstance(answer, list) else [answer]
    for index, page in enumerate(pages):
        where = f"[{index}]" if isinstance(answer, list) else ""
        record = Record.of(page, file, where)
        if "Configuration" in record.data and kind.name == "functions":
            found.append(_checked(_function_of(record), kind))
        elif kind.member in record.data:
            found += [_checked(one, kind) for one in record.records(kind.member)]
        else:
            found.append(_checked(record, kind))
    return found


def _function_of(answer: Record) -> Record:
    """The function in an answer of GetFunction, with its reserved concurrency beside it."""
    configuration = answer.record("Configuration") or answer
    concurrency = answer.record("Concurrency")
    reserved = concurrency.whole("ReservedConcurrentExecutions") if concurrency else None
    return Record({**configuration.data, RESERVED: reserved}, configuration.file, configuration.place)


def _checked(record: Record, kind: AwsFile) -> Record:
    if record.text(kind.id) is None or _kind_of(record.data) is not kind:
        found = what_is(record.data)
        problem = (
            f"holds {found}, not the answer of {kind.operation}" if found else f"is not an answer of {kind.operation}"
        )
        raise InputError(
            problem, file=record.file, place=record.place or None,
            advice=f"write it with: {kind.command}",
        )  # fmt: skip
    return record


def _kind_of(data: dict[str, Any]) -> AwsFile | None:
    """What kind of resource an object is."""
    return next((kind for kind in AWS_FILES.values() if kind.id in data), None)


def what_is(data: dict[str, Any]) -> str | None:
    """What an object is, by AWS's own names: the answer of an operation, or a resource of one."""
    for kind in AWS_FILES.values():
        if kind.member in data:
            return f"the answer of {kind.operation}"
    for member, operation in _OTHER_ANSWERS.items():
        if member in data:
            return operation if " " in operation else f"the answer of {operation}"
    kind_of = _kind_of(data)
    return None if kind_of is None else f"{kind_of.member} ({kind_of.operation})"
