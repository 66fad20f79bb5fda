"""CloudWatch's own names: the metrics that a case holds, each with its unit and the statistic that means something."""

from __future__ import annotations

from dataclasses import dataclass

NAT_NAMESPACE = "AWS/NATGateway"
NAT_DIMENSION = "NatGatewayId"
NAT_PORT_ERRORS, NAT_OPEN = "ErrorPortAllocation", "ActiveConnectionCount"
"""The metrics that tell of a full table, and how full one may be."""
LAMBDA_NAMESPACE = "AWS/Lambda"
LAMBDA_DIMENSION = "FunctionName"

ASKED, ANSWERED = ".queries.json", ".results.json"
"""Endings of the two files that GetMetricData's queries and its answer to them stand in."""

ALARM_WORDS = (
    "AWS/NAT", "AWS/Nat", "AWS/nat", NAT_DIMENSION, NAT_PORT_ERRORS, LAMBDA_NAMESPACE, "AWS/lambda", "AWS/LAMBDA",
)  # fmt: skip
"""What stands somewhere in an alarm on a NAT gateway or a function, those included that misspell their namespace."""

PERIOD = 60
"""Seconds: both namespaces are recorded by the minute."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric."""

    name: str
    unit: str
    stat: str


NAT_METRICS: dict[str, Metric] = {
    one.name: one
    for one in (
        Metric(NAT_OPEN, "Count", "Maximum"),
        Metric("BytesInFromDestination", "Bytes", "Sum"),
        Metric("BytesInFromSource", "Bytes", "Sum"),
        Metric("BytesOutToDestination", "Bytes", "Sum"),
        Metric("BytesOutToSource", "Bytes", "Sum"),
        Metric("ConnectionAttemptCount", "Count", "Sum"),
        Metric("ConnectionEstablishedCount", "Count", "Sum"),
        Metric(NAT_PORT_ERRORS, "Count", "Sum"),
        Metric("IdleTimeoutCount", "Count", "Sum"),
        Metric("PacketsDropCount", "Count", "Sum"),
        Metric("PacketsInFromDestination", "Count", "Sum"),
        Metric("PacketsInFromSource", "Count", "Sum"),
        Metric("PacketsOutToDestination", "Count", "Sum"),
        Metric("PacketsOutToSource", "Count", "Sum"),
        Metric("PeakBytesPerSecond", "Count", "Maximum"),
        Metric("PeakPacketsPerSecond", "Count", "Maximum"),
    )
}
"""Every metric of a NAT gateway (Amazon VPC User Guide, NAT gateway metrics and dimensions)."""

NAT_BILLED = ("BytesOutToDestination", "BytesInFromDestination")
"""The metrics that together are what AWS bills a NAT gateway for: each byte that it processes, in either direction."""

LAMBDA_METRICS: dict[str, Metric] = {
    one.name: one
    for one in (
        Metric("Invocations", "Count", "Sum"),
        Metric("Errors", "Count", "Sum"),
        Metric("Throttles", "Count", "Sum"),
        Metric("ConcurrentExecutions", "Count", "Maximum"),
        Metric("Duration", "Milliseconds", "Maximum"),
    )
}
"""The metrics of a function that say something about its connections (AWS Lambda Developer Guide, metric types)."""
