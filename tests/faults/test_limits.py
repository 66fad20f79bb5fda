"""Too few descriptors, too little memory, a disk with no room: one line and an exit code, or the whole answer."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.commands import (
    COMMANDS,
    LAB,
    Command,
    Ran,
    command_line,
    environment,
    problems,
    run,
    snapshot,
    without_times,
)

MIB = 1 << 20


@pytest.mark.parametrize("most", [6, 12])
@pytest.mark.parametrize("name", ["diagnose", "flowlogs", "plan"])
def test_too_few_descriptors(
    name: str, most: int, prepared: Path, place: Path, sound: Callable[[Command], Ran]
) -> None:
    ran = run(COMMANDS[name], place, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
    assert problems(COMMANDS[name], ran, snapshot(prepared), sound(COMMANDS[name])) == []


@pytest.mark.parametrize("mebibytes", [40, 250, 500])
@pytest.mark.parametrize("name", ["simulate", "diagnose", "flowlogs", "plan", "report"])
def test_malloc_fails(name: str, mebibytes: int, prepared: Path, place: Path, sound: Callable[[Command], Ran]) -> None:
    most = mebibytes * MIB
    ran = run(COMMANDS[name], place, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))
    assert problems(COMMANDS[name], ran, snapshot(prepared), sound(COMMANDS[name])) == []


def on_a_full_disk(command: Command, prepared: Path, folder: Path, left: int) -> Ran:
    """Run a command in a small file system of its own, of which ``left`` KiB are free. What lies there is copied out
    before the file system is gone with its namespace."""
    shutil.copytree(prepared, folder / "from")
    script = (
        'mount -t tmpfs -o size=32m tmpfs "$1/disk" && cp -a "$1/from/." "$1/disk/" && cd "$1/disk" || exit 77;'
        ' free=$(($(stat -f -c "%a * %S / 1024" .)));'
        f' head -c $(((free - {left}) * 1024)) /dev/zero > "$1/disk/fill" || exit 77; shift; "$@"; code=$?;'
        ' rm "$OUT/disk/fill"; cp -a "$OUT/disk/." "$OUT/after/"; exit $code'
    )
    for name in ("disk", "after"):
        (folder / name).mkdir()
    user = [] if os.geteuid() == 0 else ["-r"]
    done = subprocess.run(
        ["unshare", "-m", *user, "sh", "-c", script, "sh", str(folder), *command_line(command.arguments)],
        env={**environment(folder), "OUT": str(folder), "TMPDIR": str(folder / "disk" / "tmp")},
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()[:100]}")
    return Ran(done.returncode, without_times(done.stdout), done.stderr, snapshot(folder / "after"))


@pytest.mark.parametrize("left", [0, 24])
@pytest.mark.parametrize("name", ["simulate", "flowlogs", "plan"])
def test_a_full_disk(name: str, left: int, prepared: Path, tmp_path: Path, sound: Callable[[Command], Ran]) -> None:
    command = COMMANDS[name]
    ran = on_a_full_disk(command, prepared, tmp_path, left)
    before = snapshot(prepared)
    assert problems(command, ran, before, sound(command)) == []


@pytest.mark.lab
def test_a_full_disk_after_a_run_of_the_lab(prepared: Path, tmp_path: Path) -> None:
    from narrows.lab.doctor import is_possible

    if reason := is_possible():
        pytest.skip(reason)
    ran = on_a_full_disk(LAB, prepared, tmp_path, 24)
    before = snapshot(prepared)
    assert ran.code == 2
    assert problems(LAB, ran, before, Ran(0, "", "", before)) == []
