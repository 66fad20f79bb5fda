"""The alarms of a case as rules look at them: those that are of its NAT gateways and functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from narrows.case.cloudwatch_names import LAMBDA_DIMENSION, NAT_DIMENSION, NAT_NAMESPACE, NAT_PORT_ERRORS
from narrows.case.reading.alarms import FILE, Alarms
from narrows.case.reading.aws_json import Record
from narrows.declared.model import Place
from narrows.lint.subject import AlarmSeen


def alarms_seen(alarms: Alarms, folder: Path, gateways: Collection[str], functions: Collection[str]) -> list[AlarmSeen]:
    """The alarms of a case.

    Args:
        gateways: ids of the case's NAT gateways. An alarm on another one is not of this case.
        functions: names of its functions, likewise.
    """
    seen = [
        alarm
        for record in alarms.records
        for alarm in _seen(record)
        if _is_here(alarm, NAT_DIMENSION, gateways) and _is_here(alarm, LAMBDA_DIMENSION, functions)
    ]
    if not alarms.whole:
        # The others may look at anything: no rule is to say that an alarm is not there.
        seen.append(_unknown("alarms that are not in the case", Place(str(folder / FILE))))
    return seen


def _is_here(alarm: AlarmSeen, dimension: str, known: Collection[str]) -> bool:
    value = (alarm.dimensions or {}).get(dimension)
    return value is None or value in known


def _seen(record: Record) -> Iterator[AlarmSeen]:
    """An alarm on one metric; of metric maths, what it may tell of ports.

    What maths make of a metric is not worked out: that it looks at the ports of a gateway is all that is said.
    """
    queries = record.records("Metrics")
    if not queries:
        yield _on_metric(record, record, record, record.text("Statistic") or record.text("ExtendedStatistic"))
        return
    stats = [stat for query in queries if (stat := query.record("MetricStat")) is not None]
    if len(queries) == 1 and stats:
        (stat,) = stats
        metric = stat.record("Metric")
        if metric is not None:
            yield _on_metric(record, metric, stat, stat.text("Stat"))
        return
    for stat in stats:
        metric = stat.record("Metric")
        if metric is None or metric.text("Namespace") != NAT_NAMESPACE or metric.text("MetricName") != NAT_PORT_ERRORS:
            continue
        dimensions = _dimensions(metric)
        if dimensions.keys() == {NAT_DIMENSION}:
            yield _unknown(record.need("AlarmName"), _place(record), NAT_NAMESPACE, NAT_PORT_ERRORS, dimensions)
    if any(NAT_PORT_ERRORS in (query.text("Expression") or "") for query in queries):
        # A search, or a query of Metrics Insights: over which gateways it runs is not known.
        yield _unknown(record.need("AlarmName"), _place(record))


def _on_metric(alarm: Record, metric: Record, measured: Record, stat: str | None) -> AlarmSeen:
    """An alarm on one metric.

    Args:
        metric: what holds its namespace, name and dimensions.
        measured: what holds the period.
    """
    name = alarm.need("AlarmName")
    return AlarmSeen(
        key=name,
        label=name,
        place=_place(alarm),
        namespace=metric.text("Namespace"),
        metric=metric.text("MetricName"),
        dimensions=_dimensions(metric),
        stat=stat,
        period=measured.whole("Period"),
        periods=alarm.whole("EvaluationPeriods"),
        datapoints=alarm.whole("DatapointsToAlarm"),
        threshold=alarm.number("Threshold"),
        comparison=alarm.text("ComparisonOperator"),
    )


def _unknown(
    name: str,
    place: Place,
    namespace: str | None = None,
    metric: str | None = None,
    dimensions: dict[str, str | None] | None = None,
) -> AlarmSeen:
    """An alarm of which is not known when it fires."""
    return AlarmSeen(
        key=name,
        label=name,
        place=place,
        namespace=namespace,
        metric=metric,
        dimensions=dimensions,
        stat=None,
        period=None,
        periods=None,
        datapoints=None,
        threshold=None,
        comparison=None,
    )


def _dimensions(metric: Record) -> dict[str, str | None]:
    return {dimension.need("Name"): dimension.text("Value") for dimension in metric.records("Dimensions")}


def _place(record: Record) -> Place:
    return Place(str(record.file))
