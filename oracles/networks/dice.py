"""Dice of one seed and one purpose: the same always fall the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_One = TypeVar("_One")


class Dice:
    """Random choices.

    Args:
        seed: of the network.
        purpose: another number for each use, so that one does not change when another throws once more.
    """

    def __init__(self, seed: int, purpose: int) -> None:
        self._rng = np.random.default_rng([seed, purpose])

    def between(self, low: float, high: float) -> float:
        """A number from ``low`` to below ``high``."""
        return float(low + (high - low) * self._rng.random())

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self._rng.integers(low, high + 1))

    def pick(self, choices: Sequence[_One]) -> _One:
        """One of several."""
        return choices[int(self._rng.integers(len(choices)))]

    def some(self, choices: Sequence[_One], count: int) -> list[_One]:
        """So many different ones, in the order of ``choices``."""
        kept = self._rng.choice(len(choices), size=min(count, len(choices)), replace=False)
        return [choices[index] for index in sorted(int(one) for one in kept)]

    def chance(self, share: float) -> bool:
        """True in this share of all throws."""
        return bool(self._rng.random() < share)
