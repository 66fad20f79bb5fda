"""Execution environments over time: how many are there at a time, and how many left without closing."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

from narrows.demand import Curve

_MOST_POINTS = 512
"""Longer curves are thinned to this many steps, each as high as what it replaces."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far back tables remember environments."""

    kept: float
    """Seconds that one which is not needed keeps its entries: it is frozen, or the tables have not forgotten yet."""
    lingering: float
    """Seconds that its entries stay after it is gone, while others may have taken its place."""


class Environments:
    """The environments of one client, as far as a peak needs them."""

    def __init__(self, curve: Curve, until: float, most: int | None, window: Window) -> None:
        self.window = window
        self.times, self.values = _thin(curve, until)
        if most is not None:
            self.values = [min(value, float(most)) for value in self.values]
        self.highest = math.ceil(max(self.values) - 1e-9)

    @property
    def ever_fewer(self) -> bool:
        """Whether the demand ever goes down."""
        return any(later < earlier for earlier, later in zip(self.values, self.values[1:], strict=False))

    @property
    def restarts(self) -> int:
        """How often environments start in the place of others: the demand was lower for longer than they are kept."""
        found, counted = 0, False
        highest, fell_at = self.values[0], math.inf
        corners = zip(self.times, self.values, strict=True)
        for (before, earlier), (at, later) in itertools.pairwise(corners):
            if later < earlier:
                fell_at, counted = min(fell_at, before), False
            elif later > earlier:
                if not counted and at - fell_at >= self.window.kept:
                    found, counted = found + 1, True
                if later >= highest:
                    highest, fell_at = later, math.inf
        return found

    @property
    def turns(self) -> list[float]:
        """Moments at which the number that is there may turn."""
        return [*self.times, *(at + self.window.kept for at in self.times)]

    def highest_span(self) -> tuple[float, float]:
        """From when to when as many as ever are there."""
        at_most = [
            at for at, value in zip(self.times, self.values, strict=True) if math.ceil(value - 1e-9) == self.highest
        ]
        return at_most[0], math.inf if at_most[-1] == self.times[-1] else at_most[-1] + self.window.kept

    def most(self, begin: float, end: float) -> int:
        """The most that are there between two moments, the frozen ones included."""
        low, high = begin - self.window.kept, end
        inside = self.values[bisect_left(self.times, low) : bisect_right(self.times, high)]
        return math.ceil(max(*inside, self._at(low), self._at(high)) - 1e-9)

    def gone(self, begin: float, end: float) -> int:
        """The most that are gone, and whose entries linger, at a moment between the two."""
        if self.window.lingering <= 0:
            return 0
        low, high = begin - self.window.kept - self.window.lingering, end - self.window.kept
        between = slice(bisect_left(self.times, low), bisect_right(self.times, high))
        values = [self._at(low), *self.values[between], self._at(high)]
        falls = (earlier - later for earlier, later in itertools.pairwise(values))
        return math.ceil(sum(fall for fall in falls if fall > 0) - 1e-9)

    def _at(self, moment: float) -> float:
        after = bisect_right(self.times, moment)
        if after == 0:
            return 0.0 if moment < 0 else self.values[0]
        if after == len(self.times):
            return self.values[-1]
        start, end = self.times[after - 1], self.times[after]
        low, high = self.values[after - 1], self.values[after]
        return low + (high - low) * (moment - start) / (end - start)


@lru_cache(maxsize=1024)
def environments_of(curve: Curve, until: float, most: int | None, window: Window) -> Environments:
    """The environments of a client; a plan asks for the same ones many times."""
    return Environments(curve, until, most, window)


def _thin(curve: Curve, until: float) -> tuple[list[float], list[float]]:
    points = [(0.0, curve.at(0.0)), *((t, v) for t, v in curve.points if 0 < t < until), (until, curve.at(until))]
    if len(points) <= _MOST_POINTS:
        return [t for t, _ in points], [v for _, v in points]
    size = math.ceil(len(points) / (_MOST_POINTS // 2))
    times: list[float] = []
    values: list[float] = []
    for begin in range(0, len(points) - 1, size):
        part = points[begin : begin + size + 1]
        highest = max(value for _, value in part)
        times += [part[0][0], part[-1][0]]
        values += [highest, highest]
    return times, values
