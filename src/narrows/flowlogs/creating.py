"""The command that makes a flow log that tells enough: flow logs cannot be changed, so it is a new one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

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


def create_flow_logs(kind: str, ids: Sequence[str], region: str | None = None) -> str:
    """The command for resources of one kind, which is all that AWS takes at a time.

    Args:
        kind: as ``ResourceType`` of CreateFlowLogs has it: ``Subnet``, ``NetworkInterface``, ``RegionalNatGateway``.
        ids: the first 1,000 of them go into the command.
        region: None for the one that the user has set.
    """
    words = [
        "aws", "ec2", "create-flow-logs", *(["--region", region] if region else []), "--resource-type", kind,
        "--resource-ids", *ids[:_MOST_RESOURCES], "--traffic-type", "ALL", "--max-aggregation-interval", "60",
        "--log-destination-type", "s3", "--log-destination", f"arn:aws:s3:::{BUCKET}/narrows/",
        "--log-format", " ".join(f"${{{name}}}" for name in WANTED),
        "--destination-options", "FileFormat=parquet,HiveCompatiblePartitions=true,PerHourPartition=true",
    ]  # fmt: skip
    return shlex.join(words)
