"""Replications: independent runs over all cores, and what can be said of the mean."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import pytest

from narrows.errors import InputError
from narrows.recording import RunSummary, summarize
from narrows.simulate import Interval, intervals, replicate, replications, simulate_scenario
from narrows.simulate.replications import MEASURES, interval
from tests.unit.core.scenarios import RAMP, scenario

SMALL = scenario(
    (RAMP, "{from: 0, to: 40, over: 10s}"),
    ("hold: until_recycled", "hold: {mean: 5s}\n        retries: {most: 1, jitter: full}"),
    ("duration: 5m", "duration: 60s"),
)
SCALE = 0.004


def figures(summaries: list[RunSummary]) -> list[dict[str, Any]]:
    """Without the time that each run took."""
    return [{name: value for name, value in one.items() if name != "seconds"} for one in summaries]


def test_in_order_and_always_the_same() -> None:
    found = replicate(SMALL, 8, scale=SCALE)
    alone = [summarize(simulate_scenario(SMALL, replication=number, scale=SCALE)) for number in range(8)]
    assert figures(found) == figures(alone) == figures(replicate(SMALL, 8, scale=SCALE))
    assert len({one["timed_out"] for one in found}) > 1


def test_the_first_run_is_not_run_again() -> None:
    first = simulate_scenario(SMALL, scale=SCALE)
    found = replicate(SMALL, 3, scale=SCALE, first=first)
    assert found[0] == summarize(first)
    assert figures(found) == figures(replicate(SMALL, 3, scale=SCALE))


def test_over_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[int] = set()

    def watched(*given: Any, **named: Any) -> Any:
        used.add(threading.get_ident())
        return simulate_scenario(*given, **named)

    monkeypatch.setattr(replications, "simulate_scenario", watched)
    replicate(SMALL, 8, scale=SCALE)
    assert threading.get_ident() not in used
    assert len(used) == min(8, os.cpu_count() or 1)


def test_progress_counts_the_runs() -> None:
    seen: list[tuple[int, int]] = []
    replicate(SMALL, 4, scale=SCALE, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_interrupt_ends_the_other_runs_too() -> None:
    """Each would run for hours."""
    long = scenario((RAMP, "100"), ("hold: until_recycled", "hold: 1s"), ("duration: 5m", "duration: 6d"))
    quick = simulate_scenario(SMALL, scale=SCALE)

    def interrupt(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        replicate(long, 50, first=quick, progress=interrupt)
    assert threading.active_count() == before


def test_an_error_of_one_run_is_the_error() -> None:
    with pytest.raises(InputError, match="more than 5,000,000 starts"):
        replicate(scenario((RAMP, "6000000")), 3)


class TestInterval:
    """The mean and its 95 % confidence interval."""

    def test_by_hand(self) -> None:
        # Mean 3, standard deviation sqrt(2.5), t = 2.776 with 4 degrees of freedom.
        found = interval([1.0, 2.0, 3.0, 4.0, 5.0])
        half = 2.776 * (2.5**0.5) / 5**0.5
        assert tuple(found.values()) == pytest.approx((3.0, 3 - half, 3 + half))

    def test_no_spread_no_width(self) -> None:
        assert interval([7.0, 7.0]) == Interval(mean=7.0, low=7.0, high=7.0)

    @pytest.mark.parametrize(
        ("degrees", "t"),
        [
            (1, 12.706),
            (10, 2.228),
            (30, 2.042),
            (31, 2.0395),
            (40, 2.0211),
            (60, 2.0003),
            (120, 1.9799),
            (9_999, 1.9602),
        ],
    )
    def test_students_t(self, degrees: int, t: float) -> None:
        count = degrees + 1
        values = [0.0] * (count // 2) + [1.0] * (count - count // 2)
        found = interval(values)
        spread = float(np.std(values, ddof=1)) / count**0.5
        assert (found["high"] - found["mean"]) / spread == pytest.approx(t, abs=2e-4)

    def test_it_holds_the_truth_in_95_of_100(self) -> None:
        rng = np.random.default_rng(1)
        inside = 0
        for row in rng.normal(10.0, 3.0, (4_000, 6)):
            found = interval(row.tolist())
            inside += found["low"] <= 10.0 <= found["high"]
        assert inside / 4_000 == pytest.approx(0.95, abs=0.01)

    def test_every_measure_has_one(self) -> None:
        found = intervals(replicate(SMALL, 5, scale=SCALE))
        assert tuple(found) == MEASURES
        for one in found.values():
            assert one["low"] <= one["mean"] <= one["high"]
        assert found["timed_out"]["low"] < found["timed_out"]["high"]
