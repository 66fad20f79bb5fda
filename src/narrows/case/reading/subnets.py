"""Subnets: their zone, their VPC, and where they lead."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from narrows.case.model import KnownDestination
from narrows.case.reading.aws_files import Resources
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.routes import UNKNOWN, RouteTable, RouteTables, Target
from narrows.network import Egress, Subnet


@dataclass(frozen=True)
class ReadSubnets:
    """Every subnet by id."""

    subnets: dict[str, Subnet] = field(default_factory=dict)
    vpcs: dict[str, str] = field(default_factory=dict)
    """The VPC of each subnet."""
    blocks: dict[str, ipaddress.IPv4Network] = field(default_factory=dict)
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
    tables = RouteTables(resources["route-tables"])
    subnets: dict[str, Subnet] = {}
    vpcs: dict[str, str] = {}
    blocks: dict[str, ipaddress.IPv4Network] = {}
    local: dict[str, set[bool]] = {}
    for record in resources["subnets"]:
        name, vpc = record.need("SubnetId"), record.text("VpcId")
        if vpc:
            vpcs[name] = vpc
        block = _block(record)
        if block is not None:
            blocks[name] = block
        table = tables.of(name, vpc)
        notes = _Notes(folder, resources, name, name in used)
        if table is None:
            route = UNKNOWN
            if "route-tables" in resources:
                notes.say("no route table of it or its VPC is there")
        else:
            route = _route(table, destinations, notes)
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


def _route(table: RouteTable, destinations: Mapping[str, KnownDestination], notes: _Notes) -> Target:
    """Where a subnet leads: by the routes to the destinations where their addresses are known, else by default."""
    default = table.default()
    ways = {
        table.to(address).way: table.to(address)
        for one in destinations.values()
        for address in one.addresses
        if ":" not in address
    }
    away = {way: target for way, target in ways.items() if way != Egress.LOCAL}
    route = next(iter(away.values())) if len(away) == 1 else default
    if len(away) > 1:
        notes.say(f"leads different ways to different destinations: the default route, to {default.way}, is taken")
    if route.blackhole:
        notes.say(f"its route to {route.resource} is a blackhole: what stood there is gone")
    elif route.way == Egress.UNKNOWN:
        notes.say(f"leads to {route.resource or 'something unknown'}, whose tables no evidence describes")
    elif route.way == Egress.LOCAL and route.resource:
        notes.say(f"leads to {route.resource}: a NAT gateway behind it would stand in a case of its own")
    return route


def _is_local(table: RouteTable, destination: KnownDestination) -> bool:
    ways = [table.specific(address) for address in destination.addresses]
    return all(way is not None and way.way == Egress.LOCAL for way in ways)


def _dual_stack(record: Record, table: RouteTable | None) -> bool:
    return bool(record.records("Ipv6CidrBlockAssociationSet")) and table is not None and table.leads_out_over_ipv6


def _block(record: Record) -> ipaddress.IPv4Network | None:
    text = record.text("CidrBlock")
    if text is None:
        return None
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise record.error(f"'{text}' is no IPv4 CIDR block") from None
