"""A scenario, written as a template by AWS's documentation and imported again, is the same network."""

from __future__ import annotations

import pytest

from narrows.declared.imported import import_scenario
from narrows.scenario import Scenario
from oracles.infrastructure.cloudformation import template
from oracles.infrastructure.comparing import alike, answers
from oracles.infrastructure.declared import as_declared
from oracles.infrastructure.drawing import random_infrastructure

_FAST = range(6)


def _comes_back(seed: int) -> None:
    scenario = random_infrastructure(seed)
    found = import_scenario(as_declared(template(scenario)), answers(scenario))
    assert_same(found.scenario, scenario)
    assert not found.told


def assert_same(found: Scenario, scenario: Scenario) -> None:
    """The same network, demand and assumptions."""
    assert alike(found.network) == alike(scenario.network)
    assert found.demand == scenario.demand
    assert (found.assumptions, found.start, found.name) == (scenario.assumptions, scenario.start, scenario.name)


@pytest.mark.parametrize("seed", _FAST)
def test_a_template_comes_back(seed: int) -> None:
    _comes_back(seed)


@pytest.mark.slow
def test_three_hundred_templates_come_back() -> None:
    for seed in range(len(_FAST), 300):
        _comes_back(seed)


def test_nothing_of_the_network_is_taken_from_the_answers() -> None:
    scenario = random_infrastructure(1)
    scrambled = answers(scenario)
    assert all(one.az == "us-east-1f" for one in scrambled.network.subnets.values())
    assert alike(scrambled.network) != alike(scenario.network)
