"""Flat tops: a number of connections that stops rising while more are wanted is a table that is full."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.evidence.destinations import cache_connections, database_connections
from narrows.evidence.facts import Facts, once
from narrows.evidence.failures import behind, failures_to, unexplained_invocations
from narrows.evidence.metrics import PEAK, Window

_DURING = 0.95
"""Share of the failures that must come once the number stands still. Before a table is full, nothing fails of it."""
_NOTABLE = 0.01
"""Share of the connects in those minutes that must fail."""
_LATER = 0.1
"""Share of the failures that must come after the minute in which the number came to a stand."""

_LONG = 180
"""Seconds that a number must stand still: what is the same in two samples is chance."""
_RISEN = 0.9
"""Share of its level below which a number has been before it came to a stand."""
_GROWN = 1.05
"""Of what it was, to be called growing."""
_ABOUT_AS_HIGH = 0.85
"""Of its highest, to be called about as high."""


@dataclass(frozen=True, slots=True)
class FlatTop:
    """A number of connections that stood still, and whose number that is."""

    plateau: Plateau
    source: str
    what: str
    measured: bool
    """Open connections to that destination alone, as a metric counts them; else there are at most so many to it."""
    own: bool = False
    """As a metric of the destination's own counts them."""


@once
def flat_top(facts: Facts, outcome: CallerOutcome, destination: str | None = None) -> FlatTop | None:
    """The number that rose, and then stood still when connects ended in ``outcome``, and not before; the longest one.

    A number that was flat from the start is what demand set. One that holds connections to other destinations as well
    says nothing of this one.
    """
    symptoms = facts.symptoms
    failures = failures_to(facts, destination, outcome)
    if not failures.total:
        failures = unexplained_invocations(facts)
    failed = failures.by_minute
    if failures.first is None or failures.last is None:
        return None
    within = failures.first - 60, failures.last + 60
    worked = symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=destination)
    found = [
        FlatTop(plateau, number.source, number.what, number.measured, number.own)
        for number in numbers_of(facts, destination)
        for plateau in plateaus(number.points, number.period, within)
        if _is_peak(plateau, number.points) and (number.only_rises or _rose_before(plateau, number.points))
    ]
    goes_on = (
        top
        for top in found
        if top.plateau.end - top.plateau.start >= _LONG
        and during(top.plateau, failed)
        and (_goes_on(top.plateau, failed, worked) if symptoms.complete else _demand_grows(facts, top.plateau))
    )
    return next(goes_on, None)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of connections over time that concerns one destination only."""

    points: Sequence[tuple[int, float]]
    period: int
    source: str
    what: str
    measured: bool
    own: bool = False
    only_rises: bool = False
    """It counts what was opened, and not what is open."""


@once
def numbers_of(facts: Facts, destination: str | None) -> tuple[Number, ...]:
    """Every number of connections in the case that is of this destination alone."""
    symptoms = facts.symptoms
    found: list[Number] = []
    opened = symptoms.opened(destination=destination)
    if opened:
        source = symptoms.source(CallerOutcome.ESTABLISHED)
        found.append(Number(opened, 60, source, "number of established connections", False, only_rises=True))
    gateways = facts.ways.gateways
    active = facts.nat(gateways[0]).active if len(gateways) == 1 else None
    if active is not None and behind(facts, gateways[0]) <= {destination or only(behind(facts, gateways[0]))}:
        what = f"ActiveConnectionCount of {facts.label(gateways[0])}"
        alone = facts.ways.strangers(gateways[0]) == ()
        found.append(Number(active.points, active.period, active.source, what, alone))
    for own in (cache_connections(facts, destination), database_connections(facts, destination)):
        if own is not None and own.sure:
            reading = own.reading
            what = f"{reading.metric} of {reading.resource}"
            found.append(Number(reading.points, reading.period, reading.source, what, measured=True, own=True))
    return tuple(found)


def only(names: Collection[str]) -> str | None:
    """The only one of some names; None where there are several, or none."""
    return next(iter(names)) if len(names) == 1 else None


def stands_near_its_top(facts: Facts, outcome: CallerOutcome, destination: str | None) -> bool:
    """Whether a number of connections rose and then stayed about as high while connects failed: a limit may hold it
    there, though noise hides how flat it is."""
    within = facts.symptoms.span(outcome)
    if within is None:
        return False
    for number in numbers_of(facts, destination):
        inside = [value for moment, value in number.points if moment + number.period > within[0] and moment < within[1]]
        before = [value for moment, value in number.points if moment + number.period <= within[0]]
        top = max((value for _, value in number.points), default=0.0)
        if not inside or not before or top <= 0 or number.only_rises:
            continue
        if sum(inside) / len(inside) >= _ABOUT_AS_HIGH * top and min(before) <= _RISEN * top:
            return True
    return False


def _rose_before(plateau: Plateau, points: Sequence[tuple[int, float]]) -> bool:
    """Whether the number was clearly lower before it came to stand."""
    return any(moment < plateau.start and value <= _RISEN * plateau.level for moment, value in points)


def _demand_grows(facts: Facts, plateau: Plateau) -> bool:
    """Whether more was wanted while the number stood still: more environments, or as many new attempts as before."""
    running = 0.0
    started = 0.0
    for name in facts.case.functions:
        reading = facts.function_metric("ConcurrentExecutions", name, PEAK)
        if reading is None:
            running = started = 0.0
            break
        inside = [value for moment, value in reading.points if plateau.start <= moment < plateau.end]
        running += max(inside, default=0.0)
        started += reading.at(plateau.start) or 0.0
    if started and running >= _GROWN * started:
        return True
    attempts = [facts.nat(name).attempts for name in facts.ways.gateways]
    for reading in attempts:
        if reading is None:
            continue
        inside = [value for moment, value in reading.points if plateau.start <= moment < plateau.end]
        before = [value for moment, value in reading.points if moment < plateau.start]
        if inside and before and sum(inside) / len(inside) >= max(before):
            return True
    return False


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
