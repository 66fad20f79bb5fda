"""Axes: where the ticks of numbers and of times stand, and what is written at them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

_STEPS = (1.0, 2.0, 5.0, 10.0)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(step * _MINUTE for step in (1, 2, 5, 10, 15, 30)),
    *(step * _HOUR for step in (1, 2, 3, 6, 12)),
    *(step * _DAY for step in (1, 2, 7, 14, 28)),
)
"""Seconds between two ticks; each divides the day, or is whole days."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One place on an axis."""

    at: float
    label: str


def number_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[Tick]:
    """Ticks of an axis of numbers, at most about ``most``: 0, 20,000, 40,000.

    Args:
        whole: what is counted, so that there is nothing between 0 and 1.
    """
    if high <= low:
        return [Tick(low, number_label(low, 0))]
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough * (1 - 1e-9))
    if whole:
        step = max(step, 1.0)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [Tick(number * step, number_label(number * step, decimals)) for number in range(first, last + 1)]


def number_label(value: float, decimals: int) -> str:
    """``60,000``, ``0.25``; from a million on ``1.5 M``, so that every axis is equally wide."""
    for size, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:.4g} {sign}"
    return f"{value:,.{decimals}f}"


def time_ticks(begin: float, end: float, most: int) -> list[Tick]:
    """Ticks of an axis of times in UTC, at most ``most``: 12:01, and 12:01:30 only where seconds tell them apart.

    Args:
        begin: seconds since 1970.
        end: the same.
    """
    step = next((one for one in _TIME_STEPS if (end - begin) / one <= most - 1), _TIME_STEPS[-1])
    while (end - begin) / step > most - 1:
        step *= 2
    first, last = math.ceil(begin / step), math.floor(end / step)
    return [Tick(number * step, time_label(number * step, step)) for number in range(first, last + 1)]


def time_label(seconds: float, step: float = _MINUTE) -> str:
    """``12:01``, ``12:01:30``; at midnight ``Nov 20``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    if seconds % _DAY == 0:
        return f"{moment:%b} {moment.day}"
    return f"{moment:%H:%M}" if step >= _MINUTE or seconds % _MINUTE == 0 else f"{moment:%H:%M:%S}"
