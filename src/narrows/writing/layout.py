"""Where everything of a network stands in a VPC: subnets with their addresses, interfaces, public addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from narrows.limits import SUBNET_RESERVED_ADDRESSES
from narrows.network import Egress, Endpoint, EniKey, HopKind, NatGateway, NatKind, Network, OtherClient, Subnet
from narrows.recording import Recording
from narrows.writing.ids import Ids

_SPACE = ipaddress.IPv4Network("10.0.0.0/8")
_SMALLEST, _LARGEST = 28, 16
"""Prefix lengths of the subnets and VPC blocks that AWS allows."""
_RESERVED = SUBNET_RESERVED_ADDRESSES.value - 1
"""Addresses at the start of a subnet that AWS keeps: network, router, DNS, future use."""
_PUBLIC_SPACES = ("198.51.100.0/24", "192.0.2.0/24", "198.19.0.0/16")
"""Public addresses that belong to nobody (RFC 5737, RFC 2544); scenarios use others of them for destinations."""
_AGE = timedelta(days=20)
"""How long before the incident everything was made."""


@dataclass
class LaidSubnet:
    """A subnet with a block of addresses."""

    name: str
    id: str
    az: str
    block: ipaddress.IPv4Network
    route: str
    """A NAT gateway's name, or one of ``Egress``."""
    own: Subnet | None = None
    """The network's own subnet; None for one that only has to be there, such as the public one of a NAT gateway."""
    used: int = 0

    def next_address(self) -> str:
        """The next private address that is free."""
        offset = _RESERVED + self.used % max(1, self.block.num_addresses - _RESERVED - 1)
        self.used += 1
        return str(self.block.network_address + offset)

    @property
    def free(self) -> int:
        """``AvailableIpAddressCount``."""
        return self.own.free_addresses if self.own else self.block.num_addresses - _RESERVED - 1 - self.used


@dataclass(frozen=True, slots=True)
class NatAddress:
    """One address of a NAT gateway."""

    private: str
    public: str | None
    az: str


@dataclass(frozen=True, slots=True)
class LaidNat:
    """A NAT gateway with its place and addresses."""

    nat: NatGateway
    id: str
    subnet: LaidSubnet | None
    """None for a regional one."""
    eni: str
    addresses: tuple[NatAddress, ...]


@dataclass(frozen=True, slots=True)
class LaidEni:
    """A Hyperplane ENI."""

    id: str
    key: EniKey
    index: int
    subnet: LaidSubnet
    address: str
    function: str
    """Whose creation made Lambda create it."""


@dataclass(frozen=True, slots=True)
class LaidOther:
    """An interface of another client."""

    client: OtherClient
    eni: str
    subnet: LaidSubnet
    address: str


@dataclass(frozen=True, slots=True)
class LaidEndpoint:
    """A VPC endpoint with its interfaces (none for a gateway endpoint)."""

    endpoint: Endpoint
    id: str
    interfaces: tuple[tuple[str, LaidSubnet, str], ...]
    """(ENI id, subnet, address)"""


@dataclass
class Layout:
    """A network laid out."""

    network: Network
    ids: Ids
    vpc: str
    name: str
    made: datetime
    subnets: dict[str, LaidSubnet] = field(default_factory=dict)
    nats: dict[str, LaidNat] = field(default_factory=dict)
    enis: list[LaidEni] = field(default_factory=list)
    others: list[LaidOther] = field(default_factory=list)
    endpoints: list[LaidEndpoint] = field(default_factory=list)

    @property
    def region(self) -> str:
        return self.network.region

    @property
    def blocks(self) -> list[str]:
        """The CIDR blocks of the VPC: every /16 that a subnet stands in."""
        found = dict.fromkeys(subnet.block.supernet(new_prefix=_LARGEST) for subnet in self.subnets.values())
        return [str(block) for block in sorted(found)] or [str(next(_SPACE.subnets(new_prefix=_LARGEST)))]

    def security_group(self, name: str) -> str:
        """The id of a security group."""
        return self.ids.of("sg", name)

    def azs(self) -> list[str]:
        """The Availability Zones of the network's own subnets."""
        return sorted({one.az for one in self.network.subnets.values()}) or [f"{self.region}a"]


