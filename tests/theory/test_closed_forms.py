"""The simulator against closed forms: Erlang B, and the fluid limit of a ramp."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest

from narrows.recording import Outcome, Recording
from narrows.scenario import parse_scenario
from narrows.simulate import simulate_scenario
from narrows.simulate.replications import interval
from tests.theory.closed_forms import erlang_b, fluid_ramp

pytestmark = pytest.mark.theory

ROUND_TRIP = 0.001
TEXT = """
name: loss
vpc:
  nat_gateways: {{nat: {{addresses: 1}}}}
destinations: {{server: {{port: 443, round_trip: 1ms}}}}
others:
  clients:
    route: nat
    connections:
      - to: server
        per_second: {rate}
        hold: {hold}
        connect_timeout: 500ms      # less than the first retransmit: a blocked attempt is lost
duration: {seconds}s
seed: {seed}
assumptions: {{nat_connections_per_address: {capacity}, nat_hold_after_close: 0s}}
"""


def run(capacity: int, rate: object, hold: object, seconds: int, seed: int, replication: int) -> Recording:
    text = TEXT.format(capacity=capacity, rate=rate, hold=hold, seconds=seconds, seed=seed)
    return simulate_scenario(parse_scenario(text), replication=replication)


def blocking(recording: Recording, after: int) -> float:
    """The share of attempts after the warm-up that found no port."""
    clients, nat = recording.others["clients"], recording.nat_gateways["nat"]
    return float(nat.port_allocation_errors[after:].sum() / clients.attempted[after:].sum())


@pytest.mark.parametrize("load", [0.8, 1.0, 1.2])
@pytest.mark.parametrize("distribution", ["constant", "exponential", "lognormal"])
def test_blocking_is_erlang_b_whatever_the_distribution(distribution: str, load: float) -> None:
    capacity, hold = 200, 2.0
    rate = load * capacity / (hold + ROUND_TRIP)
    drawn = f"{{mean: {hold}s, distribution: {distribution}, sigma: 0.7}}"
    shares = [blocking(run(capacity, rate, drawn, 800, 11, k), after=20) for k in range(10)]
    expected = erlang_b(capacity, load * capacity)
    found = interval(shares)
    assert found["low"] <= expected <= found["high"]
    # The interval must be narrow enough to mean something.
    assert found["high"] - found["low"] < 0.01


def test_erlang_b_of_known_values() -> None:
    assert erlang_b(1, 1.0) == pytest.approx(0.5)
    assert erlang_b(2, 1.0) == pytest.approx(0.2)
    assert erlang_b(10, 10.0) == pytest.approx(0.21458, abs=1e-5)
    assert erlang_b(65_000, 1.2 * 65_000) == pytest.approx(0.16673, abs=1e-5)


@pytest.mark.parametrize("capacity", [10_000, 2_000])
def test_a_ramp_follows_the_fluid_equation(capacity: int) -> None:
    """Below and at the capacity: open connections never stray further than chance does."""
    slope, hold, seconds = 5.0, 10.0, 120
    ramp = f"{{from: 0, to: {slope * seconds}, over: {seconds}s}}"
    drawn = f"{{mean: {hold}s, distribution: exponential}}"
    runs = [run(capacity, ramp, drawn, seconds, 3, k).others["clients"].open for k in range(8)]
    expected = np.array(fluid_ramp(capacity, slope, hold, seconds))
    mean = np.mean(runs, axis=0)
    # The mean of eight Poisson counts has this deviation; at the limit there is less.
    assert np.all(np.abs(mean - expected) <= 5 * np.sqrt(np.maximum(expected, 1) / len(runs)) + 2)


def test_a_blocked_attempt_is_an_error_port_allocation_and_a_timeout() -> None:
    recording = run(50, 100.0, "{mean: 1s, distribution: exponential}", 60, 1, 0)
    ended = recording.others["clients"].outcomes.sum(axis=0)
    errors = int(recording.nat_gateways["nat"].port_allocation_errors.sum())
    assert errors > 100
    # Those of the last half second have not timed out yet.
    assert 0 <= errors - int(ended[Outcome.TIMED_OUT]) <= 100
    assert fmean(recording.tables[0].occupied) <= 50
