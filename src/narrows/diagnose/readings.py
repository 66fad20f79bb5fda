"""CloudWatch metrics of a case as the rules read them: within the window, with what they cover."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from narrows.case.model import Metrics, Series

Window = tuple[int, int]
"""Start and end, seconds since 1970."""

SUM = ("Sum", "Maximum", "Average")
"""Statistics that are zero only where the metric is, the best one first."""
PEAK = ("Maximum",)


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of one resource in the window; every datapoint that more than one file holds stands here once."""

    metric: str
    resource: str
    stat: str
    period: int
    """Seconds."""
    points: tuple[tuple[int, float], ...]
    """(start of the period, value), in order of time; at least one."""
    source: str
    partial: bool
    """An answer said that it was not complete."""

    @property
    def total(self) -> float:
        """Sum of the datapoints."""
        return sum(value for _, value in self.points)

    @property
    def largest(self) -> float:
        """Largest datapoint."""
        return max(value for _, value in self.points)

    @property
    def largest_at(self) -> int:
        """Start of the period of the largest datapoint; the first one, where there are several."""
        return max(self.points, key=lambda point: (point[1], -point[0]))[0]

    @property
    def first_above_zero(self) -> int | None:
        """Start of the first period with a value above zero."""
        return next((moment for moment, value in self.points if value > 0), None)

    def at(self, moment: int) -> float | None:
        """The value of the period that a moment is in."""
        place = bisect_right(self.points, moment, key=lambda point: point[0]) - 1
        if place < 0 or moment >= self.points[place][0] + self.period:
            return None
        return self.points[place][1]

    def rate_at(self, moment: int) -> float | None:
        """A ``Sum`` per second, in the period that a moment is in."""
        value = self.at(moment)
        return None if value is None or self.stat != "Sum" else value / self.period

    def covers(self, span: Window | None) -> bool:
        """Whether there is a datapoint for every period that a span touches."""
        if span is None or self.partial:
            return False
        start, end = span
        offset = self.points[0][0] % self.period
        first = (start - offset) // self.period * self.period + offset
        periods = range(first, end, self.period)
        return sum(moment in periods for moment, _ in self.points) == len(periods)


def read(
    metrics: Metrics,
    metric: str,
    stats: Iterable[str],
    window: Window | None,
    **dimensions: str,
) -> Reading | None:
    """A metric of one resource with the first of ``stats`` that the case has; None when it has none in the window."""
    found = [one for one in metrics.exactly(metric, dimensions) if len(one.times)]
    for stat in stats:
        same = [one for one in found if one.stat == stat]
        if same:
            finest = min(one.period for one in same)
            merged = _merge([one for one in same if one.period == finest], window)
            if merged is not None:
                return merged
    return None


def _merge(same: list[Series], window: Window | None) -> Reading | None:
    points: dict[int, float] = {}
    period = same[0].period
    used: list[Series] = []
    for one in same:
        before = len(points)
        for moment, value in zip(one.times.tolist(), one.values.tolist(), strict=True):
            if window is None or window[0] - period < moment < window[1]:
                points[moment] = max(value, points.get(moment, value))
        if len(points) > before:
            used.append(one)
    if not points:
        return None
    return Reading(
        metric=same[0].metric,
        resource=next(iter(same[0].dimensions.values()), ""),
        stat=same[0].stat,
        period=period,
        points=tuple(sorted(points.items())),
        source=used[0].source,
        partial=all(one.partial for one in used),
    )
