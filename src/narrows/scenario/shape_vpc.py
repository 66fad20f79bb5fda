"""The table of fields of a scenario file, as far as the network goes: what is in the VPC, and where connections go."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from narrows.errors import shown
from narrows.network import Endpoint, HopKind, NatGateway, NatKind, SecurityGroup, Subnet, WhenFull
from narrows.scenario.fields import (
    AS_COUNT,
    Count,
    Example,
    Name,
    Names,
    NoneOrMore,
    Part,
    Port,
    Ports,
    PositiveDuration,
    WrittenAs,
    Zone,
    by_name,
)
from narrows.units import parse_count

_MOST_ADDRESSES = 4096


class SubnetPart(Part):
    """vpc.subnets.NAME

    A subnet. Functions in it share one Hyperplane ENI for each set of security groups.
    """

    az: Annotated[Zone, Example("us-east-1a")]
    """Its Availability Zone."""
    route: Annotated[
        Name, Example("nat-a", others=(("none", "nothing leaves"), ("local", "peering, transit gateway")))
    ] = "none"
    """Where 0.0.0.0/0 leads. The name of a NAT gateway; ``none``; ``local`` (a transit gateway or a peering connection:
    no NAT); or ``internet-gateway``, which is of no use to a function."""
    free_addresses: Annotated[NoneOrMore, Example(4091, "IPv4 addresses")] = 4091
    """IPv4 addresses left. Each Hyperplane ENI takes one; the default is what an empty /20 has."""
    denied_ports: Annotated[Ports, Example([25])] = frozenset()
    """Ports its network ACL denies. Destination ports of connections that leave."""
    ipv6: Annotated[bool, Example(True)] = False
    """Dual-stack, past the NAT gateway. It then has a route to an egress-only internet gateway, which has no table of
    connections; only functions with ``dual_stack`` go there, to destinations with ``ipv6``."""


class NatGatewayPart(Part):
    """vpc.nat_gateways.NAME

    A NAT gateway. Each of its addresses takes 55,000 connections to each unique destination.
    """

    addresses: Annotated[Count, Example(1, "IPv4 addresses")] = 1
    """Its IPv4 addresses. Each takes 55,000 connections to each unique destination (address, port and protocol). Zonal:
    1 to 8, and above 2 the quota L-5F53652F must be raised. Of a regional one: in each Availability Zone."""
    kind: Annotated[NatKind, Example("zonal")] = NatKind.ZONAL
    """What kind it is. A regional one serves all Availability Zones, with addresses in each."""
    az: Annotated[Zone | None, Example("us-east-1a")] = None
    """Where it stands. Of a zonal or private one; traffic from other Availability Zones costs more."""


class SecurityGroupPart(Part):
    """vpc.security_groups.NAME

    A security group, as far as it matters to connections that leave. One that is not here lets out everything.
    """

    egress_ports: Annotated[Ports | None, Example([443, 6379])] = None
    """Ports it lets out. Destination ports; by default all."""


_ENDPOINT_KINDS = {
    "interface": HopKind.INTERFACE_ENDPOINT,
    "gateway": HopKind.GATEWAY_ENDPOINT,
    "proxy": HopKind.PROXY,
}
_WORD_OF_KIND = {kind: word for word, kind in _ENDPOINT_KINDS.items()}


class EndpointPart(Part):
    """vpc.endpoints.NAME

    A way to destinations that goes past the NAT gateways: a VPC endpoint, or a proxy of one's own.
    """

    kind: Annotated[
        HopKind,
        WrittenAs(Literal["interface", "gateway", "proxy"], _ENDPOINT_KINDS.__getitem__, _WORD_OF_KIND.__getitem__),
        Example("interface"),
    ] = HopKind.INTERFACE_ENDPOINT
    """What kind it is. Interface and gateway endpoints are AWS's; no connection limit is documented of
    them. A proxy is one's own."""
    destinations: Annotated[Names, Field(alias="to", min_length=1), Example(["s3"])]
    """The destinations reached through it. Their names under ``destinations``."""
    azs: Annotated[tuple[Zone, ...], Example(["us-east-1a"])] = ()
    """Its Availability Zones. By default every one; functions elsewhere go past it."""
    reuse: Annotated[Count, Example(10, "connections")] = 1
    """Connections of functions over one of its own. Of a proxy; what it opens itself is divided by this."""


