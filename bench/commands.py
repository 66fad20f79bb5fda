"""Whole commands as a user waits for them: a cold process each, what was compiled before is there."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCENARIO = Path(__file__).parent.parent / "examples" / "scenarios" / "launch-load-test.yaml"
TIMES = 7


def _median(*command: str) -> tuple[float, float, float]:
    """Median, fastest and slowest seconds of a command."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), min(taken), max(taken)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        case = str(Path(folder) / "case")
        subprocess.run(
            [sys.executable, "-m", "narrows", "simulate", str(SCENARIO), "--out", case],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        rows = (
            ("python, doing nothing", None, ("-c", "pass")),
            ("narrows --help", 0.2, ("-m", "narrows", "--help")),
            ("narrows simulate, act 1", 2.0, ("-m", "narrows", "simulate", str(SCENARIO), "--json")),
            ("narrows diagnose, act 1", 0.5, ("-m", "narrows", "diagnose", case, "--json")),
            ("narrows plan, act 1", None, ("-m", "narrows", "plan", str(SCENARIO), "--json")),
        )
        print(f"{'command':28}{'median':>9}{'fastest':>9}{'slowest':>9}{'wanted':>9}")
        for words, wanted, command in rows:
            median, fastest, slowest = _median(*command)
            goal = "" if wanted is None else f"< {wanted:g}"
            print(f"{words:28}{median:>9.3f}{fastest:>9.3f}{slowest:>9.3f}{goal:>9}")
