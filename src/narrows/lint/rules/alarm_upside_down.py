"""Alarms on ErrorPortAllocation that fire when all is well, or whatever happens."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_NAMESPACE, NAT_PORT_ERRORS
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import AlarmSeen, Subject


def check(subject: Subject) -> Iterator[Found]:
    """It counts refused connections, and never falls below 0."""
    for alarm in subject.alarms or ():
        if alarm.namespace == NAT_NAMESPACE and alarm.metric == NAT_PORT_ERRORS and (why := _wrong(alarm)):
            yield Found(alarm, f"{alarm.label} {why}")


def _wrong(alarm: AlarmSeen) -> str | None:
    threshold, comparison = alarm.threshold, alarm.comparison or ""
    if threshold is None:
        return None
    if comparison == "LessThanThreshold":
        return "can never fire: no count is below 0" if threshold <= 0 else "fires while all is well, and not on errors"
    if comparison == "LessThanOrEqualToThreshold":
        return "can never fire: no count is below 0" if threshold < 0 else "fires while all is well, and not on errors"
    if comparison == "GreaterThanOrEqualToThreshold" and threshold <= 0:
        return "fires whatever happens: no count is below 0"
    if comparison == "GreaterThanThreshold" and threshold < 0:
        return "fires whatever happens: no count is below 0"
    return None


RULE = Rule(
    "alarm-upside-down",
    Severity.ERROR,
    "An alarm on ErrorPortAllocation compares the wrong way round: it never fires on errors, or always fires.",
    "ErrorPortAllocation is the only metric that tells of refused connections, and nobody hears of it.",
    "Compare with GreaterThanThreshold and 0.",
    check,
)
