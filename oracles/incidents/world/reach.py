"""Whether a connection and its answers get through, walked from AWS's answers: a check of what experts claim.

Written without any of narrows, rule by rule as the VPC User Guide has them: the function's groups, the network ACL of
its subnet, the most specific route, what stands there, and the ACLs and groups on the other side.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from oracles.incidents.world.folder import CaseFolder
from oracles.incidents.world.ids import Record

ANSWERS = (1024, 65535)
"""Ports that functions and NAT gateways connect from."""
_SOMEWHERE = "52.94.1.1"
"""For a public destination whose address the case does not tell."""
_GATEWAY_LISTS = {"s3": "pl-63a5400a", "dynamodb": "pl-02cd2c6b"}


@dataclass(frozen=True, slots=True)
class Reach:
    """Of one function's subnet to one destination."""

    function: str
    subnet: str
    destination: str
    part: float | None
    """Of the ports, those on which an answer comes back; None where the case does not tell."""
    why: str


def reaches(case: CaseFolder) -> list[Reach]:
    """Every function in question, from each of its subnets, to every destination."""
    found = []
    for name in case.about.get("functions", []):
        function = next((one for one in case.functions if one["FunctionName"] == name), None)
        if function is None or "VpcConfig" not in function or not case.subnets:
            continue
        for key, known in (case.about.get("destinations") or {}).items():
            address = next(iter(known.get("addresses") or _endpoint_addresses(case, known["name"])), _SOMEWHERE)
            for id in function["VpcConfig"]["SubnetIds"]:
                subnet = next(one for one in case.subnets if one["SubnetId"] == id)
                groups = function["VpcConfig"]["SecurityGroupIds"]
                part, why = _walk(case, groups, subnet, address, known["port"], known["name"])
                found.append(Reach(name, id, key, part, why))
    return found


def _endpoint_addresses(case: CaseFolder, host: str) -> list[str]:
    """Of the interface endpoint that answers to a name."""
    return [
        eni["PrivateIpAddress"]
        for one in case.vpc_endpoints
        if any(entry["DnsName"] == host for entry in one["DnsEntries"])
        for eni in case.network_interfaces
        if eni["NetworkInterfaceId"] in one["NetworkInterfaceIds"]
    ]


def _walk(
    case: CaseFolder, groups: list[str], subnet: Record, address: str, port: int, host: str
) -> tuple[float | None, str]:
    if ":" in address:
        return 0.0, "an IPv6 address, from a function without IPv6"
    there = next((one for one in case.network_interfaces if one["PrivateIpAddress"] == address), None)
    beside = [one["GroupId"] for one in there["Groups"]] if there else []
    if not any(_lets(case, one, "IpPermissionsEgress", address, port, beside) for one in groups):
        return 0.0, "the function's groups"
    own = _passes(case, subnet, True, address, (port, port)) * _passes(case, subnet, False, address, ANSWERS)
    if not own:
        return 0.0, "the network ACL of its subnet"
    table = _table_of(case, subnet)
    for service, prefix_list in _GATEWAY_LISTS.items():
        regional = f"{service}.{case.region}.amazonaws.com"
        listed = any(route.get("DestinationPrefixListId") == prefix_list for route in table["Routes"])
        if listed and (host == regional or host.endswith(f".{regional}")):
            return own, "a gateway endpoint"
    beyond, why = _beyond(case, groups, subnet, _most_specific(table, address), address, port, there)
    return (None if beyond is None else own * beyond), why


def _beyond(
    case: CaseFolder,
    groups: list[str],
    subnet: Record,
    route: Record | None,
    address: str,
    port: int,
    there: Record | None,
) -> tuple[float | None, str]:
    """Behind the subnet's own rules: by its route."""
    me = str(ipaddress.ip_network(subnet["CidrBlock"])[20])
    if route is None or route["State"] != "active":
        return 0.0, "no route" if route is None else "a blackhole"
    gateway = route.get("GatewayId", "")
    if "NatGatewayId" in route:
        return _through_nat(case, route["NatGatewayId"], me, address, port)
    if gateway.startswith("igw-"):
        return 0.0, "an internet gateway, without a public address"
    if gateway != "local" and "VpcPeeringConnectionId" not in route:
        return None, "something that the case does not describe"
    if there is None:
        return None, "no interface with this address is in the case"
    its_subnet = next(one for one in case.subnets if one["SubnetId"] == there["SubnetId"])
    part = _passes(case, its_subnet, False, me, (port, port)) * _passes(case, its_subnet, True, me, ANSWERS)
    if not part:
        return 0.0, "the network ACL of the destination's subnet"
    own = [one["GroupId"] for one in there["Groups"]]
    if own and not any(_lets(case, one, "IpPermissions", me, port, groups) for one in own):
        return 0.0, "the destination's groups"
    return part, "inside"


