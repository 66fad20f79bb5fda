"""The most that a weighted sum can be under bounds: worked out directly, or by a linear programme, it is the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from narrows.evidence.polytope import Bound, Polytope

NAMES = ("a", "b", "c", "d")


def bound(most: float, **terms: float) -> Bound[str]:
    return Bound(terms, most, "", "")


def polytope(*bounds: Bound[str]) -> Polytope[str]:
    return Polytope(tuple(dict.fromkeys(name for one in bounds for name in one.terms)), bounds)


def reached(weights: dict[str, float], values: dict[str, float]) -> float:
    return sum(weight * values[name] for name, weight in weights.items())


def test_each_is_as_large_as_its_own_bounds_let_it_be() -> None:
    found = polytope(bound(10, a=1), bound(8, a=2), bound(3, b=1)).most({"a": 1, "b": 1})
    assert found == {"a": 4, "b": 3}


def test_what_is_shared_goes_to_what_weighs_most() -> None:
    shared = polytope(bound(10, a=1, b=1))
    assert shared.most({"a": 1, "b": 2}) == {"a": 0, "b": 10}
    assert shared.most({"a": 2, "b": 1}) == {"a": 10, "b": 0}


def test_without_a_bound_there_is_no_most() -> None:
    found = Polytope(("a", "b"), (bound(5, a=1),)).most({"b": 1.0})
    assert math.isinf(found["b"])


def test_bounds_that_overlap_are_a_linear_programme() -> None:
    overlapping = polytope(bound(10, a=1, b=1), bound(10, b=1, c=1), bound(9, a=1, c=1))
    weights = {"a": 1.0, "b": 1.0, "c": 1.0}
    assert reached(weights, overlapping.most(weights)) == pytest.approx(14.5)


_FACTOR = st.sampled_from((0.25, 0.5, 1.0, 2.0))
_BOUND = st.builds(
    lambda most, terms: Bound(terms, most, "", ""),
    st.integers(0, 50).map(float),
    st.dictionaries(st.sampled_from(NAMES), _FACTOR, min_size=1),
)


@given(st.lists(_BOUND, max_size=5), st.dictionaries(st.sampled_from(NAMES), _FACTOR, min_size=1))
def test_the_most_is_what_a_linear_programme_says(bounds: list[Bound[str]], weights: dict[str, float]) -> None:
    bounds = [*bounds, *(bound(40, **{name: 1.0}) for name in NAMES)]
    found = Polytope(NAMES, tuple(bounds)).most(weights)
    for one in bounds:
        assert sum(factor * found[name] for name, factor in one.terms.items()) <= one.most + 1e-6
    matrix = np.array([[one.terms.get(name, 0.0) for name in NAMES] for one in bounds])
    goal = [-weights.get(name, 0.0) for name in NAMES]
    best = linprog(goal, A_ub=matrix, b_ub=[one.most for one in bounds], bounds=[(0, None)] * len(NAMES))
    assert reached(weights, found) == pytest.approx(-best.fun, abs=1e-3)
