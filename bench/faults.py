"""``python -m bench faults [COMMAND...]``: every write of a command fails once, with ENOSPC and with EIO."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.faults.commands import COMMANDS, Command, prepare, problems, run, snapshot
from tests.faults.injecting import calls, failing, failing_reads, why_not

_MOST_READS = 20
"""Reads of one file that fail, one after the other."""


def main() -> None:
    """Print a line for each command, and one for each fault that a command took badly."""
    if reason := why_not():
        raise SystemExit(reason)
    names = [name for name in sys.argv[1:] if name in COMMANDS] or list(COMMANDS)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="narrows-faults-") as room:
        prepared = prepare(Path(room, "prepared"))
        for name in names:
            wrong += _sweep(COMMANDS[name], prepared, Path(room))
    if wrong:
        raise SystemExit(1)


def _sweep(command: Command, prepared: Path, room: Path) -> int:
    before = snapshot(prepared)
    sound = run(command, _fresh(prepared, room))
    faults = {
        f"{error} at {call.name} {call.number} ({Path(call.place).name})": failing(call, error)
        for call in calls(command, _fresh(prepared, room), room / "calls")
        for error in ("ENOSPC", "EIO")
    }
    place = room / "place"
    faults |= {
        f"EIO at read {number} of {file}": failing_reads(place / file, number)
        for file in command.inputs
        for number in range(1, _MOST_READS + 1)
    }
    codes: Counter[int] = Counter()
    wrong = 0
    for name, prefix in faults.items():
        ran = run(command, _fresh(prepared, room), prefix)
        codes[ran.code] += 1
        if found := problems(command, ran, before, sound):
            wrong += 1
            print(f"  {command.name}: {name}: {'; '.join(found)}", flush=True)
    shown = ", ".join(f"{count} x exit {code}" for code, count in sorted(codes.items()))
    print(f"{command.name:10} {len(faults):4} faults: {shown}; {wrong} taken badly", flush=True)
    return wrong


def _fresh(prepared: Path, room: Path) -> Path:
    shutil.rmtree(room / "place", ignore_errors=True)
    return Path(shutil.copytree(prepared, room / "place"))


if __name__ == "__main__":
    main()
