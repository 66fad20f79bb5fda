"""``use-egress-proxy``: a proxy of the user's own that carries many connections of functions over few of its own."""

from __future__ import annotations

from narrows.network import Endpoint, HopKind
from narrows.plan.actions import Action, Change, Risk, Shaped, Step
from narrows.plan.changes.edits import for_each_destination, with_network
from narrows.plan.changes.traffic import moved
from narrows.plan.trouble import Allowed, Trouble
from narrows.prices import Prices
from narrows.scenario import Scenario

PROXIES = 2
"""Instances reckoned with: one more than needed, so that one can fail."""


def use_egress_proxy(scenario: Scenario, destination: str, reuse: int, prices: Prices) -> Step:
    """Reach a destination through proxies with public addresses of their own.

    Args:
        reuse: connections of functions that a proxy carries over one of its own.
    """
    network = scenario.network
    name = f"proxy-{destination}"
    while name in network.endpoints:
        name += "-2"
    past = moved(scenario, prices, destinations=(destination,))
    cost = prices.hourly("proxy-instance-hour", PROXIES) + prices.hourly("public-ipv4-hour", PROXIES)
    change = Change(
        ACTION,
        destination,
        PROXIES,
        cost + past.cents,
        f"reach {destination} through {PROXIES} proxies in public subnets that reuse connections ({reuse} to 1)",
        f"{PROXIES} proxies to {destination}",
        before=0,
        after=PROXIES,
        new=(name,),
        risks=(Risk.EGRESS_ADDRESSES_CHANGE, Risk.NEW_SERVICE, Risk.CODE_CHANGE),
        needs=(
            f"the protocol of {destination} lets a proxy reuse connections, {reuse} to 1",
            f"{PROXIES} instances carry the traffic",
        ),
        prices=("proxy-instance-hour", "public-ipv4-hour", *past.prices),
        notes=("connections to the proxy still take entries of the Hyperplane ENIs", *past.notes),
        not_simulated="the proxies' own connections to the destination, and what they can carry, are not simulated",
    )
    endpoint = Endpoint(name, HopKind.PROXY, (destination,), (), reuse)
    return Step(with_network(scenario, endpoints={name: endpoint, **network.endpoints}), change)


def _shape(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    terms = trouble.terms
    return for_each_destination(
        trouble, allowed, lambda now, name: use_egress_proxy(now, name, terms.proxy_reuse, terms.prices)
    )


ACTION = Action("use-egress-proxy", place=90, shape=_shape, past_nat=True, adds_endpoints=True)
