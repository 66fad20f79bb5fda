"""Bytes of a live connection, and cost from 10^4 to 10^7 connections: both should stay flat."""

from __future__ import annotations

from bench._scenarios import pool
from bench.kernel import run_kernel
from narrows.simulate.memory import bytes_of_connections


def main() -> None:
    run_kernel(pool(10, 1, 5))
    print(f"{'connections':>12}{'events':>14}{'seconds':>10}{'ns/event':>10}{'M events/s':>12}{'bytes/connection':>18}")
    for environments in (100, 316, 1000, 3162, 10_000):
        for per_environment in (100, 1000):
            wanted = environments * per_environment
            if not (wanted in (10_000, 31_600, 100_000, 316_200, 1_000_000) and per_environment == 100) and not (
                per_environment == 1000 and wanted >= 3_162_000
            ):
                continue
            seconds, memory = run_kernel(pool(environments, per_environment, environments // 100 + 61))
            live = int(memory.clients["open"].sum())
            events = int(memory.scalars["events"][0])
            used = int(memory.scalars["used"][0])
            print(f"{live:>12,}{events:>14,}{seconds:>10.3f}{seconds / events * 1e9:>10.1f}"
                  f"{events / seconds / 1e6:>12.1f}{bytes_of_connections(memory) / used:>18.1f}")  # fmt: skip
