"""When a curve passes whole numbers: the moments at which environments start and stop to be needed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from narrows.demand import Curve
from narrows.units import microseconds


def crossings(curve: Curve, until: float) -> Iterator[tuple[int, int, bool]]:
    """(microseconds, k, up): when environment number k starts or stops to be needed, in order of time.

    One that would be needed for less than the resolution is left out.
    """
    pending: list[tuple[int, int, bool]] = []
    for at, level, up in _all_crossings(curve, until):
        if pending and pending[-1][0] < at:
            yield from pending
            pending.clear()
        if pending and not up and pending[-1] == (at, level, True):
            pending.pop()
        else:
            pending.append((at, level, up))
    yield from pending


def _all_crossings(curve: Curve, until: float) -> Iterator[tuple[int, int, bool]]:
    moment, value = 0.0, 0.0
    for end, target in [(0.0, curve.at(0.0)), *((t, v) for t, v in curve.points if t > 0)]:
        low, high = math.ceil(value), math.ceil(target)
        for level in range(low, high) if high > low else range(low - 1, high - 1, -1):
            # A step happens at once.
            at = end if end == moment else min(end, moment + (level - value) / (target - value) * (end - moment))
            if at >= until:
                return
            yield microseconds(at), level, high > low
        moment, value = end, target
