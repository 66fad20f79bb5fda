"""Flat tops: a number of connections that stops rising while more are wanted is a table that is full."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from narrows.diagnose.readings import Window

FLATNESS = 0.01
"""How far the points of a flat top lie apart, as a share of its height."""
BELOW = 0.03
"""How far below its capacity a full table may seem to stand: entries that are opening or closing are not counted."""
ABOVE = 0.01
"""How far above: connections of few others, or one more sample within the minute."""


@dataclass(frozen=True, slots=True)
class Plateau:
    """A stretch of time in which a number of connections did not change."""

    level: float
    start: int
    """Of its first period, seconds since 1970."""
    end: int
    """Of its last period, its end."""


def plateaus(points: Sequence[tuple[int, float]], period: int, within: Window | None) -> tuple[Plateau, ...]:
    """The flat stretches of two periods or more, the longest first; only those that touch ``within``.

    Without ``within``, only those at the very top: a level that demand set is no sign of anything.
    """
    top = max((value for _, value in points), default=0.0)
    found: list[Plateau] = []
    start = 0
    while start < len(points):
        end = start + 1
        low = high = points[start][1]
        while end < len(points) and points[end][0] - points[end - 1][0] == period:
            low, high = min(low, points[end][1]), max(high, points[end][1])
            if high - low > FLATNESS * high:
                break
            end += 1
        stretch = points[start:end]
        level = max(value for _, value in stretch)
        if len(stretch) >= 2 and level > 0:
            one = Plateau(level, stretch[0][0], stretch[-1][0] + period)
            touches = within is not None and one.start < within[1] and within[0] < one.end
            if touches or (within is None and level >= top * (1 - FLATNESS)):
                found.append(one)
        start = end if len(stretch) >= 2 else start + 1
    return tuple(sorted(found, key=lambda one: (one.start - one.end, one.start)))


@dataclass(frozen=True, slots=True)
class Match:
    """A flat top at a capacity."""

    plateau: Plateau
    capacity: float
    weight: float
    """Decimal logarithm of how surprising it is that a level which has nothing to do with the capacity lies so near."""

    @property
    def share(self) -> float:
        """Of the capacity that is used."""
        return self.plateau.level / self.capacity


def match(found: Iterable[Plateau], capacities: Iterable[float], spacing: float) -> Match | None:
    """The flat top nearest to one of ``capacities``; None when none is near.

    Args:
        spacing: of the capacities that would have been looked at, such as the size of one table. The nearer they lie
            together, compared with the tolerance, the less a match means.
    """
    best: Match | None = None
    for plateau in found:
        for capacity in capacities:
            if not (1 - BELOW) * capacity <= plateau.level <= (1 + ABOVE) * capacity:
                continue
            chance = min(1.0, (BELOW + ABOVE) * capacity / spacing)
            one = Match(plateau, capacity, -math.log10(chance))
            if best is None or abs(1 - one.share) < abs(1 - best.share):
                best = one
    return best
