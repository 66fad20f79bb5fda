"""What the rules of alarms find, and what they must leave alone."""

from __future__ import annotations

import pytest

from narrows.lint.rule import Severity
from narrows.lint.rules import RULES
from tests.unit.lint.declaring import NAT, alarm, severities, subject, told, unchecked

OPEN = {"MetricName": "ActiveConnectionCount", "Statistic": "Maximum"}
ALARMS = [rule for rule in RULES if rule.startswith("alarm-")]


def of_alarm(text: str) -> set[str]:
    seen = subject(text)
    return {rule for rule in ALARMS if told(rule, seen)}


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({}, set()),
        ({"Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, set()),
        ({"Threshold": 2, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, {"alarm-threshold"}),
        ({"Threshold": 0, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}, {"alarm-upside-down"}),
        ({"Threshold": 0, "ComparisonOperator": "LessThanThreshold"}, {"alarm-upside-down"}),
        ({"Threshold": "'5'"}, {"alarm-threshold"}),
        ({"Threshold": "!Unknown ''"}, set()),
        ({"Namespace": "aws/natgateway"}, {"alarm-namespace"}),
        ({"Namespace": "AWS/EC2"}, {"alarm-namespace"}),
        ({"Namespace": "AWS/EC2", "MetricName": "BytesOutToDestination"}, {"alarm-namespace"}),
        # Something of the user's own writes it, or is at least meant to.
        ({"Namespace": "Own/Network"}, set()),
        ({"Namespace": "!Unknown ''"}, set()),
        ({"MetricName": "errorPortAllocation"}, {"alarm-metric"}),
        ({"MetricName": "!Unknown ''"}, set()),
        ({"Dimensions": None}, {"alarm-dimension"}),
        ({"Dimensions": "[{Name: NatGateway, Value: !Ref Nat}]"}, {"alarm-dimension"}),
        ({"Dimensions": "[{Name: NatGatewayId, Value: !Ref Alarm}]"}, {"alarm-dimension"}),
        ({"Dimensions": "[{Name: NatGatewayId, Value: !Ref Nat}, {Name: Zone, Value: a}]"}, {"alarm-dimension"}),
        # Of a gateway that other files declare, and one that nobody knows.
        ({"Dimensions": "[{Name: NatGatewayId, Value: !Ref Elsewhere}]"}, set()),
        ({"Dimensions": "[{Name: NatGatewayId, Value: nat-0a1b2c3d4e5f60718}]"}, set()),
        ({"Dimensions": "!Unknown ''"}, set()),
        ({"Statistic": "Minimum", "Period": 300}, {"alarm-statistic"}),
        ({"Statistic": "Minimum"}, set()),
        ({"Statistic": "Average", "Period": 300}, set()),
        ({"Statistic": "SampleCount"}, {"alarm-statistic"}),
        ({**OPEN, "Statistic": "Sum", "Period": 300, "Threshold": 9}, {"alarm-statistic"}),
        ({**OPEN, "Threshold": 40000}, set()),
        ({**OPEN, "Threshold": 60000}, {"alarm-threshold"}),
        ({"Period": 86400}, {"alarm-late"}),
        ({"Period": 3600, "EvaluationPeriods": 24}, {"alarm-late"}),
        ({"Period": 3600, "EvaluationPeriods": 24, "DatapointsToAlarm": 1}, set()),
    ],
    ids=str,
)  # fmt: skip
def test_alarms(changed: dict[str, object], rules: set[str]) -> None:
    assert of_alarm(alarm(**changed)) == rules


def test_an_alarm_on_one_metric_written_with_metrics_is_read_and_metric_maths_is_left_alone() -> None:
    metric = (
        "{MetricStat: {Stat: Sum, Period: 60, Metric: {Namespace: AWS/NatGateway, MetricName: ErrorPortAllocation}}}"
    )
    plain: dict[str, object] = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period", "Dimensions"))
    assert of_alarm(alarm(**plain, Metrics=f"[{metric}]")) == {"alarm-namespace"}
    assert of_alarm(alarm(**plain, Metrics=f"[{metric}, {{Expression: m1 / 2}}]")) == set()


def test_a_gateway_without_an_alarm_is_a_warning_only_where_alarms_are_declared() -> None:
    assert severities("no-port-alarm", subject(NAT)) == [Severity.INFO]
    assert severities("no-port-alarm", subject(alarm(MetricName="PacketsDropCount"))) == [Severity.WARNING]
    assert severities("no-port-alarm", subject(alarm())) == []


def test_a_gateway_whose_alarm_is_wrong_is_told_of_once() -> None:
    assert told("no-port-alarm", subject(alarm(Namespace="AWS/NatGateway"))) == []
    assert told("no-port-alarm", subject(alarm(Dimensions=None))) == []


def test_nothing_is_said_of_an_alarm_that_may_be_there() -> None:
    metric_maths = {**dict.fromkeys(("Namespace", "MetricName", "Dimensions")), "Metrics": "[{Expression: m1 / 2}]"}
    for text in (alarm(**metric_maths), alarm(Dimensions="[{Name: NatGatewayId, Value: !Unknown ''}]")):
        assert told("no-port-alarm", subject(text)) == []
        assert len(unchecked("no-port-alarm", subject(text))) == 1
    assert unchecked("no-port-alarm", subject(NAT, faults=1))
    conditional = NAT.replace("{Type", "{Conditional: in production only, Type")
    assert told("no-port-alarm", subject(conditional)) == []
