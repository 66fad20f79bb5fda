"""What a chart is made of: series of points, limits, and how to read them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from narrows.words import count, figure

MOST_SERIES = 6
"""More of one kind are left out of a panel, the lowest first, and counted in its note."""


class Shape(StrEnum):
    """How the points of a panel are drawn."""

    LINE = "line"
    """Steps: each datapoint holds for its period."""
    BAND = "band"
    """Steps too, each from the least that a value can be to the most."""
    BARS = "bars"
    """A count in each period, the series upon each other."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value that holds for one period."""

    begin: int
    """Seconds since 1970."""
    end: int
    value: float
    low: float | None = None
    """Of a band: the least that it can be, where ``value`` is the most."""
    open_above: bool = False
    """Of a band: nothing says how much it can be at the most, and ``value`` is the least once more."""


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One line, or one colour of the bars."""

    label: str
    colour: str
    """One of ``narrows.report.colours``."""
    points: tuple[Point, ...]
    dashed: bool = False
    shade: int = 0
    """Which of those that share this colour because they mean the same: two gateways' port errors are both red."""

    @property
    def largest(self) -> float:
        return max((point.value for point in self.points), default=0.0)

    @property
    def peak(self) -> str:
        """The largest value in words; of a band both its ends."""
        lows = [point.low for point in self.points if point.low is not None]
        if not lows:
            return count(self.largest)
        return figure(max(lows), None if any(point.open_above for point in self.points) else self.largest)

    @property
    def total(self) -> float:
        return sum(point.value for point in self.points)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit, as a line across a panel."""

    what: str
    """What the limit is of: ``1 Hyperplane ENI``."""
    value: float
    binds: bool = True
    """Whoever comes after it is turned away. It is not drawn as a limit where that is not so."""

    @property
    def label(self) -> str:
        return f"{self.what}: {count(self.value)}"


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart."""

    key: str
    title: str
    source: str
    """The metrics it shows, as CloudWatch or the case names them."""
    reading: str
    """How to read it: the trap in these numbers."""
    shape: Shape
    series: tuple[ChartSeries, ...] = ()
    limits: tuple[LimitLine, ...] = ()
    note: str = ""
    absent: str = ""
    """Why there is nothing to draw, if so."""
    zero_between: bool = False
    """Where there is no point, the value is 0; otherwise it is not known."""

    @property
    def flat_zero(self) -> bool:
        """There are datapoints, and every one of them is 0."""
        return bool(self.series) and all(one.largest == 0 for one in self.series)
