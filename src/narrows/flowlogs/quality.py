"""What makes an answer less than whole, and which flow log would make it better."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from narrows.flowlogs.fields import DEFAULT_FORMAT

if TYPE_CHECKING:
    from narrows.flowlogs.measure import Raw

WANTED = (
    *DEFAULT_FORMAT, "vpc-id", "subnet-id", "instance-id", "tcp-flags", "pkt-srcaddr", "pkt-dstaddr", "az-id",
    "flow-direction", "traffic-path", "resource-id", "interface-type",
)  # fmt: skip
"""The format that tells the most of connections."""

SLOT = 300
"""Seconds of records that AWS delivers together."""

_REUSE = 0.005
"""Share of connections whose port was another's shortly before, from which on it is worth a word."""


class Flag(TypedDict, total=False):
    """One flag: its id, a sentence, and where there is one the command that mends it."""

    id: str
    text: str
    command: str


def flags(raw: Raw) -> list[Flag]:
    """The data-quality flags of an answer, the gravest first."""
    found = [
        Flag(
            id="skipdata",
            text=f"{one['interface']}: {one['records']:,} SKIPDATA records: AWS lost records of it, so its numbers are "
            "lower bounds, and so is every finding over that time",
        )
        for one in raw.skipped
    ]
    if raw.gaps:
        found.append(
            Flag(
                id="gaps",
                text=f"{raw.gaps:,} stretches of {SLOT // 60} minutes in that time have no record at all: files may be "
                "missing",
            )
        )
    if raw.sources.unreadable:
        count = len(raw.sources.unreadable)
        named = "; ".join(raw.sources.unreadable_lines())
        files = "1 file" if count == 1 else f"{count:,} files"
        found.append(Flag(id="unreadable", text=f"{files} could not be read whole: {named}"))
    if raw.sources.others:
        listed = ", ".join(f"{number:,} {kind}" for kind, number in raw.sources.others.most_common(5))
        found.append(Flag(id="other-files", text=f"files that are no flow logs: {listed}"))
    tcp = sum(one["records"] for one in raw.interfaces)
    if raw.unflagged:
        found.append(
            Flag(
                id="no-tcp-flags",
                text=f"{raw.unflagged:,} of {tcp:,} records have no tcp-flags: with them closes are seen and the "
                "interval is narrow; flow logs cannot be changed, so make a new one beside the old",
                command=create_flow_logs([one["interface"] for one in raw.interfaces]),
            )
        )
    if raw.interval > 60:
        found.append(
            Flag(
                id="interval",
                text=f"records are {raw.interval} s long: 60 s tell connections apart that share a port, and bursts",
                command=create_flow_logs([one["interface"] for one in raw.interfaces]),
            )
        )
    if raw.connections and raw.reused / raw.connections > _REUSE:
        found.append(
            Flag(
                id="port-reuse",
                text=f"{raw.reused:,} of {raw.connections:,} connections have a port that another had just before: a "
                "record may hold two of them, and the interval is wider for it",
            )
        )
    unseen = raw.reasons.get("no-ports", 0)
    if unseen:
        found.append(
            Flag(id="no-ports", text=f"{unseen:,} records have no ports (ICMP and others) and are not counted")
        )
    return found


def create_flow_logs(interfaces: Sequence[str]) -> str:
    """The command that makes the flow log that was missing, for up to ten interfaces."""
    ids = [one for one in interfaces if one.startswith("eni-")][:10] or ["YOUR-INTERFACES"]
    words = [
        "aws", "ec2", "create-flow-logs", "--resource-type", "NetworkInterface", "--resource-ids", *ids,
        "--traffic-type", "ALL", "--max-aggregation-interval", "60", "--log-destination-type", "s3",
        "--log-destination", "arn:aws:s3:::YOUR-BUCKET/narrows/",
        "--log-format", " ".join(f"${{{name}}}" for name in WANTED),
        "--destination-options", "FileFormat=parquet,HiveCompatiblePartitions=true,PerHourPartition=true",
    ]  # fmt: skip
    return shlex.join(words)
