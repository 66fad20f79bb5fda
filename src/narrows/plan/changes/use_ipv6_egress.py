"""``use-ipv6-egress``: IPv6 through an egress-only internet gateway, past the NAT gateways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrows.plan.actions import Action, Change, Risk, Shaped, Step
from narrows.plan.changes.edits import listed, with_network
from narrows.plan.changes.traffic import moved
from narrows.plan.trouble import Allowed, Trouble
from narrows.prices import Prices
from narrows.scenario import Scenario


def use_ipv6_egress(scenario: Scenario, functions: Sequence[str], destinations: Sequence[str], prices: Prices) -> Step:
    """Let functions reach destinations over IPv6: all their subnets become dual-stack, and so do they."""
    network = scenario.network
    attached = sorted({subnet for name in functions for subnet in network.functions[name].subnets})
    turned = [name for name in attached if name in network.subnets and not network.subnets[name].ipv6]
    past = moved(scenario, prices, functions=functions, destinations=destinations)
    cost = prices.hourly("egress-only-internet-gateway-hour") + past.cents
    change = Change(
        ACTION,
        listed(destinations),
        len(functions),
        cost,
        f"reach {listed(destinations)} over IPv6 from {listed(functions)}"
        + (f": make {listed(turned)} dual-stack" if turned else ""),
        f"IPv6 to {listed(destinations, 2)}",
        risks=(Risk.EGRESS_ADDRESSES_CHANGE, Risk.FUNCTION_UPDATE),
        needs=(
            f"{listed(destinations)} and its client speak IPv6; all subnets of {listed(functions)} can be dual-stack",
        ),
        prices=("egress-only-internet-gateway-hour", *past.prices),
        notes=(
            "its connections are taken to need entries of the Hyperplane ENIs as before: not documented",
            *past.notes,
        ),
    )
    return Step(
        with_network(
            scenario,
            subnets={name: replace(one, ipv6=True) if name in turned else one for name, one in network.subnets.items()},
            functions={
                name: replace(one, dual_stack=True) if name in functions else one
                for name, one in network.functions.items()
            },
        ),
        change,
    )


def _shape(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    uses = [
        use
        for use in trouble.through_nat()
        if trouble.scenario.network.destinations[use.destination].ipv6
        and (allowed is None or use.destination in allowed)
    ]
    if not uses:
        return None
    functions = list(dict.fromkeys(use.function for use in uses))
    destinations = list(dict.fromkeys(use.destination for use in uses))
    step = use_ipv6_egress(trouble.scenario, functions, destinations, trouble.terms.prices)
    return Shaped(step.scenario, (step.change,))


ACTION = Action("use-ipv6-egress", place=80, shape=_shape, past_nat=True)
