"""An alarm of CloudWatch as files declare it, whether its metric is written in it or as the only one of ``Metrics``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from narrows.declared.model import Declared, Reference, Resource, Value
from narrows.lint import values
from narrows.lint.subject import AlarmSeen

_Key = Callable[[Value], str | None]
"""What a subject calls the thing that a value refers to; None where that is not known."""


def alarm_seen(alarm: Resource, declared: Declared, key: _Key) -> AlarmSeen:
    """The alarm as rules look at it. Of one on metric maths no metric is known."""
    properties = alarm.properties
    metrics = properties.get("Metrics")
    metric = properties if metrics is None else _only_metric(metrics)
    return AlarmSeen(
        key=alarm.address,
        label=values.text(properties.get("AlarmName")) or alarm.address,
        place=alarm.place,
        sure=not alarm.conditional,
        namespace=values.text(metric.get("Namespace")),
        metric=values.text(metric.get("MetricName")),
        dimensions=_dimensions(metric.get("Dimensions"), declared, key),
        stat=values.text(metric.get("Statistic")) or values.text(metric.get("ExtendedStatistic")),
        period=values.whole(metric.get("Period")),
        periods=values.whole(properties.get("EvaluationPeriods")),
        datapoints=values.whole(properties.get("DatapointsToAlarm")),
        threshold=values.number(properties.get("Threshold")),
        comparison=values.text(properties.get("ComparisonOperator")),
    )


def _only_metric(value: Value) -> Mapping[str, Value]:
    """The metric of ``Metrics`` that have one only, as an alarm has it in itself; empty for metric maths."""
    queries = [query for query in values.items(value) if isinstance(query, Mapping)]
    if len(queries) != 1 or not isinstance(stat := queries[0].get("MetricStat"), Mapping):
        return {}
    metric = stat.get("Metric")
    inside = metric if isinstance(metric, Mapping) else {}
    return {**inside, "Statistic": stat.get("Stat"), "Period": stat.get("Period")}


def _dimensions(value: Value, declared: Declared, key: _Key) -> dict[str, str | None] | None:
    """The value of each by its name, as a key where it refers to something; None where not all names are known."""
    if value is None:
        return {}
    if not values.is_list(value):
        return None
    dimensions: dict[str, str | None] = {}
    for dimension in values.items(value):
        name = values.text(dimension.get("Name")) if isinstance(dimension, Mapping) else None
        if name is None or not isinstance(dimension, Mapping):
            return None
        named = dimension.get("Value")
        known = not isinstance(named, Reference) or named.address in declared.by_address
        dimensions[name] = key(named) if known else None
    return dimensions
