"""``leave-vpc``: functions that need nothing inside the VPC run outside it, past Hyperplane ENIs and NAT gateways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrows.plan.actions import Action, Change, Risk, Shaped, Step
from narrows.plan.changes.edits import listed, with_network
from narrows.plan.changes.traffic import moved
from narrows.plan.trouble import Allowed, Trouble
from narrows.prices import Prices
from narrows.scenario import Scenario


def leave_vpc(scenario: Scenario, functions: Sequence[str], prices: Prices) -> Step:
    """Take the VPC configuration from functions."""
    network = scenario.network
    past = moved(scenario, prices, functions=functions)
    change = Change(
        ACTION,
        listed(functions),
        len(functions),
        past.cents,
        f"run {listed(functions)} outside the VPC",
        f"{listed(functions, 2)} outside the VPC",
        risks=(Risk.VPC_ACCESS_LOST, Risk.EGRESS_ADDRESSES_CHANGE, Risk.FUNCTION_UPDATE),
        needs=(
            f"nothing inside the VPC is needed by {listed(functions)}, and no destination asks for a fixed address",
            "the destinations are reachable from the internet",
        ),
        prices=past.prices,
        notes=("AWS takes up to 20 minutes to remove the Hyperplane ENIs", *past.notes),
    )
    outside = {name: replace(network.functions[name], subnets=(), security_groups=()) for name in functions}
    return Step(with_network(scenario, functions={**network.functions, **outside}), change)


def _shape(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    scenario = trouble.scenario
    functions = [
        name
        for name in dict.fromkeys(use.function for use in trouble.through_network())
        if scenario.network.functions[name].subnets
        and (allowed is None or name in allowed)
        and all(_public(trouble, name, use.destination) for use in trouble.uses if use.function == name)
    ]
    if not functions:
        return None
    step = leave_vpc(scenario, functions, trouble.terms.prices)
    return Shaped(step.scenario, (step.change,))


def _public(trouble: Trouble, function: str, destination: str) -> bool:
    """Whether nothing says that a destination is inside the VPC: every subnet uses a NAT gateway today."""
    network = trouble.scenario.network
    ways = trouble.terms.routing.ways(network, network.functions[function], destination)
    return sum(len(subnets) for _, _, subnets in ways.through) == len(network.functions[function].subnets)


ACTION = Action("leave-vpc", place=60, shape=_shape, names="function")
