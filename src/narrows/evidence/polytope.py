"""Unknown quantities under upper bounds of their sums, and the most that a weighted sum of them can be.

Where each unknown stands in one bound at most, the answer is worked out directly; else it is a linear programme.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

Unknown = TypeVar("Unknown", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Bound(Generic[Unknown]):
    """A sum of unknowns, each times a factor above 0, is at most so much."""

    terms: Mapping[Unknown, float]
    most: float
    text: str
    """What says so, in words."""
    source: str
    """Its place in the case."""


@dataclass(frozen=True)
class Polytope(Generic[Unknown]):
    """Everything that unknowns from 0 up can be under some bounds."""

    unknowns: tuple[Unknown, ...]
    bounds: tuple[Bound[Unknown], ...]

    @cached_property
    def highest(self) -> dict[Unknown, float]:
        """The most that each unknown can be by itself; infinite where nothing bounds it."""
        highest = dict.fromkeys(self.unknowns, math.inf)
        for bound in self.bounds:
            for name, factor in bound.terms.items():
                highest[name] = min(highest[name], max(0.0, bound.most) / factor)
        return highest

    def what_bounds(self, name: Unknown) -> Bound[Unknown] | None:
        """The bound that says how much an unknown can be by itself; None where nothing does."""
        return min(self._of.get(name, ()), key=lambda bound: bound.most / bound.terms[name], default=None)

    @cached_property
    def _of(self) -> dict[Unknown, list[Bound[Unknown]]]:
        found: dict[Unknown, list[Bound[Unknown]]] = {}
        for bound in self.bounds:
            for name in bound.terms:
                found.setdefault(name, []).append(bound)
        return found

    @cached_property
    def _binding(self) -> tuple[Bound[Unknown], ...]:
        """Bounds of several unknowns that exclude something which each one's own highest does not."""
        binding = []
        for bound in self.bounds:
            together = sum(factor * self.highest[name] for name, factor in bound.terms.items())
            if len(bound.terms) > 1 and together > bound.most * (1 + 1e-9):
                binding.append(bound)
        return tuple(binding)

    def most(self, weights: Mapping[Unknown, float]) -> dict[Unknown, float]:
        """Values of all unknowns at which the weighted sum is as large as can be.

        Unknowns without a weight are as large as these leave them. Infinite where nothing bounds one with a weight.
        """
        values = dict(self.highest)
        if not self._binding:
            return values
        if any(math.isinf(values.get(name, 0.0)) for name, weight in weights.items() if weight > 0):
            # Finite ones beside it would only say what it leaves them, which is nothing of the answer.
            return values
        bounded = [name for name in self.unknowns if not math.isinf(values[name])]
        binding = [bound for bound in self._binding if all(name in values for name in bound.terms)]
        if _disjoint(binding):
            return _shared_out(values, binding, weights)
        return values | self._programme(bounded, binding, weights)

    def _programme(
        self, unknowns: Sequence[Unknown], bounds: Sequence[Bound[Unknown]], weights: Mapping[Unknown, float]
    ) -> dict[Unknown, float]:
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        place = {name: number for number, name in enumerate(unknowns)}
        rows, columns, factors, limits = list[int](), list[int](), list[float](), list[float]()
        for number, bound in enumerate(bounds):
            limits.append(max(0.0, bound.most))
            for name, factor in bound.terms.items():
                if name in place:
                    rows.append(number)
                    columns.append(place[name])
                    factors.append(factor)
        largest = max((abs(weight) for weight in weights.values()), default=1.0) or 1.0
        # What has no weight takes a trace of one, so that it fills what is left for it.
        goal = np.array([-weights.get(name, 0.0) / largest or -1e-6 for name in unknowns])
        matrix = csr_array((factors, (rows, columns)), shape=(len(bounds), len(unknowns)))
        highest = np.array([self.highest[name] for name in unknowns])
        answer = linprog(goal, A_ub=matrix, b_ub=np.array(limits), bounds=np.column_stack((0 * highest, highest)))
        if answer.x is None:
            raise ArithmeticError(f"no answer to a linear programme: {answer.message}")
        return {name: max(0.0, float(value)) for name, value in zip(unknowns, answer.x, strict=True)}


def _disjoint(bounds: Sequence[Bound[Unknown]]) -> bool:
    names = [name for bound in bounds for name in bound.terms]
    return len(names) == len(set(names))


def _shared_out(
    highest: Mapping[Unknown, float], bounds: Sequence[Bound[Unknown]], weights: Mapping[Unknown, float]
) -> dict[Unknown, float]:
    """Each bound goes to what weighs most for what it takes of it."""
    values = dict(highest)
    for bound in bounds:
        left = max(0.0, bound.most)
        for name in sorted(bound.terms, key=lambda name: -weights.get(name, 0.0) / bound.terms[name]):
            factor = bound.terms[name]
            values[name] = min(highest[name], left / factor)
            left = max(0.0, left - factor * values[name])
    return values
