"""An action is one file: what it declares is what is known of it, and a conditional one needs no other."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import narrows
from narrows.plan.changes import ACTIONS, CONDITIONAL

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `([a-z0-9-]+)`( \*)? \|", re.MULTILINE)

NEW = """
from dataclasses import replace

from narrows.plan.actions import Action, Change
from narrows.plan.changes.edits import for_each_destination, with_network
from narrows.plan.actions import Step


def use_direct_wire(scenario, destination):
    change = Change(
        ACTION, destination, 1, -100, "lay a wire to " + destination, "a wire", needs=("the wire is long enough",),
    )
    there = scenario.network.destinations
    wired = {**there, destination: replace(there[destination], local=True)}
    return Step(with_network(scenario, destinations=wired), change)


def _shape(trouble, allowed):
    return for_each_destination(trouble, allowed, use_direct_wire)


ACTION = Action("use-direct-wire", place=75, shape=_shape, past_nat=True)
"""


@pytest.mark.slow
def test_a_file_that_is_dropped_in_is_an_action_everywhere(tmp_path: Path) -> None:
    """In a copy of the package: in the help, possible with --can, planned, printed."""
    shutil.copytree(Path(narrows.__file__).parent, tmp_path / "narrows", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "narrows/plan/changes/use_direct_wire.py").write_text(NEW)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "narrows", "plan", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    assert "use-direct-wire" in run("--help")
    scenario = str(ROOT / "examples/scenarios/launch-load-test.yaml")
    assert "use-direct-wire" in {one["strategy"] for one in json.loads(run(scenario, "--json"))["alternatives"]}
    answer = json.loads(run(scenario, "--json", "--can", "use-direct-wire=cache"))
    assert "use-direct-wire" in {change["action"] for change in answer["changes"]}
    printed = run(scenario, "--can", "use-direct-wire")
    assert "lay a wire to cache" in printed
    assert "only if the wire is long enough" in printed


def test_an_action_is_called_as_its_file_and_stands_in_a_place_of_its_own() -> None:
    folder = Path(narrows.__file__).parent / "plan/changes"
    for action in ACTIONS.values():
        assert (folder / f"{action.id.replace('-', '_')}.py").is_file()
    assert len({action.place for action in ACTIONS.values()}) == len(ACTIONS)


def test_an_action_belongs_to_a_stage_or_has_a_condition() -> None:
    for action in ACTIONS.values():
        assert action.conditional == (action.widens is None), action.id


def test_the_page_lists_every_action_and_marks_those_with_a_condition() -> None:
    rows = {id: bool(star) for id, star in ROW.findall((ROOT / "docs/plan.md").read_text(encoding="utf-8"))}
    assert rows == {id: id in CONDITIONAL for id in ACTIONS}
