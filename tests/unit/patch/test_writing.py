"""A patch written in its place: all or nothing, whatever stands in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.patch.model import FileChange, Patch, write

_CHANGED = FileChange("main.tf", b"old\n", b"new\n")
_NEW = FileChange("narrows/main.tf", None, b"added\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_bytes(b"old\n")
    return tmp_path


def _content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_all_files_are_written_and_nothing_else_is_left(folder: Path) -> None:
    (folder / "main.tf").chmod(0o640)
    write(Patch((_CHANGED, _NEW)), str(folder))
    assert _content(folder) == {"main.tf": b"new\n", "narrows/main.tf": b"added\n"}
    assert (folder / "main.tf").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (FileChange("a.tf", b"what it was", b"x"), "is gone since it was read"),
        (FileChange("main.tf/a.tf", None, b"x"), "file exists"),
        (FileChange("../a.tf", None, b"x"), "leads out of the folder"),
        (FileChange("there.tf", None, b"x"), "has come to be there"),
        (FileChange("there.tf", b"else", b"x"), "has changed since it was read"),
        (FileChange("link.tf", b"old\n", b"x"), "is a symbolic link"),
        (FileChange("read-only.tf", b"mine", b"x"), "is read-only"),
    ],
)
def test_nothing_is_written_where_one_file_cannot_be(folder: Path, other: FileChange, problem: str) -> None:
    (folder / "there.tf").write_bytes(b"mine")
    (folder / "link.tf").symlink_to("main.tf")
    (folder / "read-only.tf").write_bytes(b"mine")
    (folder / "read-only.tf").chmod(0o444)
    before = _content(folder)
    for files in ((_CHANGED, _NEW, other), (other, _CHANGED, _NEW)):
        with pytest.raises(InputError, match=problem):
            write(Patch(files), str(folder))
        assert _content(folder) == before
        assert not (folder / "narrows").exists()


def test_files_that_were_written_go_back_where_the_last_one_cannot(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that changes at the last moment, between the first look and its own turn."""
    (folder / "last.tf").write_bytes(b"mine")
    whole = os.link

    def link(source: Path, target: Path, *, follow_symlinks: bool) -> None:
        whole(source, target, follow_symlinks=follow_symlinks)
        if source.name == "last.tf":
            source.write_bytes(b"else")

    monkeypatch.setattr(os, "link", link)
    files = (_CHANGED, _NEW, FileChange("last.tf", b"mine", b"x"))
    with pytest.raises(InputError, match="has changed since it was read"):
        write(Patch(files), str(folder))
    assert _content(folder) == {"main.tf": b"old\n", "last.tf": b"else"}


_WRITES = """
import sys
from narrows.patch.model import FileChange, Patch, write
from narrows.signals import handled
files = tuple(FileChange(f"{n}.tf", b"old\\n" * 1000, b"new\\n" * 1000) for n in range(40))
print("ready", flush=True)
with handled():
    try:
        write(Patch(files), sys.argv[1])
    except KeyboardInterrupt:
        pass
"""


@pytest.mark.parametrize("wait", [0, 0.002, 0.005, 0.01, 0.02])
def test_ctrl_c_leaves_the_old_files_or_the_new_ones(tmp_path: Path, wait: float) -> None:
    for number in range(40):
        (tmp_path / f"{number}.tf").write_bytes(b"old\n" * 1000)
    with subprocess.Popen([sys.executable, "-c", _WRITES, tmp_path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(wait)
        process.send_signal(signal.SIGINT)
        process.wait(20)
    contents = set(_content(tmp_path).values())
    assert contents in ({b"old\n" * 1000}, {b"new\n" * 1000})
    assert len(_content(tmp_path)) == 40
