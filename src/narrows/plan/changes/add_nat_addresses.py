"""``add-nat-addresses``: more IPv4 addresses on a NAT gateway, each with a table of its own for every destination."""

from __future__ import annotations

from dataclasses import replace

from narrows.listing import counted
from narrows.network import HopKind, NatKind
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import with_network, zones
from narrows.prices import Prices
from narrows.scenario import Scenario

_TERRAFORM = (
    "addresses are added in place; but Terraform's aws provider before 6.11.0 fails or replaces the gateway when "
    "secondary_allocation_ids change: use aws_nat_gateway_eip_association (6.6.0 or later), and look for 'update "
    "in-place' in the plan"
)


def add_nat_addresses(scenario: Scenario, gateway: str, addresses: int, prices: Prices) -> Step:
    """Give a NAT gateway ``addresses`` in all (in each Availability Zone, for a regional one)."""
    nat = scenario.network.nat_gateways[gateway]
    more = addresses - nat.addresses
    regional = nat.kind is NatKind.REGIONAL
    everywhere = more * (max(1, len(zones(scenario.network, gateway))) if regional else 1)
    private = nat.kind is NatKind.PRIVATE
    what = counted(
        more,
        "private IPv4 address" if private else "Elastic IP address",
        "private IPv4 addresses" if private else "Elastic IP addresses",
    )
    where = f"{gateway}, in each Availability Zone" if regional else gateway
    change = Change(
        ACTION,
        gateway,
        more,
        0 if private else prices.hourly("public-ipv4-hour", everywhere),
        f"add {what} to {where} (then {addresses})",
        f"+{counted(more, 'address', 'addresses')} on {gateway}",
        before=nat.addresses,
        after=addresses,
        risks=() if private else (Risk.EGRESS_ADDRESSES_ADDED,),
        prices=() if private else ("public-ipv4-hour",),
        notes=() if regional else (_TERRAFORM,),
    )
    gateways = {**scenario.network.nat_gateways, gateway: replace(nat, addresses=addresses)}
    return Step(with_network(scenario, nat_gateways=gateways), change)


ACTION = Action("add-nat-addresses", place=10, widens=HopKind.NAT_GATEWAY)
