"""Alarms that look at a day or more at once."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import LAMBDA_NAMESPACE, NAT_NAMESPACE
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject

_DAY = 86_400
"""Seconds."""


def check(subject: Subject) -> Iterator[Found]:
    """Periods that must all be bad before it fires, end to end."""
    for alarm in subject.alarms or ():
        if alarm.namespace not in (NAT_NAMESPACE, LAMBDA_NAMESPACE) or alarm.period is None or alarm.periods is None:
            continue
        takes = alarm.period * (alarm.datapoints or alarm.periods)
        if takes >= _DAY:
            what = f"{alarm.label} looks at {takes / 3600:,.0f} hours of {alarm.metric or 'its metric'} at once"
            yield Found(alarm, f"{what}: a full table is over by then")


RULE = Rule(
    "alarm-late",
    Severity.WARNING,
    "An alarm on a NAT gateway or a function needs a day or more of datapoints.",
    "Tables fill in seconds and empty in minutes: the alarm comes when nobody can look any more.",
    "Use a period of 60 seconds, and few of them.",
    check,
)
