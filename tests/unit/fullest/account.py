"""An account by hand, in AWS's shapes: two functions in question, and everything that may share their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from narrows.case import Case, read_case
from tests.unit.case.cases import PUBLIC, TO_NAT, case_at, function, nat_gateway, route_table, subnet
from tests.unit.diagnose.by_hand import nat

ABOUT = """\
schema: 1
region: us-east-1
window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]
functions: [storefront, catalog]
destinations:
  cache: {name: cache.example.com, port: 443, addresses: [8.8.4.4]}
"""
NOBODY_ASKED = ABOUT.replace("functions: [storefront, catalog]\n", "")


def attached(name: str, subnets: Sequence[str], groups: Sequence[str], **more: Any) -> dict[str, Any]:
    """A function with this VPC configuration."""
    vpc = "vpc-2" if "subnet-far" in subnets else "vpc-1"
    return function(name, VpcConfig={"SubnetIds": [*subnets], "SecurityGroupIds": [*groups], "VpcId": vpc}, **more)


def interface(name: str, at: str, groups: Sequence[str], **more: Any) -> dict[str, Any]:
    """One network interface of DescribeNetworkInterfaces."""
    return {
        "NetworkInterfaceId": name,
        "InterfaceType": "lambda",
        "Status": "in-use",
        "SubnetId": at,
        "Groups": [{"GroupId": one, "GroupName": one} for one in groups],
        "Description": "AWS Lambda VPC ENI-storefront-b4b1f6a2-5d8e-4b7c-9f3a-27c10e5d8b46",
        **more,
    }


def account(active: Sequence[float] = (100.0, 12_000.0)) -> dict[str, Any]:
    """The files of a case.

    storefront and catalog are on one ENI of subnet-1; orders-worker too, its groups in another order, and version 3 of
    archive, whose latest version has another group. mailer has the same subnet and another group. A container leaves
    by the same NAT gateway from a subnet of its own. reports is in another VPC, cleaner in none.
    """
    functions = [
        attached("storefront", ["subnet-1"], ["sg-1", "sg-2"]),
        attached("catalog", ["subnet-1", "subnet-2"], ["sg-1", "sg-2"]),
        attached("orders-worker", ["subnet-1"], ["sg-2", "sg-1"]),
        attached("archive", ["subnet-1"], ["sg-new"]),
        attached("archive", ["subnet-1"], ["sg-2", "sg-1"], version="3"),
        attached("archive", ["subnet-1"], ["sg-new"], version="4"),
        attached("mailer", ["subnet-1"], ["sg-9"]),
        attached("reports", ["subnet-far"], ["sg-far"]),
        {key: value for key, value in function("cleaner").items() if key != "VpcConfig"},
    ]
    container = interface(
        "eni-task", "subnet-3", ["sg-task"], InterfaceType="interface", PrivateIpAddress="10.0.48.7",
        Description="arn:aws:ecs:us-east-1:111122223333:attachment/0f4b", TagSet=[{"Key": "Name", "Value": "crawler"}],
    )  # fmt: skip
    subnets = [
        subnet(Tags=[{"Key": "Name", "Value": "private-a"}]),
        subnet("subnet-2", CidrBlock="10.0.32.0/20", AvailabilityZone="us-east-1b"),
        subnet("subnet-3", CidrBlock="10.0.48.0/20"),
        subnet("subnet-public", CidrBlock="10.0.16.0/24"),
        subnet("subnet-far", CidrBlock="10.9.0.0/20", VpcId="vpc-2"),
    ]
    far = {**route_table({**TO_NAT, "NatGatewayId": "nat-far"}, subnet="subnet-far"), "VpcId": "vpc-2"}
    own = {**TO_NAT, "NatGatewayId": "nat-2"}
    tables = [
        route_table(TO_NAT), route_table(own, subnet="subnet-2"), route_table(TO_NAT, subnet="subnet-3"), PUBLIC, far
    ]  # fmt: skip
    return {
        "lambda/functions.json": {"Functions": functions},
        "ec2/subnets.json": {"Subnets": subnets},
        "ec2/route-tables.json": {"RouteTables": tables},
        "ec2/nat-gateways.json": {
            "NatGateways": [nat_gateway(), nat_gateway("nat-2", 2), nat_gateway("nat-far", VpcId="vpc-2")]
        },
        "ec2/network-interfaces.json": {
            "NetworkInterfaces": [
                interface("eni-1", "subnet-1", ["sg-2", "sg-1"]),
                interface("eni-9", "subnet-1", ["sg-9"], Status="available"),
                container,
            ]
        },
        **nat(errors=[0.0] * 15, active=[*active, *[active[-1]] * (15 - len(active))]),
    }


def case_of(folder: Path, *changes: Mapping[str, Any], about: str = ABOUT) -> Case:
    """The account's case, with some of its files replaced; None takes one away."""
    files = account()
    for change in changes:
        files |= change
    return read_case(case_at(folder, {name: one for name, one in files.items() if one is not None}, about))
