"""Alarms on a metric that NAT gateways do not have."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_METRICS, NAT_NAMESPACE
from narrows.errors import did_you_mean
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Every metric of that namespace is known; of others, and of metric maths, nothing is said."""
    for alarm in subject.alarms or ():
        if alarm.namespace == NAT_NAMESPACE and alarm.metric is not None and alarm.metric not in NAT_METRICS:
            what = f"{alarm.label} waits for {alarm.metric}, which {NAT_NAMESPACE} does not have: it can never fire"
            yield Found(alarm, what, did_you_mean(alarm.metric, NAT_METRICS))


RULE = Rule(
    "alarm-metric",
    Severity.ERROR,
    "An alarm waits for a metric that NAT gateways do not have.",
    "CloudWatch takes any name: the alarm stays in INSUFFICIENT_DATA, and connections fail without a word.",
    "Write the metric as AWS does: ErrorPortAllocation, ActiveConnectionCount.",
    check,
)
