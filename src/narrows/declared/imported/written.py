"""A scenario as the mapping of its file: values that stand in for answers are there even where they are defaults."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from narrows.declared.imported.destinations import Asked
from narrows.declared.imported.text import Remarks
from narrows.demand import Curve
from narrows.network import Egress
from narrows.scenario import Scenario, parse_scenario
from narrows.scenario.writing import scenario_data, yaml_of


def data_of(scenario: Scenario, asked: Asked, remarks: Remarks) -> dict[str, object]:
    """The scenario as a file has it, with the values that stand in for answers even where they are defaults."""
    written = scenario_data(scenario)
    data: dict[str, object] = {"name": written.pop("name"), "region": scenario.network.region, **written}
    if asked.told:
        data = _with_counts(data, scenario)
    for name in scenario.network.security_groups:
        _inside(data, "vpc", "security_groups", name)
    for name in asked.stand_in & scenario.network.destinations.keys():
        _inside(data, "destinations", name).setdefault("addresses", 1)
    for name, wanted in scenario.demand.functions.items():
        level = wanted.environments.points[0][1]
        if wanted.environments == Curve.constant(level) and level.is_integer():
            _inside(data, "demand", name)["environments"] = int(level)
        for index, use in enumerate(wanted.connections):
            if ("functions", name, "connections", index, "per_environment") in remarks.of:
                _inside(data, "functions", name)["connections"][index]["per_environment"] = use.per_environment
    for name in scenario.network.subnets:
        _inside(data, "vpc", "subnets", name).setdefault("route", Egress.NONE.value)
    for name, function in scenario.network.functions.items():
        seconds = function.timeout
        _inside(data, "functions", name)["timeout"] = int(seconds) if seconds.is_integer() else seconds
    for name, gateway in scenario.network.nat_gateways.items():
        _inside(data, "vpc", "nat_gateways", name).setdefault("addresses", gateway.addresses)
    return data


def _with_counts(data: dict[str, object], scenario: Scenario) -> dict[str, object]:
    """The same with numbers of addresses in place of addresses that belong to nobody, where that says the same."""
    counted = deepcopy(data)
    for name, destination in scenario.network.destinations.items():
        _inside(counted, "destinations", name)["addresses"] = destination.unique
    parsed = parse_scenario(yaml_of(counted, width=120)).network.destinations
    return counted if parsed == scenario.network.destinations else data


def _inside(data: dict[str, Any], *path: str) -> dict[str, Any]:
    """A mapping of the file, made where it is left out."""
    for key in path:
        data = data.setdefault(key, {})
    return data
