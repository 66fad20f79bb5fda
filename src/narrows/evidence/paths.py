"""The ways that connections of the functions in question take, as far as the topology of the case is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from narrows.addresses import is_public
from narrows.case.model import Case, Topology
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.network import Destination, Egress, EniKey, Function, HopKind, Network
from narrows.reachability import SMTP, Answer, Block, Obstacle, Reach
from narrows.reachability.configuration import Leads

_BY_ROUTE = re.compile(r"\.(s3|dynamodb)[.-][a-z0-9.-]*amazonaws\.com$")
"""Names of the services that have gateway endpoints."""
_TO_ANOTHER_VPC = ("tgw-", "vpce-", "arn:")
"""How what leads to another VPC is called: transit gateways, endpoints of firewalls, core networks."""
UNNAMED = "the destination"
"""What stands in for the destination where ``case.yaml`` names none."""


@dataclass(frozen=True, slots=True)
class Way:
    """How connections of one function leave one subnet for one destination."""

    function: str
    destination: str
    subnet: str | None
    """None: the function is in no VPC."""
    eni: EniKey | None
    kind: HopKind | None
    """Of the hop between ENI and destination; None where it is not known (or there is none: see ``subnet``)."""
    resource: str | None
    """The NAT gateway, endpoint or proxy."""
    blocked: Block | None
    """What lets none of its connections through."""
    share: float
    """Of the function's connections to that destination: one for each of its subnets, evenly."""
    reach: Reach = Reach.UNKNOWN
    """How far connections get by the routes and rules of the case."""
    partly: Block | None = None
    """What lets some of its connections through and others not: by their ports, or by the address they go to."""
    beyond: str | None = None
    """What it leaves the VPC by for where no rule is known: a peering connection, a transit gateway, a proxy."""
    missing: frozenset[str] = frozenset()
    """Kinds of evidence without which it is not known whether it is open."""
    if_public: bool = False
    """Whether that rests on the destination's name standing for public addresses."""

    @property
    def source_kind(self) -> str:
        """The kind of answer of AWS that says what blocks it; empty where nothing does."""
        block = self.blocked or self.partly
        return "" if block is None else block.said_by


@dataclass(frozen=True, slots=True, eq=False)
class EniGroup:
    """Hyperplane ENIs of the functions in question whose connections leave by the same NAT gateways (or by none)."""

    keys: tuple[EniKey, ...]
    gateways: tuple[str, ...]
    """Empty: their connections pass no NAT gateway, or it is not known which."""
    all_through_nat: bool
    """Every known destination of their functions lies behind those gateways."""

    def __str__(self) -> str:
        return ", ".join(str(key) for key in self.keys)


