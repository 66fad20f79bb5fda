"""What a signal can account for of the failures: a metric that was above zero has a table, a span and a size.

It counts for the failures whose way passes its table, in its time, and for no more of them than it counted itself. What
lies before, behind or elsewhere is told as what it is, and proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from narrows.evidence.failures import Failures
from narrows.evidence.metrics import Reading, Window

BLUR = 120
"""Seconds between a signal and the failures that it makes: connects time out late, and CloudWatch counts by period."""
_OVER = 3600
"""Seconds without anything from which on what was counted before is over."""


def spans_above_zero(reading: Reading, blur: int = BLUR) -> tuple[Window, ...]:
    """When a metric was above zero, each stretch with what blurs it on both sides; stretches that touch are one."""
    spans: list[Window] = []
    for moment, value in reading.points:
        if value <= 0:
            continue
        start, end = moment - blur, moment + reading.period + blur
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
    return tuple(spans)


def over_since(reading: Reading) -> int | None:
    """Since when a counter has counted nothing more, where that is an hour or longer and it went on being asked for."""
    last = max((moment for moment, value in reading.points if value > 0), default=None)
    if last is None or reading.end - reading.period - last < _OVER:
        return None
    return last + reading.period


@dataclass(frozen=True, slots=True)
class Account:
    """What a signal accounts for."""

    failures: int
    """Failures in its time, at most as many as it counted itself then."""
    counted: float
    """What it counted in the time of failures."""
    apart: float
    """What it counted when nothing failed that it could have made fail."""


def account(reading: Reading, failed: Failures, *, each: float = 1.0) -> Account:
    """How many of some failures a counter accounts for.

    Args:
        each: failures that one count can make, at most.
    """
    explained, counted, apart = 0, 0.0, 0.0
    untimed = failed.untimed
    for start, end in spans_above_zero(reading):
        size = sum(value for moment, value in reading.points if start <= moment < end)
        inside = failed.within((start, end))
        if inside or untimed:
            timed = min(inside, round(size * each))
            rest = min(untimed, round(size * each) - timed)
            explained, untimed, counted = explained + timed + rest, untimed - rest, counted + size
        else:
            apart += size
    return Account(explained, counted, apart)
