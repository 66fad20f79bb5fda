"""``python -m bench.lab_kills [TIMES]``: kill -9 a process of a running lab at a random moment, and look what is left.

Nothing may be: no process, no namespace, no mount, no changed sysctl. It only ends processes that it started: those
that carry its own mark in their environment.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

from bench._left_over import MARK, marked, mounts, processes_left, sysctls

_SCENARIO = Path(__file__).parents[1] / "examples" / "scenarios" / "launch-load-test.yaml"
_LATEST_KILL = 3.5
_MUST_BE_GONE = 10.0


def main() -> None:
    """Kill, look, and print a line for what was killed when."""
    times = next((int(one) for one in sys.argv[1:] if one.isdigit()), 200)
    rng = random.Random(times)
    left, victims = 0, dict.fromkeys(("command", "keeper", "director", "other"), 0)
    before = sysctls(), mounts()
    for number in range(times):
        mark = uuid.uuid4().hex
        victim = _run_and_kill(mark, rng)
        victims[victim] += 1
        found = processes_left(mark)
        if found:
            left += 1
            print(f"kill {number}: {victim}: left {found}")
    changed = [name for name, value in sysctls().items() if before[0].get(name) != value]
    shown = ", ".join(f"{count} x {name}" for name, count in victims.items())
    print(f"{times} kills ({shown}): {left} left something behind")
    mounted = "yes" if mounts() != before[1] else "none"
    print(f"sysctls that changed: {changed or 'none'}; mounts that changed: {mounted}")
    if left or changed:
        raise SystemExit(1)


def _run_and_kill(mark: str, rng: random.Random) -> str:
    command = [sys.executable, "-m", "narrows", "lab", str(_SCENARIO), "--scale", "0.01", "--speed", "20"]
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(command, env={**os.environ, MARK: mark}, stdout=quiet, stderr=quiet)
    time.sleep(rng.uniform(0.0, _LATEST_KILL))
    own = sorted(process for process in marked(mark) if process != started.pid)
    victim, name = started.pid, "command"
    if own and rng.random() < 0.5:
        victim = rng.choice(own)
        name = {0: "keeper", 1: "director"}.get(own.index(victim), "other")
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    try:
        started.wait(_MUST_BE_GONE)
    except subprocess.TimeoutExpired:
        # The lab went on without the one that was killed: end it as well.
        started.kill()
        started.wait()
    return name


if __name__ == "__main__":
    main()
