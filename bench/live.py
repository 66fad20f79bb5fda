"""Random incidents in a live account: is what is collected from it what it was made of?"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from narrows.aws.policy import Use, needed
from oracles.incidents import make_incident, stage
from oracles.live.as_account import as_account
from oracles.live.compare import Judgement, Verdict, answers, copy_what_people_know, denied_by, in_question, judge

_ACTIONS = tuple(one.action for one in needed(Use.COLLECT) if one.service != "sts")


def _one(seed: int, deny_one: bool) -> tuple[int, Judgement, float]:
    """Play an incident, collect it, and compare: the differences, and the seconds that collecting took.

    Args:
        deny_one: one permission is missing, another one with each seed.
    """
    from tests.aws.collecting import CREDENTIALS, collected, window_of
    from tests.aws.server import AwsServer, Faults

    os.environ.update(CREDENTIALS)
    with tempfile.TemporaryDirectory(prefix="narrows-live-") as folder:
        served, case = Path(folder) / "served", Path(folder) / "case"
        stage(make_incident(seed), served)
        as_account(served)
        copy_what_people_know(served, case)
        denied = denied_by(served)
        if deny_one:
            denied |= {_ACTIONS[seed % len(_ACTIONS)]}
        began = time.monotonic()
        with AwsServer(served, faults=Faults(denied=denied, is_unsure=True)) as server:
            collected(server, case, in_question(served), window_of(served))
        seconds = time.monotonic() - began
        return seed, judge(answers(served), answers(case)), seconds


def run(words: Sequence[str]) -> None:
    """Run with the words of a command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--incidents", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--deny-one", action="store_true", help="one permission is missing in each")
    asked = parser.parse_args(words)
    seeds = range(asked.first, asked.first + asked.incidents)
    with ProcessPoolExecutor(2) as pool:
        _tell(pool.map(partial(_one, deny_one=asked.deny_one), seeds), len(seeds))


def _tell(results: Iterable[tuple[int, Judgement, float]], count: int) -> None:
    counted: Counter[Verdict] = Counter()
    spent = 0.0
    for seed, judgement, seconds in results:
        spent += seconds
        counted[judgement.verdict] += 1
        if judgement.verdict is not Verdict.SAME:
            print(f"incident {seed}: {judgement.verdict.value}")
            for line in judgement.differences[:5]:
                print(f"  {line}")
        sys.stdout.flush()
    print(f"collected from the account that {count} incidents were made into, and diagnosed and planned:")
    for verdict in Verdict:
        print(f"  {counted[verdict]:>4}  {verdict.value}")
    print(f"{spent / count:.1f} s to collect one")


def main() -> None:
    run([])


if __name__ == "__main__":
    run(sys.argv[1:])
