"""Alarms in a namespace that has no such metric: they never fire."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import LAMBDA_NAMESPACE, NAT_DIMENSION, NAT_NAMESPACE, NAT_PORT_ERRORS
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import AlarmSeen, Subject

"""A metric that no other service has."""
_OF_AWS = "aws/"


def check(subject: Subject) -> Iterator[Found]:
    """Namespaces are compared letter by letter: CloudWatch takes any, and waits for data that never come."""
    for alarm in subject.alarms or ():
        wanted = _meant(alarm)
        if wanted is not None and alarm.namespace is not None and alarm.namespace != wanted:
            metric = alarm.metric or "its metric"
            what = f"{alarm.label} waits for {metric} in {alarm.namespace}, which is not there: it can never fire"
            yield Found(alarm, what, f"write {wanted}")


def _meant(alarm: AlarmSeen) -> str | None:
    namespace = (alarm.namespace or "").casefold()
    for known in (NAT_NAMESPACE, LAMBDA_NAMESPACE):
        if namespace == known.casefold():
            return known
    # A namespace of one's own may hold a metric of any name; those of AWS are known.
    of_nat = alarm.metric == NAT_PORT_ERRORS or NAT_DIMENSION in (alarm.dimensions or {})
    return NAT_NAMESPACE if of_nat and namespace.startswith(_OF_AWS) else None


RULE = Rule(
    "alarm-namespace",
    Severity.ERROR,
    "An alarm looks into a namespace that does not have its metric, such as AWS/NatGateway.",
    "CloudWatch takes any namespace: the alarm stays in INSUFFICIENT_DATA, and connections fail without a word.",
    f"Write the namespace as AWS does: {NAT_NAMESPACE}, {LAMBDA_NAMESPACE}.",
    check,
)
