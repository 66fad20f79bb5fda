"""Where a network stands in a VPC that people would declare: blocks of addresses, public subnets, what is in which."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from narrows.network import Endpoint, HopKind, NatGateway, NatKind, Network, Subnet
from narrows.scenario import Scenario

MAIN, SECOND = "10.0.0.0/16", "10.1.0.0/16"
"""Blocks of the VPC: functions are in the second one."""
KEPT = 5
"""Addresses of each subnet that AWS keeps for itself."""


@dataclass(frozen=True)
class Laid:
    """A network with blocks for its subnets, and for those that its NAT gateways stand in."""

    network: Network
    blocks: dict[str, str]
    """Of each subnet."""
    standing: dict[str, str]
    """The block of the subnet that each zonal or private NAT gateway stands in."""
    names: dict[str, str]
    """For each name of a scenario one that templates take."""

    @property
    def zones(self) -> list[str]:
        """Every Availability Zone that something is in."""
        return sorted({one.az for one in self.network.subnets.values()})

    def zones_of(self, endpoint: Endpoint) -> list[str]:
        """Where an endpoint stands."""
        return [zone for zone in self.zones if not endpoint.azs or zone in endpoint.azs]

    def subnets_in(self, endpoint: Endpoint) -> Iterator[Subnet]:
        """The subnets that an interface endpoint stands in: one in each of its zones."""
        for zone in self.zones_of(endpoint):
            yield next(one for one in self.network.subnets.values() if one.az == zone)

    def routed_to(self, endpoint: Endpoint) -> Iterator[Subnet]:
        """The subnets whose route tables lead to a gateway endpoint."""
        zones = self.zones_of(endpoint)
        return (one for one in self.network.subnets.values() if one.az in zones)

    def groups(self) -> list[str]:
        """Every security group that a function has or that is described."""
        used = {name for one in self.network.functions.values() for name in one.security_groups}
        return sorted({*used, *self.network.security_groups})

    def service(self, endpoint: Endpoint) -> str:
        """The ServiceName of an endpoint, by the host of what it leads to."""
        host = self.network.destinations[endpoint.destinations[0]].host or ""
        parts = host.removesuffix(".us-east-1.amazonaws.com").split(".")
        if endpoint.kind is HopKind.GATEWAY_ENDPOINT:
            return f"com.amazonaws.us-east-1.{parts[-1]}"
        return f"com.amazonaws.us-east-1.{'.'.join(reversed(parts))}"

    @property
    def endpoints(self) -> list[Endpoint]:
        """Those that AWS has: a proxy is somebody's own."""
        return [one for one in self.network.endpoints.values() if one.kind is not HopKind.PROXY]


def lay(scenario: Scenario) -> Laid:
    """Lay a scenario's network out. The free addresses of each subnet must be those of some block."""
    network = scenario.network
    space = iter(_cut(SECOND, [one.free_addresses + KEPT for one in network.subnets.values()]))
    blocks = {name: next(space) for name in network.subnets}
    zonal = [name for name, one in network.nat_gateways.items() if one.kind is not NatKind.REGIONAL]
    own = ipaddress.ip_network(MAIN).subnets(new_prefix=24)
    standing = {name: str(next(own)) for name in zonal}
    return Laid(network, blocks, standing, _names(network))


def is_public(gateway: NatGateway) -> bool:
    """Whether a NAT gateway has public addresses."""
    return gateway.kind is not NatKind.PRIVATE


def _cut(space: str, sizes: list[int]) -> list[str]:
    found = []
    at = int(ipaddress.ip_network(space).network_address)
    for size in sizes:
        at = -(-at // size) * size
        found.append(f"{ipaddress.ip_address(at)}/{32 - (size - 1).bit_length()}")
        at += size
    return found


def _names(network: Network) -> dict[str, str]:
    kinds = (network.subnets, network.nat_gateways, network.endpoints, network.functions, network.security_groups)
    every = {name for kind in kinds for name in kind}
    every |= {name for one in network.functions.values() for name in one.security_groups}
    return {name: "".join(part.title() for part in re.split(r"[^A-Za-z0-9]+", name)) for name in sorted(every)}
