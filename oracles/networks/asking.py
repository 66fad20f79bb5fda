"""The true demand, asked of another network than the one that it was played in: does a plan's network hold it?"""

from __future__ import annotations

from dataclasses import replace

from narrows.network import HopKind, Network
from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.scenario import Scenario
from narrows.tables import Table
from oracles.networks.staging import Staged
from oracles.networks.truth import played

OF_AWS = (HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY)
"""Tables that a change of the network widens."""


def asked_of(network: Network, staged: Staged) -> tuple[Table, ...]:
    """The tables of AWS with what the true demand of a case asks of them.

    Args:
        network: as a case describes it, or a plan for the case widens it: under AWS ids.
    """
    true = staged.scenario
    others = {name: replace(one, route=staged.layout.nats[one.route].id) for name, one in true.network.others.items()}
    known = {name for name, one in others.items() if one.route in network.nat_gateways}
    if set(others) != known:
        raise ValueError("the network has no more the NAT gateway that others leave by")
    # What a case does not tell of its destinations is true all the same.
    asked = replace(network, destinations=without_limits(true).network.destinations, others=others)
    peak = measure(asked, played(true.demand), true.assumptions)
    return tuple(one for one in all_tables(asked, peak, true.assumptions, Routing()) if one.kind in OF_AWS)


def without_limits(scenario: Scenario) -> Scenario:
    """The scenario with destinations that take any number of connections: no case says how many, and no plan helps."""
    destinations = {name: replace(one, max_connections=None) for name, one in scenario.network.destinations.items()}
    return replace(scenario, network=replace(scenario.network, destinations=destinations))
