"""Cases by hand, as AWS's own command line writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from narrows.case import Case, read_case

CASE_YAML = """\
schema: 1
region: us-east-1
window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]
functions: [storefront]
destinations:
  cache: {name: cache.example.com, port: 443, addresses: [203.0.113.10]}
reported: connect timeouts since 12:03 under load
"""


def case_at(folder: Path, files: dict[str, Any] | None = None, about: str = CASE_YAML) -> Path:
    """A case with these files: JSON, text or bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(about, encoding="utf-8")
    for name, content in (files or {}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def function(name: str = "storefront", version: str = "$LATEST", **more: Any) -> dict[str, Any]:
    """One function of ListFunctions."""
    config = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}
    return {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:us-east-1:111122223333:function:{name}:{version}",
        "Version": version,
        "Timeout": 30,
        "VpcConfig": config,
        **more,
    }


def subnet(name: str = "subnet-1", **more: Any) -> dict[str, Any]:
    """One subnet of DescribeSubnets."""
    return {
        "SubnetId": name,
        "VpcId": "vpc-1",
        "AvailabilityZone": "us-east-1a",
        "CidrBlock": "10.0.0.0/20",
        "AvailableIpAddressCount": 4000,
        **more,
    }


def route_table(*routes: dict[str, Any], subnet: str | None = "subnet-1", **more: Any) -> dict[str, Any]:
    """One route table of DescribeRouteTables; the main one when ``subnet`` is None."""
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    association = {"Main": True} if subnet is None else {"Main": False, "SubnetId": subnet}
    name = f"rtb-{subnet or 'main'}"
    return {
        "RouteTableId": name, "VpcId": "vpc-1", "Associations": [association], "Routes": [local, *routes], **more,
    }  # fmt: skip


TO_NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}


TO_INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
PUBLIC = route_table(TO_INTERNET, subnet="subnet-public")
"""The route table of the subnet that the NAT gateway stands in."""


def nat_gateway(name: str = "nat-1", addresses: int = 1, **more: Any) -> dict[str, Any]:
    """One NAT gateway of DescribeNatGateways."""
    return {
        "NatGatewayId": name,
        "State": "available",
        "SubnetId": "subnet-public",
        "VpcId": "vpc-1",
        "NatGatewayAddresses": [
            {"PublicIp": f"198.51.100.{index + 1}", "Status": "succeeded"} for index in range(addresses)
        ],
        **more,
    }


def small() -> dict[str, Any]:
    """One function, one subnet, one NAT gateway."""
    return {
        "lambda/functions.json": {"Functions": [function()]},
        "ec2/subnets.json": {"Subnets": [subnet(), subnet("subnet-public", CidrBlock="10.0.16.0/24")]},
        "ec2/route-tables.json": {"RouteTables": [route_table(TO_NAT), PUBLIC]},
        "ec2/nat-gateways.json": {"NatGateways": [nat_gateway()]},
    }


def query(
    name: str = "m0", metric: str = "ErrorPortAllocation", resource: str = "nat-1", **more: Any
) -> dict[str, Any]:
    """One of the MetricDataQueries."""
    about = {
        "Namespace": "AWS/NATGateway",
        "MetricName": metric,
        "Dimensions": [{"Name": "NatGatewayId", "Value": resource}],
    }
    return {"Id": name, "MetricStat": {"Metric": about, "Period": 60, "Stat": "Sum"}, **more}


def result(name: str = "m0", minutes: tuple[int, ...] = (0, 1, 2), **more: Any) -> dict[str, Any]:
    """One of the MetricDataResults: the value of a minute is its number."""
    return {
        "Id": name,
        "Label": "ErrorPortAllocation",
        "Timestamps": [f"2026-11-20T12:{minute:02}:00+00:00" for minute in minutes],
        "Values": [float(minute) for minute in minutes],
        "StatusCode": "Complete",
        **more,
    }


def case_with(folder: Path, about: str = CASE_YAML, **files: Any) -> Case:
    """The small case with some of its files replaced; None takes one away."""
    names = {name.split("/")[1].removesuffix(".json").replace("-", "_"): name for name in small()}
    content = small()
    for key, value in files.items():
        name = names.get(key, f"ec2/{key.replace('_', '-')}.json")
        content[name] = value
    return read_case(case_at(folder, {name: one for name, one in content.items() if one is not None}, about))


def texts(case: Case) -> list[str]:
    """Its notes, each with its place."""
    return [f"{note.source}: {note.text}" for note in case.notes]
