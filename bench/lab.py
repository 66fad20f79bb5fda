"""The lab as fast and as large as it goes: connect rate with and without its tables, and 440,000 connections.

``python -m bench lab`` takes two minutes and 4 GB. ``bench lab_acts`` plays the incident.
"""

from __future__ import annotations

import resource

import numpy as np

from narrows.lab import Options, run_lab
from narrows.recording import Outcome, Recording
from narrows.scenario import parse_scenario

_AT_ONCE = 1000.0
"""A speed at which all environments start within a tenth of a second."""
_LARGEST_AT = 27.0
"""A speed at which 44,400 environments start within 16 seconds."""
_TIMES = 3
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


def megabytes(recording: Recording) -> float:
    """What a run took of the machine's memory, both ends and all tables included."""
    return float(str(recording.extra["memory_bytes"])) / 1e6


def main() -> None:
    """Print the figures."""
    _rates()
    _largest()


def _rates() -> None:
    print("65,000 connections through one ENI and a NAT gateway with two addresses, as fast as they go:")
    rates: dict[bool, list[float]] = {True: [], False: []}
    costs: dict[bool, list[float]] = {True: [], False: []}
    for tables in (True, False) * _TIMES:
        before = _processor_seconds()
        recording = storm(65_000, 1, 2, tables=tables)
        opened = int(recording.functions["f"].open.max())
        most, whole = seconds_until(recording, 0.95), seconds_until(recording, 1.0)
        rates[tables].append(0.95 * opened / most)
        costs[tables].append((_processor_seconds() - before) / opened)
        with_or_without = "with both tables" if tables else "without tables "
        print(
            f"  {with_or_without}  {opened:,} in {whole:.2f} s; 95 % in {most:.2f} s: {rates[tables][-1]:,.0f}/s; "
            f"{1e6 * costs[tables][-1]:.0f} microseconds of processor time each"
        )
    ratio = max(rates[True]) / max(rates[False])
    print(f"  connect rate with the tables: {ratio:.0%} of that without (best of {_TIMES} each, alternating)")
    # On a machine that others use too, what the processor did says more than the clock.
    print(f"  by processor time: {min(costs[False]) / min(costs[True]):.0%}")


def _largest() -> None:
    before = _processor_seconds()
    recording = storm(444_000, 7, 8, speed=_LARGEST_AT)
    opened = int(recording.functions["f"].open.max())
    each = (_processor_seconds() - before) / opened
    print(
        f"444,000 attempts, 7 ENIs, 8 addresses: {opened:,} established; 99 % of them in "
        f"{seconds_until(recording, 0.99):.1f} s, all in {seconds_until(recording, 1.0):.1f} s; "
        f"{megabytes(recording) / 1e3:.2f} GB, {1e3 * megabytes(recording) / opened:.1f} kB each; "
        f"{1e6 * each:.0f} microseconds of processor time each"
    )
    print(f"  each second: {', '.join(f'{one:,}' for one in recording.functions['f'].open.tolist()[:30])}")


def _processor_seconds() -> float:
    """Of all processes that this one has waited for, in the kernel as well."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
