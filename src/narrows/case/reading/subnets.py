"""Subnets: their zone, their VPC, and where they lead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from narrows.addresses import Block
from narrows.case.model import KnownDestination
from narrows.case.reading.aws_files import Resources
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.prefix_lists import blocks_of_lists
from narrows.case.reading.routes import UNKNOWN, RouteTable, RouteTables, Target
from narrows.network import Egress, Subnet


@dataclass(frozen=True)
class ReadSubnets:
    """Every subnet by id."""

    subnets: dict[str, Subnet] = field(default_factory=dict)
    vpcs: dict[str, str] = field(default_factory=dict)
    """The VPC of each subnet."""
    blocks: dict[str, Block] = field(default_factory=dict)
    """The IPv4 addresses of each subnet."""
    local: frozenset[str] = frozenset()
    """The destinations that the functions reach without a NAT gateway: inside the VPC, over peering or a transit
    gateway."""
    tables: RouteTables = field(default_factory=lambda: RouteTables(()))


def read_subnets(
    folder: CaseFolder,
    resources: Resources,
    destinations: Mapping[str, KnownDestination],
    used: Collection[str],
) -> ReadSubnets:
    """The subnets of a case; ``used`` are those of the functions in question."""
    tables = RouteTables(resources["route-tables"], blocks_of_lists(resources["prefix-lists"]))
    ways = _Ways(resources, tables, destinations)
    subnets: dict[str, Subnet] = {}
    vpcs: dict[str, str] = {}
    blocks: dict[str, Block] = {}
    local: dict[str, set[bool]] = {}
    for record in resources["subnets"]:
        name, vpc = record.need("SubnetId"), record.text("VpcId")
        if vpc:
            vpcs[name] = vpc
        block = record.block("CidrBlock")
        if block is not None:
            blocks[name] = block
        table = tables.of(name, vpc)
        notes = _Notes(folder, resources, name, name in used)
        if table is None:
            route = UNKNOWN
            if "route-tables" in resources:
                notes.say("no route table of it or its VPC is there")
        else:
            route = ways.out(table, notes)
            if name in used:
                for key, one in destinations.items():
                    # Where the subnet leads to a transit gateway anyway, its own route says so.
                    if one.addresses and route.way != Egress.LOCAL:
                        local.setdefault(key, set()).add(_is_local(table, one))
        free = record.whole("AvailableIpAddressCount")
        subnet = Subnet(name, record.text("AvailabilityZone") or "", route.way, ipv6=_dual_stack(record, table))
        subnets[name] = subnet if free is None else replace(subnet, free_addresses=free)
    mixed = [key for key, answers in local.items() if len(answers) > 1]
    if mixed:
        text = f"some of the functions' subnets need a NAT gateway to reach {', '.join(mixed)}, some do not"
        folder.note(resources.source("route-tables"), text)
    return ReadSubnets(subnets, vpcs, blocks, frozenset(key for key, one in local.items() if one == {True}), tables)


@dataclass(frozen=True, slots=True)
class _Notes:
    """What is said of the routes of one subnet; only of those that matter."""

    folder: CaseFolder
    resources: Resources
    subnet: str
    matters: bool

    def say(self, text: str) -> None:
        if self.matters:
            self.folder.note(self.resources.source("route-tables"), f"{self.subnet}: {text}")


class _Ways:
    """Follows routes from subnets."""

    def __init__(self, resources: Resources, tables: RouteTables, destinations: Mapping[str, KnownDestination]) -> None:
        self._tables = tables
        self._addresses = [address for one in destinations.values() for address in one.addresses if ":" not in address]
        self._firewalls = {
            record.need("VpcEndpointId"): (subnet, record.text("VpcId"))
            for record in resources["vpc-endpoints"]
            if record.text("VpcEndpointType") == "GatewayLoadBalancer"
            for subnet in record.texts("SubnetIds")[:1]
        }

    def out(self, table: RouteTable, notes: _Notes) -> Target:
        """Where a subnet leads: by its routes to the destinations where addresses are known, else by default.

        What a firewall endpoint lets through goes on from the subnet that it stands in.
        """
        passed: list[str] = []
        while True:
            route = self._next(table, notes)
            beyond = self._firewalls.get(route.resource or "")
            if beyond is None or route.resource is None or route.resource in passed:
                break
            passed.append(route.resource)
            notes.say(
                f"its connections pass the firewall endpoint {route.resource}, whose tables no evidence describes"
            )
            following = self._tables.of(*beyond)
            if following is None:
                return UNKNOWN
            table = following
        if route.blackhole:
            notes.say(f"its route to {route.resource} is a blackhole: what stood there is gone")
        elif route.way == Egress.UNKNOWN:
            notes.say(f"leads to {route.resource or 'something unknown'}, whose tables no evidence describes")
        elif route.way == Egress.LOCAL and route.resource:
            notes.say(f"leads to {route.resource}: collect the NAT gateways behind it into this case, too")
        return route

    def _next(self, table: RouteTable, notes: _Notes) -> Target:
        default = table.default()
        targets = {target.way: target for target in map(table.to, self._addresses) if target.way != Egress.LOCAL}
        if len(targets) > 1:
            notes.say(f"leads different ways to different destinations: the default route, to {default.way}, is taken")
        for prefix_list, target in table.prefix_lists.items():
            text = f"what is in prefix list {prefix_list} goes to {target.resource}: no evidence says what is in it"
            notes.say(text)
        return next(iter(targets.values())) if len(targets) == 1 else default


def _is_local(table: RouteTable, destination: KnownDestination) -> bool:
    ways = [table.specific(address) for address in destination.addresses]
    return all(way is not None and way.way == Egress.LOCAL for way in ways)


def _dual_stack(record: Record, table: RouteTable | None) -> bool:
    return bool(record.records("Ipv6CidrBlockAssociationSet")) and table is not None and table.leads_out_over_ipv6