def lay_out(recording: Recording) -> Layout:
    """Lay out the network of a recording, with as many Hyperplane ENIs as it came to have."""
    network, ids = recording.network, Ids(recording.network.region)
    made = (recording.start - _AGE).replace(hour=9, minute=0, second=0, microsecond=0)
    layout = Layout(network, ids, ids.of("vpc", "vpc"), recording.name or "vpc", made)
    space = _Space()
    for name, subnet in network.subnets.items():
        block = space.take(subnet.free_addresses + 64)
        layout.subnets[name] = LaidSubnet(name, ids.of("subnet", name), subnet.az, block, subnet.route, subnet)
    public = _public_addresses()
    for nat in network.nat_gateways.values():
        layout.nats[nat.name] = _lay_nat(layout, nat, space, public)
    _lay_enis(layout, recording)
    for other in network.others.values():
        az = other.az or (network.nat_gateways[other.route].az if other.route in network.nat_gateways else None)
        place = _extra_subnet(layout, space, other.name, az or layout.azs()[0], other.route)
        eni = ids.of("eni", "other", other.name)
        layout.others.append(LaidOther(other, eni, place, other.address or place.next_address()))
    for endpoint in network.endpoints.values():
        if endpoint.kind is not HopKind.PROXY:
            layout.endpoints.append(_lay_endpoint(layout, endpoint))
    return layout


class _Space:
    """Hands out blocks of addresses, one after the other."""

    def __init__(self) -> None:
        self._next = int(_SPACE.network_address)

    def take(self, addresses: int) -> ipaddress.IPv4Network:
        """A block for that many hosts, as far as AWS allows one."""
        prefix = 32 - (max(1, addresses) + _RESERVED).bit_length()
        prefix = min(_SMALLEST, max(_LARGEST, prefix))
        size = 1 << (32 - prefix)
        start = -(-self._next // size) * size
        self._next = start + size
        return ipaddress.IPv4Network((start, prefix))


def _public_addresses() -> Iterator[str]:
    for space in _PUBLIC_SPACES:
        yield from map(str, ipaddress.IPv4Network(space).hosts())
    raise ValueError("more public addresses than a Region gives to anyone")


def _extra_subnet(layout: Layout, space: _Space, name: str, az: str, route: str) -> LaidSubnet:
    """A subnet that the network does not name, but that must be there."""
    label = name if name not in layout.subnets else f"{name}-clients"
    while label in layout.subnets:
        label += "-2"
    subnet = LaidSubnet(label, layout.ids.of("subnet", "extra", label), az, space.take(251), route)
    layout.subnets[label] = subnet
    return subnet


def _lay_nat(layout: Layout, nat: NatGateway, space: _Space, public: Iterator[str]) -> LaidNat:
    name, ids = nat.name, layout.ids
    clients: list[Subnet | OtherClient] = [*layout.network.subnets.values(), *layout.network.others.values()]
    zones = sorted({one.az for one in clients if one.route == name and one.az})
    zones = zones or [nat.az or layout.azs()[0]]
    if nat.kind is NatKind.REGIONAL:
        addresses = tuple(NatAddress("", next(public), zone) for zone in zones for _ in range(nat.addresses))
        return LaidNat(nat, ids.of("nat", name), None, "", addresses)
    private = nat.kind is NatKind.PRIVATE
    place = _extra_subnet(
        layout, space, f"{'private' if private else 'public'}-{name}", nat.az or zones[0],
        Egress.LOCAL if private else Egress.INTERNET_GATEWAY,
    )  # fmt: skip
    addresses = tuple(
        NatAddress(place.next_address(), None if private else next(public), place.az) for _ in range(nat.addresses)
    )
    return LaidNat(nat, ids.of("nat", name), place, ids.of("eni", "nat", name), addresses)


def _lay_enis(layout: Layout, recording: Recording) -> None:
    counts = dict.fromkeys(layout.network.hyperplane_enis, 1)
    for table in recording.tables:
        if table.eni is not None:
            counts[table.eni] = max(counts.get(table.eni, 0), table.index + 1)
    for key, count in sorted(counts.items()):
        place = layout.subnets.get(key.subnet)
        shared = layout.network.hyperplane_enis.get(key)
        for index in range(count if place is not None else 0):
            assert place is not None
            eni = layout.ids.of("eni", "lambda", key, index)
            function = shared.functions[0] if shared else ""
            layout.enis.append(LaidEni(eni, key, index, place, place.next_address(), function))


def _lay_endpoint(layout: Layout, endpoint: Endpoint) -> LaidEndpoint:
    name = layout.ids.of("vpce", endpoint.name)
    if endpoint.kind is HopKind.GATEWAY_ENDPOINT:
        return LaidEndpoint(endpoint, name, ())
    interfaces = []
    for az in endpoint.azs or layout.azs():
        place = next((one for one in layout.subnets.values() if one.own is not None and one.az == az), None)
        if place is not None:
            interfaces.append((layout.ids.of("eni", "endpoint", endpoint.name, az), place, place.next_address()))
    return LaidEndpoint(endpoint, name, tuple(interfaces))
