"""The requests that collect each piece of evidence, from what is known already: ids, names and a span of time.

The commands that a diagnosis prints and the calls that ``narrows collect`` makes are both made of these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from narrows.aws.requests import Request
from narrows.case.cloudwatch_names import (
    ALARM_WORDS,
    ANSWERED,
    LAMBDA_DIMENSION,
    LAMBDA_METRICS,
    LAMBDA_NAMESPACE,
    NAT_DIMENSION,
    NAT_METRICS,
    NAT_NAMESPACE,
    PERIOD,
)
from narrows.case.reading.alarms import ALARMS
from narrows.case.reading.alarms import FILE as ALARMS_FILE
from narrows.case.reading.alarms import READ as ALARM_READ
from narrows.case.reading.alarms import TOLD_BY as ALARM_TOLD_BY
from narrows.case.reading.aws_files import AWS_FILES
from narrows.case.reading.log_words import log_filter
from narrows.limits import GET_METRIC_DATA_METRICS, METRIC_RETENTION
from narrows_lambda.line import BODY, Field

NAT_ASKED = (
    "ErrorPortAllocation",
    "ActiveConnectionCount",
    "BytesInFromDestination",
    "BytesOutToDestination",
    "ConnectionAttemptCount",
    "ConnectionEstablishedCount",
    "IdleTimeoutCount",
    "PacketsDropCount",
    "PacketsInFromSource",
    "PacketsInFromDestination",
    "PeakBytesPerSecond",
    "PeakPacketsPerSecond",
)
"""The metrics of a NAT gateway that tell what its tables did, and what of it AWS bills."""
FUNCTION_ASKED = ("Throttles", "ConcurrentExecutions", "Invocations", "Errors")
"""Those of a function."""
NO_ENVIRONMENT = "merge(@, {Environment: `null`})"
"""JMESPath: all of a function's configuration but its environment variables, which hold passwords."""
DATABASE_KEPT = (
    "{DBInstances: DBInstances[].{DBInstanceIdentifier: DBInstanceIdentifier, "
    "DBClusterIdentifier: DBClusterIdentifier, Engine: Engine, DBInstanceClass: DBInstanceClass, "
    "DBParameterGroups: DBParameterGroups}}"
)
"""JMESPath: what of a database is read. The rest names its owner's users, keys and tags."""

_SENSOR_WORDS = f"{BODY} {Field.DESTINATIONS}"
"""Both in each line of the sensor, whether that stands alone or as a string in a structured log."""
_VPC_FILTERS = {"nat-gateways": "Filter", **dict.fromkeys(
    ("subnets", "security-groups", "network-acls", "route-tables", "network-interfaces", "vpc-endpoints",
     "transit-gateway-attachments", "vpcs"), "Filters")}  # fmt: skip
"""The parameter that takes filters, of operations that list what is in a VPC."""
_OPTIONS: dict[str, dict[str, object]] = {"functions": {"FunctionVersion": "ALL"}}
"""Of operations that list resources, where they do not list everything by themselves."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time to ask about, seconds since 1970; None where it is not known."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One metric of one resource."""

    namespace: str
    metric: str
    stat: str
    dimensions: tuple[tuple[str, str], ...]
    """Names and values, all that the metric is recorded by: CloudWatch knows it by no others."""

    @property
    def resource(self) -> str:
        """What people call the resource: the value of the first dimension."""
        return self.dimensions[0][1]


def nat_queries(gateways: Sequence[str], metrics: Iterable[str] = NAT_ASKED) -> list[MetricQuery]:
    """The metrics of NAT gateways, gateway by gateway; ``metrics`` are names of ``NAT_METRICS``."""
    asked = [NAT_METRICS[name] for name in metrics]
    return [
        MetricQuery(NAT_NAMESPACE, metric.name, metric.stat, ((NAT_DIMENSION, gateway),))
        for gateway in gateways
        for metric in asked
    ]


def function_queries(functions: Sequence[str], metrics: Iterable[str] = FUNCTION_ASKED) -> list[MetricQuery]:
    """The metrics of functions, function by function; ``metrics`` are names of ``LAMBDA_METRICS``."""
    asked = [LAMBDA_METRICS[name] for name in metrics]
    return [
        MetricQuery(LAMBDA_NAMESPACE, metric.name, metric.stat, ((LAMBDA_DIMENSION, function),))
        for function in functions
        for metric in asked
    ]


