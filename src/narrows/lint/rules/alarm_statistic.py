"""Alarms with a statistic that says nothing of their metric."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_METRICS, NAT_NAMESPACE, NAT_OPEN, NAT_PORT_ERRORS, PERIOD
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import AlarmSeen, Subject


def check(subject: Subject) -> Iterator[Found]:
    """Of the two metrics that tell of ports: one counts events, the other says how many there are."""
    for alarm in subject.alarms or ():
        if alarm.namespace == NAT_NAMESPACE and alarm.metric in (NAT_PORT_ERRORS, NAT_OPEN):
            why = _wrong(alarm)
            if why is not None:
                yield Found(alarm, f"{alarm.label}: {why}", f"use {NAT_METRICS[alarm.metric].stat}")


def _wrong(alarm: AlarmSeen) -> str | None:
    if alarm.stat == "SampleCount":
        return "SampleCount counts datapoints, whatever they say"
    longer = alarm.period is not None and alarm.period > PERIOD
    if alarm.stat == "Minimum" and longer:
        return f"the Minimum of {alarm.period} s misses all that is shorter than {alarm.period} s"
    if alarm.stat == "Sum" and longer and alarm.metric == NAT_OPEN:
        return f"the Sum of {alarm.period} s adds up the same connections again for each minute"
    return None


RULE = Rule(
    "alarm-statistic",
    Severity.WARNING,
    "An alarm on a NAT gateway's ports uses a statistic that says nothing of them.",
    "It fires at nothing, or not when ports run out.",
    "Use Sum for ErrorPortAllocation and Maximum for ActiveConnectionCount.",
    check,
)
