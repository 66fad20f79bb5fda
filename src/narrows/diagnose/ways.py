"""The ways that connections of the functions in question take, as far as the topology of the case is known."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace

from narrows.case.model import Case, Topology
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.network import Destination, Egress, EniKey, HopKind, Network, Path

UNNAMED = "the destination"
"""What stands in for the destination where ``case.yaml`` names none."""
_ON_THE_WAY = (
    HopKind.NAT_GATEWAY,
    HopKind.INTERFACE_ENDPOINT,
    HopKind.GATEWAY_ENDPOINT,
    HopKind.EGRESS_ONLY_GATEWAY,
    HopKind.PROXY,
    HopKind.LOCAL,
)


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
    blocked: str | None
    share: float
    """Of the function's connections to that destination: one for each of its subnets, evenly."""


@dataclass(frozen=True, slots=True)
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

    @property
    def gateways(self) -> tuple[str, ...]:
        """NAT gateways on the ways, by name."""
        return tuple(sorted({way.resource for way in self.ways if way.kind is HopKind.NAT_GATEWAY and way.resource}))

    @property
    def may_pass_nat(self) -> bool:
        """Whether a connection may pass a NAT gateway: one does, or the way of some is not known."""
        return bool(self.gateways) or not self.complete

    @property
    def keys(self) -> tuple[EniKey, ...]:
        """Hyperplane ENIs on the ways."""
        return tuple(sorted({way.eni for way in self.ways if way.eni is not None}))

    @property
    def blocked(self) -> tuple[Way, ...]:
        """Ways on which no SYN gets through."""
        return tuple(way for way in self.ways if way.blocked)

    def enis_of(self, key: EniKey) -> int | None:
        """How many ENIs DescribeNetworkInterfaces lists for a key; None where it was not asked, or lists none."""
        if "network-interfaces" not in self.topology.known:
            return None
        return sum(one.key == key for one in self.topology.enis) or None

    def eni_capacity(self, key: EniKey) -> int:
        """Connections that the ENIs of a key hold, by those that are listed; one where none is."""
        return HYPERPLANE_ENI_CONNECTIONS.value * (self.enis_of(key) or 1)

    def groups(self) -> tuple[EniGroup, ...]:
        """The ENIs, by the NAT gateways that their connections leave by."""
        found: dict[tuple[str, ...], list[EniKey]] = {}
        for key in self.keys:
            gateways = {
                way.resource for way in self.ways if way.eni == key and way.kind is HopKind.NAT_GATEWAY and way.resource
            }
            found.setdefault(tuple(sorted(gateways)), []).append(key)
        return tuple(
            EniGroup(
                tuple(keys),
                gateways,
                bool(gateways)
                and all(way.kind is HopKind.NAT_GATEWAY for way in self.ways if way.eni in keys and not way.blocked),
            )
            for gateways, keys in found.items()
        )

    def users(self, key: EniKey) -> tuple[str, ...]:
        """Every function of the case with a version on an ENI, those in question or not."""
        eni = self.network.hyperplane_enis.get(key)
        return eni.functions if eni else ()

    def strangers(self, gateway: str) -> tuple[str, ...] | None:
        """Who else leaves by a NAT gateway, as far as the case tells; None where it does not tell."""
        if not {"network-interfaces", "functions", "subnets", "route-tables"} <= self.topology.known:
            return None
        names = [other.name for other in self.network.others.values() if other.route == gateway]
        own = set(self.keys)
        for function in self.network.functions.values():
            pairs = ((function.subnets, function.security_groups), *function.versions)
            for subnets, groups in pairs:
                for name in subnets:
                    subnet = self.network.subnets.get(name)
                    key = EniKey(name, tuple(sorted(set(groups))))
                    if subnet is not None and subnet.route == gateway and key not in own:
                        names.append(function.name)
        return tuple(sorted(set(names)))

    def addresses(self, gateway: str) -> int:
        """IPv4 addresses of a NAT gateway (of one zone, for a regional one); 0 where the case does not say."""
        nat = self.network.nat_gateways.get(gateway)
        return nat.addresses if nat else 0

    def destinations(self) -> tuple[Destination, ...]:
        """The destinations in question; one stands in for them where ``case.yaml`` names none."""
        names = dict.fromkeys(way.destination for way in self.ways)
        return tuple(self.network.destinations[name] for name in names)


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
        for destination in network.destinations:
            paths = network.paths(name, destination)
            ways += [_way(network, path, 1 / len(paths)) for path in paths]
    for way in ways:
        gaps.update(dict.fromkeys(_gaps(topology, network, way)))
    return Ways(functions, network, topology, tuple(ways), tuple(gaps))


def _way(network: Network, path: Path, share: float) -> Way:
    hop = next((hop for hop in path.hops if hop.kind in _ON_THE_WAY), None)
    eni = None if path.subnet is None else network.eni_key(path.function, path.subnet)
    return Way(
        path.function,
        path.destination,
        path.subnet,
        eni,
        hop.kind if hop else None,
        hop.name if hop else None,
        path.blocked,
        share,
    )


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
    if way.kind is HopKind.NAT_GATEWAY:
        if way.resource not in network.nat_gateways:
            yield "nat-gateways"
        if "vpc-endpoints" not in topology.known and _may_have_endpoint(network.destinations[way.destination]):
            yield "vpc-endpoints"


def _may_have_endpoint(destination: Destination) -> bool:
    """Whether connections to it may go through a VPC endpoint: not to a public address outside AWS's own names."""
    host = (destination.host or "").lower().rstrip(".").removesuffix(".cn")
    public = all(ipaddress.ip_address(address).is_global for address in destination.addresses)
    return host.endswith("amazonaws.com") or not destination.addresses or not public
