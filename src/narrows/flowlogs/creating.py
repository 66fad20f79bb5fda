"""The request that makes a flow log that tells enough: flow logs cannot be changed, so it is a new one."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.aws.requests import Request, shell_command
from narrows.case.flow_log_fields import DEFAULT_FORMAT

WANTED = (
    *DEFAULT_FORMAT, "vpc-id", "subnet-id", "instance-id", "tcp-flags", "pkt-srcaddr", "pkt-dstaddr", "az-id",
    "flow-direction", "traffic-path", "resource-id", "interface-type",
)  # fmt: skip
"""The format that tells the most of connections."""

BUCKET = "YOUR-BUCKET"
"""Stands for the user's own."""

_MOST_RESOURCES = 1000
"""That one call of CreateFlowLogs takes."""


def flow_log_request(kind: str, ids: Sequence[str], region: str | None = None) -> Request:
    """CreateFlowLogs for resources of one kind, which is all that AWS takes at a time.

    Args:
        kind: as ``ResourceType`` of CreateFlowLogs has it: ``Subnet``, ``NetworkInterface``, ``RegionalNatGateway``.
        ids: the first 1,000 of them are asked for.
        region: None for the one that the user has set.
    """
    parameters: dict[str, object] = {
        "ResourceType": kind,
        "ResourceIds": list(ids[:_MOST_RESOURCES]),
        "TrafficType": "ALL",
        "MaxAggregationInterval": 60,
        "LogDestinationType": "s3",
        "LogDestination": f"arn:aws:s3:::{BUCKET}/narrows/",
        "LogFormat": " ".join(f"${{{name}}}" for name in WANTED),
        "DestinationOptions": {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": True},
    }
    return Request("ec2", "CreateFlowLogs", parameters, None, region, only_reads=False)


def create_flow_logs(kind: str, ids: Sequence[str], region: str | None = None) -> str:
    """The same as a command."""
    return shell_command([flow_log_request(kind, ids, region)])
