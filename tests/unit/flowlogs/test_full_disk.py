"""Where temporary files have no room, that is said: what could not be copied is never taken for what is not there."""

from __future__ import annotations

import errno
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from narrows.errors import InputError
from narrows.flowlogs import count_connections
from tests.unit.flowlogs.test_bad_input import HEADER, line

MANY = "\n".join([HEADER, *(line(port) for port in range(1024, 21_024))]) + "\n"


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full after 64 KiB of each copy."""
    opened = Path.open

    class Full:
        def __init__(self, out: Any) -> None:
            self._out, self._room = out, 65_536

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self._out.close()

        def close(self) -> None:
            self._out.close()

        def write(self, data: Any) -> int:
            self._room -= len(data)
            if self._room < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(self._out.write(data))

    def open_(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        out = opened(path, mode, *rest, **named)
        return Full(out) if path.name.startswith("copy-") and "w" in mode else out

    monkeypatch.setattr(Path, "open", open_)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.log.gz", gzip.compress(MANY.encode())[:-30]),
        ("bytes.log", MANY.encode() + b"\xff\n"),
        ("mixed.log", (MANY + HEADER.replace("action log-status", "log-status action") + "\n").encode()),
        ("b\\[1].log", MANY.encode()),
        ("events.json", json.dumps([{"message": one} for one in MANY.splitlines()]).encode()),
    ],
)  # fmt: skip
def test_no_room_for_a_copy_is_an_error_and_no_broken_file(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"temporary files cannot be written: no space left on device.*TMPDIR"):
        count_connections([tmp_path])


def test_no_place_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.log").write_text(MANY)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="temporary files cannot be written: no such file"):
        count_connections([tmp_path / "a.log"])
    odd = tmp_path / "tmp[1]"
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    with pytest.raises(InputError, match="set TMPDIR to another"):
        count_connections([tmp_path / "a.log"])
    assert not list(odd.iterdir())
