"""Flow logs that gather for ten minutes."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import PERIOD
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """AWS knows two intervals: 60 and 600 seconds."""
    for one in subject.flow_logs or ():
        if one.interval is not None and one.interval > PERIOD:
            yield Found(one, f"{one.label} gathers {one.interval} s into one record: bursts are not seen in it")


RULE = Rule(
    "flow-log-interval",
    Severity.INFO,
    "A flow log gathers for 600 seconds, which is the default.",
    "Connections that share a port within ten minutes become one record: how many were open can hardly be told.",
    "Set MaxAggregationInterval to 60.",
    check,
)
