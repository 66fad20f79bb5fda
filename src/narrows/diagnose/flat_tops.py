"""Flat tops of the connections to the destinations in question, while connects fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.diagnose.facts import Facts, once
from narrows.diagnose.plateaus import BELOW, Plateau, plateaus

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
    found += [FlatTop(one, source, "number of established connections") for one in tops if _is_peak(one, opened)]
    gateways = facts.ways.gateways
    active = facts.nat(gateways[0]).active if len(gateways) == 1 else None
    if active is not None:
        what = f"ActiveConnectionCount of {facts.label(gateways[0])}"
        tops = plateaus(active.points, active.period, within)
        found += [FlatTop(one, active.source, what) for one in tops if _is_peak(one, active.points)]
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
