"""The same sum in the console: a query for CloudWatch Logs Insights, as near as its language gets."""

from __future__ import annotations

from narrows.evidence.sensor import KEPT
from narrows_lambda.line import BODY, SCHEMA, Field, Metric

NOTE = (
    f"Each environment counts in the bins of {KEPT:g} s in which it said something, once, with its last line: between "
    "two bins it may count in neither or both, and the destinations are not told apart. narrows sensor counts exactly."
)


def query() -> str:
    """Held connections over time: the last line of each process in each bin, summed."""
    body = f"{BODY}."
    process = f"{body}{Field.ENVIRONMENT}, {body}{Field.PROCESS}"
    return "\n".join(
        (
            f"filter {body}{Field.SCHEMA} = {SCHEMA}",
            f"| stats latest({Metric.HELD.spelled}) as held, sum({Metric.OPENED.spelled}) as opened,",
            f"    sum({Metric.REUSED.spelled}) as reused, sum({Metric.FAILED.spelled}) as failed",
            f"    by FunctionName, {process}, bin({KEPT:g}s) as time",
            "| stats sum(held) as connections, sum(opened) as opened, sum(reused) as reused, sum(failed) as failed,",
            "    count(*) as environments by FunctionName, time",
            "| sort time",
        )
    )
