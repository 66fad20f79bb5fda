"""How far connections get in a case by hand: everything is open but for what a test shuts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from narrows.case import read_case
from narrows.reachability import Answer
from tests.unit.case.cases import CASE_YAML, case_at, small

OPEN: dict[str, Any] = {
    "ec2/security-groups.json": {
        "SecurityGroups": [
            {
                "GroupId": name,
                "IpPermissions": [],
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            }
            for name in ("sg-1", "sg-2")
        ]
    },
    "ec2/network-acls.json": {
        "NetworkAcls": [
            {
                "NetworkAclId": "acl-1",
                "Associations": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-public"}],
                "Entries": [
                    {"RuleNumber": 1, "Egress": out, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
                    for out in (True, False)
                ],
            }
        ]
    },
    "ec2/vpc-endpoints.json": {"VpcEndpoints": []},
}
INSIDE = CASE_YAML.replace("203.0.113.10", "10.0.16.9")


def answer(folder: Path, *parts: dict[str, Any], about: str = CASE_YAML) -> Answer:
    """How far connections of the function get from its subnet to the destination."""
    files = small() | OPEN
    for part in parts:
        files |= part
    network = read_case(case_at(folder, files, about)).topology.network
    found = network.reach(network.functions["storefront"], "subnet-1", network.destinations["cache"])
    assert found is not None
    return found


def tables(*more: dict[str, Any]) -> dict[str, Any]:
    return {"ec2/route-tables.json": {"RouteTables": list(more)}}


def interface(**more: Any) -> dict[str, Any]:
    one = {
        "NetworkInterfaceId": "eni-9", "SubnetId": "subnet-public", "VpcId": "vpc-1", "PrivateIpAddress": "10.0.16.9",
        "Groups": [{"GroupId": "sg-2", "GroupName": "two"}], "InterfaceType": "interface", **more,
    }  # fmt: skip
    return {"ec2/network-interfaces.json": {"NetworkInterfaces": [one]}}


def endpoints(*more: dict[str, Any]) -> dict[str, Any]:
    return {
        "ec2/vpc-endpoints.json": {"VpcEndpoints": [{"VpcId": "vpc-1", "State": "available", **one} for one in more]}
    }


def named(host: str, port: int = 443) -> str:
    """A case about a destination with a name and no address."""
    about = CASE_YAML.replace("cache.example.com", host).replace(", addresses: [203.0.113.10]", "")
    return about.replace("port: 443", f"port: {port}")