def _through_nat(case: CaseFolder, id: str, me: str, address: str, port: int) -> tuple[float, str]:
    nat = next((one for one in case.nat_gateways if one["NatGatewayId"] == id), None)
    if nat is None or nat["State"] != "available":
        return 0.0, "a NAT gateway that is gone"
    if ipaddress.ip_address(address).is_private:
        return 0.0, "a private address, through a NAT gateway"
    subnet = next(one for one in case.subnets if one["SubnetId"] == nat["SubnetId"])
    out = _most_specific(_table_of(case, subnet), address)
    if out is None or out["State"] != "active" or not out.get("GatewayId", "").startswith("igw-"):
        return 0.0, "a NAT gateway without a way to the internet"
    part = _passes(case, subnet, False, me, (port, port)) * _passes(case, subnet, True, address, (port, port))
    part *= _passes(case, subnet, False, address, ANSWERS) * _passes(case, subnet, True, me, ANSWERS)
    return part, "a NAT gateway" if part else "the network ACL of the NAT gateway's subnet"


def _lets(case: CaseFolder, group: str, rules: str, address: str, port: int, beside: list[str]) -> bool:
    """Whether a security group lets a connection through, to or from an address whose interface has these groups."""
    its_rules: list[Record] = next(one[rules] for one in case.security_groups if one["GroupId"] == group)
    return any(
        (rule["IpProtocol"] == "-1" or (rule["IpProtocol"] == "tcp" and rule["FromPort"] <= port <= rule["ToPort"]))
        and (
            any(_inside(address, one["CidrIp"]) for one in rule["IpRanges"])
            or any(one["GroupId"] in beside for one in rule["UserIdGroupPairs"])
        )
        for rule in its_rules
    )


def _passes(case: CaseFolder, subnet: Record, out: bool, address: str, ports: tuple[int, int]) -> float:
    """The part of these ports to or from an address that the network ACL of a subnet lets through."""
    acl = next(
        one for one in case.network_acls if any(a["SubnetId"] == subnet["SubnetId"] for a in one["Associations"])
    )
    entries = sorted(
        (
            one
            for one in acl["Entries"]
            if one["Egress"] is out and one["Protocol"] in ("-1", "6") and _inside(address, one.get("CidrBlock"))
        ),
        key=lambda one: int(one["RuleNumber"]),
    )
    allowed, decided = 0, [False] * (ports[1] - ports[0] + 1)
    for one in entries:
        span = one.get("PortRange", {"From": 0, "To": 65535})
        for port in range(max(span["From"], ports[0]), min(span["To"], ports[1]) + 1):
            if not decided[port - ports[0]]:
                decided[port - ports[0]] = True
                allowed += one["RuleAction"] == "allow"
    return allowed / len(decided)


def _table_of(case: CaseFolder, subnet: Record) -> Record:
    for table in case.route_tables:
        if any(one.get("SubnetId") == subnet["SubnetId"] for one in table["Associations"]):
            return table
    return case.main_table(next(one for one in case.vpcs if one["VpcId"] == subnet["VpcId"]))


def _most_specific(table: Record, address: str) -> Record | None:
    fitting = [route for route in table["Routes"] if _inside(address, route.get("DestinationCidrBlock"))]
    return max(
        fitting, key=lambda one: ipaddress.ip_network(one["DestinationCidrBlock"]).prefixlen, default=None
    )  # fmt: skip


def _inside(address: str, block: Any) -> bool:
    return block is not None and ipaddress.ip_address(address) in ipaddress.ip_network(block)