def query_of(data: Mapping[str, Any]) -> MetricQuery:
    """The metric in a MetricDataQuery that ``metric_data`` made.

    Raises ``KeyError`` or ``TypeError`` for anything else: what tells of it may be a stranger's.
    """
    metric = data["MetricStat"]["Metric"]
    dimensions = tuple((one["Name"], one["Value"]) for one in metric["Dimensions"])
    parts = (metric["Namespace"], metric["MetricName"], data["MetricStat"]["Stat"], *chain.from_iterable(dimensions))
    if not all(isinstance(one, str) for one in parts):
        raise TypeError("a name in a MetricDataQuery is no text")
    return MetricQuery(parts[0], parts[1], parts[2], dimensions)


def metric_data(
    name: str, queries: Sequence[MetricQuery], span: Span, region: str | None, period: int = PERIOD
) -> Request:
    """GetMetricData, into ``cloudwatch/narrows-NAME.results.json``.

    Args:
        queries: at most 500, which is what one call takes.
        period: seconds.
    """
    asked = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": query.namespace,
                    "MetricName": query.metric,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
                },
                "Period": period,
                "Stat": query.stat,
            },
        }
        for index, query in enumerate(queries, 1)
    ]
    parameters: dict[str, object] = {
        "StartTime": _iso(span.start),
        "EndTime": _iso(span.end),
        "MetricDataQueries": asked,
    }
    return Request(
        "cloudwatch", "GetMetricData", parameters, case_file("cloudwatch", f"narrows-{name}", ANSWERED), region
    )


def alarms(region: str | None) -> Request:
    """The alarms on NAT gateways and functions, of all that DescribeAlarms lists: it has no filter by namespace.

    Of each the members that narrows reads: whom an alarm tells is nobody's business.
    """
    holds = " || ".join(f"contains(@, `{json.dumps(word)}`)" for word in ALARM_WORDS)
    kept = ", ".join(f"{member}: {member}" for member in ALARM_READ)
    query = f"{{{ALARMS}: {ALARMS}[?to_string([{', '.join(ALARM_TOLD_BY)}]) | {holds}].{{{kept}}}}}"
    return Request("cloudwatch", "DescribeAlarms", {}, ALARMS_FILE, region, query=query)


def in_batches(name: str, queries: Sequence[MetricQuery]) -> Iterator[tuple[str, Sequence[MetricQuery]]]:
    """Queries in as few calls as take them, each with a name of its own."""
    most = GET_METRIC_DATA_METRICS.value
    for number, at in enumerate(range(0, len(queries), most), 1):
        yield name if number == 1 else f"{name}-{number:04}", queries[at : at + most]


def kept_period(start: float, now: float) -> int | None:
    """The finest period, in seconds, that CloudWatch still keeps for a time; None where it keeps none."""
    days = (now - start) / 86_400
    return next((period for period, limit in METRIC_RETENTION.items() if days <= limit.value), None)


def describe(kind: str, vpcs: Sequence[str], region: str | None, beside: str = "") -> Request:
    """Everything of one kind of ``AWS_FILES``, in these VPCs where they are known and the operation tells VPCs apart.

    Args:
        beside: where the usual file is there already, what the name of this one ends in.
    """
    file = AWS_FILES[kind]
    parameters = dict(_OPTIONS.get(kind, {}))
    if vpcs and kind in _VPC_FILTERS:
        parameters[_VPC_FILTERS[kind]] = [{"Name": "vpc-id", "Values": list(vpcs)}]
    query = None
    if kind == "functions":
        inside = f"?contains({literal(vpcs)}, VpcConfig.VpcId)" if vpcs else ""
        query = f"Functions[{inside}].{NO_ENVIRONMENT}"
    path = case_file(file.folder, f"{kind}-{beside}", ".json") if beside else file.path
    return Request(file.folder, file.operation, parameters, path, region, query=query)


def function_state(name: str, region: str | None) -> Request:
    """One function's configuration, with its states, which ListFunctions leaves out."""
    return Request(
        "lambda", "GetFunctionConfiguration", {"FunctionName": name}, case_file("lambda", f"function-{name}", ".json"),
        region, query=NO_ENVIRONMENT,
    )  # fmt: skip


