"""Killed at any moment: what stood there is whole, or the new is; the next start leaves nothing else."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from narrows import scratch, target
from narrows.case import check_target
from narrows.errors import InputError
from narrows.scratch import remove_if_dead
from narrows.target_file import begins_with, new_file
from narrows.writing import written
from tests.unit.output.test_case_is_not_lost import NEW, OLD, tree, write

MOMENTS = ("open", "os.", "shutil.", "fcntl.", "ctypes.")
"""Audit events: a run is killed before each of these once."""


def killed(work: Callable[[], None], moment: int) -> bool:
    """Do some work in a process that is killed at its n-th call of the system; False where it was done before."""
    process = os.fork()
    if process == 0:
        left = [moment]

        def count(event: str, _: object) -> None:
            if event.startswith(MOMENTS):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def start_anew(work: Callable[[], None]) -> None:
    """The next start of a command that writes there, which is ended before it wrote anything."""
    with suppress(KeyboardInterrupt):
        work()


def interrupted_case(folder: Path) -> None:
    from narrows.writing.folder import new_folder

    with new_folder(folder):
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two renames"])
def test_a_case_is_the_old_or_the_new_one_and_nothing_else_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr(target, "_renameat2", lambda *_: False)
    seen, moment, was_killed = set(), 0, True
    while was_killed:
        moment += 1
        place = tmp_path / str(moment)
        place.mkdir()
        write(place / "case", OLD)
        was_killed = killed(lambda place=place: write(place / "case", NEW), moment)  # type: ignore[misc]
        if exchange:
            assert tree(place / "case") in (OLD, NEW), moment
        start_anew(lambda place=place: interrupted_case(place / "case"))  # type: ignore[misc]
        assert [one.name for one in place.iterdir()] == ["case"], moment
        assert tree(place / "case") in (OLD, NEW), moment
        seen.add(tree(place / "case")["case.yaml"])
    assert seen == {"old", "new"}
    assert moment > 20


@pytest.mark.parametrize("there", [True, False], ids=["replaced", "new"])
def test_a_file_is_the_old_or_the_new_one_and_nothing_else_is_left(tmp_path: Path, there: bool) -> None:
    def work(file: Path, text: bytes) -> None:
        with new_file(file, begins_with(b"mine ")) as stream:
            stream.write(text)

    moment, was_killed, file = 0, True, tmp_path / "0"
    while was_killed:
        moment += 1
        file = tmp_path / str(moment) / "file"
        file.parent.mkdir()
        if there:
            work(file, b"mine old")
        was_killed = killed(lambda file=file: work(file, b"mine new"), moment)  # type: ignore[misc]
        assert not file.exists() or file.read_bytes() in (b"mine old", b"mine new")
        assert file.exists() or not there
        start_anew(lambda file=file: interrupted_file(file.with_name("another")))  # type: ignore[misc]
        assert [one.name for one in file.parent.iterdir()] == (["file"] if file.exists() else [])
    assert file.read_bytes() == b"mine new"
    assert moment > 5


def interrupted_file(file: Path) -> None:
    with new_file(file, begins_with(b"")):
        raise KeyboardInterrupt


def test_a_case_that_another_run_replaces_while_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its list is of the old one and its files are the new one's: that is nobody's change."""
    folder = tmp_path / "case"
    write(folder, OLD)
    described = written._described

    def after_another_run(path: Path) -> dict[str, Any]:
        monkeypatch.setattr(written, "_described", described)
        write(folder, NEW)
        return described(path)

    monkeypatch.setattr(written, "_described", after_another_run)
    check_target(folder)
    assert tree(folder) == NEW


def test_a_folder_that_another_start_takes_for_a_dead_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made, and not held yet: the other removes it, and this one makes it again."""
    mkdir = Path.mkdir

    def taken_at_once(path: Path) -> None:
        monkeypatch.setattr(Path, "mkdir", mkdir)
        path.mkdir()
        remove_if_dead(path)

    monkeypatch.setattr(Path, "mkdir", taken_at_once)
    with target.claimed(tmp_path / "case", target.make_folder, "case") as (fresh, _):
        assert fresh.is_dir()


@pytest.mark.slow
def test_of_runs_that_start_at_once_one_writes_and_the_others_say_so(tmp_path: Path) -> None:
    for turn in range(20):
        folder = tmp_path / f"case-{turn}"
        gate, opened = os.pipe()
        done, told = os.pipe()
        runs = []
        for number in range(6):
            process = os.fork()
            if process == 0:
                code = b"?"
                try:
                    os.close(opened)
                    os.read(gate, 1)
                    write(folder, {"case.yaml": str(number), "truth.json": str(number)})
                    code = b"w"
                except InputError as error:
                    code = b"s" if "another run of narrows is writing it" in str(error) else b"?"
                finally:
                    os.write(told, code)
                    os._exit(0)
            runs.append(process)
        os.close(gate)
        os.close(opened)
        for process in runs:
            os.waitpid(process, 0)
        os.close(told)
        said = os.read(done, 100).decode()
        os.close(done)
        assert set(said) <= {"w", "s"}, said
        assert "w" in said
        assert len(set(tree(folder).values())) == 1
    assert {one.name for one in tmp_path.iterdir()} == {f"case-{turn}" for turn in range(20)}


def test_what_is_being_removed_still_goes_with_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that did not unwind in time is cut off from another thread, at any moment of its clearing up."""
    remove = target._remove
    registered = []

    def looked_at(path: Path) -> None:
        registered.append(path in scratch._own)
        remove(path)

    monkeypatch.setattr(target, "_remove", looked_at)
    with suppress(KeyboardInterrupt):
        interrupted_case(tmp_path / "case")
    assert registered == [True]
    assert not [one for one in scratch._own if one.is_relative_to(tmp_path)]
    assert not list(tmp_path.iterdir())


def test_what_an_interrupt_kept_from_being_removed_goes_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(path: Path, holder: int) -> None:
        os.close(holder)
        raise KeyboardInterrupt

    monkeypatch.setattr(target, "_give_up", interrupt)
    with suppress(KeyboardInterrupt):
        interrupted_case(tmp_path / "case")
    (left,) = tmp_path.iterdir()
    assert [one for one in scratch._own if one.is_relative_to(tmp_path)] == [left]
    monkeypatch.setattr(scratch, "_cutting_off", threading.Lock())
    scratch.remove_own()
    assert not list(tmp_path.iterdir())
    scratch._own.discard(left)
