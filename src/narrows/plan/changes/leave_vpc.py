"""``leave-vpc``: functions that need nothing inside the VPC run outside it, past Hyperplane ENIs and NAT gateways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import listed, with_network
from narrows.plan.changes.traffic import nat_gigabytes
from narrows.plan.prices import Prices
from narrows.scenario import Scenario


def leave_vpc(scenario: Scenario, functions: Sequence[str], prices: Prices) -> Step:
    """Take the VPC configuration from functions."""
    network = scenario.network
    moved = nat_gigabytes(scenario, prices, functions=functions)
    change = Change(
        Action.LEAVE_VPC,
        listed(functions),
        len(functions),
        -prices.gigabytes("nat-gateway-gigabyte", moved),
        f"run {listed(functions)} outside the VPC",
        f"{listed(functions, 2)} outside the VPC",
        risks=(Risk.VPC_ACCESS_LOST, Risk.EGRESS_ADDRESSES_CHANGE, Risk.FUNCTION_UPDATE),
        needs=(
            f"nothing inside the VPC is needed by {listed(functions)}, and no destination asks for a fixed address",
            "the destinations are reachable from the internet",
        ),
        prices=("nat-gateway-gigabyte",) if moved else (),
        notes=("AWS takes up to 20 minutes to remove the Hyperplane ENIs",),
    )
    outside = {name: replace(network.functions[name], subnets=(), security_groups=()) for name in functions}
    return Step(with_network(scenario, functions={**network.functions, **outside}), change)
