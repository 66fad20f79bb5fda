"""A scenario made smaller: every table and all demand by one factor, for ``simulate`` and ``lab`` alike."""

from __future__ import annotations

from dataclasses import replace

from narrows.demand import Curve
from narrows.scenario.model import Scenario


def scale_demand(scenario: Scenario, scale: float) -> Scenario:
    """The scenario with all demand times ``scale``; with tables scaled alike it runs into the same narrows.

    What is scaled: environments, reserved and account concurrency, connections and rates of other clients, the
    destinations' accept rates and the resolver's budget. Connections of each environment stay as they are.
    """
    if scale == 1.0:
        return scenario
    network, demand, assumed = scenario.network, scenario.demand, scenario.assumptions
    functions = {
        name: replace(function, reserved_concurrency=_scaled(function.reserved_concurrency, scale))
        for name, function in network.functions.items()
    }
    destinations = {
        name: replace(target, accepts_per_second=_scaled(target.accepts_per_second, scale))
        for name, target in network.destinations.items()
    }
    asked = {
        name: replace(
            wanted,
            environments=wanted.environments.scaled(scale),
            invocations_per_second=_scaled_curve(wanted.invocations_per_second, scale),
        )
        for name, wanted in demand.functions.items()
    }
    others = {
        name: tuple(
            replace(use, count=_scaled_curve(use.count, scale), per_second=_scaled_curve(use.per_second, scale))
            for use in uses
        )
        for name, uses in demand.others.items()
    }
    return replace(
        scenario,
        network=replace(network, functions=functions, destinations=destinations),
        demand=replace(demand, functions=asked, others=others),
        assumptions=replace(
            assumed,
            account_concurrency=_scaled(assumed.account_concurrency, scale),
            resolver_packets_per_second=_scaled(assumed.resolver_packets_per_second, scale),
        ),
    )


def _scaled(count: int | None, scale: float) -> int | None:
    return None if count is None else max(1, round(count * scale)) if count else 0


def _scaled_curve(curve: Curve | None, scale: float) -> Curve | None:
    return None if curve is None else curve.scaled(scale)
