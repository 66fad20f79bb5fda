"""Alarms of a live account: which are collected, also without the permission, and where there are very many."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from narrows.aws.questions import alarms
from narrows.aws.requests import shell_command
from narrows.case import read_case
from narrows.collect.account import Account
from narrows.collect.asking import Asking
from narrows.collect.target import open_target
from narrows.lint.run import Result, lint
from tests.aws.collecting import CREDENTIALS, collected, window_of
from tests.aws.server import AwsServer, Faults
from tests.aws.test_collect import WHO, begun, changed
from tests.unit.case.alarms import CPU, alarm

pytestmark = pytest.mark.usefixtures("credentials")

FILE = "cloudwatch/alarms.json"


def gateway_of(served: Path) -> str:
    gateways = json.loads((served / "ec2" / "nat-gateways.json").read_text())["NatGateways"]
    return str(gateways[0]["NatGatewayId"])


def account(served: Path, folder: Path, *more: dict[str, Any]) -> Path:
    """An account in which somebody misspelt the namespace of an alarm, and many watch something else."""
    misspelt = alarm("ports", gateway_of(served), Namespace="AWS/NatGateway")
    others = [{**CPU, "AlarmName": f"cpu {number}"} for number in range(120)]
    composite = {"AlarmName": "all", "AlarmRule": "ALARM(ports)", "StateValue": "OK"}
    answer = {"MetricAlarms": [*others, misspelt, *more], "CompositeAlarms": [composite]}
    return changed(served, folder, {FILE: answer})


def found(case: Path) -> list[tuple[str, str]]:
    result: Result = lint([case], select=["alarm-namespace", "no-port-alarm"])
    return [(one.rule, one.severity.value) for one in result.findings]


@pytest.mark.slow
def test_alarms_on_the_gateways_are_collected_and_linted(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(account(served, tmp_path / "account")) as server:
        summary = collected(server, case, WHO, window_of(served))
        pages = [call for call in server.calls if call.operation == "DescribeAlarms"]
        assert [call.error for call in pages] == [None] * 3
    assert summary.missed == []
    answer = json.loads((case / FILE).read_text())
    assert [one["AlarmName"] for one in answer["MetricAlarms"]] == ["ports"]
    assert "wombat" not in (case / FILE).read_text().lower()
    assert found(case) == [("alarm-namespace", "error")]


@pytest.mark.slow
def test_without_the_permission_it_is_a_note_and_nothing_more(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    faults = Faults(denied=frozenset({"cloudwatch:DescribeAlarms"}))
    with AwsServer(account(served, tmp_path / "account"), faults=faults) as server:
        summary = collected(server, case, WHO, window_of(served))
    assert [one.permission for one in summary.missed] == ["cloudwatch:DescribeAlarms"]
    assert not (case / FILE).exists()
    (note,) = [note for note in read_case(case).notes if note.source == FILE]
    assert note.text == "was not collected: not allowed: cloudwatch:DescribeAlarms is missing (DescribeAlarms)"
    assert found(case) == []


def test_of_very_many_the_first_are_looked_through_and_none_is_said_to_be_missing(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrows.collect.asking.MOST_ALARMS", 60)
    case = begun(served, tmp_path / "case")
    with AwsServer(account(served, tmp_path / "account")) as server, open_target(case) as target:
        Asking(Account(region="us-east-1", endpoint_url=server.url), target).ask([alarms("us-east-1")])
        assert [call.operation for call in server.calls] == ["DescribeAlarms"] * 2
    (asked,) = (json.loads(line) for line in (case / "collected.jsonl").read_text().splitlines())
    assert asked["text"] == "has those of the first 100 alarms of the Region: later ones were not collected"
    for name in ("lambda/functions.json", "ec2/nat-gateways.json"):
        (case / name).parent.mkdir(exist_ok=True)
        (case / name).write_bytes((served / name).read_bytes())
    assert found(case) == []
    assert [one.rule for one in lint([case], select=["no-port-alarm"]).unchecked] == ["no-port-alarm"]


def test_the_command_brings_the_same(served: Path, tmp_path: Path) -> None:
    case, by_hand = begun(served, tmp_path / "case"), tmp_path / "by hand"
    by_hand.mkdir()
    with AwsServer(account(served, tmp_path / "account")) as server:
        with open_target(case) as target:
            Asking(Account(region="us-east-1", endpoint_url=server.url), target).ask([alarms("us-east-1")])
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, **CREDENTIALS, "PATH": path, "AWS_ENDPOINT_URL": server.url}
        subprocess.run(["sh", "-c", shell_command([alarms("us-east-1")])], cwd=by_hand, env=environment, check=True)
    assert json.loads((by_hand / FILE).read_text()) == json.loads((case / FILE).read_text())
