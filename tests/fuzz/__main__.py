"""``python -m tests.fuzz``: inputs for every reader, until the time is over; what failed, and how to repeat it."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import Lock

from tests.fuzz.readers import READERS
from tests.fuzz.watch import STOPPED, Finding, Report, campaign

_SLICE = 20.0
"""Seconds of one reader before it is the next one's turn."""
_ENDLESS = 1 << 40


def main() -> int:
    """Run; 1 where anything failed."""
    asked = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: STOPPED.set())
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1 << 40)
    print(f"fuzz: seed {seed}", flush=True)
    names = asked.reader or list(READERS)
    out = Path(asked.out)
    reports = {name: Report(name) for name in names}
    lock = Lock()

    def run(name: str, first: int, count: int, seconds: float) -> None:
        found = campaign(name, first, count, seconds=seconds, minimise=asked.minimise, alone=asked.count == 1)
        with lock:
            for one in found.findings:
                if reports[name].add(one):
                    _say(one, out)
            reports[name].take(found)

    with ThreadPoolExecutor(asked.jobs) as pool:
        if asked.count:
            for done in [pool.submit(run, name, seed, asked.count, 0.0) for name in names]:
                done.result()
        else:
            _in_turns(pool, names, seed, asked.hours * 3600, asked.jobs, run)
    _table(list(reports.values()))
    return 1 if any(one.findings for one in reports.values()) else 0


def _in_turns(pool: ThreadPoolExecutor, names: list[str], seed: int, seconds: float, jobs: int, run: object) -> None:
    assert callable(run)
    until = time.monotonic() + seconds
    turns = cycle(names)
    next_seed = dict.fromkeys(names, seed)
    lock = Lock()

    def take_turns() -> None:
        while (left := until - time.monotonic()) > 1 and not STOPPED.is_set():
            with lock:
                name = next(turns)
                first = next_seed[name]
                next_seed[name] += 1 << 20
            share = READERS[name]().share if len(names) > 1 else 10
            run(name, first, 1 << 20, min(left, _SLICE * share))

    for one in [pool.submit(take_turns) for _ in range(jobs)]:
        one.result()


def _say(one: Finding, out: Path) -> None:
    place = one.write(out)
    first = next((line for line in one.text.splitlines() if line.strip()), "")
    print(f"{one.kind}: {one.reader}: {one.what}: {first[:200]}\n  repeat: {one.repeat}", flush=True)
    if one.files:
        print(f"  input:  {place}", flush=True)


def _table(reports: list[Report]) -> None:
    row = "{:24} {:>10} {:>8} {:>9} {:>13} {:>8} {:>6} {:>7} {:>12}"
    print(row.format(
        "reader", "inputs", "refused", "a second", "a CPU second", "crashes", "hangs", "memory", "peak growth"
    ))  # fmt: skip
    whole = Report("all")
    for one in [*reports, whole]:
        kinds = [finding.kind for finding in one.findings]
        print(row.format(
            one.reader, f"{one.done:,}", f"{one.refused / max(one.done, 1):.0%}",
            f"{one.done / max(one.seconds, 0.01):,.0f}", f"{one.done / max(one.work, 0.01):,.0f}",
            sum(kind in ("crash", "death") for kind in kinds), kinds.count("hang"), kinds.count("memory"),
            f"{(one.peak_kb - one.began_kb) // 1024:,} MiB",
        ), flush=True)  # fmt: skip
        if one is not whole:
            whole.done, whole.refused, whole.seconds = (
                whole.done + one.done,
                whole.refused + one.refused,
                whole.seconds + one.seconds,
            )
            whole.work += one.work
            whole.findings += one.findings
            if one.peak_kb - one.began_kb > whole.peak_kb - whole.began_kb:
                whole.peak_kb, whole.began_kb = one.peak_kb, one.began_kb


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--reader", action="append", choices=sorted(READERS), help="only this one; repeatable")
    parser.add_argument("--seed", type=int, help="of the first input; random when left out, and printed")
    parser.add_argument("--count", type=int, help="inputs for each reader, instead of a time")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--minimise", type=float, default=15.0, help="seconds for making each failing input small")
    parser.add_argument("--out", default="fuzz-findings", help="folder for failing inputs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
