"""Cases of thousands of functions: seconds and memory of whole commands, each beside the former size."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.big_cases import BigCase

SIZES = (625, 1_250, 2_500, 5_000)
"""Functions, in 200 subnets, all of them in question."""
WANTED = {"diagnose": 3.0, "report --no-proof": 10.0}
"""Seconds at the largest size."""
_PEAK = "2000000"


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    seconds: float
    """Of the processor."""
    wall: float
    mib: float
    """The most memory at a time."""


def cost(*command: str) -> Cost:
    """Run a command in a process of its own. Raises ``RuntimeError`` where it fails: a plan may not hold (1)."""
    began = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "narrows", *command],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise RuntimeError(f"narrows {' '.join(command)} failed")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)


def main() -> None:
    """Print the table."""
    print(f"{'command':22}{'functions':>10}{'CPU s':>9}{'ratio':>7}{'wall s':>9}{'MiB':>8}{'wanted':>9}")
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        cases = {size: str(BigCase(functions=size).write(Path(folder) / f"case-{size}")) for size in SIZES}
        out = str(Path(folder) / "report.html")
        for name, options in (
            ("diagnose", ("--json",)),
            ("plan", ("--peak", _PEAK, "--json")),
            ("plan --check", ("--peak", _PEAK, "--check")),
            ("report --no-proof", ("--out", out)),
        ):
            before: Cost | None = None
            for size in SIZES:
                words = name.split()
                now = cost(words[0], cases[size], *words[1:], *options)
                ratio = "" if before is None else f"{now.seconds / before.seconds:.2f}"
                wanted = f"< {WANTED[name]:g} s" if name in WANTED and size == SIZES[-1] else ""
                print(
                    f"{name:22}{size:>10,}{now.seconds:>9.2f}{ratio:>7}{now.wall:>9.2f}{now.mib:>8,.0f}{wanted:>9}",
                    flush=True,
                )
                before = now
