"""``narrows plan --patch cloudformation``: what the command prints, and what git and the template make of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from narrows.cli import main
from tests.unit.patch.cloudformation.linting import decoded
from tests.unit.patch.cloudformation.test_foreign import FOREIGN

SCENARIO = """\
name: launch
region: us-east-1
vpc:
  subnets: {PrivateSubnet1: {az: us-east-1a, route: NATGateway1}}
  nat_gateways: {NATGateway1: {addresses: 1}}
destinations: {cache: {addresses: 1, port: 443}}
functions:
  workers:
    subnets: [PrivateSubnet1]
    security_groups: [WorkersGroup]
    connections: [{to: cache, per_environment: 10}]
demand: {workers: {environments: 9000}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "launch.yaml").write_text(SCENARIO)
    (tmp_path / "infra").mkdir()
    shutil.copy(FOREIGN / "conditions.yaml", tmp_path / "infra" / "template.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as raised:
        main(list(arguments))
    printed = capsys.readouterr()
    return int(raised.value.code or 0), printed.out, printed.err


def test_git_applies_what_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (here / "infra" / "template.yaml").read_bytes()
    code, diff, said = run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra")
    assert code == 0
    assert (here / "infra" / "template.yaml").read_bytes() == before
    assert "L-5F53652F" in said
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=here, check=True)
    resources = decoded(here / "infra" / "template.yaml")["Resources"]
    assert len(resources["NATGateway1"]["Properties"]["SecondaryAllocationIds"]) == 2
    code, _, _ = run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra/template.yaml")
    assert code == 0


def test_write_writes_the_same_as_git_applies(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, diff, _ = run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra")
    run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra", "--write")
    written = (here / "infra" / "template.yaml").read_bytes()
    shutil.copy(FOREIGN / "conditions.yaml", here / "infra" / "template.yaml")
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=here, check=True)
    assert (here / "infra" / "template.yaml").read_bytes() == written


def test_the_ids_of_a_stack_are_an_option(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SCENARIO.replace("NATGateway1", "nat-0123456789abcdef0").replace(
        "PrivateSubnet1", "subnet-0123456789abcdef0"
    )
    (here / "launch.yaml").write_text(text)
    ids = {"nat-0123456789abcdef0": "NATGateway2", "subnet-0123456789abcdef0": "PrivateSubnet2"}
    answer = [{"LogicalResourceId": logical, "PhysicalResourceId": physical} for physical, logical in ids.items()]
    (here / "ids.json").write_text(json.dumps({"StackResourceSummaries": answer}))
    arguments = ("plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra", "--state", "ids.json")
    code, diff, _ = run(capsys, *arguments)
    assert code == 0
    assert "NATGateway2Eip2" in diff
    assert "NATGateway1Eip2" not in diff


def test_two_that_could_be_meant_are_one_line_and_nothing_is_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FOREIGN / "conditions.yaml", here / "infra" / "other.yaml")
    code, out, said = run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra", "--write")
    assert (code, out) == (2, "")
    assert said.count("\n") == 1
    assert "two resources could be the" in said
    assert (here / "infra" / "template.yaml").read_bytes() == (FOREIGN / "conditions.yaml").read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_one_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "infra" / "template.yaml").chmod(0o444)
    code, _, said = run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra", "--write")
    assert code == 2
    assert said.count("\n") == 1


def test_a_broken_template_is_one_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "infra" / "template.yaml").write_text("Resources:\n\tA: 1\n")
    code, _, said = run(capsys, "plan", "launch.yaml", "--patch", "cloudformation", "--into", "infra")
    assert code == 2
    assert said.startswith("narrows: ")
    assert "infra/template.yaml: line 2: is not valid YAML" in said
    assert said.count("\n") == 1
