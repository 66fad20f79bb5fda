"""Cases by hand, with exactly the evidence that a rule looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from narrows.case import Case, read_case
from narrows.diagnose import CauseResult, diagnose
from tests.unit.case.cases import case_at, function, nat_gateway, route_table, small, subnet

START = "2026-11-20T12:{:02}:00+00:00"
NAT = "AWS/NATGateway", "NatGatewayId", "nat-1"
FUNCTION = "AWS/Lambda", "FunctionName", "storefront"
MINUTES = 15
"""Of the window that ``case.yaml`` states."""

ABOUT = """\
schema: 1
region: us-east-1
window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]
functions: [storefront]
destinations:
  cache: {name: cache.example.com, port: 443, addresses: [8.8.4.4]}
"""


def metrics(
    of: tuple[str, str, str], series: Mapping[tuple[str, str], Sequence[float]], first: int = 0, **more: Any
) -> dict[str, Any]:
    """A pair of files: for each (metric, statistic) its values, one a minute from minute ``first`` on."""
    namespace, dimension, resource = of
    queries, results = [], []
    for index, ((metric, stat), values) in enumerate(series.items()):
        about = {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": dimension, "Value": resource}],
        }
        queries.append({"Id": f"m{index}", "MetricStat": {"Metric": about, "Period": 60, "Stat": stat}})
        times = [START.format(first + minute) for minute in range(len(values))]
        results.append(
            {"Id": f"m{index}", "Label": metric, "Timestamps": times, "Values": list(values), "StatusCode": "Complete"}
            | more
        )
    name = f"cloudwatch/{resource}"
    return {f"{name}.queries.json": queries, f"{name}.results.json": {"MetricDataResults": results}}


def nat(first: int = 0, **series: Sequence[float]) -> dict[str, Any]:
    """The metrics of the NAT gateway: errors, active, attempts, established, idle, drops, bytes."""
    known = {
        "errors": ("ErrorPortAllocation", "Sum"),
        "active": ("ActiveConnectionCount", "Maximum"),
        "attempts": ("ConnectionAttemptCount", "Sum"),
        "established": ("ConnectionEstablishedCount", "Sum"),
        "idle": ("IdleTimeoutCount", "Sum"),
        "drops": ("PacketsDropCount", "Sum"),
        "packets_in": ("PacketsInFromSource", "Sum"),
        "packets_back": ("PacketsInFromDestination", "Sum"),
        "peak_bytes": ("PeakBytesPerSecond", "Maximum"),
    }
    return metrics(NAT, {known[name]: values for name, values in series.items()}, first)


def log(*messages: str, minute: int = 5) -> dict[str, str]:
    """Log lines as ``aws logs tail`` prints them, one a second."""
    stream = "2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef"
    lines = [
        f"2026-11-20T12:{minute + index // 60:02}:{index % 60:02}.000000+00:00 {stream} {message}"
        for index, message in enumerate(messages)
    ]
    return {"callers/storefront.log": "\n".join(lines) + "\n"}


TIMEOUT = "ConnectTimeoutError: Connection to cache.example.com timed out. (connect timeout=30)"


def case(folder: Path, *parts: Mapping[str, Any], about: str = ABOUT) -> Case:
    """A case with one function, one subnet and one NAT gateway, and these files more (or, as None, less)."""
    return read_case(case_at(folder, _kept(small(), *parts), about))


def bare(folder: Path, *parts: Mapping[str, Any], about: str = ABOUT) -> Case:
    """A case with nothing but these files."""
    return read_case(case_at(folder, _kept({}, *parts), about))


def _kept(*parts: Mapping[str, Any]) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for part in parts:
        files |= part
    return {name: content for name, content in files.items() if content is not None}


def rules(**groups: Any) -> dict[str, Any]:
    """A security group and a network ACL that let everything through, and no VPC endpoint."""
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    entries = [
        {"RuleNumber": 100, "Egress": egress, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
        for egress in (True, False)
    ]
    group = {"GroupId": "sg-1", "GroupName": "app", "IpPermissionsEgress": everything, **groups}
    of = [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-public"}]
    acl = {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Entries": entries, "Associations": of}
    return {
        "ec2/security-groups.json": {"SecurityGroups": [group]},
        "ec2/network-acls.json": {"NetworkAcls": [acl]},
        "ec2/vpc-endpoints.json": {"VpcEndpoints": []},
    }


def interfaces(*more: Mapping[str, Any], enis: int = 1) -> dict[str, Any]:
    """The Hyperplane ENIs of the function, and others."""
    found = [
        {
            "NetworkInterfaceId": f"eni-{index}",
            "InterfaceType": "lambda",
            "SubnetId": "subnet-1",
            "Groups": [{"GroupId": "sg-1", "GroupName": "app"}],
            "Status": "in-use",
            "PrivateIpAddress": f"10.0.1.{index}",
            "Description": "AWS Lambda VPC ENI-storefront-1",
        }
        for index in range(enis)
    ]
    return {"ec2/network-interfaces.json": {"NetworkInterfaces": [*found, *more]}}


def cause_of(one: Case, id: str) -> CauseResult:
    """What the diagnosis of a case says of a cause."""
    return diagnose(one).cause(id)


__all__ = [
    "ABOUT",
    "FUNCTION",
    "MINUTES",
    "NAT",
    "TIMEOUT",
    "bare",
    "case",
    "cause_of",
    "function",
    "interfaces",
    "log",
    "metrics",
    "nat",
    "nat_gateway",
    "route_table",
    "rules",
    "subnet",
]
