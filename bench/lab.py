"""The lab at full size: connect rate with and without its tables, 440,000 connections, and the three acts, exactly.

``python -m bench lab`` takes about ten minutes and 4 GB; ``NARROWS_BENCH_REPEAT=1`` plays each act once.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from narrows.lab import Options, run_lab
from narrows.recording import Outcome, Recording
from narrows.scenario import load_scenario, parse_scenario

_AT_ONCE = 1000.0
"""A speed at which all environments start within a tenth of a second."""
_ACTS = (("launch-load-test", 55_000), ("eight-addresses", 65_000), ("second-subnet", 90_000))
_SCENARIOS = Path(__file__).parents[1] / "examples" / "scenarios"
_STORM = """
name: storm
vpc:
  subnets: {subnets}
  nat_gateways: {{nat: {{addresses: {addresses}}}}}
destinations: {{cache: {{port: 443}}}}
functions:
  f:
    subnets: {names}
    security_groups: [sg]
    connections: [{{to: cache, per_environment: 10, connect_timeout: {timeout}s}}]
demand: {{f: {{environments: {{from: 0, to: {environments}, per_10s: 1000}}}}}}
duration: 600s
"""


def storm(connections: int, enis: int, addresses: int, *, tables: bool = True, speed: float = _AT_ONCE) -> Recording:
    """As many connections as fast as they go."""
    names = [f"s{number}" for number in range(enis)]
    text = _STORM.format(
        subnets="{" + ", ".join(f"{name}: {{az: a, route: nat}}" for name in names) + "}",
        names="[" + ", ".join(names) + "]",
        addresses=addresses,
        environments=connections // 10,
        timeout=15,
    )
    return run_lab(parse_scenario(text, "storm"), Options(speed=speed, tables=tables))


def seconds_until(recording: Recording, share: float) -> float:
    """Seconds from the first planned connect until a share of those that were established had been."""
    outcomes = recording.outcomes
    ended = outcomes.ended[outcomes.outcome == Outcome.ESTABLISHED]
    return float(np.sort(ended)[int(len(ended) * share) - 1]) / 1e6 if len(ended) else float("nan")


def main() -> None:
    """Print the figures."""
    _rates()
    _largest()
    _acts(int(os.environ.get("NARROWS_BENCH_REPEAT", "5")))


def _rates() -> None:
    print("65,000 connections through one ENI and a NAT gateway with two addresses, as fast as they go:")
    rates: dict[bool, list[float]] = {True: [], False: []}
    for tables in (True, False) * 3:
        recording = storm(65_000, 1, 2, tables=tables)
        opened = int(recording.functions["f"].open.max())
        most, whole = seconds_until(recording, 0.95), seconds_until(recording, 1.0)
        rates[tables].append(0.95 * opened / most)
        with_or_without = "with both tables" if tables else "without tables "
        print(f"  {with_or_without}  {opened:,} in {whole:.2f} s; 95 % in {most:.2f} s: {rates[tables][-1]:,.0f}/s")
    ratio = max(rates[True]) / max(rates[False])
    print(f"  connect rate with the tables: {ratio:.0%} of that without (best of 3 each, alternating)")


def _largest() -> None:
    recording = storm(444_000, 7, 8, speed=27.0)
    opened = int(recording.functions["f"].open.max())
    memory = float(str(recording.extra["memory_bytes"]))
    print(
        f"444,000 attempts, 7 ENIs, 8 addresses: {opened:,} established; 99 % of them in "
        f"{seconds_until(recording, 0.99):.1f} s, all in {seconds_until(recording, 1.0):.1f} s; "
        f"{memory / 1e9:.2f} GB, {memory / opened / 1e3:.1f} kB each"
    )


def _acts(times: int) -> None:
    for name, wanted in _ACTS:
        scenario = load_scenario(_SCENARIOS / f"{name}.yaml")
        reached = [int(run_lab(scenario, Options(speed=10.0)).functions["storefront"].open.max()) for _ in range(times)]
        exact = sum(one == wanted for one in reached)
        print(f"{name}: {', '.join(f'{one:,}' for one in reached)} established; {wanted:,} in {exact} of {times}")


if __name__ == "__main__":
    main()
