"""Flow logs that gather for ten minutes."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import PERIOD
from narrows.limits import FLOW_LOG_DEFAULT_INTERVAL
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """AWS offers two intervals: that of its metrics, and a longer one, which is the default."""
    for flow_log in subject.flow_logs or ():
        if flow_log.interval is not None and flow_log.interval > PERIOD:
            what = f"{flow_log.label} gathers {flow_log.interval} s into one record: bursts are not seen in it"
            yield Found(flow_log, what)


RULE = Rule(
    "flow-log-interval",
    Severity.INFO,
    f"A flow log gathers for {FLOW_LOG_DEFAULT_INTERVAL.value} seconds, which is the default.",
    "Connections that share a port within ten minutes become one record: how many were open can hardly be told.",
    f"Set MaxAggregationInterval to {PERIOD}.",
    check,
)
