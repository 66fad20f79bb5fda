"""Flat tops: a number of connections that stops rising while more are wanted is a table that is full."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import Window

_DURING = 0.95
"""Share of the failures that must come once the number stands still. Before a table is full, nothing fails of it."""
_NOTABLE = 0.01
"""Share of the connects in those minutes that must fail."""
_LATER = 0.1
"""Share of the failures that must come after the minute in which the number came to a stand."""


@dataclass(frozen=True, slots=True)
class FlatTop:
    """A number of connections that stood still, and whose number that is."""

    plateau: Plateau
    source: str
    what: str
    measured: bool
    """Open connections to that destination alone, as a metric counts them; else there are at most so many to it."""


@once
def flat_top(facts: Facts, outcome: CallerOutcome, destination: str | None = None) -> FlatTop | None:
    """The number that stood still when connects ended in ``outcome``, and not before; the longest one."""
    symptoms = facts.symptoms
    within = symptoms.span(outcome, before=60)
    if within is None:
        return None
    failed = symptoms.by_minute(outcome, destination=destination)
    found: list[FlatTop] = []
    opened = symptoms.opened(destination=destination)
    source = symptoms.source(CallerOutcome.ESTABLISHED)
    tops = plateaus(opened, 60, within)
    found += [FlatTop(one, source, "number of established connections", False) for one in tops if _is_peak(one, opened)]
    gateways = facts.ways.gateways
    active = facts.nat(gateways[0]).active if len(gateways) == 1 else None
    if active is not None:
        what = f"ActiveConnectionCount of {facts.label(gateways[0])}"
        tops = plateaus(active.points, active.period, within)
        behind = {way.destination for way in facts.ways.ways if way.resource == gateways[0]}
        alone = len(behind) == 1 and facts.ways.strangers(gateways[0]) == ()
        found += [FlatTop(one, active.source, what, alone) for one in tops if _is_peak(one, active.points)]
    worked = symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=destination)
    goes_on = (one for one in found if during(one.plateau, failed) and _goes_on(one.plateau, failed, worked))
    return next(goes_on, None)


def _goes_on(plateau: Plateau, failed: Mapping[int, int], worked: Mapping[int, int]) -> bool:
    """Whether a good part of what was tried failed, and went on to fail after the first minute.

    A number that demand set stands still as well, and a burst that failed before it did may lie in the same minute.
    """
    inside = [minute for minute in failed if plateau.start <= minute]
    failures = sum(failed[minute] for minute in inside)
    later = sum(failed[minute] for minute in inside if minute > plateau.start)
    tried = failures + sum(worked.get(minute, 0) for minute in inside)
    return failures >= _NOTABLE * tried and later >= _LATER * failures


def during(plateau: Plateau, failed: Mapping[int, int]) -> bool:
    """Whether what failed (by minute) failed once the number stood still, and not before."""
    total = sum(failed.values())
    return sum(number for minute, number in failed.items() if minute >= plateau.start) >= _DURING * total > 0


def _is_peak(plateau: Plateau, points: Sequence[tuple[int, float]]) -> bool:
    """Whether the number was never clearly higher: a limit that is passed later is none."""
    return plateau.level >= (1 - BELOW) * max(value for _, value in points)


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
