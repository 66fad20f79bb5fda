"""Bytes through NAT gateways, as evidence measures them: what one gateway carried, and what of it can be whose."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

Use = tuple[str, str]
"""A function and a destination."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What some uses together sent and received through a NAT gateway."""

    uses: frozenset[Use]
    low: float
    """Bytes a second, as a mean."""
    high: float
    """Infinite where nothing bounds it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a NAT gateway carried in both directions, of the functions in question."""

    gateway: str
    whole: Cell
    """Of every use behind it, together."""
    cells: tuple[Cell, ...] = ()
    """Of some of them; no use is in two."""
    others: bool = False
    """Whether others behind it may have sent some of what bounds ``high``."""

    def between(self, wanted: Collection[Use]) -> tuple[float, float]:
        """Bytes a second that these uses sent and received, at the least and at the most."""
        mine = self.whole.uses.intersection(wanted)
        if not mine:
            return 0.0, 0.0
        rest = self.whole.uses - mine
        low = max(self._sure(mine), self.whole.low - self._most(rest))
        high = max(0.0, min(self._most(mine), self.whole.high - self._sure(rest)))
        # Metrics and flow logs do not begin and end at one moment: what the one counts more, the other has too.
        return min(low, high), high

    @property
    def disputed(self) -> bool:
        """Whether flow logs have bytes of what metrics say carried none."""
        return self.whole.high <= 0.0 < self._sure(self.whole.uses)

    def scaled(self, factor: float) -> Carried:
        """With so many times the traffic of the functions; that of others stays as it is."""
        most = max(1.0, factor) if self.others else factor

        def times(cell: Cell) -> Cell:
            return replace(cell, low=cell.low * factor, high=cell.high * most)

        return replace(self, whole=times(self.whole), cells=tuple(map(times, self.cells)))

    def _sure(self, uses: frozenset[Use]) -> float:
        return sum(cell.low for cell in self.cells if cell.uses <= uses)

    def _most(self, uses: frozenset[Use]) -> float:
        touched = [cell for cell in self.cells if cell.uses & uses]
        told = frozenset[Use]().union(*(cell.uses for cell in touched))
        return sum(cell.high for cell in touched) if uses <= told else math.inf
