"""CloudWatch: GetMetricData, ListMetrics and DescribeAlarms, with their limits and what is kept how long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.aws.account import Account, moment
from tests.aws.asked import Asked, Handler
from tests.aws.errors import AwsError
from tests.aws.series import Name, Series, series_of

_QUERIES = 500
_DATAPOINTS = 100_800
"""Of one answer."""
_ALARMS = 50
"""Alarms of one answer, where the call does not say."""
_LISTED = 500
"""Metrics of one answer."""
_ACTIVE = timedelta(days=14)
"""For so long after its last datapoint ListMetrics names a metric."""
_RECENTLY = timedelta(hours=3)
_KEPT = ((timedelta(days=15), 60), (timedelta(days=63), 300), (timedelta(days=455), 3600))
"""Up to which age datapoints are kept at which period, in seconds."""
_SHORT = frozenset({1, 5, 10, 20, 30})
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")


def _get_metric_data(asked: Asked) -> dict[str, Any]:
    given = asked.parameters
    queries = given.get("MetricDataQueries", [])
    start, end = (moment(given[name]) for name in ("StartTime", "EndTime"))
    _check(queries, start, end)
    most = given.get("MaxDatapoints", _DATAPOINTS)
    if not 1 <= most <= _DATAPOINTS:
        raise _invalid(f"MaxDatapoints must be between 1 and {_DATAPOINTS}.")
    is_rising = given.get("ScanBy") == "TimestampAscending"
    known = series_of(asked.account)
    found = []
    failed: set[str] = set()
    for query in queries:
        if query.get("ReturnData") is False:
            continue
        stat = query["MetricStat"]
        series = known.get(_name(stat["Metric"]))
        points = sorted(_points(series, stat, start, end, asked.now), reverse=not is_rising)
        if asked.is_unsure and not (series is not None and series.holds(stat["Stat"])):
            failed.add(query["Id"])
        label = query.get("Label") or (series.label if series else stat["Metric"]["MetricName"])
        found.append((query["Id"], label, points))
    answer = _paged(asked, found, most)
    for one in answer["MetricDataResults"]:
        if one["Id"] in failed:
            one["StatusCode"] = "InternalError"
    return answer


def _check(queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime) -> None:
    """Raises ``AwsError`` where GetMetricData takes no such questions."""
    if not queries:
        raise _invalid("The collection MetricDataQueries must not have a size less than 1.")
    if len(queries) > _QUERIES:
        raise _invalid(f"The collection MetricDataQueries must not have a size greater than {_QUERIES}.")
    if start >= end:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    ids = [query.get("Id", "") for query in queries]
    if len(set(ids)) != len(ids):
        raise _invalid("The values for parameter id in MetricDataQueries are not unique.")
    for query in queries:
        if not _ID.fullmatch(query.get("Id", "")):
            raise _invalid(
                f"The value {query.get('Id')} for parameter Id is not matching the expected pattern ^[a-z].*"
            )
        if "MetricStat" not in query:
            raise _invalid("this server computes no expressions")
        period = query["MetricStat"]["Period"]
        if period not in _SHORT and (period < 60 or period % 60):
            raise _invalid("Period must be 1, 5, 10, 20, 30 or a multiple of 60.")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _name(metric: Mapping[str, Any]) -> Name:
    dimensions = frozenset((one["Name"], one["Value"]) for one in metric.get("Dimensions") or ())
    return metric["Namespace"], metric["MetricName"], dimensions


def _points(
    series: Series | None, stat: Mapping[str, Any], start: datetime, end: datetime, now: datetime
) -> Iterator[tuple[int, float]]:
    """The datapoints of a metric in a time, its start included and its end not."""
    if series is None:
        return
    period = stat["Period"]
    first = _rounded_down(start, now)
    for time, value in series.by(stat["Stat"], period, first):
        if first <= time < end.timestamp() and _is_kept(now.timestamp() - time, period):
            yield time, value


def _rounded_down(start: datetime, now: datetime) -> int:
    """As CloudWatch does with a start: to the minute, and to five minutes or an hour where only these are kept."""
    step = next((step for age, step in _KEPT if now - start <= age), 3600)
    return int(start.timestamp()) // step * step


def _is_kept(age: float, period: int) -> bool:
    """Whether a datapoint of that age, in seconds, is there by periods of ``period``."""
    step = next((step for most, step in _KEPT if age <= most.total_seconds()), None)
    return step is not None and period % step == 0


def _paged(asked: Asked, found: list[tuple[str, str, list[tuple[int, float]]]], most: int) -> dict[str, Any]:
    """Metric after metric, until the page is full: the one that is not through yet has PartialData."""
    size = min(most, asked.page or most)
    token = asked.parameters.get("NextToken")
    start = 0 if token is None or asked.repeats else asked.position(token)
    results, position, end = [], 0, start + size
    total = sum(len(points) for _, _, points in found)
    for id, label, points in found:
        first, last = position, position + len(points)
        position = last
        is_here = first < end and last > start if points else start <= first < end or (first == end == total)
        if not is_here:
            continue
        part = points[max(0, start - first) : end - first]
        results.append(
            {
                "Id": id,
                "Label": label,
                "Timestamps": [time for time, _ in part],
                "Values": [value for _, value in part],
                "StatusCode": "PartialData" if last > end else "Complete",
            }
        )
    answer: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
    if asked.repeats:
        return {**answer, "NextToken": asked.token(0)}
    return {**answer, "NextToken": asked.token(end)} if end < total else answer


def _list_metrics(asked: Asked) -> dict[str, Any]:
    given = asked.parameters
    since = _RECENTLY if given.get("RecentlyActive") == "PT3H" else _ACTIVE
    wanted = [(one["Name"], one.get("Value")) for one in given.get("Dimensions") or ()]
    found = [
        {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in sorted(dimensions)],
        }
        for (namespace, name, dimensions), series in series_of(asked.account).items()
        if given.get("Namespace") in (None, namespace)
        and given.get("MetricName") in (None, name)
        and all(any(key == name and value in (None, own) for name, own in dimensions) for key, value in wanted)
        and series.last >= (asked.now - since).timestamp()
    ]
    part, following = asked.cut(found, given.get("NextToken"), _LISTED)
    return {"Metrics": list(part), "NextToken": following}


def _describe_alarms(asked: Asked) -> dict[str, Any]:
    given = asked.parameters
    names, prefix = given.get("AlarmNames"), given.get("AlarmNamePrefix")
    if names is not None and prefix is not None:
        raise _invalid("AlarmNames and AlarmNamePrefix cannot be specified together.")
    wanted = given.get("AlarmTypes") or ["MetricAlarm"]
    listed = [
        (member, record)
        for member, type in (("CompositeAlarms", "CompositeAlarm"), ("MetricAlarms", "MetricAlarm"))
        if type in wanted
        for record in _alarms(asked.account, member)
        if (names is None or record["AlarmName"] in names) and record["AlarmName"].startswith(prefix or "")
    ]
    part, following = asked.cut(listed, given.get("NextToken"), given.get("MaxRecords", _ALARMS))
    answer: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": [], "NextToken": following}
    for member, record in part:
        # A case that narrows collected says null of what AWS leaves out.
        answer[member].append({name: value for name, value in record.items() if value is not None})
    return answer


def _alarms(account: Account, member: str) -> list[dict[str, Any]]:
    """The alarms in the files of a case that are called after them, each name once."""
    found: dict[str, dict[str, Any]] = {}
    for document in account.documents("cloudwatch"):
        if document.stem == "alarms" or document.stem.startswith("alarms-"):
            for record in document.data.get(member) or ():
                found.setdefault(record["AlarmName"], record)
    return list(found.values())


OPERATIONS: Mapping[str, Handler] = {
    "DescribeAlarms": _describe_alarms,
    "GetMetricData": _get_metric_data,
    "ListMetrics": _list_metrics,
}