class VpcPart(Part):
    """vpc

    What is in the VPC.
    """

    subnets: Annotated[Mapping[str, Subnet], by_name(SubnetPart, Subnet)] = {}
    """Subnets, by name."""
    nat_gateways: Annotated[Mapping[str, NatGateway], by_name(NatGatewayPart, NatGateway)] = {}
    """NAT gateways, by name. A name of one is what a subnet's ``route`` says."""
    security_groups: Annotated[Mapping[str, SecurityGroup], by_name(SecurityGroupPart, SecurityGroup)] = {}
    """Security groups, by name. Only those that restrict what leaves need to be here."""
    endpoints: Annotated[Mapping[str, Endpoint], by_name(EndpointPart, Endpoint)] = {}
    """VPC endpoints and proxies, by name."""


def _addresses(value: Any) -> Any:
    if isinstance(value, list):
        for address in value:
            try:
                ipaddress.ip_address(str(address))
            except ValueError:
                raise ValueError(f"{shown(address)} is not an IP address") from None
        if not value:
            raise ValueError("a destination has at least one address")
        if len(set(map(str, value))) != len(value):
            raise ValueError("an address is named twice")
        return tuple(map(str, value))
    count = parse_count(value)
    if isinstance(count, int) and not isinstance(count, bool) and 1 <= count <= _MOST_ADDRESSES:
        return count
    raise ValueError(f"write how many addresses there are (1 to {_MOST_ADDRESSES}), or a list of them")


_HowMany = Annotated[int, Field(ge=1, le=_MOST_ADDRESSES), AS_COUNT]
_Which = Annotated[tuple[str, ...], Field(min_length=1)]


class DestinationPart(Part):
    """destinations.NAME

    What functions connect to: a name, behind it one or more addresses, and a port. Address, port and protocol together
    are a unique destination, which NAT gateways count connections for.
    """

    port: Annotated[Port, Example(443)]
    """The port that functions connect to."""
    addresses: Annotated[
        _HowMany | _Which,
        BeforeValidator(_addresses),
        Example(1, "addresses", (([f"203.0.113.{last}" for last in (10, 11)], "these addresses"),)),
    ] = 1
    """IP addresses behind its name. How many there are, or a list of them. Each is a unique destination of its own."""
    protocol: Annotated[Literal["tcp", "udp"], Example("tcp")] = "tcp"
    """The protocol that functions speak."""
    host: Annotated[Name | None, Example("cache.example.com")] = None
    """Its DNS name. By default its name here with ``.example.com``."""
    max_connections: Annotated[Count | None, Example(10_000, "connections")] = None
    """Connections each address takes at once. As ``maxclients`` of Redis or ``max_connections`` of a database; by
    default there is no limit."""
    when_full: Annotated[WhenFull, Example("refuse")] = WhenFull.REFUSE
    """What it does above its limit. ``refuse``: it answers RST; ``ignore``: the SYN gets no answer."""
    accepts_per_second: Annotated[Count | None, Example(5000, "connections a second")] = None
    """New connections each address accepts. A second; more are not answered. By default there is no limit."""
    answers: Annotated[Literal["yes", "no", "refuses"], Example("yes")] = "yes"
    """Whether it answers at all. ``no``: SYNs get no answer, ``refuses``: RST; whatever the load."""
    round_trip: Annotated[PositiveDuration, Example("1ms")] = 0.001
    """From a SYN to its answer."""
    local: Annotated[bool, Example(True)] = False
    """Inside the VPC, or peered: no NAT."""
    ipv6: Annotated[bool, Example(True)] = False
    """Reachable over IPv6. See ``ipv6`` of subnets."""
