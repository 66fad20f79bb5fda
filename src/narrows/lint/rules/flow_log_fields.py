"""Flow logs without the fields that connections are counted by."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity, Unchecked
from narrows.lint.subject import Subject

NEEDED = (
    "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "start", "end", "tcp-flags", "pkt-srcaddr",
    "pkt-dstaddr",
)  # fmt: skip
"""What ``narrows flowlogs`` tells connections, their ends, and those behind a NAT gateway apart by."""


def check(subject: Subject) -> Iterator[Found | Unchecked]:
    """Without a format it is AWS's default one, of version 2."""
    for flow_log in subject.flow_logs or ():
        if flow_log.fields is None:
            yield Unchecked(flow_log, "its format is not known")
            continue
        missing = [field for field in NEEDED if field not in flow_log.fields]
        if missing:
            yield Found(flow_log, f"{flow_log.label} has no {', '.join(missing)}")


RULE = Rule(
    "flow-log-fields",
    Severity.INFO,
    "A flow log's format lacks fields that connections are counted by.",
    "Without tcp-flags nobody sees connections end; without pkt-srcaddr and pkt-dstaddr nobody sees through a NAT "
    "gateway. Flow logs cannot be changed: during an incident it is too late.",
    "Write the format with tcp-flags, pkt-srcaddr and pkt-dstaddr.",
    check,
)
