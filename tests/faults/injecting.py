"""System calls that fail: strace lets the n-th of a command say ENOSPC or EIO instead of doing anything.

Writes are counted in the first thread only, which makes them all: others only wake each other by theirs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.faults.commands import Command, run

CHANGING = (
    "write", "pwrite64", "writev", "pwritev", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "fsync",
    "fdatasync",
    "ftruncate", "fallocate", "link", "linkat", "copy_file_range", "sendfile",
)  # fmt: skip
"""Calls that change what lies on a disk."""
READING = ("read", "pread64", "readv", "preadv")
_CALL = re.compile(r"(\w+)\((.*)")
_PLACE = re.compile(r'<([^>]*)>|"([^"]*)"')


@cache
def why_not() -> str | None:
    """Why no call can be made to fail here; None where they can."""
    if shutil.which("strace") is None:
        return "there is no strace here: tools/system-packages installs it"
    tried = subprocess.run(["strace", "-f", "-qq", "-e", "trace=none", "true"], capture_output=True, text=True)
    return None if tried.returncode == 0 else f"no process may be traced here: {tried.stderr.strip()[:100]}"


@dataclass(frozen=True)
class Call:
    """One call of an undisturbed run: the n-th of its kind."""

    name: str
    number: int
    place: str
    """The file that it is about."""


def calls(command: Command, folder: Path, log: Path) -> list[Call]:
    """The calls by which a command changes files below its folder, or prints to stdout, in their order."""
    ran = run(command, folder, ("strace", "-qq", "-y", "-o", str(log), "-e", f"trace={_listed(CHANGING)}"))
    assert ran.code == 0, ran.err
    found = []
    count: Counter[str] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        name, rest = call.groups()
        count[name] += 1
        place = _PLACE.search(rest)
        where = "" if place is None else place[1] or place[2] or ""
        if (
            rest.startswith("1<")
            or where.startswith(str(folder))
            or (where and not where.startswith(("/", "pipe", "anon", "socket")))
        ):
            found.append(Call(name, count[name], where))
    return found


def failing(call: Call, error: str) -> tuple[str, ...]:
    """What goes before a command so that a call fails."""
    inject = f"inject={call.name}:error={error}:when={call.number}"
    return ("strace", "-qq", "-o", "/dev/null", "-e", f"trace={call.name}", "-e", inject)


def failing_reads(file: Path, number: int) -> tuple[str, ...]:
    """What goes before a command so that the n-th read of a file fails."""
    inject = f"inject={_listed(READING)}:error=EIO:when={number}"
    return ("strace", "-f", "-qq", "-o", "/dev/null", "-P", str(file), "-e", f"trace={_listed(READING)}", "-e", inject)


def _listed(names: tuple[str, ...]) -> str:
    return ",".join(names)
