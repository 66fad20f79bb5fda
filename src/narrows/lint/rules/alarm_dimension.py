"""Alarms on a NAT gateway's metric without the dimension that every one of them has."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_DIMENSION, NAT_METRICS, NAT_NAMESPACE
from narrows.declared import resource_types
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """A metric is its name and exactly its dimensions: NAT gateways have one, and no sum over all of them."""
    for alarm in subject.alarms or ():
        if alarm.namespace != NAT_NAMESPACE or alarm.metric not in NAT_METRICS or alarm.dimensions is None:
            continue
        others = sorted(alarm.dimensions.keys() - {NAT_DIMENSION})
        if NAT_DIMENSION not in alarm.dimensions:
            has = f"has {', '.join(others)}" if others else "has no dimension"
            what = f"{alarm.label} {has}, and {alarm.metric} is only there with {NAT_DIMENSION}: it can never fire"
            yield Found(alarm, what)
            continue
        if others:
            what = f"{alarm.label} has {', '.join(others)} beside {NAT_DIMENSION}, and no such metric is there"
            yield Found(alarm, f"{what}: it can never fire", f"leave {NAT_DIMENSION} alone")
            continue
        value = alarm.dimensions[NAT_DIMENSION]
        kind = subject.kinds.get(value or "")
        if kind is not None and kind != resource_types.NAT_GATEWAY:
            what = f"{alarm.label} has {value} for its {NAT_DIMENSION}, which is {kind}: it can never fire"
            yield Found(alarm, what)


RULE = Rule(
    "alarm-dimension",
    Severity.ERROR,
    "An alarm on a NAT gateway's metric lacks the NatGatewayId dimension, or has another.",
    "CloudWatch takes any dimensions: the alarm stays in INSUFFICIENT_DATA, and connections fail without a word.",
    "Give it one dimension: NatGatewayId, with the id of the NAT gateway.",
    check,
)
