"""Scenarios written as YAML load again as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from narrows.errors import InputError
from narrows.network import Egress
from narrows.plan import make_plan, scenario_yaml, write_scenario
from narrows.scenario import load_scenario, parse_scenario
from tests.simulate.random_scenarios import documents
from tests.unit.plan.sites import EXAMPLES, site


@pytest.mark.slow
@settings(max_examples=100)
@given(documents())
def test_any_scenario_comes_back(document: dict[str, Any]) -> None:
    scenario = replace(parse_scenario(yaml.safe_dump(document)), file=None)
    assert replace(parse_scenario(scenario_yaml(scenario)), file=None) == scenario


@pytest.mark.parametrize("name", ["launch-load-test", "eight-addresses", "second-subnet"])
def test_every_plan_of_the_incident_comes_back(name: str, tmp_path: Path) -> None:
    plan = make_plan(load_scenario(EXAMPLES / f"{name}.yaml"), growth=1.7)
    for number, scenario in enumerate([plan.scenario, *(one.scenario for one in plan.alternatives)]):
        file = tmp_path / f"{number}.yaml"
        write_scenario(scenario, file)
        assert replace(load_scenario(file), file=None) == replace(scenario, file=None)


def test_a_file_that_is_there_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    write_scenario(replace(site({"app": (["a"], 1, 1)}), name="x" * 100), file)
    write_scenario(site({"app": (["a"], 1, 1)}), file)
    assert load_scenario(file).name == "site"
    assert [one.name for one in tmp_path.iterdir()] == ["new.yaml"]


def test_a_scenario_that_somebody_wrote_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine  # with my comments\n")
    with pytest.raises(InputError, match="is there already, and is not what this command writes"):
        write_scenario(site({"app": (["a"], 1, 1)}), file)
    assert file.read_text() == "name: mine  # with my comments\n"


def test_nowhere_to_write_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its folder is not there"):
        write_scenario(site({"app": (["a"], 1, 1)}), tmp_path / "none" / "new.yaml")


def test_what_a_case_does_not_say_cannot_be_written(tmp_path: Path) -> None:
    scenario = site({"app": (["a"], 1, 1)})
    place = replace(scenario.network.subnets["a"], route=Egress.UNKNOWN)
    scenario = replace(scenario, network=replace(scenario.network, subnets={"a": place}))
    with pytest.raises(InputError, match="nothing says where a leads"):
        write_scenario(scenario, tmp_path / "new.yaml")
    assert not list(tmp_path.iterdir())


def test_functions_of_which_nothing_is_asked_or_known_stay_out(tmp_path: Path) -> None:
    """``aws lambda list-functions`` lists a whole account, the other files are of one VPC."""
    scenario = site({"app": (["a"], 900, 10)})
    network = scenario.network
    elsewhere = replace(network.functions["app"], name="reporting", subnets=("subnet-of-another-vpc",))
    beside = replace(network.functions["app"], name="beside")
    unused = replace(network.subnets["a"], name="b", route=Egress.UNKNOWN)
    functions = {**network.functions, "reporting": elsewhere, "beside": beside}
    subnets = {**network.subnets, "b": unused}
    file = tmp_path / "new.yaml"
    write_scenario(replace(scenario, network=replace(network, functions=functions, subnets=subnets)), file)
    written = load_scenario(file).network
    assert set(written.functions) == {"app", "beside"}
    assert set(written.subnets) == {"a"}
