"""One number for one thing: where surfaces disagree over 300 random networks, with evidence taken away at random, and
over 60 with the lines of the sensor inside the functions."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from oracles.networks import stage
from tests.agreement.contradictions import contradictions
from tests.agreement.sensed import compare_sensed
from tests.agreement.surfaces import surfaces

NETWORKS = 300
WITH_SENSOR = 60
FIRST_SEED = 5_000
"""Rules are worked out on other seeds (below this one)."""


@dataclass(frozen=True)
class Compared:
    """One network's case."""

    seed: int
    numbers: int
    """Intervals that were compared."""
    lines: tuple[str, ...]
    """Every disagreement."""


def compare(seed: int) -> Compared:
    """Play the network of a seed, and ask every surface about its case."""
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        staged = stage(seed, Path(folder) / "case")
        shown = surfaces(staged.folder)
        return Compared(seed, len(shown.readings), tuple(contradictions(shown, staged.truth)))


def compare_with_sensor(seed: int) -> Compared:
    """The same with the sensor's lines in the case."""
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        one = compare_sensed(seed, Path(folder))
        return Compared(seed, one.numbers, one.lines)


def print_compared(compared: Sequence[Compared]) -> None:
    """How many networks agree in everything, and each class of disagreement with its first seeds."""
    agree = sum(not one.lines for one in compared)
    numbers = sum(one.numbers for one in compared)
    print(f"{len(compared)} networks, {numbers:,} intervals; no surface disagrees: {agree}")
    by_class: dict[str, list[tuple[int, str]]] = {}
    for one in compared:
        for line in one.lines:
            by_class.setdefault(line.partition(":")[0], []).append((one.seed, line))
    for name, found in sorted(by_class.items()):
        seeds = sorted({seed for seed, _ in found})
        print(f"{name}: {len(found)} in {len(seeds)} networks {seeds[:5]}\n    {found[0][1][:150]}")


def main() -> None:
    """Print the figures."""
    first = int(os.environ.get("NARROWS_BENCH_FIRST_SEED", FIRST_SEED))
    count = int(os.environ.get("NARROWS_BENCH_NETWORKS", NETWORKS))
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        print_compared(list(pool.map(compare, range(first, first + count), chunksize=4)))
        seeds = range(first, first + min(count, WITH_SENSOR))
        print("\nwith the sensor inside functions:")
        print_compared(list(pool.map(compare_with_sensor, seeds, chunksize=4)))
    sys.stdout.flush()
