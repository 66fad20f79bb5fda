"""The alarms of a plan as resources."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narrows.patch.alarms import Alarm, alarms_of
from narrows.patch.terraform import layout
from narrows.patch.terraform.editing import attribute_value
from narrows.patch.terraform.files import Module
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.work import Work
from narrows.words import named_in

TYPE = "aws_cloudwatch_metric_alarm"
ACTIONS_ARE = "ARNs of what is told when an alarm fires: topics of SNS"
_ACTIONS = "narrows_alarm_actions"


def add_alarms(work: Work) -> None:
    """The alarms of the plan, in a file of narrows' own; one from an earlier plan gets its new threshold."""
    for alarm in alarms_of(work.plan):
        subject = _subject(work, alarm)
        if subject is None:
            work.say(f"add an alarm on {alarm.metric} of {alarm.resource} above {alarm.threshold:,g}: {alarm.why}")
            continue
        module, value = subject
        base = re.sub(r"\W", "_", f"{work.plan.names.get(alarm.resource, alarm.resource)}_{alarm.key}")
        standing = module.resources.get((TYPE, base))
        if standing is not None:
            threshold = attribute_value(standing.block, "threshold")
            if threshold is not None and (threshold.text or b"").decode() != _threshold(alarm):
                module.files[standing.file].set_value(threshold, _threshold(alarm))
            continue
        label = module.fresh(TYPE, base)
        module.own.append(layout.resource(TYPE, label, alarm_body(alarm, work.plan.names, value, _actions(module))))


def alarm_body(alarm: Alarm, names: Mapping[str, str], value: str, actions: str) -> Body:
    """The arguments of an alarm.

    Args:
        names: what to call resources by, by their ids; those that are not among them keep the plan's name.
        value: the expression of its dimension's value.
        actions: the expression of what is told.
    """
    return (
        Body()
        .set(
            alarm_name=layout.text(f"{names.get(alarm.resource, alarm.resource)}-{alarm.key}"),
            alarm_description=layout.text(named_in(names, alarm.why)),
            namespace=layout.text(alarm.namespace),
            metric_name=layout.text(alarm.metric),
            statistic=layout.text(alarm.stat),
            period=str(alarm.period),
            evaluation_periods=str(alarm.periods),
            comparison_operator='"GreaterThanThreshold"',
            threshold=_threshold(alarm),
            treat_missing_data='"notBreaching"',
            alarm_actions=actions,
        )
        .blank()
        .set(dimensions=f"{{\n    {alarm.dimension} = {value}\n  }}")
    )


def _threshold(alarm: Alarm) -> str:
    return f"{alarm.threshold:.15g}"


def _actions(module: Module) -> str:
    if ("variable", _ACTIONS) not in module.taken:
        name = module.fresh("variable", _ACTIONS)
        body = Body().set(description=layout.text(ACTIONS_ARE), type="list(string)", default="[]")
        module.own.append(layout.block(f'variable "{name}"', body))
    return f"var.{_ACTIONS}"


def _subject(work: Work, alarm: Alarm) -> tuple[Module, str] | None:
    """The module that an alarm goes into, and the value of its dimension there."""
    if alarm.dimension == "FunctionName":
        resource = work.resource("AWS::Lambda::Function", alarm.resource)
        site = None if resource is None else work.site(resource)
        if site is None or site.uncounted:
            return work.files.root, layout.text(alarm.resource)
        return None if site.module.several else (site.module, f"{site.expression}.function_name")
    made = work.made.get(alarm.resource)
    if made is not None:
        return made.module, made.id
    resource = work.resource("AWS::EC2::NatGateway", alarm.resource)
    site = None if resource is None else work.site(resource)
    if site is None:
        outside = None if resource is None else work.outside(resource)
        return None if outside is None else (work.files.root, outside)
    return None if site.module.several or site.uncounted else (site.module, site.id)