@dataclass(frozen=True)
class Ways:
    """Every way of the functions in question to the destinations in question."""

    functions: tuple[str, ...]
    network: Network
    topology: Topology
    ways: tuple[Way, ...]
    gaps: tuple[str, ...]
    """Kinds of evidence (``functions``, ``subnets``, ...) without which some way is not known."""

    @property
    def complete(self) -> bool:
        """Whether each way is known."""
        return not self.gaps

    @cached_property
    def gateways(self) -> tuple[str, ...]:
        """NAT gateways on the ways, by name."""
        return tuple(sorted({way.resource for way in self.ways if way.kind is HopKind.NAT_GATEWAY and way.resource}))

    @cached_property
    def led_to(self) -> frozenset[str]:
        """NAT gateways that the route tables of the functions' subnets lead to, for whatever destination."""
        reachability = self.network.reachability
        if reachability is None:
            return frozenset()
        tables = reachability.config.table_of
        subnets = {way.subnet for way in self.ways if way.subnet in tables}
        routes = (route for subnet in subnets if subnet is not None for route in tables[subnet].routes)
        return frozenset(route.target for route in routes if route.leads is Leads.NAT and route.target)

    @property
    def may_pass_nat(self) -> bool:
        """Whether a connection may pass a NAT gateway: one does, or the way of some is not known."""
        return bool(self.gateways) or not self.gateways_known

    @cached_property
    def leaves_for_nat(self) -> bool:
        """Whether connections leave the VPC for the internet by what leads to another VPC: a transit gateway, a
        firewall. A NAT gateway may stand there."""
        return any(
            way.beyond is not None and way.beyond.startswith(_TO_ANOTHER_VPC) and not self._is_private(way.destination)
            for way in self.ways
            if not way.blocked
        )

    @property
    def gateways_known(self) -> bool:
        """Whether it is known of each connection which NAT gateway it passes, or that it passes none."""
        return self.complete and not self.leaves_for_nat

    def _is_private(self, destination: str) -> bool:
        addresses = self.network.destinations[destination].addresses
        return bool(addresses) and not any(map(is_public, addresses))

    @cached_property
    def keys(self) -> tuple[EniKey, ...]:
        """Hyperplane ENIs on the ways."""
        return tuple(sorted(self.of_eni))

    @cached_property
    def of_eni(self) -> dict[EniKey, tuple[Way, ...]]:
        """The ways through each Hyperplane ENI, in the order of ``ways``."""
        found: dict[EniKey, list[Way]] = {}
        for way in self.ways:
            if way.eni is not None:
                found.setdefault(way.eni, []).append(way)
        return {key: tuple(ways) for key, ways in found.items()}

    @cached_property
    def of_destination(self) -> dict[str, tuple[Way, ...]]:
        """The ways to each destination, in the order of ``ways``."""
        found: dict[str, list[Way]] = {}
        for way in self.ways:
            found.setdefault(way.destination, []).append(way)
        return {name: tuple(ways) for name, ways in found.items()}

    @cached_property
    def zones_of(self) -> dict[str, frozenset[str]]:
        """The Availability Zones of the subnets that lead to each NAT gateway, endpoint or proxy."""
        found: dict[str, set[str]] = {}
        for way in self.ways:
            if way.resource is not None:
                subnet = self.network.subnets.get(way.subnet or "")
                found.setdefault(way.resource, set()).add(subnet.az if subnet else "")
        return {name: frozenset(zones) for name, zones in found.items()}

    @cached_property
    def blocked(self) -> tuple[Way, ...]:
        """Ways on which no SYN gets through."""
        return tuple(way for way in self.ways if way.blocked)

    def enis_of(self, key: EniKey) -> int | None:
        """How many ENIs DescribeNetworkInterfaces lists for a key; None where it was not asked, or lists none."""
        if "network-interfaces" not in self.topology.known:
            return None
        return self._listed[key] or None

    @cached_property
    def _listed(self) -> Counter[EniKey]:
        return Counter(one.key for one in self.topology.enis)

    def eni_capacity(self, key: EniKey) -> int:
        """Connections that the ENIs of a key hold, by those that are listed; one where none is."""
        return HYPERPLANE_ENI_CONNECTIONS.value * (self.enis_of(key) or 1)

    @cached_property
    def groups(self) -> tuple[EniGroup, ...]:
        """The ENIs, by the NAT gateways that their connections leave by."""
        found: dict[tuple[str, ...], list[EniKey]] = {}
        for key in self.keys:
            gateways = {way.resource for way in self.of_eni[key] if way.kind is HopKind.NAT_GATEWAY and way.resource}
            found.setdefault(tuple(sorted(gateways)), []).append(key)
        return tuple(
            EniGroup(
                tuple(keys),
                gateways,
                bool(gateways)
                and all(way.kind is HopKind.NAT_GATEWAY for key in keys for way in self.of_eni[key] if not way.blocked),
            )
            for gateways, keys in found.items()
        )

    @cached_property
    def group_of(self) -> dict[EniKey, EniGroup]:
        """The group that each ENI is in."""
        return {key: group for group in self.groups for key in group.keys}

    def users(self, key: EniKey) -> tuple[str, ...]:
        """Every function of the case with a version on an ENI, those in question or not."""
        eni = self.network.hyperplane_enis.get(key)
        return eni.functions if eni else ()

    def strangers(self, gateway: str) -> tuple[str, ...] | None:
        """Who else leaves by a NAT gateway, as far as the case tells; None where it does not tell."""
        if not {"network-interfaces", "functions", "subnets", "route-tables"} <= self.topology.known:
            return None
        return self._strangers.get(gateway, ())

    @cached_property
    def _strangers(self) -> dict[str, tuple[str, ...]]:
        """By each route of a subnet: a NAT gateway's name, or one of ``Egress``."""
        names: dict[str, set[str]] = {}
        for other in self.network.others.values():
            names.setdefault(other.route, set()).add(other.name)
        for key, eni in self.network.hyperplane_enis.items():
            subnet = self.network.subnets.get(key.subnet)
            if subnet is not None and key not in self.of_eni:
                names.setdefault(subnet.route, set()).update(eni.functions)
        return {route: tuple(sorted(found)) for route, found in names.items()}

    def addresses(self, gateway: str) -> int:
        """IPv4 addresses of a NAT gateway (of one zone, for a regional one); 0 where the case does not say."""
        nat = self.network.nat_gateways.get(gateway)
        return nat.addresses if nat else 0

    def destinations(self) -> tuple[Destination, ...]:
        """The destinations in question; one stands in for them where ``case.yaml`` names none."""
        return tuple(self.network.destinations[name] for name in self.of_destination)


