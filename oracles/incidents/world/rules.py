"""Routes and rules in AWS's own form."""

from __future__ import annotations

from oracles.incidents.world.ids import ACCOUNT, Known, Record, id_of

_TARGETS = {
    "nat": "NatGatewayId", "tgw": "TransitGatewayId", "pcx": "VpcPeeringConnectionId", "eni": "NetworkInterfaceId",
    "eigw": "EgressOnlyInternetGatewayId", "i": "InstanceId", "cagw": "CarrierGatewayId",
}  # fmt: skip
_PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17"}

Ports = int | tuple[int, int] | None
"""One port, the first and the last, or all."""


def route(destination: str, target: Known, state: str = "active", **more: object) -> Record:
    """A route: ``route("0.0.0.0/0", nat)``; the destination may be IPv6, or a prefix list ``pl-...``."""
    leads = id_of(target)
    kind = (
        "DestinationPrefixListId"
        if destination.startswith("pl-")
        else "DestinationIpv6CidrBlock"
        if ":" in destination
        else "DestinationCidrBlock"
    )
    key = _TARGETS.get(leads.split("-")[0], "GatewayId")
    origin = "CreateRouteTable" if leads == "local" else "CreateRoute"
    return {kind: destination, key: leads, "Origin": origin, "State": state, **more}


def allow(ports: Ports, *peers: Known, protocol: str = "tcp", note: str = "") -> Record:
    """One of a security group's ``IpPermissions``: these ports from or to CIDR blocks, groups or prefix lists.

    ``allow(None, "0.0.0.0/0", protocol="-1")`` lets everything through.
    """
    first, last = ports if isinstance(ports, tuple) else (ports, ports)
    about = {"Description": note} if note else {}
    names = [id_of(one) for one in peers]
    rule: Record = {
        "IpProtocol": protocol,
        "UserIdGroupPairs": [{**about, "UserId": ACCOUNT, "GroupId": one} for one in names if one.startswith("sg-")],
        "IpRanges": [{**about, "CidrIp": one} for one in names if "." in one and "/" in one],
        "Ipv6Ranges": [{**about, "CidrIpv6": one} for one in names if ":" in one],
        "PrefixListIds": [{**about, "PrefixListId": one} for one in names if one.startswith("pl-")],
    }
    return rule if protocol == "-1" else {**rule, "FromPort": first, "ToPort": last}


EVERYTHING = allow(None, "0.0.0.0/0", protocol="-1")
"""The rule of a new security group for what leaves."""


def entry(number: int, way: str, action: str, ports: Ports, block: str, protocol: str = "tcp") -> Record:
    """One of a network ACL's entries; ``way`` is ``in`` or ``out``, ``protocol`` also ``all``."""
    kind = "Ipv6CidrBlock" if ":" in block else "CidrBlock"
    known: Record = {
        kind: block,
        "Egress": way == "out",
        "Protocol": _PROTOCOLS.get(protocol, protocol),
        "RuleAction": action,
        "RuleNumber": number,
    }
    if ports is not None:
        first, last = ports if isinstance(ports, tuple) else (ports, ports)
        known["PortRange"] = {"From": first, "To": last}
    return known


def open_entries() -> list[Record]:
    """What a VPC's default network ACL allows: everything."""
    return [entry(100, way, "allow", None, "0.0.0.0/0", "all") for way in ("out", "in")]


def last_entries() -> list[Record]:
    """The entries that end each network ACL, and that nobody can delete."""
    return [entry(32767, way, "deny", None, "0.0.0.0/0", "all") for way in ("out", "in")]
