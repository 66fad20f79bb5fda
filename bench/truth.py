"""Every table of truth of narrows-lambda, one after the other, as Markdown; takes 17 minutes on two cores.

What the sensor says, what reuse does, the sum over 200 real runtimes, the incident by churn, and Node.js's. Exits with
1 where a cell is not true. Ctrl-C leaves nothing behind.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from bench import _truth_tables as tables
from narrows.lab.doctor import is_possible
from tests.alone import why_not_alone
from tests.lab import churn, sums
from tests.node.runtime import INSTALLED
from tests.reuse import truth as reuse
from tests.reuse.clients import CLIENTS as REUSING
from tests.reuse.clients import FUNCTION_TIMEOUT
from tests.sensor import truth as sensor
from tests.sensor.clients import CLIENTS as SENSED

RUNTIMES = 200
_One = TypeVar("_One")


class _Progress:
    """Says on stderr what is done, and since when."""

    def __init__(self, table: str, total: int) -> None:
        self._table, self._total, self._done, self._began = table, total, 0, time.monotonic()
        self._say("begins")

    def __call__(self, name: str) -> None:
        self._done += 1
        self._say(f"{name}, {self._done} of {self._total}")

    def each(self, found: Iterator[_One], name: Callable[[_One], str]) -> list[_One]:
        """All of them, each told of when it comes."""
        kept = []
        for one in found:
            kept.append(one)
            self(name(one))
        return kept

    def _say(self, text: str) -> None:
        sys.stderr.write(f"truth: {self._table}: {text} ({time.monotonic() - self._began:.0f} s)\n")


def main() -> None:
    """Print all tables; exits with 1 where one is not true."""
    without = why_not_alone(["nft", "list", "ruleset"])
    no_lab = is_possible() or (None if shutil.which("redis-server") else "redis-server is not installed")
    parts: tuple[tuple[str, str | None, Callable[[], bool]], ...] = (
        ("The sensor beside the kernel and the servers", without, _sensor),
        ("A connection that died between two invocations", without, _reuse),
        (f"The sensors of {RUNTIMES} real runtimes beside the lab's tables", no_lab, _sums),
        ("The incident by churn", no_lab, _churn),
        ("Node.js: a connection that died between two invocations", _no_node(), _node),
    )
    true = True
    for title, why_not, part in parts:
        print(f"\n## {title}\n", flush=True)
        if why_not is not None:
            print(f"Not played: {why_not}", flush=True)
            continue
        true = part() and true
    if not true:
        raise SystemExit(1)


def _shown(made: tuple[str, tables.Verdict], *notes: str) -> bool:
    table, verdict = made
    print(table, end="\n\n")
    for note in notes:
        print(note)
    print(f"**{verdict}**", flush=True)
    return verdict.true == verdict.cells


def _sensor() -> bool:
    print(f"Over {sensor.INVOCATIONS} invocations and what came before them; held is after the last.\n")
    found = sensor.rows(told=_Progress("sensor", len(SENSED)))
    return _shown(tables.of_sensor(found))


def _reuse() -> bool:
    print(f"Outcome, connections opened (by the kernel), seconds; the function ends after {FUNCTION_TIMEOUT:g} s.\n")
    found = reuse.rows(told=_Progress("reuse", len(REUSING)))
    return _shown(tables.of_reuse(found), *tables.notes_of_reuse(found))


def _sums() -> bool:
    progress = _Progress("sums", len(sums.HOW))
    found = progress.each((sums.summed(how, RUNTIMES) for how in sums.HOW), lambda one: one.how)
    notes = (
        f"{one.how}: {one.killed} runtimes took too long to start and were killed before they could say what they had "
        "opened. Play it while the machine does nothing else."
        for one in found
        if one.killed
    )
    return _shown(tables.of_sums(found), *notes)


def _churn() -> bool:
    progress = _Progress("churn", len(churn.HOW) + churn.PREDICTIONS)

    def named(one: churn.Load | churn.Prediction) -> str:
        return one.how if isinstance(one, churn.Load) else f"planned from {one.made_from}"

    return _shown(tables.of_churn(progress.each(churn.played(), named)))


def _no_node() -> str | None:
    if shutil.which("node") is None:
        return "node is not installed"
    return None if (INSTALLED / "installed").exists() else "its runtimes are not installed: make test-node"


def _node() -> bool:
    return subprocess.run([sys.executable, "-m", "tests.node"], check=False).returncode == 0
