"""Temporary folders: gone after the run, and after the next start where the run was killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from narrows.scratch import hold, remove_dead, scratch_folder

_ANY = re.compile(r"narrows-.*")
_WAITS = """
import sys
from narrows.scratch import scratch_folder

with scratch_folder("test") as folder:
    (folder / "spill").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TMPDIR of the test's own, here and in what it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _start() -> tuple[subprocess.Popen[str], Path]:
    run = subprocess.Popen([sys.executable, "-c", _WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    return run, Path(run.stdout.readline().strip())


def test_it_is_gone_after_the_block_and_after_an_error(room: Path) -> None:
    with scratch_folder("test") as folder:
        (folder / "spill").write_text("x")
        assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(KeyError), scratch_folder("test"):
        raise KeyError
    assert list(room.iterdir()) == []


def test_what_a_killed_run_left_is_removed_at_the_next_start(room: Path) -> None:
    run, left = _start()
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert (left / "spill").exists()
    with scratch_folder("test"):
        assert not left.exists()


def test_what_a_living_run_uses_is_left_alone(room: Path) -> None:
    run, used = _start()
    with scratch_folder("test"):
        assert (used / "spill").exists()
    run.communicate("")
    assert run.returncode == 0
    assert list(room.iterdir()) == []


def test_other_names_links_and_what_is_held_stay(room: Path) -> None:
    own = room / "narrows-own-notes"
    own.mkdir()
    target = room / "target"
    target.mkdir()
    link = room / f"narrows-test-{'0' * 16}"
    link.symlink_to(target)
    held = room / f"narrows-test-{'1' * 16}"
    held.mkdir()
    holder = hold(held)
    assert holder is not None
    with scratch_folder("test"):
        assert own.exists()
        assert target.exists()
        assert link.is_symlink()
        assert held.exists()
    os.close(holder)
    remove_dead(room, _ANY)
    assert not held.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of another user")
def test_another_users_folder_stays(room: Path) -> None:
    other = room / f"narrows-test-{'2' * 16}"
    other.mkdir()
    os.chown(other, 65534, 65534)
    with scratch_folder("test"):
        assert other.exists()


def test_starts_at_the_same_time_never_remove_each_others(room: Path) -> None:
    """Each start looks for dead folders while the others have just made theirs."""
    lost: list[Path] = []

    def start() -> None:
        for _ in range(100):
            with scratch_folder("test") as folder:
                if not folder.exists():
                    lost.append(folder)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    assert list(room.iterdir()) == []
