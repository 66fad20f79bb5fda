"""500 random incidents redacted: does narrows say the same of them, and does anything of the original stand in them?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from oracles.incidents import make_incident, stage
from oracles.incidents.world import incidents
from oracles.redaction import compare

INCIDENTS = 500
PLAYED_EVERY = 5
"""Of five incidents one is played by the simulator, with outcomes as Parquet; the others are as people have them."""


def drawn(count: int) -> Iterator[tuple[str, Callable[[Path], Path]]]:
    """Incidents by name, each with what writes its case into a folder."""
    world = incidents("seen")
    stride = max(1, len(world) * PLAYED_EVERY // (count * (PLAYED_EVERY - 1)))
    of_people = iter(world[::stride] + world)
    for number in range(count):
        if number % PLAYED_EVERY == 0:
            yield f"seed {number}", lambda folder, seed=number: stage(make_incident(seed), folder).folder  # type: ignore[misc]
        else:
            one = next(of_people)
            yield f"{one.family}.{one.name}", lambda folder, one=one: one.case().write(folder)  # type: ignore[misc]


def run(words: Sequence[str]) -> None:
    """Run with the words of a command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.redact", description=__doc__)
    parser.add_argument("--count", type=int, default=INCIDENTS)
    asked = parser.parse_args(words)
    found: Counter[str] = Counter()
    replaced: Counter[str] = Counter()
    for name, write in drawn(asked.count):
        with tempfile.TemporaryDirectory(prefix="narrows-redact-") as folder:
            one = compare(write(Path(folder) / "case"), Path(folder) / "redacted")
        found["different" if one.different else "equal"] += 1
        found["leaks"] += len(one.leaks)
        replaced += one.done.replaced
        for line in (*one.different[:2], *one.leaks[:5]):
            print(f"  {name}: {line}")
    print(f"{asked.count:,} incidents: {found['equal']:,} equal, {found['different']:,} different; "
          f"{found['leaks']:,} things of the original in a redacted case")  # fmt: skip
    print("replaced: " + ", ".join(f"{count:,} {kind}" for kind, count in replaced.most_common()))
    sys.stdout.flush()


def main() -> None:
    run([])


if __name__ == "__main__":
    run(sys.argv[1:])