def function_concurrency(name: str, region: str | None) -> Request:
    """One function's reserved concurrency, in a file that is called after it: the answer does not name it."""
    return _of_function("GetFunctionConcurrency", "concurrency", name, region)


def function_details(name: str, region: str | None) -> tuple[Request, ...]:
    """What scales one function: its aliases, provisioned concurrency and event-source mappings."""
    return (
        _of_function("ListAliases", "aliases", name, region),
        _of_function("ListProvisionedConcurrencyConfigs", "provisioned-concurrency", name, region),
        _of_function("ListEventSourceMappings", "event-source-mappings", name, region),
    )


def replication_group(name: str, region: str | None) -> Request:
    """One replication group of ElastiCache, with its nodes."""
    file = case_file("elasticache", f"replication-group-{name}", ".json")
    return Request("elasticache", "DescribeReplicationGroups", {"ReplicationGroupId": name}, file, region)


def db_instances(dimension: str, name: str, region: str | None) -> Request:
    """One instance of RDS, or the instances of one cluster.

    Args:
        dimension: what the name is of, as CloudWatch calls it: ``DBInstanceIdentifier`` or ``DBClusterIdentifier``.
    """
    parameters: dict[str, object] = (
        {"Filters": [{"Name": "db-cluster-id", "Values": [name]}]}
        if dimension == "DBClusterIdentifier"
        else {"DBInstanceIdentifier": name}
    )
    file = case_file("rds", f"db-instances-{name}", ".json")
    return Request("rds", "DescribeDBInstances", parameters, file, region, query=DATABASE_KEPT)


def db_parameters(group: str, region: str | None) -> Request:
    """``max_connections`` of one DB parameter group, whose name the answer by itself does not hold.

    Args:
        group: as ``PARAMETER_GROUP`` of ``aws_ids`` has it: it holds no quote.
    """
    kept = (
        "Parameters[?ParameterName=='max_connections'].{ParameterName: ParameterName, ParameterValue: ParameterValue}"
    )
    query = f"{{DBParameterGroupName: '{group}', Parameters: {kept}}}"
    file = case_file("rds", f"db-parameters-{group}", ".json")
    return Request("rds", "DescribeDBParameters", {"DBParameterGroupName": group}, file, region, query=query)


def quotas(service: str, region: str | None) -> Request:
    """The applied quotas of a service: of VPC into ``service-quotas.json``, of another one beside it."""
    file = "service-quotas.json" if service == "vpc" else f"service-quotas-{service}.json"
    return Request("service-quotas", "ListServiceQuotas", {"ServiceCode": service}, file, region)


def caller_log(function: str, span: Span, region: str | None) -> Request:
    """The log lines of a function that tell of connections."""
    return _log_lines(function, span, region, log_filter(), "callers")


def sensor_lines(function: str, span: Span, region: str | None) -> Request:
    """The lines of the sensor inside a function."""
    return _log_lines(function, span, region, _SENSOR_WORDS, "sensor")


def _log_lines(function: str, span: Span, region: str | None, pattern: str, folder: str) -> Request:
    parameters = {
        "logGroupName": f"/aws/lambda/{function}",
        "startTime": None if span.start is None else span.start * 1000,
        "endTime": None if span.end is None else last_moment(span.end),
        "filterPattern": pattern,
    }
    return Request("logs", "FilterLogEvents", parameters, case_file(folder, function, ".json"), region)


def last_moment(end: int) -> int:
    """The last millisecond before a time, since 1970: FilterLogEvents answers with what is of its ``endTime``, too."""
    return end * 1000 - 1


def case_file(folder: str, name: str, ending: str) -> str:
    """A file of the case for something whose name comes from outside."""
    return f"{folder}/{re.sub(r'[^A-Za-z0-9._-]', '_', name).lstrip('.-') or 'unnamed'}{ending}"


def _of_function(operation: str, what: str, name: str, region: str | None) -> Request:
    file = case_file("lambda", f"{what}-{name}", ".json")
    return Request("lambda", operation, {"FunctionName": name}, file, region)


def literal(names: Sequence[str]) -> str:
    """A list in JMESPath. Ids hold neither quotes nor backticks."""
    return f"`{json.dumps(list(names), separators=(',', ':'))}`"


def _iso(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
