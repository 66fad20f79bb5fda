"""CloudWatch metrics of a case as the rules read them: within the window, with what they cover."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from narrows.case.cloudwatch_names import NAT_DIMENSION, NAT_OPEN, NAT_PORT_ERRORS
from narrows.case.model import Case, Metrics, Series
from narrows.case.reading.datapoints import arrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class NatEvidence:
    """The metrics of one NAT gateway in the window."""

    gateway: str
    metrics: Metrics
    window: Window | None
    absent_is_zero: Callable[[], bool] = lambda: False
    """Whether a counter without a datapoint counted nothing, where other metrics of the gateway have one."""

    def reading(self, metric: str, stats: tuple[str, ...]) -> Reading | None:
        """One metric of this gateway."""
        return read(self.metrics, metric, stats, self.window, **{NAT_DIMENSION: self.gateway})

    def counter(self, metric: str) -> Reading | None:
        """One metric of this gateway that counts what seldom happens."""
        return read_counter(self.metrics, metric, self.window, self.absent_is_zero, **{NAT_DIMENSION: self.gateway})

    @cached_property
    def port_errors(self) -> Reading | None:
        """``ErrorPortAllocation``: SYNs for which no source port was free."""
        return self.counter(NAT_PORT_ERRORS)

    @cached_property
    def active(self) -> Reading | None:
        """``ActiveConnectionCount``: open TCP connections, of every client to every destination."""
        return self.reading(NAT_OPEN, PEAK)

    @cached_property
    def attempts(self) -> Reading | None:
        """``ConnectionAttemptCount``: first SYNs."""
        return self.reading("ConnectionAttemptCount", ("Sum",))

    @cached_property
    def established(self) -> Reading | None:
        """``ConnectionEstablishedCount``: counts a connection once for every SYN that it took."""
        return self.reading("ConnectionEstablishedCount", ("Sum",))

    @cached_property
    def idle_timeouts(self) -> Reading | None:
        """``IdleTimeoutCount``: connections that fell silent for the idle timeout."""
        return self.counter("IdleTimeoutCount")

    @cached_property
    def drops(self) -> Reading | None:
        """``PacketsDropCount``."""
        return self.counter("PacketsDropCount")

    @cached_property
    def peak_bytes(self) -> Reading | None:
        """``PeakBytesPerSecond``: the busiest ten seconds of each minute."""
        return self.reading("PeakBytesPerSecond", PEAK)

    @cached_property
    def peak_packets(self) -> Reading | None:
        """``PeakPacketsPerSecond``."""
        return self.reading("PeakPacketsPerSecond", PEAK)

    def errors_zero(self, spans: tuple[Window | None, ...]) -> bool:
        """Whether ``ErrorPortAllocation`` was 0 throughout one of the spans, with no gap in it."""
        errors = self.port_errors
        return errors is not None and errors.total == 0 and any(errors.covers(span) for span in spans)

    @property
    def unanswered(self) -> int | None:
        """SYNs that passed the gateway and were not answered: at least so many.

        ``ConnectionAttemptCount`` counts first SYNs only, ``ConnectionEstablishedCount`` also those that were sent
        again, so their difference can hide unanswered ones and never adds any.
        """
        attempts, established = self.attempts, self.established
        if attempts is None or established is None:
            return None
        return max(0, round(attempts.total - established.total))

    def close_rate(self, moment: int) -> float | None:
        """Connections closed a second in the period of a moment: those established, less those that stayed."""
        established, active = self.established, self.active
        if established is None or active is None:
            return None
        rate, now, before = established.rate_at(moment), active.at(moment), active.at(moment - active.period)
        if rate is None or now is None:
            return None
        growth = 0.0 if before is None else (now - before) / active.period
        return max(0.0, rate - growth)

    def closed_within(self, seconds: float) -> dict[int, float]:
        """The most connections that were closed in any so many seconds that end in each period, by its start.

        Of the first period nobody knows how many were open before it, and so not how many were closed.
        """
        if self.active is None:
            return {}
        period = self.active.period
        moments = [moment for moment, _ in self.active.points[1:]]
        counts = [period * (self.close_rate(moment) or 0.0) for moment in moments]
        return dict(zip(moments, most_within(counts, period, seconds), strict=True))


def most_within(counts: Sequence[float], period: int, seconds: float) -> list[float]:
    """The most of what is counted by period that can be in any so many seconds that end in each of them.

    What goes on at one rate is even. What comes on top of the period before, or of the one after, may have come all
    within those seconds: where a rate rises or falls, a sum of 60 seconds does not tell when in them.
    """
    full, rest = divmod(seconds, period)
    between = int(full) if rest else int(full) - 1
    share = (seconds - between * period) / period
    sums = [0.0, *accumulate(counts)]

    def at(place: int) -> float:
        return counts[place] if 0 <= place < len(counts) else 0.0

    def total(begin: int, end: int) -> float:
        return sums[max(0, end)] - sums[max(0, begin)] if end > begin else 0.0

    def even(place: int, beside: int) -> float:
        """What goes on at the rate of a period beside it; at its own where nothing is known of that one."""
        return min(at(place), at(beside)) if 0 <= beside < len(counts) else at(place)

    found = []
    for last in range(len(counts)):
        first = last - between - 1
        begin, end = even(first, first - 1), even(last, last + 1)
        over = at(first) - begin + at(last) - end
        straddling = total(first + 1, last) + share * max(begin, end) + over
        # To the end of the last one: where that is the last that is known, none straddles it.
        tail = last - int(full)
        whole = total(tail + 1, last + 1)
        steady = even(tail, tail - 1)
        whole += steady * rest / period + at(tail) - steady if rest else 0.0
        found.append(max(straddling, whole))
    return found


Window = tuple[int, int]
"""Start and end, seconds since 1970."""


def window_of(case: Case) -> Window | None:
    """The window of a case, seconds since 1970; None where it names none."""
    if case.window is None:
        return None
    start, end = case.window
    return int(start.timestamp()), int(end.timestamp())


SUM = ("Sum", "Maximum", "Average")
"""Statistics that are zero only where the metric is, the best one first."""
PEAK = ("Maximum",)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One metric of one resource in the window; every datapoint that more than one file holds stands here once.

    A large account has 25,000 of them, most of which are read once: the datapoints stay in the arrays of the case.
    """

    metric: str
    resource: str
    stat: str
    period: int
    """Seconds."""
    moments: NDArray[np.int64]
    """Start of each datapoint's period, seconds since 1970, in order of time; at least one."""
    values: NDArray[np.float64]
    source: str
    partial: bool
    """An answer said that it was not complete."""

    @property
    def points(self) -> tuple[tuple[int, float], ...]:
        """(start of the period, value), in order of time; at least one."""
        return tuple(zip(self.moments.tolist(), self.values.tolist(), strict=True))

    @property
    def total(self) -> float:
        """Sum of the datapoints."""
        return float(sum(self.values.tolist()))

    @property
    def largest(self) -> float:
        """Largest datapoint."""
        return float(self.values.max())

    @property
    def largest_at(self) -> int:
        """Start of the period of the largest datapoint; the first one, where there are several."""
        return int(self.moments[self.values.argmax()])

    @property
    def first_above_zero(self) -> int | None:
        """Start of the first period with a value above zero."""
        above = self.values > 0
        return int(self.moments[above.argmax()]) if above.any() else None

    @property
    def start(self) -> int:
        """Start of the first datapoint's period."""
        return int(self.moments[0])

    @property
    def end(self) -> int:
        """End of the last datapoint's period."""
        return int(self.moments[-1]) + self.period

    def above(self, least: float) -> Reading:
        """Zero where it was less than that."""
        return replace(self, values=self.values * (self.values >= least))

    def with_points(self, points: dict[int, float], resource: str) -> Reading:
        """Other datapoints, of another resource."""
        moments, values = arrays(points)
        return replace(self, moments=moments, values=values, resource=resource)

    def at(self, moment: int) -> float | None:
        """The value of the period that a moment is in."""
        place = int(self.moments.searchsorted(moment, side="right")) - 1
        if place < 0 or moment >= int(self.moments[place]) + self.period:
            return None
        return float(self.values[place])

    def rate_at(self, moment: int) -> float | None:
        """A ``Sum`` per second, in the period that a moment is in."""
        value = self.at(moment)
        return None if value is None or self.stat != "Sum" else value / self.period

    @property
    def missing(self) -> int:
        """Periods between the first and the last datapoint that have none."""
        return (self.end - self.start) // self.period - len(self.moments)

    def covers(self, span: Window | None) -> bool:
        """Whether there is a datapoint for every period that a span touches."""
        if span is None or self.partial:
            return False
        start, end = span
        offset = self.start % self.period
        first = (start - offset) // self.period * self.period + offset
        periods = range(first, end, self.period)
        return sum(moment in periods for moment in self.moments.tolist()) == len(periods)


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


