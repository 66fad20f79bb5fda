"""``use-regional-nat-gateway``: a regional NAT gateway in the place of a zonal one, with up to four times the addresses
in each Availability Zone."""

from __future__ import annotations

from dataclasses import replace

from narrows.listing import counted
from narrows.network import HopKind, NatGateway, NatKind
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import home_zone, listed, rerouted, with_network, zones
from narrows.prices import Prices
from narrows.scenario import Scenario


def use_regional_nat_gateway(scenario: Scenario, gateway: str, addresses: int, prices: Prices) -> Step:
    """Replace a zonal NAT gateway by a regional one with ``addresses`` in each Availability Zone."""
    network = scenario.network
    old = network.nat_gateways[gateway]
    home = old.az or home_zone(network, gateway) or "unknown"
    places = max(1, len(zones(network, gateway)))
    name = f"{gateway}-regional"
    while name in network.nat_gateways:
        name += "-2"
    new = NatGateway(name, NatKind.REGIONAL, addresses)
    saved = prices.hourly("nat-gateway-hour") + prices.hourly("public-ipv4-hour", old.addresses)
    cost = prices.hourly("regional-nat-gateway-az-hour", places) + prices.hourly("public-ipv4-hour", addresses * places)
    where = f"{places} Availability Zones" if places > 1 else "one Availability Zone"
    change = Change(
        ACTION,
        gateway,
        1,
        cost - saved,
        f"replace {gateway} by a regional NAT gateway with {addresses} addresses in {where}"
        if addresses > 1
        else f"replace {gateway} by a regional NAT gateway with one address in {where}",
        f"regional NAT gateway for {gateway} ({counted(addresses * places, 'address', 'addresses')})",
        before=old.addresses,
        after=addresses * places,
        new=(name,),
        risks=(Risk.EGRESS_ADDRESSES_CHANGE, Risk.GATEWAY_REPLACED),
        prices=("regional-nat-gateway-az-hour", "nat-gateway-hour", "public-ipv4-hour"),
        notes=(
            "give the addresses by hand (AvailabilityZoneAddresses): how fast AutoScalingIps is, is not documented",
            "expanding into an Availability Zone can take up to 60 minutes; until then its traffic crosses zones",
        ),
    )
    placeless = [one.name for one in network.others.values() if one.route == gateway and one.az is None]
    if placeless:
        change = replace(change, needs=(f"{listed(placeless)} are in {home}",))
    behind = [one.name for one in network.subnets.values() if one.route == gateway]
    gateways = {one: nat for one, nat in network.nat_gateways.items() if one != gateway}
    return Step(
        with_network(
            scenario,
            nat_gateways={**gateways, name: new},
            subnets=rerouted(network.subnets, behind, name),
            others={
                one: replace(other, route=name, az=other.az or home) if other.route == gateway else other
                for one, other in network.others.items()
            },
        ),
        change,
    )


ACTION = Action("use-regional-nat-gateway", place=30, widens=HopKind.NAT_GATEWAY)
