"""``narrows init`` as a user runs it: what it prints loads, plans and simulates; what is not its own stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from narrows.scenario import load_scenario
from narrows.scenario.json_schema import FILE
from tests.unit.core.scenarios import INCIDENT

ROOT = Path(__file__).parents[2]
CASE = ROOT / "examples" / "cases" / "eni-full-no-metric"
TERRAFORM = ROOT / "examples" / "infrastructure" / "act-1" / "terraform"


def narrows(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "narrows", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def printed(*arguments: str | Path, folder: Path) -> str:
    done = narrows(*arguments, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.slow
def test_what_it_prints_plans_and_simulates(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(printed("init", folder=tmp_path), encoding="utf-8")
    plan = json.loads(printed("plan", "scenario.yaml", "--json", folder=tmp_path))
    assert plan["verdict"] == "does-not-hold"
    assert plan["changes"]
    # The simulator may have to be compiled first, which it says on stderr.
    run = json.loads(narrows("simulate", "scenario.yaml", "--json", folder=tmp_path).stdout)
    assert (run["attempted"], run["established_peak"]) == (60_000, 55_000)
    assert "no_effect" not in run


@pytest.mark.slow
def test_of_a_case(tmp_path: Path) -> None:
    text = printed("init", "--from", CASE, folder=tmp_path)
    (tmp_path / "of-case.yaml").write_text(text, encoding="utf-8")
    lines = text.splitlines()
    assert lines[0].startswith("# yaml-language-server: $schema=")
    assert {"# Estimated from the case:", "# Not settled:", "# Assumed:"} <= set(lines)
    assert max(len(line) for line in lines if line.lstrip().startswith("#")) <= 80
    scenario = load_scenario(tmp_path / "of-case.yaml")
    assert set(scenario.network.functions) == {"checkout"}
    assert scenario.demand.functions["checkout"].environments.largest(1e9) > 1000


@pytest.mark.parametrize(
    ("source", "command"), [(TERRAFORM, "terraform"), (ROOT / "examples" / "scenarios" / "launch-load-test.yaml", "")]
)
def test_what_is_no_case_is_told_where_to_go(source: Path, command: str, tmp_path: Path) -> None:
    done = narrows("init", "--from", source, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"narrows import {command}" in done.stderr


def test_a_file_of_its_own_is_replaced_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    for _ in range(2):
        assert printed("init", "--out", "s.yaml", folder=tmp_path) == ""
    assert load_scenario(file).name == "my-launch"
    changed = file.read_text(encoding="utf-8").replace("my-launch", "mine")
    file.write_text(changed, encoding="utf-8")
    refused = narrows("init", "--out", "s.yaml", folder=tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "s.yaml: is there already, and is not what this command writes" in refused.stderr
    assert file.read_text(encoding="utf-8") == changed


def test_the_schema(tmp_path: Path) -> None:
    assert json.loads(printed("init", "--schema", folder=tmp_path)) == json.loads(FILE.read_bytes())
    for _ in range(2):
        assert printed("init", "--schema", "scenario.schema.json", folder=tmp_path) == ""
    assert (tmp_path / "scenario.schema.json").read_bytes() == FILE.read_bytes()
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    assert narrows("init", "--schema", "mine.json", folder=tmp_path).returncode == 2
    assert (tmp_path / "mine.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.slow
def test_what_has_no_effect_is_said_and_what_is_assumed(tmp_path: Path) -> None:
    text = INCIDENT.replace("route: nat-a}", "route: nat-a, ipv6: true}").replace("hold: until_recycled", "")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    for command in (("simulate", "s.yaml", "--scale", "0.01"), ("plan", "s.yaml")):
        done = narrows(*command, folder=tmp_path)
        assert done.returncode == 0
        assert done.stderr.splitlines()[-1].startswith("narrows: s.yaml: line 5, vpc.subnets.private-a.ipv6: has no")
        assert "Assumed, since the scenario does not say it" in done.stdout
        assert "functions.storefront.connections[0].hold: until_recycled" in done.stdout
    as_json = narrows("plan", "s.yaml", "--json", folder=tmp_path)
    assert as_json.stderr == ""
    assert json.loads(as_json.stdout)["no_effect"][0].startswith("s.yaml: line 5, ")
