"""A VPC's configuration as plain data: what the walk of a connection looks at. All ids are AWS's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from narrows.addresses import Block
from narrows.reachability.rules import Acl, SecurityGroupRules, covers
from narrows.reachability.transit import Attachment


class Leads(StrEnum):
    """What a route leads to."""

    LOCAL = "local"
    NAT = "nat-gateway"
    INTERNET = "internet-gateway"
    EGRESS_ONLY = "egress-only-internet-gateway"
    PEERING = "peering"
    FAR = "far"
    """A transit gateway, virtual private gateway, local gateway, core network or the like."""
    ENDPOINT = "endpoint"
    """A gateway endpoint or a firewall's (Gateway Load Balancer) endpoint."""
    INTERFACE = "interface"
    """A NAT instance or another appliance."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a route table."""

    block: Block | None
    """None for a prefix list's."""
    prefix_list: str | None
    leads: Leads
    target: str | None
    blackhole: bool = False
    propagated: bool = False


@dataclass(frozen=True)
class RoutesOf:
    """A route table: its routes with blocks, the longest prefix first (static before propagated), and the others."""

    id: str
    vpc: str | None
    routes: tuple[Route, ...]
    by_list: tuple[Route, ...] = ()

    def to(self, block: Block) -> Route | None:
        """The route of the longest prefix that holds all of a block."""
        for version, prefix in self._prefixes:
            if version == block.version and prefix <= block.prefix:
                bits = (32 if version == 4 else 128) - prefix
                found = self._index.get((version, prefix, block.first >> bits << bits))
                if found is not None:
                    return found
        return None

    def parts(self, block: Block) -> bool:
        """Whether a route is for a part of a block only."""
        starts = self._starts.get(block.version, ())
        place = bisect_left(starts, (block.first, block.prefix + 1))
        while place < len(starts) and starts[place][0] <= block.last:
            if starts[place][1] > block.prefix:
                return True
            place += 1
        return False

    @cached_property
    def _index(self) -> dict[tuple[int, int, int], Route]:
        found: dict[tuple[int, int, int], Route] = {}
        for route in self.routes:
            if route.block is not None:
                found.setdefault((route.block.version, route.block.prefix, route.block.first), route)
        return found

    @cached_property
    def _prefixes(self) -> tuple[tuple[int, int], ...]:
        return tuple(sorted({(version, prefix) for version, prefix, _ in self._index}, key=lambda one: -one[1]))

    @cached_property
    def _starts(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for version, prefix, first in self._index:
            found.setdefault(version, []).append((first, prefix))
        return {version: sorted(starts) for version, starts in found.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """A subnet."""

    id: str
    vpc: str | None
    blocks: tuple[Block, ...]
    zone: str | None = None
    """Its Availability Zone."""
    shared: bool = False
    """Whether it is another account's than the functions'."""
    shut: bool = False
    """Whether VPC Block Public Access keeps its internet gateways from it, in both directions."""

    def block(self, version: int) -> Block | None:
        """Its addresses of IPv4 or IPv6."""
        return next((one for one in self.blocks if one.version == version), None)


@dataclass(frozen=True, slots=True)
class Nic:
    """A network interface that something listens at."""

    id: str
    subnet: str | None
    groups: tuple[str, ...]
    kind: str
    """Its ``InterfaceType``."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A NAT gateway."""

    id: str
    state: str
    subnet: str | None
    """None where the case does not say, and for a regional one."""
    private: bool = False
    regional: bool = False
    table: str | None = None
    """A regional one's own route table, where the case says which."""


@dataclass(frozen=True, slots=True)
class Service:
    """A VPC endpoint that works."""

    id: str
    service: str
    """Its ``ServiceName``."""
    vpc: str | None
    by_route: bool
    """A gateway endpoint."""
    private_dns: bool
    names: frozenset[str]
    """Destinations whose DNS name is one of the service's."""
    own_names: frozenset[str]
    """Destinations that are reached through it whatever private DNS says: by its own DNS name, or as told."""
    interfaces: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A prefix list."""

    blocks: tuple[Block, ...] = ()
    """None where the case does not say what is in it."""
    names: frozenset[str] = frozenset()
    """Destinations that are of the service of AWS whose addresses it lists."""
    others: frozenset[str] = frozenset()
    """Destinations that are not."""

    def holds(self, name: str, block: Block) -> bool | None:
        """Whether a destination is in it, at an address or in a block of them."""
        if name in self.names:
            return True
        judged = {covers(one, block) for one in self.blocks}
        if True in judged:
            return True
        if name in self.others or judged == {False}:
            return False
        return None

    def prefix(self, block: Block) -> int | None:
        """The length of the longest prefix in it that holds all of a block; None where none is known to."""
        return max((one.prefix for one in self.blocks if covers(one, block)), default=None)


@dataclass(frozen=True)
class Configuration:
    """Everything on the ways out of the VPCs of a case."""

    known: frozenset[str] = frozenset()
    """Kinds of answers of AWS that were there."""
    places: Mapping[str, Place] = field(default_factory=dict)
    table_of: Mapping[str, RoutesOf] = field(default_factory=dict)
    """The route table that each subnet uses: its own, else its VPC's main one."""
    tables: Mapping[str, RoutesOf] = field(default_factory=dict)
    acl_of: Mapping[str, Acl] = field(default_factory=dict)
    """By subnet, where it is there with its entries."""
    groups: Mapping[str, SecurityGroupRules] = field(default_factory=dict)
    nics: Mapping[tuple[str, int, int], Nic] = field(default_factory=dict)
    """By VPC, IP version and address."""
    nic_addresses: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)
    """By interface id."""
    lambda_addresses: Mapping[tuple[str, tuple[str, ...]], tuple[Block, ...]] = field(default_factory=dict)
    """Those of the Hyperplane ENIs, by subnet and sorted security groups."""
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    lists: Mapping[str, PrefixList] = field(default_factory=dict)
    attachments: Mapping[tuple[str, str], tuple[Attachment, ...]] = field(default_factory=dict)
    """Those of each transit gateway and VPC."""
    firewalls: Mapping[str, str | None] = field(default_factory=dict)
    """Gateway Load Balancer endpoints, with the subnet that each stands in."""
    via: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Endpoints and proxies that destinations are told to be reached through."""
    in_zone: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """By destination and Availability Zone: the addresses that its name stands for there."""
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Addresses one of which is a destination's."""
    out_of_order: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """(id, state) of the endpoint that a destination is reached through by its own DNS name, where it does not work."""

    @cached_property
    def places_of(self) -> dict[str | None, list[Place]]:
        """The subnets of each VPC."""
        found: dict[str | None, list[Place]] = {}
        for place in self.places.values():
            found.setdefault(place.vpc, []).append(place)
        return found

    @cached_property
    def sides_of(self) -> dict[str | None, set[str | None]]:
        """The VPCs that have a route over each peering connection."""
        found: dict[str | None, set[str | None]] = {}
        for table in self.tables.values():
            for route in table.routes:
                if route.leads is Leads.PEERING:
                    found.setdefault(route.target, set()).add(table.vpc)
        return found

    @cached_property
    def services_by_id(self) -> dict[str | None, Service]:
        """Each endpoint that works."""
        return {one.id: one for one in self.services}

    @cached_property
    def services_of_list(self) -> dict[str | None, set[str | None]]:
        """The gateway endpoints that routes to each prefix list lead to."""
        found: dict[str | None, set[str | None]] = {}
        for table in self.tables.values():
            for route in table.by_list:
                if route.leads is Leads.ENDPOINT and route.target in self.services_by_id:
                    found.setdefault(route.prefix_list, set()).add(route.target)
        return found

    @cached_property
    def vpcs(self) -> tuple[str, ...]:
        """Every VPC that a subnet or an interface is in."""
        named = {place.vpc for place in self.places.values()} | {vpc for vpc, _, _ in self.nics}
        return tuple(sorted(vpc for vpc in named if vpc is not None))

    @cached_property
    def inside(self) -> frozenset[Block]:
        """The addresses of the VPCs, as their local routes name them."""
        routes = (route for table in self.tables.values() for route in table.routes)
        return frozenset(route.block for route in routes if route.leads is Leads.LOCAL and route.block is not None)