def read_ways(case: Case) -> Ways:
    """Work the ways out of a case's topology."""
    topology, network = case.topology, case.topology.network
    functions = case.functions
    if not network.destinations:
        # Rules are about ports: without a destination nothing can be said of them.
        unnamed = Destination(UNNAMED, 0, ())
        subnets = {name: replace(one, denied_ports=frozenset()) for name, one in network.subnets.items()}
        network = replace(network, destinations={UNNAMED: unnamed}, security_groups={}, subnets=subnets)
    gaps: dict[str, None] = {}
    ways: list[Way] = []
    if not functions:
        gaps["functions"] = None
    for name in functions:
        if name not in network.functions:
            gaps["functions"] = None
            continue
        ways += _ways_of(network, network.functions[name])
    for way in {(one.subnet, one.destination, one.kind, one.resource, one.blocked): one for one in ways}.values():
        gaps.update(dict.fromkeys(_gaps(topology, network, way)))
    return Ways(functions, network, topology, tuple(ways), tuple(gaps))


def _ways_of(network: Network, function: Function) -> Iterator[Way]:
    """As ``Network.paths`` walks them, without the hops that each function has."""
    groups = function.security_group_set
    enis = [(name, EniKey(name, groups), network.subnets.get(name)) for name in function.subnets]
    for destination in network.destinations.values():
        if not enis:
            shut = _shut_without_vpc(function, destination)
            reach = Reach.OPEN if shut is None else Reach.BLOCKED
            yield Way(function.name, destination.name, None, None, None, None, shut, 1.0, reach)
        for name, eni, subnet in enis:
            hop, blocked = (None, None) if subnet is None else network.way_out(function, subnet, destination)
            kind, resource = (hop.kind, hop.name) if hop else (None, None)
            found = network.reach(function, name, destination)
            if found is None:
                found = Answer(Reach.BLOCKED if blocked else Reach.OPEN)
            yield Way(
                function.name, destination.name, name, eni, kind, resource, blocked, 1 / len(enis),
                found.reach, found.block if blocked is None else None, found.beyond, found.missing, found.if_public,
            )  # fmt: skip


def _shut_without_vpc(function: Function, destination: Destination) -> Block | None:
    """In no VPC, there is no route and no rule; none to a private address either, and AWS lifts no block on port 25."""
    if destination.addresses and not any(map(is_public, destination.addresses)):
        text = f"{function.name} is in no VPC, and {destination.name} has private addresses only"
        return Block(Obstacle.NO_VPC, text, function.name)
    if destination.port == SMTP and destination.protocol == "tcp":
        text = f"Lambda lets nothing out on port {SMTP}, and for a function in no VPC AWS does not lift that"
        return Block(Obstacle.PORT_25, text, function.name)
    return None


def _gaps(topology: Topology, network: Network, way: Way) -> Iterable[str]:
    """What would have to be in the case for a way to be known."""
    if way.subnet is None or way.blocked:
        return
    subnet = network.subnets.get(way.subnet)
    if subnet is None:
        yield "subnets"
        if "route-tables" not in topology.known:
            yield "route-tables"
    elif way.kind is None and subnet.route == Egress.UNKNOWN:
        yield "route-tables"
    if way.kind is None and way.reach is Reach.UNKNOWN and "case.yaml" in way.missing:
        yield "destinations"
    if way.kind is HopKind.NAT_GATEWAY:
        if way.resource not in network.nat_gateways:
            yield "nat-gateways"
        if "vpc-endpoints" not in topology.known and _may_have_endpoint(network.destinations[way.destination]):
            yield "vpc-endpoints"


def _may_have_endpoint(destination: Destination) -> bool:
    """Whether connections to it may go through a VPC endpoint: not to a public address outside AWS's own names."""
    host = (destination.host or "").lower().rstrip(".").removesuffix(".cn")
    if _BY_ROUTE.search(f".{host}"):
        return False  # a gateway endpoint stands in the route tables
    public = all(map(is_public, destination.addresses))
    return host.endswith("amazonaws.com") or not destination.addresses or not public
