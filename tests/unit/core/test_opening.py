"""What somebody else named is opened only where it is a regular file, and is read only so far."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.opening import open_regular, read_whole, size


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_bytes(b"schema: 1\n")
    assert read_whole(file, 10) == b"schema: 1\n"


def test_a_file_of_one_byte_more_is_refused_with_the_bound(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_bytes(b"x" * 2049)
    with pytest.raises(InputError, match=r"case.yaml: is larger than 2 KiB, the most that is read; ask for less"):
        read_whole(file, 2048, "ask for less")


def test_a_pipe_is_refused_and_nobody_waits_for_a_writer(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    os.mkfifo(file)
    with pytest.raises(InputError, match=r"case.yaml: is a pipe, not a file"):
        open_regular(file)


def test_a_socket_a_device_and_a_folder_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(file))
        with pytest.raises(InputError, match=r"is a socket, not a file"):
            open_regular(file)
    with pytest.raises(InputError, match=r"/dev/zero: is a device, not a file"):
        open_regular("/dev/zero")
    with pytest.raises(InputError, match=r"is a folder, not a file"):
        open_regular(tmp_path)


def test_a_pipe_that_takes_the_files_place_after_the_look_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, file = tmp_path / "pipe", tmp_path / "file"
    os.mkfifo(pipe)
    file.write_text("x")
    look = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path: look(file if path == pipe else path))
    with pytest.raises(InputError, match=r"is a pipe, not a file"):
        open_regular(pipe)


@pytest.mark.parametrize("name", ["no/such/file", "a\0b", "x" * 300])
def test_what_cannot_be_opened_is_one_line(name: str) -> None:
    with pytest.raises(InputError) as error:
        open_regular(name)
    assert error.value.file == name
    assert error.value.problem in ("no such file or directory", "is not a valid file name", "file name too long")


def test_a_size_is_shown_in_the_largest_unit_that_it_is_whole_in() -> None:
    assert [size(count) for count in (0, 1000, 1024, 256 * 2**20, 2**31)] == [
        "0 bytes", "1,000 bytes", "1 KiB", "256 MiB", "2 GiB",
    ]  # fmt: skip
