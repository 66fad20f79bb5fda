"""``python -m bench.kills [TIMES] [COMMAND...]``: end every command at random moments, and look what is left.

Each is ended by SIGINT, SIGTERM and SIGKILL, TIMES each (200), at a moment of its run that the seed chooses. After the
first two it must be gone within two seconds; after all three no process may be left, and each target is whole, as it
was before or as it was to be. Ten such runs follow each other, each over what those before left; then the same command
runs to its end, as a user's next start would, and after that nothing may be left: no temporary folder, nothing beside a
target.

    --jobs=N       runs at once (2)
    --record=FILE  keep each run's result there, and go on where an earlier start was ended
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from bench._left_over import MARK, mounts, processes_left, sysctls

SCENARIO = """
name: kills
vpc: {subnets: {a: {az: a, route: nat}}, nat_gateways: {nat: {addresses: 1}}}
destinations: {cache: {port: 443}}
functions:
  f: {subnets: [a], security_groups: [sg], connections: [{to: cache, per_environment: 10, connect_timeout: 2s}]}
demand: {f: {environments: {from: 0, to: 40, over: 1s}}}
duration: 2s
"""
COMMANDS = {
    "limits": "limits --json",
    "simulate": "simulate scenario.yaml --out simulate/case",
    "simulate-logs": "simulate scenario.yaml --out simulate-logs/case --flow-logs v5",
    "diagnose": "diagnose case --json",
    "flowlogs": "flowlogs --case case --parquet flowlogs/minutes.parquet",
    "plan": "plan scenario.yaml --prove --out plan/widened.yaml",
    "plan-lab": "plan scenario.yaml --lab --out plan-lab/widened.yaml",
    "report": "report case --out report/report.html",
    "lab": "lab scenario.yaml --out lab/case",
    "demo": "demo --out demo/demo",
}
"""Each writes into a folder of its own name, beside which nothing else is."""
SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}
MUST_END = 2.0
_PATIENCE = 120.0
_CHAIN = 10
"""Runs that are ended, one after the other, before a start that is not."""
_LATEST = 5.0
"""Seconds of a run in which it is ended. What comes later in the demo is the lab, which ``plan-lab`` has too: the first
of a chain is ended anywhere in it."""
_LONG = ("demo",)
"""What is not run to its end at the next start, but interrupted."""


@dataclass(frozen=True)
class Kill:
    """What came of one."""

    command: str
    signal: str
    number: int
    after: float
    """Seconds from the start."""
    code: int
    seconds: float
    """From the signal to the end."""
    left: list[str]
    """What was there afterwards and should not have been, or was not and should have been."""


class Room:
    """A folder in which one run at a time happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lengths: dict[str, float] = {}
        for name in ("tmp", "cache", *COMMANDS):
            (folder / name).mkdir()
        (folder / "scenario.yaml").write_text(SCENARIO)
        self._run("simulate scenario.yaml --out case --flow-logs v5")

    def prepare(self, command: str) -> None:
        """Run it once to its end: how long it takes, and what it writes."""
        if command not in self.lengths:
            began = time.monotonic()
            self._run(COMMANDS[command])
            self.lengths[command] = time.monotonic() - began

    def kills(self, command: str, name: str, numbers: list[int]) -> Iterator[Kill]:
        """End runs one after the other, then start the next, and look; what is left then is told with the last."""
        self.prepare(command)
        for number in numbers:
            kill = self._kill(command, name, number)
            if number == numbers[-1]:
                kill.left.extend(self._next_start(command))
                kill.left.extend(f"left: {one}" for one in self._extra(command))
            yield kill

    def _kill(self, command: str, name: str, number: int) -> Kill:
        mark = uuid.uuid4().hex
        latest = self.lengths[command] if number % _CHAIN == 0 else min(self.lengths[command], _LATEST)
        after = random.Random(f"{command}/{name}/{number}").uniform(0.0, latest)
        before = _tree(self.folder / command)
        code, seconds, said = self._end(command, mark, after, SIGNALS[name])
        left = processes_left(mark)
        if name != "SIGKILL":
            left += [f"{seconds:.1f} s to end"] if seconds > MUST_END else []
            left += [] if _is_in_order(code, said, SIGNALS[name]) else [f"exit code {code}: {said.strip()[-200:]}"]
        left += [f"broken: {one}" for one in self._broken(command, before)]
        return Kill(command, name, number, round(after, 3), code, round(seconds, 3), left)

    def _end(self, command: str, mark: str, after: float, number: int) -> tuple[int, float, str]:
        with self._start(COMMANDS[command], mark) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(after)
            sent = time.monotonic()
            process.send_signal(number)
            try:
                _, said = process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                _, said = process.communicate()
            return process.returncode, time.monotonic() - sent, said

    def _next_start(self, command: str) -> list[str]:
        """What a user does next: the same again. It removes what those before left."""
        mark = uuid.uuid4().hex
        whole = command not in _LONG
        code, _, said = self._end(command, mark, _PATIENCE if whole else _LATEST, signal.SIGINT)
        wrong = code != 0 if whole else not _is_in_order(code, said, signal.SIGINT)
        return [f"the next start: {code}: {said.strip()[-200:]}"] * wrong + processes_left(mark)

    def _broken(self, command: str, before: dict[str, str]) -> Iterator[str]:
        """Targets that are neither as before nor whole."""
        now = _tree(self.folder / command)
        # What begins with a dot is no target but what a run before left beside it, for the next start to remove.
        for target in sorted({Path(one).parts[0] for one in before if not one.startswith(".")}):
            old = {name: digest for name, digest in before.items() if Path(name).parts[0] == target}
            new = {name: digest for name, digest in now.items() if Path(name).parts[0] == target}
            # The demo writes one case and report after the other.
            if new != old and command != "demo" and (set(new) != set(old) or "" in new.values()):
                yield target

    def _extra(self, command: str) -> Iterator[str]:
        yield from (str(one) for one in (self.folder / "tmp").iterdir())
        yield from (
            str(one) for one in (self.folder / "cache").rglob("*") if ".part" in one.name or ".tmp." in one.name
        )
        hidden = (one for one in (self.folder / command).rglob("*") if one.name.startswith(".") and not _is_own(one))
        yield from map(str, hidden)

    def _run(self, command: str) -> None:
        with self._start(command, "none") as process:
            _, said = process.communicate()
        if process.returncode:
            raise SystemExit(f"narrows {command}: {process.returncode}: {said}")

    def _start(self, command: str, mark: str) -> subprocess.Popen[str]:
        more = {"TMPDIR": str(self.folder / "tmp"), "XDG_CACHE_HOME": str(self.folder / "cache"), MARK: mark}
        return subprocess.Popen(
            [sys.executable, "-m", "narrows", *command.split()],
            cwd=self.folder,
            env={**os.environ, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def _is_in_order(code: int, said: str, number: int) -> bool:
    """Whether a command ended as it should; before narrows begins, Python ends in its own ways."""
    of_python = "Traceback" in said or "init_import_site" in said
    if code == -number or (of_python and not re.search(r'File ".*/narrows/', said)):
        return True
    return code in (0, 128 + number) and "Traceback" not in said


def _is_own(path: Path) -> bool:
    """Whether a hidden file is one that the case writer lists its files in."""
    return path.parent.name == "case" and path.is_file() and path.suffix != ".new"


def _tree(folder: Path) -> dict[str, str]:
    """Files with their digests, empty ones with none."""
    found = {}
    for one in sorted(folder.rglob("*")):
        with suppress(OSError):
            if one.is_file():
                content = one.read_bytes()
                found[str(one.relative_to(folder))] = hashlib.sha256(content).hexdigest() if content else ""
    return found


@contextmanager
def rooms(count: int) -> Iterator[SimpleQueue[Room]]:
    """So many rooms, for as many runs at once."""
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        free: SimpleQueue[Room] = SimpleQueue()
        for number in range(count):
            Path(folder, str(number)).mkdir()
            free.put(Room(Path(folder, str(number))))
        yield free


def main() -> None:
    """Kill, look, and print a table."""
    # A shell starts what it puts into the background with SIGINT ignored, which what is started here would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    words = sys.argv[1:]
    times = next((int(one) for one in words if one.isdigit()), 200)
    commands = [one for one in words if one in COMMANDS] or list(COMMANDS)
    options = dict(one.removeprefix("--").split("=", 1) for one in words if one.startswith("--") and "=" in one)
    record = Path(options["record"]) if "record" in options else None
    done = [] if record is None or not record.exists() else [Kill(**json.loads(line)) for line in record.open()]
    wanted = {(command, name, number) for command in commands for name in SIGNALS for number in range(times)}
    kills = [one for one in done if (one.command, one.signal, one.number) in wanted]
    missing = wanted - {(one.command, one.signal, one.number) for one in done}
    chains: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for command, name, number in sorted(missing):
        chains[number // _CHAIN, command, name].append(number)
    before, writing = (sysctls(), mounts()), threading.Lock()
    jobs = int(options.get("jobs", "2"))

    def keep(kill: Kill) -> None:
        with writing:
            kills.append(kill)
            if kill.left:
                words = "; ".join(kill.left)
                print(f"{kill.command} {kill.signal} {kill.number} after {kill.after} s: {words}", flush=True)
            if record is not None:
                with record.open("a") as lines:
                    lines.write(json.dumps(asdict(kill)) + "\n")

    def run(command: str, name: str, numbers: list[int], free: SimpleQueue[Room]) -> None:
        room = free.get()
        try:
            for kill in room.kills(command, name, numbers):
                keep(kill)
        finally:
            free.put(room)

    with rooms(jobs) as free, ThreadPoolExecutor(jobs) as pool:
        # By chains, not by commands: those of the lab mostly wait, and others can work meanwhile.
        for job in [pool.submit(run, *chain[1:], numbers, free) for chain, numbers in sorted(chains.items())]:
            job.result()
    _print(kills)
    changed = [name for name, value in sysctls().items() if before[0].get(name) != value]
    print(
        f"sysctls that changed: {changed or 'none'}; mounts that changed: {'yes' if mounts() != before[1] else 'none'}"
    )
    if changed or any(one.left for one in kills):
        raise SystemExit(1)


def _print(kills: list[Kill]) -> None:
    groups: dict[tuple[str, str], list[Kill]] = defaultdict(list)
    for one in sorted(kills, key=lambda one: (list(COMMANDS).index(one.command), list(SIGNALS).index(one.signal))):
        groups[one.command, one.signal].append(one)
    print(f"{'command':16}{'signal':9}{'kills':>6}{'in its run':>12}{'longest to end':>16}{'left over':>11}")
    for (command, name), group in groups.items():
        met = sum(one.code != 0 for one in group)
        longest = max(one.seconds for one in group)
        left = sum(bool(one.left) for one in group)
        print(f"{command:16}{name:9}{len(group):>6}{met:>12}{longest:>14.2f} s{left:>11}")


if __name__ == "__main__":
    main()
