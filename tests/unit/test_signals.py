"""Signals that end a command: what each leaves, says and exits with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import indent

import pytest

from narrows.scratch import hold

_PATIENCE = 60.0
_PROGRAM = """
import os, signal, sys, time, types
from narrows.cli import main
from narrows.cli.commands import COMMANDS
from narrows.scratch import scratch_folder
from narrows.signals import held

def wait():
    with scratch_folder("test"):
{body}

module = types.ModuleType("narrows.cli.wait")
module.wait = wait
sys.modules[module.__name__] = module
COMMANDS["wait"] = "A command of a test."
main(["wait"])
"""

SWALLOWING = """
print('begun', flush=True)
while True:
    try:
        time.sleep(600)
    except BaseException:
        pass
"""
"""What no interrupt ends."""


def started(body: str, room: Path, before: str = "") -> subprocess.Popen[str]:
    """A command that does this in a scratch folder below ``room``, once it said that it has begun."""
    program = _PROGRAM.format(body="\n".join("        " + line for line in body.strip("\n").splitlines()))
    process = subprocess.Popen(
        ["sh", "-c", f'{before} exec "$0" "$@"', sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(room)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    assert process.stdout is not None
    assert process.stderr is not None
    # Not ``communicate``: what came with the first line is in the buffer already.
    with process:
        out, err = process.stdout.read(), process.stderr.read()
        return process.wait(_PATIENCE), out, err


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hung up"),
    ],
)
def test_a_command_ends_with_one_line_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int, word: str
) -> None:
    process = started("print('begun', flush=True); time.sleep(600)", tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(number)
    assert ended(process) == (code, "", f"narrows: {word}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_code_that_swallows_interrupts_is_ended_all_the_same(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = started(SWALLOWING, tmp_path)
    process.send_signal(number)
    began = time.monotonic()
    assert ended(process)[0] == code
    assert time.monotonic() - began < 30
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stays", [False, True])
def test_folders_made_for_a_case_go_with_a_command_that_is_cut_off(tmp_path: Path, stays: bool) -> None:
    """Those in which nothing else has come to stand meanwhile."""
    target = tmp_path / "new" / "deep" / "case"
    body = f"""
from narrows.writing.folder import new_folder
with new_folder({str(target)!r}) as fresh:
    (fresh / "case.yaml").touch()
    if {stays}:
        (fresh.parent.parent / "somebody's").touch()
{indent(SWALLOWING, "    ")}
"""
    process = started(body, tmp_path)
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "", "narrows: interrupted\n")
    assert [path.name for path in tmp_path.rglob("*")] == (["new", "somebody's"] if stays else [])


def test_an_interrupt_that_a_finaliser_swallowed_comes_again(tmp_path: Path) -> None:
    body = """
class Slow:
    def __del__(self):
        print('begun', flush=True)
        time.sleep(600)
try:
    Slow()
    time.sleep(600)
finally:
    print('unwound', flush=True)
"""
    process = started(body, tmp_path)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, "unwound\n", "narrows: terminated\n")


def test_a_second_sigterm_does_not_cut_off_the_clearing_up(tmp_path: Path) -> None:
    body = """
try:
    print('begun', flush=True)
    time.sleep(600)
finally:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    print('cleared up', flush=True)
"""
    process = started(body, tmp_path)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, "cleared up\n", "narrows: terminated\n")


def test_a_block_that_is_held_is_not_interrupted(tmp_path: Path) -> None:
    body = """
with held():
    os.kill(os.getpid(), signal.SIGTERM)
    print('begun', flush=True)
    print('whole', flush=True)
print('never', flush=True)
"""
    assert ended(started(body, tmp_path)) == (143, "whole\n", "narrows: terminated\n")


@pytest.mark.parametrize(("name", "number"), [("HUP", signal.SIGHUP), ("INT", signal.SIGINT)])
def test_what_nohup_or_the_background_ignores_stays_ignored(tmp_path: Path, name: str, number: signal.Signals) -> None:
    body = f"""
print('begun', flush=True)
os.kill(os.getpid(), signal.{number.name})
with held():
    os.kill(os.getpid(), signal.{number.name})
signal.sigtimedwait([signal.SIGUSR1], 0.1)
print('done', flush=True)
"""
    assert ended(started(body, tmp_path, f"trap '' {name};")) == (0, "done\n", "")


def test_without_the_command_line_a_held_sigterm_ends_the_process_after_the_block() -> None:
    program = (
        "import os, signal\n"
        "from narrows.signals import held\n"
        "with held():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print('whole', flush=True)\n"
        "print('never', flush=True)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGTERM, "whole\n", "")


def test_every_start_removes_the_scratch_folders_of_dead_runs(tmp_path: Path) -> None:
    dead, alive, anothers = (
        tmp_path / f"narrows-{name}" for name in ("flowlogs-" + "0" * 16, "x-" + "1" * 16, "notes")
    )
    for folder in (dead, alive, anothers):
        folder.mkdir()
        (folder / "file").touch()
    holder = hold(alive)
    assert holder is not None
    try:
        command = [sys.executable, "-m", "narrows", "--version"]
        subprocess.run(command, env={**os.environ, "TMPDIR": str(tmp_path)}, check=True, stdout=subprocess.DEVNULL)
    finally:
        os.close(holder)
    assert sorted(tmp_path.iterdir()) == sorted([alive, anothers])


def test_what_takes_its_place_is_not_removed_any_more_when_the_process_is_cut_off(tmp_path: Path) -> None:
    """It was made beside its target, and a lock keeps the two from happening at once."""
    fresh, placed = tmp_path / "fresh", tmp_path / "placed"
    program = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from narrows.scratch import remove_own, removed_if_cut_off, spare\n"
        "fresh, placed = map(Path, sys.argv[1:])\n"
        "fresh.touch()\n"
        "placed.mkdir()\n"
        "with removed_if_cut_off(fresh), removed_if_cut_off(placed):\n"
        "    spare(placed)\n"
        "    remove_own()\n"
        "    late = threading.Thread(target=spare, args=(fresh,), daemon=True)\n"
        "    late.start()\n"
        "    late.join(0.2)\n"
        "    print(late.is_alive())\n"
    )
    command = [sys.executable, "-c", program, str(fresh), str(placed)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
    assert list(tmp_path.iterdir()) == [placed]


def test_where_ending_takes_its_time_a_second_sigterm_gets_through_after_a_while(tmp_path: Path) -> None:
    body = """
from narrows.signals import in_good_order
with in_good_order():
    try:
        print('begun', flush=True)
        time.sleep(600)
    except KeyboardInterrupt:
        os.kill(os.getpid(), signal.SIGTERM)
        print('not by one at the same time', flush=True)
        time.sleep(1.1)
        os.kill(os.getpid(), signal.SIGTERM)
        print('never', flush=True)
"""
    process = started(body, tmp_path)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (143, "not by one at the same time\n", "narrows: terminated\n")
    assert list(tmp_path.iterdir()) == []
