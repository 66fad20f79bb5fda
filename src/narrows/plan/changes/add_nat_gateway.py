"""``add-nat-gateway``: further NAT gateways beside one, each with some of its subnets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from narrows.listing import counted
from narrows.network import HopKind, NatKind
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import fresh, home_zone, listed, rerouted, with_network
from narrows.prices import Prices
from narrows.scenario import Scenario


def add_nat_gateway(
    scenario: Scenario,
    gateway: str,
    parts: Sequence[tuple[int, Sequence[str]]],
    prices: Prices,
    *,
    unused: Collection[str] = (),
) -> Step:
    """Divide the subnets behind a NAT gateway among it and new ones of its kind, in its Availability Zone.

    Args:
        parts: (addresses, subnets) of each gateway; the first one is the gateway that is there.
        unused: subnets that carry nothing yet, so that nothing drops when they move.
    """
    network = scenario.network
    old = network.nat_gateways[gateway]
    gateways, subnets = dict(network.nat_gateways), dict(network.subnets)
    gateways[gateway] = replace(old, addresses=parts[0][0])
    home = old.az or home_zone(network, gateway)
    names: list[str] = []
    moved: list[str] = []
    for addresses, part in parts[1:]:
        name = fresh(gateway, gateways)
        gateways[name] = replace(old, name=name, addresses=addresses, az=home)
        subnets = rerouted(subnets, part, name)
        names.append(name)
        moved += part
    more = sum(addresses for addresses, _ in parts) - old.addresses
    private = old.kind is NatKind.PRIVATE
    cost = prices.hourly("nat-gateway-hour", len(names))
    if not private:
        cost += prices.hourly("public-ipv4-hour", more)
    risks = [] if private else [Risk.EGRESS_ADDRESSES_ADDED]
    if not set(moved) <= set(unused):
        risks.append(Risk.CONNECTIONS_DROPPED)
    with_addresses = " + ".join(str(addresses) for addresses, _ in parts)
    change = Change(
        ACTION,
        gateway,
        len(names),
        cost,
        f"add {counted(len(names), 'NAT gateway')} beside {gateway} (addresses {with_addresses}), with route tables "
        f"for {listed(moved)}",
        f"+{counted(len(names), 'NAT gateway')} beside {gateway} ({with_addresses} addresses)",
        before=1,
        after=1 + len(names),
        new=tuple(names),
        risks=tuple(risks),
        prices=("nat-gateway-hour",) if private else ("nat-gateway-hour", "public-ipv4-hour"),
        notes=("one route table for the subnets of each NAT gateway",),
    )
    return Step(with_network(scenario, nat_gateways=gateways, subnets=subnets), change)


ACTION = Action("add-nat-gateway", place=20, widens=HopKind.NAT_GATEWAY)
