"""Whether a network holds together: every name known, every count within what AWS allows."""

from __future__ import annotations

from collections.abc import Collection

from narrows.errors import did_you_mean, shown
from narrows.limits import (
    NAT_ADDRESSES,
    PRIVATE_NAT_ADDRESSES,
    REGIONAL_NAT_ADDRESSES,
    SECURITY_GROUPS_PER_FUNCTION,
    SUBNETS_PER_FUNCTION,
    Limit,
)
from narrows.network import Egress, EniKey, Function, NatKind, Network, NetworkError
from narrows.zones import region_of_zone

_MOST_ADDRESSES = {
    NatKind.ZONAL: NAT_ADDRESSES.value,
    NatKind.REGIONAL: REGIONAL_NAT_ADDRESSES.value,
    NatKind.PRIVATE: PRIVATE_NAT_ADDRESSES.largest or PRIVATE_NAT_ADDRESSES.value,
}


def most_addresses(kind: NatKind) -> int:
    """How many addresses AWS lets a NAT gateway of a kind have (in each Availability Zone, for a regional one)."""
    return _MOST_ADDRESSES[kind]


_EGRESS = [one.value for one in Egress if one is not Egress.UNKNOWN]


def check(network: Network) -> None:
    """Check that every name exists and every count is within its limits.

    Raises:
        NetworkError: the first thing that is wrong, with its place.
    """
    _check_zones(network)
    _check_nat_gateways(network)
    for subnet in network.subnets.values():
        place = ("vpc", "subnets", subnet.name, "route")
        _known(subnet.route, [*network.nat_gateways, *_EGRESS], "NAT gateway", *place)
    for endpoint in network.endpoints.values():
        for index, name in enumerate(endpoint.destinations):
            _known(name, network.destinations, "destination", "vpc", "endpoints", endpoint.name, "to", index)
    for function in network.functions.values():
        _check_function(network, function)
    _check_keys(network)
    _check_destinations(network)
    _check_others(network)


def _check_zones(network: Network) -> None:
    """A case holds one Region; so does the network that makes one."""
    placed: list[tuple[str, tuple[str, ...]]]
    placed = [(one.az, ("vpc", "subnets", one.name, "az")) for one in network.subnets.values()]
    placed += [(one.az or "", ("vpc", "nat_gateways", one.name, "az")) for one in network.nat_gateways.values()]
    placed += [(one.az or "", ("others", one.name, "az")) for one in network.others.values()]
    placed += [(zone, ("vpc", "endpoints", one.name, "azs")) for one in network.endpoints.values() for zone in one.azs]
    for zone, place in placed:
        if region_of_zone(zone) not in (None, network.region):
            raise NetworkError(f"{shown(zone)} is not an Availability Zone of {network.region}", *place)


def _check_nat_gateways(network: Network) -> None:
    for nat in network.nat_gateways.values():
        place = ("vpc", "nat_gateways", nat.name)
        if nat.name in _EGRESS:
            raise NetworkError(f"{shown(nat.name)} as a route means something else", *place, advice="name it otherwise")
        most = most_addresses(nat.kind)
        if not 1 <= nat.addresses <= most:
            problem = f"a {nat.kind} NAT gateway has 1 to {most} addresses, not {nat.addresses:,}"
            raise NetworkError(problem, *place, "addresses")


def _check_function(network: Network, function: Function) -> None:
    place: tuple[str | int, ...] = ("functions", function.name)
    _check_configuration(network, function.subnets, function.security_groups, *place)
    for index, (subnets, groups) in enumerate(function.versions):
        _check_configuration(network, subnets, groups, *place, "versions", index)
    for name in function.subnets if function.dual_stack else ():
        if not network.subnets[name].ipv6:
            problem = f"a dual-stack function needs IPv6 in each of its subnets, and {shown(name)} has none"
            raise NetworkError(problem, *place, "dual_stack", advice="write ipv6: true there, or leave dual_stack out")


def _check_configuration(
    network: Network, subnets: Collection[str], groups: Collection[str], *place: str | int
) -> None:
    for index, name in enumerate(subnets):
        _known(name, network.subnets, "subnet", *place, "subnets", index)
    _at_most(len(subnets), SUBNETS_PER_FUNCTION, *place, "subnets")
    _at_most(len(groups), SECURITY_GROUPS_PER_FUNCTION, *place, "security_groups")
    if subnets and not groups:
        problem = "a function in a VPC has at least one security group"
        raise NetworkError(problem, *place, "security_groups", advice="write security_groups: [NAME]")
    if len(set(subnets)) != len(subnets):
        raise NetworkError("a subnet is named twice", *place, "subnets")


def _check_keys(network: Network) -> None:
    """Every ENI is told from the others by its key as text, too."""
    seen: dict[str, EniKey] = {}
    for key, eni in network.hyperplane_enis.items():
        if seen.setdefault(str(key), key) != key:
            problem = f"the ENIs of two different subnets or security-group sets would both be called {shown(key)}"
            raise NetworkError(problem, "functions", eni.functions[0], advice="use no / and no + in names")


def _check_destinations(network: Network) -> None:
    """A unique destination is an address, a port and a protocol, whatever it is called."""
    seen: dict[tuple[str, int, str], str] = {}
    for target in network.destinations.values():
        for index, address in enumerate(target.addresses):
            other = seen.setdefault((address, target.port, target.protocol), target.name)
            if other != target.name:
                problem = f"{address} port {target.port} is the same unique destination as one of {shown(other)}"
                place = ("destinations", target.name, "addresses", index)
                raise NetworkError(problem, *place, advice=f"connect to {shown(other)}")


def _check_others(network: Network) -> None:
    for other in network.others.values():
        place = ("others", other.name)
        if other.name in network.functions:
            raise NetworkError(f"{shown(other.name)} is a function, too", *place, advice="name it otherwise")
        _known(other.route, network.nat_gateways, "NAT gateway", *place, "route")
        if network.nat_gateways[other.route].kind is NatKind.REGIONAL and other.az is None:
            problem = "a regional NAT gateway has a table in each Availability Zone"
            raise NetworkError(problem, *place, "route", advice="write az: too")


def _known(name: str, known: Collection[str], what: str, *place: str | int) -> None:
    if name not in known:
        raise NetworkError(f"there is no {what} {shown(name)}", *place, advice=did_you_mean(name, known))


def _at_most(count: int, limit: Limit, *place: str | int) -> None:
    if count > limit.value:
        raise NetworkError(f"{count} {limit.unit} where AWS allows {limit.value} for each {limit.scope}", *place)
