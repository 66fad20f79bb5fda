"""Alarms as ``aws cloudwatch describe-alarms --output json`` writes them."""

from __future__ import annotations

from typing import Any

NAT = "nat-0a1b2c3d4e5f60718"


def alarm(name: str = "nat-a ports", nat: str | None = NAT, **more: Any) -> dict[str, Any]:
    """One of the MetricAlarms, with what AWS says beside; a member that is None is left out."""
    whole = {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}",
        "AlarmDescription": "Wombat Ltd: call the people of payments",
        "AlarmConfigurationUpdatedTimestamp": "2026-11-02T09:12:44.113000+00:00",
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:wombat-pager"],
        "InsufficientDataActions": [],
        "StateValue": "OK",
        "StateReason": "Threshold Crossed: no datapoints were received for 1 period",
        "StateReasonData": '{"version":"1.0","queryDate":"2026-11-02T09:13:44.113+0000","statistic":"Sum","period":60}',
        "StateUpdatedTimestamp": "2026-11-02T09:13:44.113000+00:00",
        "MetricName": "ErrorPortAllocation",
        "Namespace": "AWS/NATGateway",
        "Statistic": "Sum",
        "Dimensions": [] if nat is None else [{"Name": "NatGatewayId", "Value": nat}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "StateTransitionedTimestamp": "2026-11-02T09:13:44.113000+00:00",
    }
    return {member: value for member, value in {**whole, **more}.items() if value is not None}


def metric_of(nat: str, metric: str = "ErrorPortAllocation", namespace: str = "AWS/NATGateway") -> dict[str, Any]:
    """A ``MetricStat`` of a NAT gateway."""
    dimensions = [{"Name": "NatGatewayId", "Value": nat}]
    return {
        "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
        "Period": 60,
        "Stat": "Sum",
    }


def on_several(name: str, *queries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An alarm that is written with ``Metrics``: of one metric, or of metric maths."""
    own = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Dimensions", "Period"))
    return alarm(name, **{**own, "Metrics": list(queries), **more})


CPU = alarm(
    "web cpu", MetricName="CPUUtilization", Namespace="AWS/EC2",
    Dimensions=[{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}],
)  # fmt: skip
"""An alarm that narrows has nothing to say of."""
