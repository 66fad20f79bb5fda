"""How the VPCs of a case are put together, from what the Describe operations said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from narrows.addresses import Block
from narrows.case.reading.aws_files import Resources
from narrows.case.reading.aws_json import Record
from narrows.case.wiring import (
    WiredAcl,
    WiredEndpoint,
    WiredGateway,
    WiredGroup,
    WiredRoute,
    WiredSubnet,
    WiredTable,
    WiredVpc,
    Wiring,
)

_TO = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_BY = (
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
    "NetworkInterfaceId",
    "InstanceId",
    "GatewayId",
)
"""What a route can lead to. One to an instance names its network interface too, which says the same of any instance."""
_MADE_BY_HAND = (None, "CreateRoute")
_PROTOCOL = re.compile(r"[a-z0-9-]{1,20}")
_PARTS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("UserIdGroupPairs", "GroupId"),
    ("PrefixListIds", "PrefixListId"),
)
"""Of a rule: the lists of whom it is about, and the member of each that names them."""


def read_wiring(resources: Resources) -> Wiring:
    """What the answers in these files say of it."""
    return Wiring(
        vpcs={one.need("VpcId"): WiredVpc(tuple(_blocks_of_vpc(one))) for one in resources["vpcs"]},
        subnets={
            one.need("SubnetId"): WiredSubnet(one.text("VpcId"), tuple(_blocks_of_subnet(one)))
            for one in resources["subnets"]
        },
        tables={one.need("RouteTableId"): _table(one) for one in resources["route-tables"]},
        acls={one.need("NetworkAclId"): _acl(one) for one in resources["network-acls"]},
        groups={
            one.need("GroupId"): _group(one)
            for one in resources["security-groups"]
            if "IpPermissions" in one.data and "IpPermissionsEgress" in one.data
        },
        gateways={one.need("NatGatewayId"): _gateway(one) for one in resources["nat-gateways"]},
        endpoints={
            one.need("VpcEndpointId"): WiredEndpoint(
                one.text("VpcId"), one.text("ServiceName") or "", one.texts("RouteTableIds")
            )
            for one in resources["vpc-endpoints"]
            if one.text("VpcEndpointType") == "Gateway"
        },
    )


def _blocks_of_vpc(record: Record) -> Iterator[Block]:
    listed = [one.block("CidrBlock") for one in record.records("CidrBlockAssociationSet")]
    listed += [record.block("CidrBlock"), *_ipv6(record)]
    yield from (one for one in dict.fromkeys(listed) if one is not None)


def _blocks_of_subnet(record: Record) -> Iterator[Block]:
    yield from (one for one in (record.block("CidrBlock"), *_ipv6(record)) if one is not None)


def _ipv6(record: Record) -> list[Block | None]:
    return [one.block("Ipv6CidrBlock") for one in record.records("Ipv6CidrBlockAssociationSet")]


def _table(record: Record) -> WiredTable:
    associations = record.records("Associations")
    named = [(one.text("SubnetId"), one.text("RouteTableAssociationId")) for one in associations]
    gateways = (one.text("GatewayId") for one in record.records("PropagatingVgws"))
    return WiredTable(
        record.text("VpcId"),
        tuple(route for one in record.records("Routes") if (route := _route(one)) is not None),
        any(one.flag("Main") for one in associations),
        {subnet: id or "" for subnet, id in named if subnet},
        tuple(one for one in gateways if one),
    )


def _route(record: Record) -> WiredRoute | None:
    to = next(((name, value) for name in _TO if (value := _where(record, name))), None)
    by = next(((name, value) for name in _BY if (value := record.text(name))), None)
    if to is None or by is None:
        return None
    copied = by[1] != "local" and record.text("Origin") in _MADE_BY_HAND and record.text("State") in (None, "active")
    return WiredRoute(to, by, copied)


def _where(record: Record, name: str) -> str | None:
    """A block in its plain form, or the id of a prefix list."""
    if name == _TO[-1]:
        return record.text(name)
    block = record.block(name)
    return None if block is None else str(block)


def _acl(record: Record) -> WiredAcl:
    named = (one.text("SubnetId") for one in record.records("Associations"))
    return WiredAcl(bool(record.flag("IsDefault")), tuple(one for one in named if one))


def _group(record: Record) -> WiredGroup:
    ingress, egress = (
        tuple(rule for one in record.records(key) for rule in _rules(one))
        for key in ("IpPermissions", "IpPermissionsEgress")
    )
    return WiredGroup(record.text("VpcId"), record.text("GroupName"), ingress, egress)


def _rules(record: Record) -> Iterator[dict[str, object]]:
    """A rule for each of those that one is about, so that each can be told from the others."""
    protocol = record.text("IpProtocol") or ""
    if not _PROTOCOL.fullmatch(protocol):
        return
    ports = {name: record.whole(name) for name in ("FromPort", "ToPort") if record.whole(name) is not None}
    for part, member in _PARTS:
        for one in record.records(part):
            value = one.block(member) if member.startswith("Cidr") else one.text(member)
            if value is not None:
                yield {"IpProtocol": protocol, **ports, part: [{member: str(value)}]}


def _gateway(record: Record) -> WiredGateway:
    listed = record.records("NatGatewayAddresses")
    addresses = tuple((one.text("AvailabilityZone"), one.text("PrivateIp")) for one in listed)
    return WiredGateway(record.text("VpcId"), record.text("SubnetId"), addresses)
