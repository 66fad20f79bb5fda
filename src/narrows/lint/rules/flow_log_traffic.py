"""Flow logs of accepted or rejected traffic only."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Connections are ACCEPTed; what a security group or network ACL keeps out is REJECTed."""
    for flow_log in subject.flow_logs or ():
        if flow_log.traffic in ("ACCEPT", "REJECT"):
            lost = (
                "whether rules keep connections out" if flow_log.traffic == "ACCEPT" else "any connection that passes"
            )
            yield Found(flow_log, f"{flow_log.label} logs {flow_log.traffic} only: it does not say {lost}")


RULE = Rule(
    "flow-log-traffic",
    Severity.INFO,
    "A flow log keeps accepted or rejected traffic only.",
    "To tell a full table from a rule that keeps connections out, both are needed.",
    "Set TrafficType to ALL.",
    check,
)
