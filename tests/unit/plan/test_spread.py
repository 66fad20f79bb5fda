"""The fullest of several places."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.plan.spread import QUANTILE, largest_share, poisson_margin


def binomial_quantile(count: int, share: float) -> int:
    """The smallest number that a binomial stays at or below with the quantile's chance, summed up exactly."""
    total = 0.0
    for k in range(count + 1):
        total += math.comb(count, k) * share**k * (1 - share) ** (count - k)
        if total >= QUANTILE:
            return k
    return count


@given(st.integers(1, 10_000), st.integers(1, 16))
def test_dealt_out_in_turn_is_rounded_up(count: int, places: int) -> None:
    assert largest_share(count, 1, places, random=False) == math.ceil(count / places)


@given(st.integers(1, 500), st.integers(1, 16), st.data())
def test_dealt_out_in_turn_any_places_may_be_the_fuller_ones(count: int, places: int, data: st.DataObject) -> None:
    dealt = [0] * places
    for k in range(count):
        dealt[k % places] += 1
    part = data.draw(st.integers(1, places))
    assert largest_share(count, part, places, random=False) == sum(sorted(dealt, reverse=True)[:part])


@given(st.integers(1, 400), st.integers(2, 16))
def test_random_is_the_binomial_quantile_or_just_above(count: int, places: int) -> None:
    exact = binomial_quantile(count, 1 / places)
    assert exact - 1 <= largest_share(count, 1, places, random=True) <= exact + 2


@given(st.integers(0, 100_000), st.booleans())
def test_more_places_never_hold_more_each(count: int, random: bool) -> None:
    shares = [largest_share(count, 1, places, random=random) for places in range(1, 20)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == count


@given(st.integers(1, 50_000), st.integers(1, 15), st.integers(1, 15), st.booleans())
def test_parts_together_hold_the_whole(count: int, some: int, rest: int, random: bool) -> None:
    whole = some + rest
    parts = largest_share(count, some, whole, random=random) + largest_share(count, rest, whole, random=random)
    assert parts >= count


@pytest.mark.parametrize("mean", [0.5, 5.0, 500.0])
def test_poisson_margin_reaches_the_quantile(mean: float) -> None:
    most = math.ceil(mean + poisson_margin(mean))
    below = sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(most + 1))
    assert below >= QUANTILE - 2e-5
