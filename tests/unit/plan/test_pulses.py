"""Overlapping entries of connections that are closed and opened again."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.plan.churn import lognormal_closes, overlapping, starts

DURATIONS = st.floats(0.5, 200.0)


def counted(begins: list[int], length: int, period: int) -> int:
    """The most pulses in progress at once, by counting at every moment that one begins. In whole milliseconds."""
    until = max(begins) + 3 * period + 2 * length
    edges = []
    for begin in begins:
        for moment in range(begin, until, period):
            edges += [(moment, 1), (moment + length, -1)]
    most = now = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most


MILLISECONDS = st.integers(500, 200_000)


@given(st.integers(1_000, 120_000), MILLISECONDS, MILLISECONDS)
def test_even_starts_overlap_as_counted(span: int, length: int, period: int) -> None:
    begins = [round(span * (k + 0.5) / 400) for k in range(400)]
    expected = counted(begins, length, period)
    found = overlapping([(0.0, span / 1000, 400.0)], length / 1000, period / 1000)
    assert found.pulses(400) >= expected
    # An even flow: what comes on top, since environments start one by one, is at most the slack.
    assert (found.whole + found.part) * 400 <= expected + found.slack + 2


@given(DURATIONS, DURATIONS)
def test_starts_at_one_moment_all_overlap(length: float, period: float) -> None:
    whole, rest = divmod(length, period)
    expected = 10 * (whole + (1 if rest > 1e-9 else 0))
    assert overlapping([(0.0, 0.0, 10.0)], length, period).pulses(10) == expected


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 20), st.floats(1, 9)), min_size=1, max_size=4),
    DURATIONS,
    DURATIONS,
)
def test_never_less_than_the_mean_nor_more_than_all_at_once(
    drawn: list[tuple[float, float, float]], length: float, period: float
) -> None:
    arcs = [(begin, begin + span, mass) for begin, span, mass in drawn]
    found = overlapping(arcs, length, period)
    most = found.whole + found.part
    assert length / period - 1e-9 <= most <= math.floor(length / period) + 1 + 1e-9


def test_environments_start_no_faster_than_lambda_scales_up() -> None:
    assert starts([0.0, 0.0, 300.0], [0.0, 3000.0, 3000.0]) == [(0.0, 0.0, 1000.0), (0.0, 20.0, 2000.0)]
    assert starts([0.0, 90.0], [0.0, 9000.0]) == [(0.0, 90.0, 9000.0)]


def test_environments_that_come_back_do_not_start_again() -> None:
    assert starts([0.0, 10.0, 20.0, 30.0], [0.0, 100.0, 0.0, 150.0])[1:] == [(20.0, 30.0, 50.0)]


@pytest.mark.parametrize(("mean", "sigma", "window"), [(30.0, 0.3, 60.0), (100.0, 1.0, 60.0), (100.0, 0.2, 60.0)])
def test_lognormal_closes_are_at_least_what_is_drawn(mean: float, sigma: float, window: float) -> None:
    rng = random.Random(1)
    mu, slots, step = math.log(mean) - sigma**2 / 2, 3_000, 5.0
    closes = [0] * int(6 * mean / step)
    for _ in range(slots):
        moment = rng.lognormvariate(mu, sigma)
        while moment < 6 * mean - step:
            closes[int(moment / step)] += 1
            moment += rng.lognormvariate(mu, sigma)
    cells = int(window / step)
    drawn = max(sum(closes[k : k + cells]) for k in range(len(closes) - cells)) / slots
    assert drawn * 0.97 <= lognormal_closes(mean, sigma, window) <= drawn * 1.15 + 0.05
