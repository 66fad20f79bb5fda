"""A scenario, written as a template by AWS's documentation and imported again, is the same network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from narrows.declared import cloudformation, terraform
from narrows.declared.imported import import_scenario
from narrows.declared.model import Declared
from narrows.scenario import Scenario
from oracles.infrastructure.cloudformation import template
from oracles.infrastructure.comparing import alike, answers
from oracles.infrastructure.declared import as_declared
from oracles.infrastructure.drawing import random_infrastructure
from oracles.infrastructure.terraform import resources
from oracles.infrastructure.terraform_text import hcl, plan_json, tf_json

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


def _template(scenario: Scenario, folder: Path) -> Declared:
    file = folder / "template.yaml"
    file.write_text(yaml.safe_dump(template(scenario)), encoding="utf-8")
    return cloudformation.read(file)


def _terraform(name: str, write: Callable[..., str], whole_folder: bool) -> Callable[[Scenario, Path], Declared]:
    def read(scenario: Scenario, folder: Path) -> Declared:
        file = folder / name
        file.write_text(write(resources(scenario)), encoding="utf-8")
        return terraform.read(folder if whole_folder else file)

    return read


FORMS = {
    "template": _template,
    "hcl": _terraform("main.tf", hcl, True),
    "json": _terraform("main.tf.json", tf_json, True),
    "plan": _terraform("plan.json", plan_json, False),
}


def file_comes_back(form: str, seed: int, folder: Path) -> None:
    """A random network in one of ``FORMS``, imported again, is the network that it was."""
    scenario = random_infrastructure(seed)
    folder.mkdir()
    read = FORMS[form](scenario, folder)
    assert not read.faults
    assert_same(import_scenario(read, answers(scenario)).scenario, scenario)


@pytest.mark.parametrize("form", FORMS)
def test_files_come_back(form: str, tmp_path: Path) -> None:
    for seed in (3, 8):
        file_comes_back(form, seed, tmp_path / str(seed))


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_three_hundred_networks_come_back_from_files(form: str, tmp_path: Path) -> None:
    for seed in range(300):
        file_comes_back(form, seed, tmp_path / str(seed))


@pytest.mark.slow
def test_the_templates_are_such_as_cfn_lint_takes() -> None:
    from cfnlint.api import lint  # type: ignore[import-untyped,unused-ignore]

    for seed in range(8):
        found = lint(json.dumps(template(random_infrastructure(seed))))
        assert [one for one in found if one.rule.id.startswith("E")] == []


def test_nothing_of_the_network_is_taken_from_the_answers() -> None:
    scenario = random_infrastructure(1)
    scrambled = answers(scenario)
    assert all(one.az == "us-east-1f" for one in scrambled.network.subnets.values())
    assert alike(scrambled.network) != alike(scenario.network)
