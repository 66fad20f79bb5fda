"""A full table against theory: M/G/c/c at c = 65,000 for three distributions, and a ramp against the fluid equation."""

from __future__ import annotations

import numpy as np

from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.scenario import parse_scenario
from narrows.simulate import simulate_scenario
from narrows.simulate.replications import interval
from tests.theory.closed_forms import erlang_b, fluid_ramp
from tests.theory.test_closed_forms import ROUND_TRIP, TEXT, blocking

REPLICATIONS = 8
HOLD = 60.0
WARM_UP = 3000
"""Seconds, 50 holds: after constant holds the wave of the first filling dies out slowly, and a lognormal one
has a long tail."""


def main() -> None:
    servers = HYPERPLANE_ENI_CONNECTIONS.value
    print(f"{'load':>5}  {'hold':12}{'Erlang B':>10}{'simulated':>11}{'95 % interval':>22}  inside")
    for load in (1.0, 1.2):
        rate = load * servers / (HOLD + ROUND_TRIP)
        expected = erlang_b(servers, load * servers)
        for distribution in ("exponential", "constant", "lognormal"):
            hold = f"{{mean: {HOLD}s, distribution: {distribution}, sigma: 1.0}}"
            text = TEXT.format(capacity=servers, rate=rate, hold=hold, seconds=6000, seed=5)
            shares = [
                blocking(simulate_scenario(parse_scenario(text), replication=k), WARM_UP) for k in range(REPLICATIONS)
            ]
            found = interval(shares)
            inside = found["low"] <= expected <= found["high"]
            print(
                f"{load:>5}  {distribution:12}{expected:>10.5f}{found['mean']:>11.5f}"
                f"{found['low']:>12.5f}..{found['high']:.5f}  {'yes' if inside else 'NO'}"
            )
    slope, seconds = 30.0, 200
    ramp = f"{{from: 0, to: {slope * seconds}, over: {seconds}s}}"
    text = TEXT.format(
        capacity=servers, rate=ramp, hold="{mean: 30s, distribution: exponential}", seconds=seconds, seed=6
    )
    runs = [simulate_scenario(parse_scenario(text), replication=k).others["clients"].open for k in range(REPLICATIONS)]
    expected_open = np.array(fluid_ramp(servers, slope, 30.0, seconds))
    error = np.abs(np.mean(runs, axis=0) - expected_open) / np.maximum(expected_open, 1000)
    print(f"ramp to {slope * seconds:,.0f}/s through c = {servers:,}: largest error against the fluid equation "
          f"{error.max():.2%}, at the limit {error[-20:].max():.3%}")  # fmt: skip
