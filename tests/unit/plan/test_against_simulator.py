"""No table in a simulated run ever holds more than the plan reckons with."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings

from narrows.network import HopKind
from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.scenario import load_scenario, parse_scenario
from tests.simulate.random_scenarios import documents
from tests.unit.plan.sites import EXAMPLES

KINDS = {
    "hyperplane-eni": HopKind.HYPERPLANE_ENI,
    "nat-address": HopKind.NAT_GATEWAY,
    "destination": HopKind.DESTINATION,
}


def without_chance_or_failure(document: dict[str, Any]) -> dict[str, Any]:
    """The same scenario, with everything answered, nothing full, and no choice left to chance."""
    roomy = {
        "eni_scale_out_delay": "never",
        "nat_connections_per_address": 50_000,
        "nat_address_selection": "random-port",
        "environment_placement": "even",
        "address_choice": "first",
        "resolver_packets_per_second": "unlimited",
        "account_concurrency": "unlimited",
    }
    document["assumptions"] |= roomy
    # The recording has the most of each second for each address: one address each, or these would not add up.
    for nat in document["vpc"]["nat_gateways"].values():
        nat["addresses"] = 1
    for destination in document["destinations"].values():
        destination |= {"max_connections": 50_000, "accepts_per_second": None, "answers": "yes", "round_trip": "1ms"}
    for function in document["functions"].values():
        for use in function["connections"]:
            use["bytes_per_second"] = 0
            if isinstance(use["hold"], dict):
                use["hold"] = use["hold"]["mean"]
    for other in document["others"].values():
        other["connections"] = [use for use in other["connections"] if "count" in use]
    return document


@settings(max_examples=60)
@given(documents().map(without_chance_or_failure))
def test_simulated_tables_stay_within_the_peak(document: dict[str, Any]) -> None:
    from narrows.simulate import simulate_scenario

    scenario = parse_scenario(yaml.safe_dump(document))
    recording = simulate_scenario(scenario)
    assume(not any(table.dropped.sum() for table in recording.tables))
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    planned = {
        (table.kind, table.id.name, table.id.destination): table.peak
        for table in all_tables(scenario.network, peak, scenario.assumptions, Routing())
    }
    for table in recording.tables:
        most = int(table.occupied.max(initial=0))
        limited = table.kind != "destination" or table.capacity is not None
        if most and limited:
            kind = KINDS[table.kind]
            resource = table.resource if table.az is None else f"{table.resource}/{table.az}"
            address = f"{table.destination_address}:{table.destination_port}"
            key = kind, resource, None if kind is HopKind.HYPERPLANE_ENI else address
            assert planned.get(key, 0) >= most, key


@pytest.mark.parametrize("name", ["launch-load-test", "eight-addresses", "second-subnet"])
def test_the_incident_wants_90_000(name: str) -> None:
    scenario = load_scenario(EXAMPLES / f"{name}.yaml")
    assert measure(scenario.network, scenario.demand, scenario.assumptions).connections == 90_000
