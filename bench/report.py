"""The report: how long it takes as a command, how large the page is, and when a browser has painted it."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.chromium import CHROMIUM, open_page

SCENARIOS = Path(__file__).parent.parent / "examples" / "scenarios"
CASES = (
    ("act 1", "launch-load-test", ()),
    ("act 2, flow logs", "eight-addresses", ("--flow-logs", "v5")),
)
TIMES = 5
SECONDS, KILOBYTES, MILLISECONDS = 1.5, 1000, 300
"""What is wanted; the seconds are for act 1."""
_PAINTED = "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0] ?? null"


def _narrows(*words: str) -> float:
    """Seconds of one command in a process of its own."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "narrows", *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _paints(page: Path) -> Sequence[float]:
    """Milliseconds to the first paint, each time in a new browser; nothing where there is none."""
    if CHROMIUM is None:
        return ()
    found = []
    for _ in range(TIMES):
        with open_page() as opened:
            opened.open(page)
            opened.until(f"({_PAINTED}) !== null")
            found.append(float(opened.value(_PAINTED)))
    return found


def main() -> None:
    print(f"{'case':18}{'':20}{'median':>9}{'fastest':>9}{'slowest':>9}{'wanted':>9}{'of it':>8}")
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        for name, scenario, options in CASES:
            case, page = Path(folder) / scenario, Path(folder) / f"{scenario}.html"
            _narrows("simulate", str(SCENARIOS / f"{scenario}.yaml"), "--out", str(case), *options)
            proven = [_narrows("report", str(case), "--out", str(page)) for _ in range(TIMES)]
            size = page.stat().st_size / 1000
            unproven = [_narrows("report", str(case), "--out", str(page), "--no-proof") for _ in range(TIMES)]
            rows: list[tuple[str, Sequence[float], float]] = [
                ("narrows report, s", proven, SECONDS),
                ("  --no-proof, s", unproven, SECONDS),
                ("page, kB", [size], KILOBYTES),
                ("first paint, ms", _paints(page), MILLISECONDS),
            ]
            for what, values, wanted in rows:
                if not values:
                    print(f"{name:18}{what:20}{'no chromium here':>27}")
                    continue
                middle = statistics.median(values)
                print(
                    f"{name:18}{what:20}{middle:>9.2f}{min(values):>9.2f}{max(values):>9.2f}"
                    f"{f'< {wanted:g}':>9}{middle / wanted:>8.2f}"
                )
