"""Series as CloudWatch has them: uneven, and with zeros that it does not say."""

from __future__ import annotations

import random
from collections.abc import Sequence

Values = Sequence[float | None]
"""One for each period; None where there is no datapoint."""


def about(level: float, minutes: int, spread: float = 0.1, seed: int = 1) -> list[float]:
    """Whole numbers around a level, as a steady load has them."""
    dice = random.Random(f"{level}/{minutes}/{seed}")
    return [round(level * (1 + dice.uniform(-spread, spread))) for _ in range(minutes)]


def ramp(first: float, last: float, minutes: int, spread: float = 0.03, seed: int = 1) -> list[float]:
    """Whole numbers from one level to another."""
    dice = random.Random(f"{first}/{last}/{seed}")
    step = (last - first) / max(minutes - 1, 1)
    return [round((first + step * index) * (1 + dice.uniform(-spread, spread))) for index in range(minutes)]


def share(values: Values, part: float, seed: int = 1) -> list[float | None]:
    """About this part of each value, never more than it: the errors among invocations."""
    dice = random.Random(f"{part}/{seed}/{len(values)}")
    return [
        None if one is None else min(round(one * part * (1 + dice.uniform(-0.1, 0.1))), one) if part < 1 else one
        for one in values
    ]


def unsaid_zeros(values: Values) -> list[float | None]:
    """Without the zeros, which CloudWatch often leaves out."""
    return [one if one else None for one in values]


def every(values: Values, periods: int) -> list[float]:
    """Sums over several periods: a series by the minute asked for with ``period=300`` is ``every(values, 5)``."""
    whole = [one or 0 for one in values]
    return [sum(whole[at : at + periods]) for at in range(0, len(whole), periods)]


def times(count: int, first: float, last: float, seed: int = 1) -> list[float]:
    """Moments of so many events between two times in minutes, in order, in seconds after the window's start."""
    dice = random.Random(f"{count}/{first}/{last}/{seed}")
    return sorted(round(60 * dice.uniform(first, last), 3) for _ in range(count))
