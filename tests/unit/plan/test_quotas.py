"""Quotas: what counts against each, also where nothing says the Availability Zone of a NAT gateway."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.network import Network
from narrows.plan.changes.add_nat_gateway import add_nat_gateway
from narrows.plan.quotas import QuotaNeed, needed_quotas
from narrows.prices import load_prices
from narrows.scenario import Scenario
from tests.unit.plan.sites import site


def five_gateways(az: str | None) -> Scenario:
    """Five NAT gateways in one zone, the first with a subnet in another one."""
    subnets = {"a": "nat-0", "b": "nat-0", "c": "nat-0"} | {f"s{number}": f"nat-{number}" for number in range(1, 5)}
    zones = {name: "us-east-1b" if name == "c" else "us-east-1a" for name in subnets}
    made = site({"app": (list(subnets), 10, 1)}, subnets=subnets, zones=zones, nats=dict.fromkeys(subnets.values(), 1))
    gateways = {name: replace(nat, az=az) for name, nat in made.network.nat_gateways.items()}
    return replace(made, network=replace(made.network, nat_gateways=gateways))


def of_zone(before: Network, after: Network) -> list[QuotaNeed]:
    needed = needed_quotas(before, after, {})
    return [need for need in needed if need.limit.quota_code == "L-FE5A380F"]


@pytest.mark.parametrize(("az", "at_least"), [("us-east-1a", False), (None, True)])
def test_a_sixth_gateway_of_a_zone_needs_the_quota_raised(az: str | None, at_least: bool) -> None:
    today = five_gateways(az)
    # The first one keeps only its subnet of the other zone; it stays where it is, and the new one is beside it.
    after = add_nat_gateway(today, "nat-0", [(1, ["c"]), (1, ["a", "b"])], load_prices()).scenario
    (need,) = of_zone(today.network, after.network)
    assert (need.resource, need.current, need.needed, need.at_least) == ("us-east-1a", 5, 6, at_least)


def test_a_gateway_beside_another_is_in_its_zone_whatever_leads_there() -> None:
    today = five_gateways(None)
    after = add_nat_gateway(today, "nat-0", [(1, ["a", "b"]), (1, ["c"])], load_prices()).scenario
    (need,) = of_zone(today.network, after.network)
    assert (need.resource, need.needed) == ("us-east-1a", 6)
