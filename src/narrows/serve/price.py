"""What a network costs a month, by the planner's prices: what a change of it adds is what a plan says of the change."""

from __future__ import annotations

from narrows.network import HopKind, NatKind
from narrows.plan.changes.edits import zones
from narrows.plan.changes.traffic import nat_gigabytes
from narrows.prices import Prices
from narrows.scenario import Scenario


def monthly_cents(scenario: Scenario, prices: Prices) -> int:
    """NAT gateways with their addresses, endpoints, and what both process where the scenario says how much that is."""
    network = scenario.network
    cents = 0
    for nat in network.nat_gateways.values():
        places = max(1, len(zones(network, nat.name))) if nat.kind is NatKind.REGIONAL else 1
        hour = "regional-nat-gateway-az-hour" if nat.kind is NatKind.REGIONAL else "nat-gateway-hour"
        cents += prices.hourly(hour, places)
        if nat.kind is not NatKind.PRIVATE:
            cents += prices.hourly("public-ipv4-hour", places * nat.addresses)
    every_zone = {subnet.az for subnet in network.subnets.values()}
    for endpoint in network.endpoints.values():
        if endpoint.kind is HopKind.INTERFACE_ENDPOINT:
            cents += prices.hourly("interface-endpoint-hour", len(endpoint.azs or every_zone))
    for kind, price in (
        (HopKind.NAT_GATEWAY, "nat-gateway-gigabyte"),
        (HopKind.INTERFACE_ENDPOINT, "interface-endpoint-gigabyte"),
    ):
        cents += prices.gigabytes(price, nat_gigabytes(scenario, prices, through=kind)[1])
    return cents
