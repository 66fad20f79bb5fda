"""Whether a network holds together: every name known, every count within what AWS allows."""

from __future__ import annotations

import re
from collections.abc import Collection

from narrows.errors import nearest
from narrows.limits import (
    NAT_ADDRESSES,
    PRIVATE_NAT_ADDRESSES,
    REGIONAL_NAT_ADDRESSES,
    SECURITY_GROUPS_PER_FUNCTION,
    SUBNETS_PER_FUNCTION,
    Limit,
)
from narrows.network import Egress, Function, NatKind, Network, NetworkError

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
_MOST_ADDRESSES = {
    NatKind.ZONAL: NAT_ADDRESSES.value,
    NatKind.REGIONAL: REGIONAL_NAT_ADDRESSES.value,
    NatKind.PRIVATE: PRIVATE_NAT_ADDRESSES.largest or PRIVATE_NAT_ADDRESSES.value,
}


def check(network: Network) -> None:
    """Raise ``NetworkError`` for the first thing that does not hold."""
    _check_zones(network)
    egress = [one.value for one in Egress if one is not Egress.UNKNOWN]
    for nat in network.nat_gateways.values():
        most = _MOST_ADDRESSES[nat.kind]
        if not 1 <= nat.addresses <= most:
            raise NetworkError(
                f"a {nat.kind} NAT gateway has 1 to {most} addresses, not {nat.addresses}",
                "vpc", "nat_gateways", nat.name, "addresses",
            )  # fmt: skip
    for subnet in network.subnets.values():
        _known(
            subnet.route,
            [*network.nat_gateways, *egress],
            "NAT gateway",
            "vpc",
            "subnets",
            subnet.name,
            "route",
        )
    for other in network.others.values():
        _known(other.route, list(network.nat_gateways), "NAT gateway", "others", other.name, "route")
    for endpoint in network.endpoints.values():
        for name in endpoint.destinations:
            _known(
                name,
                list(network.destinations),
                "destination",
                "vpc",
                "endpoints",
                endpoint.name,
                "destinations",
            )
    for function in network.functions.values():
        _check_function(network, function)


def region_of_zone(zone: str) -> str | None:
    """``us-east-1`` of ``us-east-1a``, or of a local zone such as ``us-east-1-bos-1a``; None for another text."""
    match = _REGION.match(zone)
    return match.group() if match else None


def _check_zones(network: Network) -> None:
    placed: list[tuple[tuple[str, ...], str]]
    placed = [(("vpc", "subnets", one.name, "az"), one.az) for one in network.subnets.values()]
    placed += [(("vpc", "nat_gateways", one.name, "az"), one.az or "") for one in network.nat_gateways.values()]
    placed += [(("others", one.name, "az"), one.az or "") for one in network.others.values()]
    for place, zone in placed:
        if region_of_zone(zone) not in (None, network.region):
            raise NetworkError(f"'{zone}' is no Availability Zone of {network.region}", *place)


def _check_function(network: Network, function: Function) -> None:
    place = ("functions", function.name)
    for subnets, groups in [(function.subnets, function.security_groups), *function.versions]:
        for name in subnets:
            _known(name, list(network.subnets), "subnet", *place, "subnets")
        _at_most(len(subnets), SUBNETS_PER_FUNCTION, *place, "subnets")
        _at_most(len(groups), SECURITY_GROUPS_PER_FUNCTION, *place, "security_groups")
        if subnets and not groups:
            raise NetworkError("a function in a VPC has at least one security group", *place, "security_groups")
        if len(set(subnets)) != len(subnets):
            raise NetworkError("a subnet is named twice", *place, "subnets")


def _known(name: str, known: Collection[str], what: str, *place: str) -> None:
    if name not in known:
        guess = nearest(name, list(known))
        hint = f"did you mean '{guess}'?" if guess else f"known: {', '.join(sorted(known)) or 'none'}"
        raise NetworkError(f"there is no {what} '{name}' ({hint})", *place)


def _at_most(count: int, limit: Limit, *place: str) -> None:
    if count > limit.value:
        raise NetworkError(f"{count} {limit.unit} where AWS allows {limit.value} for each {limit.scope}", *place)
