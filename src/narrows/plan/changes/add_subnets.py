"""``add-subnets``: more subnets for functions, each with a Hyperplane ENI of its own.

New subnets come in rounds that leave the shares of the NAT gateways as they are: a function with two subnets behind one
gateway and one behind another gets two and one. So what widens the ENIs never narrows a NAT gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import gcd

from narrows.limits import SUBNETS_PER_FUNCTION
from narrows.listing import counted
from narrows.network import HopKind, NatKind, Network, Subnet
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import fresh, listed, with_network
from narrows.prices import Prices
from narrows.scenario import Scenario

_FREE_ADDRESSES = Subnet("", "", "").free_addresses


def round_of(network: Network, subnets: Sequence[str]) -> list[list[Subnet]]:
    """The subnets that one round copies from: for each new subnet, those that are alike."""
    alike: dict[object, list[Subnet]] = {}
    for name in subnets:
        one = network.subnets.get(name)
        if one is not None:
            alike.setdefault(_kind(network, one), []).append(one)
    if not alike:
        return []
    parts = gcd(*(len(group) for group in alike.values()))
    return [group for group in alike.values() for _ in range(len(group) // parts)]


def most_rounds(network: Network, subnets: Sequence[str]) -> int:
    """How many rounds fit under the limit of subnets per function."""
    size = len(round_of(network, subnets))
    return max(0, SUBNETS_PER_FUNCTION.value - len(subnets)) // size if size else 0


def _kind(network: Network, subnet: Subnet) -> object:
    """What decides the way out of a subnet: its Availability Zone only where the way depends on it."""
    nat = network.nat_gateways.get(subnet.route)
    zonal = nat is None or nat.kind is not NatKind.REGIONAL
    zonal = zonal and not any(endpoint.azs for endpoint in network.endpoints.values())
    return subnet.route, None if zonal else subnet.az, subnet.ipv6, subnet.denied_ports


def add_subnets(scenario: Scenario, functions: Sequence[str], rounds: int, prices: Prices) -> Step:
    """Give functions that have the same subnets ``rounds`` more rounds of them."""
    network = scenario.network
    present = network.functions[functions[0]].subnets
    subnets = dict(network.subnets)
    zones = [network.subnets[name].az for name in present if name in network.subnets]
    added: list[Subnet] = []
    for _ in range(rounds):
        for group in round_of(network, present):
            # Of those alike, the one in the Availability Zone that has the fewest of the function's subnets.
            model = min(group, key=lambda one: (zones.count(one.az), one.name))
            new = replace(
                model,
                name=fresh(model.name, subnets),
                free_addresses=_FREE_ADDRESSES,
                copy_of=model.copy_of or model.name,
            )
            subnets[new.name] = new
            zones.append(new.az)
            added.append(new)
    after = (*present, *(one.name for one in added))
    changed = {name: replace(network.functions[name], subnets=after) for name in functions}
    change = subnets_change(functions, len(present), added, prices)
    return Step(with_network(scenario, subnets=subnets, functions={**network.functions, **changed}), change)


def subnets_change(functions: Sequence[str], present: int, added: Sequence[Subnet], prices: Prices) -> Change:
    """What is said of new subnets of functions that have ``present`` of them."""
    routes = listed(sorted({f"{one.az} with a route to {one.route}" for one in added}))
    return Change(
        ACTION,
        listed(functions),
        len(added),
        prices.hourly("hyperplane-eni-hour", len(added)),
        f"add {counted(len(added), 'subnet')} for {listed(functions)} ({routes}): one Hyperplane ENI each",
        f"+{counted(len(added), 'subnet')} for {listed(functions, 2)}",
        before=present,
        after=present + len(added),
        new=tuple(one.name for one in added),
        risks=(Risk.ENI_QUOTA, Risk.FUNCTION_UPDATE),
        needs=("free address space in the VPC",),
        prices=("hyperplane-eni-hour",),
    )


ACTION = Action("add-subnets", place=40, widens=HopKind.HYPERPLANE_ENI)
