"""Paths wherever objects are, and a plain word where it is neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import narrows

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "examples/scenarios/churn-loop.yaml"
CASE = ROOT / "examples/cases/eni-full-no-metric"


@pytest.mark.parametrize("kind", [str, Path])
def test_paths_are_what_they_lead_to(kind: Any, tmp_path: Path) -> None:
    case, scenario = narrows.read_case(CASE), narrows.load_scenario(SCENARIO)
    assert narrows.diagnose_case(kind(CASE)) == narrows.diagnose_case(case)
    assert narrows.make_plan(kind(CASE)).to_json() == narrows.make_plan(case).to_json()
    assert narrows.make_plan(kind(SCENARIO)).to_json() == narrows.make_plan(scenario).to_json()
    assert narrows.simulate_scenario(kind(SCENARIO)).events == narrows.simulate_scenario(scenario).events
    narrows.write_scenario(kind(SCENARIO), kind(tmp_path / "copy.yaml"))
    assert narrows.load_scenario(tmp_path / "copy.yaml").network == scenario.network
    assert narrows.write_report(kind(CASE), kind(tmp_path / "case.html"), prove=False).is_file()


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        ("diagnose_case", ([],), "diagnose_case wants a Case or the path of its folder, not a list"),
        ("make_plan", (3,), "make_plan wants a Scenario or a Case, or the path of either, not an int"),
        ("simulate_scenario", (None,), "simulate_scenario wants a Scenario or the path of its file, not None"),
        ("write_report", ({}, "x.html"), "write_report wants a Case or the path of its folder, not a dict"),
        ("read_case", (3,), "read_case wants the path of a case's folder, not an int"),
        ("load_scenario", (b"x",), "load_scenario wants the path of a scenario's file, not a bytes"),
        ("parse_scenario", (3,), "parse_scenario wants the text of a scenario"),
        ("write_scenario", (3, "x.yaml"), "write_scenario wants a Scenario or the path of its file, not an int"),
        ("write_case", ("x", "y"), "write_case wants a Recording, as simulate_scenario gives it, not a str"),
        ("prove", ("x",), "prove wants a Plan, as make_plan gives it, not a str"),
        ("count_connections", ([3],), "count_connections wants paths of flow logs, or one, not a list"),
    ],
)
def test_anything_else_is_a_type_error_that_says_what_was_wanted(function: str, arguments: Any, said: str) -> None:
    with pytest.raises(TypeError) as error:
        getattr(narrows, function)(*arguments)
    assert said in str(error.value)


def test_a_path_that_leads_nowhere_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(narrows.InputError, match="no such"):
        narrows.make_plan(tmp_path / "nothing.yaml")