def read_counter(
    metrics: Metrics, metric: str, window: Window | None, absent_is_zero: Callable[[], bool], **dimensions: str
) -> Reading | None:
    """A metric that counts what seldom happens, of one resource.

    CloudWatch often has no datapoint where such a metric would be zero. Where it was asked for and the answer is
    complete, a period in which the resource has datapoints of other metrics counts as zero, if ``absent_is_zero()``
    says so; that is asked only where it makes a difference.
    """
    reading = read(metrics, metric, SUM, window, **dimensions)
    asked = [one for one in metrics.exactly(metric, dimensions) if not one.partial and one.stat in SUM]
    if not asked or (reading is not None and reading.partial):
        return reading
    period = asked[0].period if reading is None else reading.period
    moments = set(reading.moments.tolist()) if reading is not None else set()
    alive = {
        int(moment)
        for one in metrics.having(dimensions)
        if one.period == period and not one.partial
        for moment in one.times
        if window is None or window[0] - period < moment < window[1]
    }
    silent = alive - moments
    if not silent or not absent_is_zero():
        return reading
    points = dict.fromkeys(silent, 0.0) | dict(reading.points if reading is not None else ())
    first = asked[0]
    times, values = arrays(points)
    return Reading(
        metric=metric,
        resource=next(iter(dimensions.values()), ""),
        stat=first.stat if reading is None else reading.stat,
        period=period,
        moments=times,
        values=values,
        source=first.source if reading is None else reading.source,
        partial=False,
    )


def _merge(same: list[Series], window: Window | None) -> Reading | None:
    period = same[0].period
    parts = [(one, *_within(one, window)) for one in same]
    parts = [part for part in parts if len(part[1])]
    if not parts:
        return None
    first, moments, values = parts[0]
    used = [first]
    if len(parts) > 1:
        points = dict(zip(moments.tolist(), values.tolist(), strict=True))
        for one, times, numbers in parts[1:]:
            before = len(points)
            for moment, value in zip(times.tolist(), numbers.tolist(), strict=True):
                points[moment] = max(value, points.get(moment, value))
            if len(points) > before:
                used.append(one)
        moments, values = arrays(points)
    return Reading(
        metric=same[0].metric,
        resource=next(iter(same[0].dimensions.values()), ""),
        stat=same[0].stat,
        period=period,
        moments=moments,
        values=values,
        source=used[0].source,
        partial=all(one.partial for one in used),
    )


def _within(one: Series, window: Window | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The datapoints of a series whose periods touch the window. Its moments rise, so that they are one stretch."""
    if window is None:
        return one.times, one.values
    first = int(one.times.searchsorted(window[0] - one.period, side="right"))
    last = int(one.times.searchsorted(window[1], side="left"))
    return one.times[first:last], one.values[first:last]
