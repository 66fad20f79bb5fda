"""The alarms of a plan, beside the resources that they watch."""

from __future__ import annotations

from narrows.case.cloudwatch_names import LAMBDA_DIMENSION
from narrows.patch.alarms import Alarm, alarms_of
from narrows.patch.cloudformation.making import Making, carry_over
from narrows.patch.cloudformation.nodes import Json
from narrows.patch.cloudformation.templates import Found, Object

_ALARM = "AWS::CloudWatch::Alarm"


def add_alarms(making: Making) -> None:
    """Add every alarm of the plan that is not there yet."""
    added = 0
    for alarm in alarms_of(making.plan):
        is_function = alarm.dimension == LAMBDA_DIMENSION
        finder = making.finder
        resource = finder.function(alarm.resource) if is_function else finder.nat_gateway(alarm.resource)
        if _is_there(making, alarm, resource) if resource is not None else _is_in_module(making, alarm):
            continue
        added += 1
        _add(making, alarm, resource)
    if added:
        making.ask("the alarms tell nobody yet: give them AlarmActions, such as a topic of Amazon SNS")


def _is_there(making: Making, alarm: Alarm, resource: Found) -> bool:
    """Whether the user watches the same metric of the same resource already."""
    for watching in making.folder.of(_ALARM):
        known = watching.known
        if known.get("Namespace") != alarm.namespace or known.get("MetricName") != alarm.metric:
            continue
        dimensions = known.get("Dimensions")
        for dimension in dimensions if isinstance(dimensions, list) else ():
            value = dimension.get("Value") if isinstance(dimension, dict) else None
            if making.folder.resolved(watching.template, value) == resource or value in (alarm.resource, resource.tag):
                return True
    return False


def _is_in_module(making: Making, alarm: Alarm) -> bool:
    """Whether a template that an earlier patch added has it."""
    return any(template.earlier(_base(alarm, alarm.resource + " "), _ALARM) for template in making.earlier_modules)


def _base(alarm: Alarm, resource: str) -> str:
    return resource + "".join(word.capitalize() for word in alarm.key.split("-")) + "Alarm"


def _add(making: Making, alarm: Alarm, resource: Found | None) -> None:
    template = making.module if resource is None else resource.template
    value: Json
    if resource is not None:
        value = resource.ref
    elif alarm.dimension == LAMBDA_DIMENSION:
        value = alarm.resource
    else:
        value = making.given("id", alarm.resource)
    threshold = int(alarm.threshold) if float(alarm.threshold).is_integer() else alarm.threshold
    properties: Object = {
        "AlarmDescription": alarm.why,
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric,
        "Dimensions": [{"Name": alarm.dimension, "Value": value}],
        "Statistic": alarm.stat,
        "Period": alarm.period,
        "EvaluationPeriods": alarm.periods,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    base = _base(alarm, f"{alarm.resource} " if resource is None else resource.name)
    like = {} if resource is None else carry_over(resource.resource, "Condition")
    template.add(base, {"Type": _ALARM, **like, "Properties": properties})
