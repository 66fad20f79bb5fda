"""Where a subnet's packets go: route tables, by longest prefix as the VPC router matches them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from narrows.addresses import Block
from narrows.addresses import address as parsed
from narrows.case.reading.aws_json import Record
from narrows.network import Egress

_LOCAL_TARGETS = (
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a route leads."""

    way: str
    """A NAT gateway's id, or one of ``Egress``."""
    resource: str | None = None
    """The id of what stands there."""
    blackhole: bool = False


NOWHERE = Target(Egress.NONE)
UNKNOWN = Target(Egress.UNKNOWN)


class RouteTable:
    """One route table."""

    def __init__(self, record: Record, lists: Mapping[str, tuple[Block, ...]]) -> None:
        self.id = record.need("RouteTableId")
        self._routes: list[tuple[Block, Target]] = []
        self._found: dict[str, Target | None] = {}
        self.prefix_lists: dict[str, Target] = {}
        """Where the routes to prefix lists lead, whose addresses no answer of this case names; endpoints' left out."""
        by_list: list[tuple[Block, Target]] = []
        for route in record.records("Routes"):
            target = _target(route)
            block = route.block("DestinationCidrBlock") or route.block("DestinationIpv6CidrBlock")
            prefix_list = route.text("DestinationPrefixListId")
            if block:
                self._routes.append((block, target))
            elif prefix_list and not (target.resource or "").startswith("vpce-"):
                if prefix_list in lists:
                    by_list += [(one, target) for one in lists[prefix_list]]
                else:
                    self.prefix_lists[prefix_list] = target
        # Of routes of one length, those to a list come last.
        self._routes += by_list
        self._routes.sort(key=lambda one: one[0].prefix, reverse=True)

    def to(self, address: str) -> Target:
        """Where packets to an address go."""
        return self.specific(address) or self.default(ipv6=":" in address)

    def specific(self, address: str) -> Target | None:
        """Where packets to an address go by a route of their own; None where they go by default."""
        if address not in self._found:
            wanted = parsed(address)
            routes = (target for block, target in self._routes if block.holds(wanted) and block.prefix)
            self._found[address] = next(routes, None)
        return self._found[address]

    def default(self, ipv6: bool = False) -> Target:
        """Where packets go that no other route matches."""
        version = 6 if ipv6 else 4
        # The routes are in order of their prefixes: those to anywhere come last.
        last = itertools.takewhile(lambda one: one[0].prefix == 0, reversed(self._routes))
        return next((target for block, target in last if block.version == version), NOWHERE)

    @property
    def leads_out_over_ipv6(self) -> bool:
        """Whether there is a default route for IPv6."""
        way = self.default(ipv6=True)
        return way is not NOWHERE and not way.blackhole


class RouteTables:
    """All route tables, and which one each subnet uses."""

    def __init__(self, records: Iterable[Record], lists: Mapping[str, tuple[Block, ...]] | None = None) -> None:
        """``lists``: the blocks of the prefix lists of which they are known."""
        self._of_subnet: dict[str, RouteTable] = {}
        self._main_of_vpc: dict[str, RouteTable] = {}
        for record in records:
            table, vpc = RouteTable(record, lists or {}), record.text("VpcId")
            for association in record.records("Associations"):
                subnet = association.text("SubnetId")
                if subnet:
                    self._of_subnet[subnet] = table
                elif association.flag("Main") and vpc:
                    self._main_of_vpc[vpc] = table

    def of(self, subnet: str, vpc: str | None) -> RouteTable | None:
        """The table that a subnet uses: its own, else its VPC's main one; None where neither is there."""
        return self._of_subnet.get(subnet) or (self._main_of_vpc.get(vpc) if vpc else None)


def _target(route: Record) -> Target:
    gateway = route.text("GatewayId") or ""
    if route.text("State") == "blackhole":
        named = route.text("NatGatewayId") or gateway or route.text("NetworkInterfaceId")
        return Target(Egress.NONE, named or route.text("TransitGatewayId"), blackhole=True)
    nat = route.text("NatGatewayId")
    if nat:
        return Target(nat, nat)
    if gateway.startswith("igw-") or route.text("CarrierGatewayId"):
        return Target(Egress.INTERNET_GATEWAY, gateway or route.text("CarrierGatewayId"))
    if gateway == "local" or gateway.startswith("vgw-"):
        return Target(Egress.LOCAL, gateway)
    for key in _LOCAL_TARGETS:
        found = route.text(key)
        if found:
            return Target(Egress.LOCAL, found)
    named = gateway or route.text("InstanceId") or route.text("NetworkInterfaceId")
    return Target(Egress.UNKNOWN, named or route.text("EgressOnlyInternetGatewayId"))
