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

    @cached_property
    def _parts(self) -> tuple[_Part[Unknown], ...]:
        """The binding bounds, those together that share an unknown, directly or through others."""
        names = [name for bound in self._binding for name in bound.terms]
        if len(names) == len(set(names)):
            return tuple(_Part([bound], self.highest) for bound in self._binding)
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        place = {name: number for number, name in enumerate(self.unknowns)}
        pairs = [(place[next(iter(bound.terms))], place[name]) for bound in self._binding for name in bound.terms]
        ends = tuple(zip(*pairs, strict=True))
        _, part_of = connected_components(coo_array(([1] * len(pairs), ends), shape=(len(place), len(place))))
        parts: dict[int, list[Bound[Unknown]]] = {}
        for bound in self._binding:
            parts.setdefault(int(part_of[place[next(iter(bound.terms))]]), []).append(bound)
        return tuple(_Part(bounds, self.highest) for bounds in parts.values())

    def most(self, weights: Mapping[Unknown, float]) -> dict[Unknown, float]:
        """Values of all unknowns at which the weighted sum is as large as can be.

        Unknowns without a weight are as large as these leave them. Infinite where nothing bounds one with a weight.
        """
        values = dict(self.highest)
        if any(math.isinf(values.get(name, 0.0)) for name, weight in weights.items() if weight > 0):
            # Finite ones beside it would only say what it leaves them, which is nothing of the answer.
            return values
        for part in self._parts:
            values |= part.most(weights)
        return values


class _Part(Generic[Unknown]):
    """Bounds that share unknowns with each other and with no other bound."""

    def __init__(self, bounds: Sequence[Bound[Unknown]], highest: Mapping[Unknown, float]) -> None:
        self.bounds = bounds
        self.unknowns = tuple(dict.fromkeys(name for bound in bounds for name in bound.terms))
        self.highest = {name: highest[name] for name in self.unknowns}
        self._known: dict[tuple[float, ...], dict[Unknown, float]] = {}

    def most(self, weights: Mapping[Unknown, float]) -> dict[Unknown, float]:
        """Values of its unknowns at which their weighted sum is as large as can be; worked out once for equal weights,
        as most of the sums that are asked for are of a few parts."""
        own = tuple([weights.get(name, 0.0) for name in self.unknowns])
        if own not in self._known:
            alone = len(self.bounds) == 1
            self._known[own] = _shared_out(self.highest, self.bounds[0], weights) if alone else self._programme(own)
        return self._known[own]

    def _programme(self, weights: Sequence[float]) -> dict[Unknown, float]:
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        place = {name: number for number, name in enumerate(self.unknowns)}
        rows, columns, factors, limits = list[int](), list[int](), list[float](), list[float]()
        for number, bound in enumerate(self.bounds):
            limits.append(max(0.0, bound.most))
            for name, factor in bound.terms.items():
                rows.append(number)
                columns.append(place[name])
                factors.append(factor)
        largest = max(map(abs, weights)) or 1.0
        # What has no weight takes a trace of one, so that it fills what is left for it.
        goal = np.array([-weight / largest or -1e-6 for weight in weights])
        matrix = csr_array((factors, (rows, columns)), shape=(len(self.bounds), len(self.unknowns)))
        highest = np.array(list(self.highest.values()))
        answer = linprog(goal, A_ub=matrix, b_ub=np.array(limits), bounds=np.column_stack((0 * highest, highest)))
        if answer.x is None:
            raise ArithmeticError(f"no answer to a linear programme: {answer.message}")
        return {name: max(0.0, float(value)) for name, value in zip(self.unknowns, answer.x, strict=True)}


def _shared_out(
    highest: Mapping[Unknown, float], bound: Bound[Unknown], weights: Mapping[Unknown, float]
) -> dict[Unknown, float]:
    """The bound goes to what weighs most for what it takes of it."""
    values = {}
    left = max(0.0, bound.most)
    for name in sorted(bound.terms, key=lambda name: -weights.get(name, 0.0) / bound.terms[name]):
        factor = bound.terms[name]
        values[name] = min(highest[name], left / factor)
        left = max(0.0, left - factor * values[name])
    return values
