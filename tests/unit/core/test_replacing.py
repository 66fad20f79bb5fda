"""``Scenario.replace``: paths as the YAML has them, checked as if loaded."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from narrows import InputError, load_scenario, make_plan, parse_scenario
from narrows.scenario import Scenario

FILE = Path(__file__).parents[3] / "examples/scenarios/launch-load-test.yaml"
LAUNCH = load_scenario(FILE)
TEXT = FILE.read_text(encoding="utf-8")


def each(scenario: Scenario) -> int:
    return scenario.demand.functions["storefront"].connections[0].per_environment


def loaded(way: tuple[str | int, ...], value: object) -> Scenario:
    """The scenario as it is loaded with another value written at a place."""
    data: Any = yaml.safe_load(TEXT)
    here = data
    for part in way[:-1]:
        here = here[part]
    here[way[-1]] = value
    return parse_scenario(yaml.safe_dump(data))


@pytest.mark.parametrize(
    ("path", "way", "value"),
    [
        ("vpc.nat_gateways.nat-a.addresses", ("vpc", "nat_gateways", "nat-a", "addresses"), 8),
        ("demand.storefront.environments.to", ("demand", "storefront", "environments", "to"), 4000),
        ("functions.storefront.timeout", ("functions", "storefront", "timeout"), "9s"),
        ("destinations.cache.max_connections", ("destinations", "cache", "max_connections"), 20000),
        ("assumptions.nat_on_exhaustion", ("assumptions", "nat_on_exhaustion"), "reset"),
        ("seed", ("seed",), 11),
        ("vpc.nat_gateways.nat-b", ("vpc", "nat_gateways", "nat-b"), {"addresses": 2}),
    ],
)
def test_it_is_what_would_have_been_loaded(path: str, way: tuple[str | int, ...], value: object) -> None:
    changed = LAUNCH.replace(path, value)
    assert dataclasses.replace(changed, file=None) == dataclasses.replace(loaded(way, value), file=None)
    assert changed != LAUNCH
    assert changed.file == LAUNCH.file


@pytest.mark.parametrize(
    "path",
    [
        "functions.storefront.connections[0].per_environment",
        "functions.storefront.connections.0.per_environment",
        "functions.storefront.connections[-1].per_environment",
        "functions.storefront.connections.cache.per_environment",
        "functions.storefront.connections[cache].per_environment",
        "functions.storefront.connections[*].per_environment",
        "functions.*.connections[*].per_environment",
        "functions.storefront.connections_per_environment",
    ],
)
def test_entries_of_lists(path: str) -> None:
    assert each(LAUNCH.replace(path, 5)) == 5
    assert each(LAUNCH) == 10


def test_several_at_once() -> None:
    changed = LAUNCH.replace({"seed": 9, "vpc.nat_gateways.nat-a.addresses": 3})
    assert changed.demand.seed == 9
    assert changed.network.nat_gateways["nat-a"].addresses == 3
    again = changed.replace("seed", 10)
    assert again.network.nat_gateways["nat-a"].addresses == 3


def test_names_may_have_dots() -> None:
    dotted = parse_scenario(TEXT.replace("cache", "cache.example.com"))
    changed = dotted.replace("destinations.cache.example.com.addresses", 3)
    assert len(changed.network.destinations["cache.example.com"].addresses) == 3
    assert each(dotted.replace("functions.storefront.connections.cache.example.com.per_environment", 4)) == 4


def test_what_was_changed_otherwise_stays_changed() -> None:
    other = dataclasses.replace(LAUNCH, demand=dataclasses.replace(LAUNCH.demand, seed=99))
    changed = other.replace("vpc.nat_gateways.nat-a.addresses", 3)
    assert changed.demand.seed == 99


def test_the_scenario_of_a_plan_and_of_a_case() -> None:
    planned = make_plan(LAUNCH).scenario
    assert planned.replace("seed", 4).network == planned.network
    of_case = make_plan(FILE.parents[1] / "cases/eni-full-no-metric").scenario
    assert of_case.replace("seed", 4).demand.seed == 4


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("vpc.nat_gateways.nat-b.addresses", "did you mean 'vpc.nat_gateways.nat-a.addresses'?"),
        ("vpc.nat_gateways.nat-a.adresses", "did you mean 'vpc.nat_gateways.nat-a.addresses'?"),
        ("functions.storefont.timeout", "did you mean 'functions.storefront.timeout'?"),
        ("functions.storefront.connections[3].per_environment", "connections[0].per_environment'?"),
        ("vpc.nat_gateways.nat-b", "there is no 'vpc.nat_gateways.nat-b'"),
        ("seed.x", "did you mean 'seed'?"),
        ("", "there is no '' in the scenario"),
    ],
)
def test_a_path_that_is_not_there(path: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        LAUNCH.replace(path, 3)
    assert said in str(error.value)


def test_what_would_not_load_is_an_error_with_its_place() -> None:
    with pytest.raises(InputError, match=r"vpc\.nat_gateways\.nat-a\.addresses: .* at least 1"):
        LAUNCH.replace("vpc.nat_gateways.nat-a.addresses", 0)


@pytest.mark.parametrize("arguments", [("seed",), (3, 4), ({"seed": 1}, 2), ({3: 4},), ("seed", object())])
def test_what_is_no_path_or_no_value(arguments: Any) -> None:
    with pytest.raises(TypeError):
        LAUNCH.replace(*arguments)
