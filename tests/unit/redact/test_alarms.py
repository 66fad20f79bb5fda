"""Alarms of a case: names, notes and actions are gone, and the lint says the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from narrows.case.cloudwatch_names import LAMBDA_METRICS, NAT_METRICS
from narrows.lint.run import Result, lint
from narrows.redact.run import redact_case
from tests.unit.case.alarms import CPU, alarm, metric_of, on_several
from tests.unit.case.cases import case_at, nat_gateway, small

HERE = "nat-0a1b2c3d4e5f60718"
ALARMS = [
    alarm("wumpus ports", HERE),
    alarm("wumpus-payments-never", HERE, Namespace="AWS/NatGateway"),
    alarm("wumpus-misspelt", HERE, MetricName="ErrorPortAllocationz"),
    alarm("wumpus-late", HERE, MetricName="ActiveConnectionCount", Statistic="Minimum", Period=86_400, Threshold=9e9),
    alarm("wumpus-nowhere", None, Dimensions=[{"Name": "Wumpus", "Value": "zebra"}]),
    alarm("elsewhere", "nat-0fedcba9876543210", Namespace="AWS/NatGateway"),
    alarm("wumpus-own", None, Namespace="Wumpus/Zebra", MetricName="ErrorPortAllocation"),
    alarm("wumpus-errors", None, Namespace="AWS/Lambda", MetricName="Errors", Period=86_400,
          Dimensions=[{"Name": "FunctionName", "Value": "storefront"}]),
    on_several("wumpus-maths", {"Id": "zebra1", "Label": "zebra", "Expression": "zebra2 * 2", "ReturnData": True},
               {"Id": "zebra2", "MetricStat": metric_of("nat-00000000000000002"), "ReturnData": False}),
    CPU,
]  # fmt: skip
SQL = 'SELECT SUM(ErrorPortAllocation) FROM SCHEMA("AWS/NATGateway", NatGatewayId)'
SEARCH = on_several("wumpus", {"Id": "e", "Expression": SQL})


def account(folder: Path, *alarms: object) -> Path:
    gateways = [nat_gateway(HERE), nat_gateway("nat-00000000000000002"), nat_gateway("nat-00000000000000003")]
    composite = {"AlarmName": "wumpus-all", "AlarmRule": 'ALARM("wumpus ports") OR ALARM("zebra")'}
    answer = {"MetricAlarms": list(alarms), "CompositeAlarms": [composite]}
    return case_at(folder, {
        **small(), "ec2/nat-gateways.json": {"NatGateways": gateways}, "cloudwatch/alarms.json": answer,
        "cloudwatch/alarms-zebra.json": [alarm("zebra", HERE, Period=120)],
    })  # fmt: skip


def told(result: Result) -> Counter[tuple[str, str]]:
    found = Counter((one.rule, one.severity.value) for one in result.findings)
    return found + Counter((one.rule, "not checked") for one in result.unchecked)


@pytest.mark.parametrize("alarms", [ALARMS, [SEARCH], []], ids=["many", "a search", "none"])
def test_the_lint_says_the_same_and_no_name_is_left(tmp_path: Path, alarms: list[object]) -> None:
    case = account(tmp_path / "case", *alarms)
    redact_case(case, tmp_path / "out")
    before, after = told(lint([case])), told(lint([tmp_path / "out"]))
    assert before == after
    if alarms is ALARMS:
        rules = {"alarm-namespace", "alarm-metric", "alarm-late", "alarm-statistic", "alarm-threshold",
                 "alarm-dimension"}  # fmt: skip
        assert rules <= {rule for rule, _ in after}
    files = sorted(file.name for file in (tmp_path / "out" / "cloudwatch").iterdir())
    assert files[-1] == "alarms.json"
    assert files[0].startswith("alarms-")
    everything = "".join(file.read_text() for file in (tmp_path / "out").rglob("*") if file.is_file()) + "".join(files)
    for word in ("wumpus", "zebra", "wombat", "payments", "pager", "111122223333", HERE, "Threshold Crossed"):
        assert word.lower() not in everything.lower()


def test_every_metric_that_narrows_knows_keeps_its_name(tmp_path: Path) -> None:
    alarms = [alarm(name, HERE, MetricName=name) for name in NAT_METRICS] + [
        alarm(f"f {name}", None, Namespace="AWS/Lambda", MetricName=name) for name in LAMBDA_METRICS
    ]
    redact_case(account(tmp_path / "case", *alarms), tmp_path / "out")
    answer = json.loads((tmp_path / "out" / "cloudwatch" / "alarms.json").read_text())
    assert [one["MetricName"] for one in answer["MetricAlarms"]] == [*NAT_METRICS, *LAMBDA_METRICS]
    assert {one["Namespace"] for one in answer["MetricAlarms"]} == {"AWS/NATGateway", "AWS/Lambda"}
