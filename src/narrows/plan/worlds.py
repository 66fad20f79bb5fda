"""The demands that a case leaves possible, as few as make every table as full as it can have been.

Each is the demand at which one table, or all together, would be fullest: a table's load grows with every connection, so
the worst of it lies among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from narrows.assumptions import Assumptions
from narrows.evidence.demand.model import CLOSING, LIVE, OTHERS, Demand, Unknown
from narrows.evidence.polytope import Polytope

MOST_DIRECTIONS = 96
"""More tables than these are not each made as full as it can be by itself."""
_AFTER_OWN = 0.999
"""Where connections may be the functions' or others', they are taken to be the functions', which grow."""
_UNLIKELY = 0.5
_AFTERWARDS = 1e-3
SAME = 1e-6

World = Mapping[Unknown, float]


def worlds_of(demand: Demand, possible: Polytope[Unknown], assumed: Assumptions) -> list[World]:
    """The worst demands; the first is the one with the most connections of functions."""
    found: list[World] = []
    for number, weights in enumerate(_directions(demand, possible, assumed)):
        if number >= MOST_DIRECTIONS:
            break
        world = {name: value for name, value in possible.most(weights).items() if value > 0}
        if not any(_within(world, other) for other in found):
            found = [other for other in found if other is found[0] or not _within(other, world)]
            found.append(world)
        if number == 0 and _is_highest(world, possible):
            break
    return found


def _within(world: World, other: World) -> bool:
    return all(value <= other.get(name, 0.0) * (1 + SAME) + SAME for name, value in world.items())


def _is_highest(world: World, possible: Polytope[Unknown]) -> bool:
    """Whether every unknown is as large as it can be: no other demand is worse for any table."""
    return all(high <= world.get(name, 0.0) * (1 + SAME) + SAME for name, high in possible.highest.items())


def _directions(demand: Demand, possible: Polytope[Unknown], assumed: Assumptions) -> Iterator[dict[Unknown, float]]:
    """What fills each table, of one connection more of each kind; no direction twice."""
    seen: set[frozenset[tuple[Unknown, float]]] = set()
    # What is closed and fills no table of a direction comes after all else, so that no two differ by it alone.
    rest = _closing(possible, dict.fromkeys(demand.uses, 1.0), _AFTERWARDS)
    for direction in _every(demand, possible, assumed):
        weights = rest | direction
        key = frozenset(weights.items())
        if key not in seen:
            seen.add(key)
            yield weights


def _every(demand: Demand, possible: Polytope[Unknown], assumed: Assumptions) -> Iterator[dict[Unknown, float]]:
    yield {Unknown(LIVE, *use): 1.0 for use in demand.uses}
    gateways: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for use, passing in demand.passing.items():
        for gateway, share in passing.items():
            gateways.setdefault((gateway, use[1]), {})[use] = share
    for (gateway, to), uses in gateways.items():
        weights = {Unknown(LIVE, *use): share for use, share in uses.items()}
        weights |= _closing(possible, uses, assumed.nat_hold_after_close)
        yield weights | {Unknown(OTHERS, gateway, to): _AFTER_OWN}
    for leaving in demand.on_eni.values():
        weights = {Unknown(LIVE, *use): share for use, share in leaving.items()}
        yield weights | _closing(possible, leaving, assumed.eni_hold_after_close)
    yield from _alone([use[0] for use in demand.uses], demand.uses)
    yield from _alone([use[1] for use in demand.uses], demand.uses)
    for use in demand.uses:
        yield {Unknown(LIVE, *use): 1.0}


def _closing(possible: Polytope[Unknown], uses: Mapping[tuple[str, str], float], hold: float) -> dict[Unknown, float]:
    """What is closed is closed by a use that has connections, where one of them can."""
    likely = {use: 1.0 if possible.highest[Unknown(LIVE, *use)] > 0 else _UNLIKELY for use in uses}
    return {Unknown(CLOSING, *use): share * hold * likely[use] for use, share in uses.items()}


def _alone(names: Sequence[str], uses: Sequence[tuple[str, str]]) -> Iterator[dict[Unknown, float]]:
    """Each function's, or each destination's, connections by themselves."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for name, use in zip(names, uses, strict=True):
        alike.setdefault(name, []).append(use)
    for name in alike:
        yield {Unknown(LIVE, *use): 1.0 for use in alike[name]}
