"""The name of a file is a name: no engine takes it for a pattern, an address or a place of its own."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows.case.flow_log_fields import DEFAULT_FORMAT
from narrows.errors import InputError
from narrows.flowlogs import Answer, count_connections
from tests.unit.flowlogs.test_bad_input import HEADER, LINES, line

ODD = [
    "a[1].log", "*.log", "?.log", "{a,b}.log", "quo'te\".log", "new\nline.log", "$HOME;x.log", "-rf.log", "~root.log",
    "year=2024.log", "back\\slash.log", "s3:/bucket.log", "**/in.log", "a[!b]/in.log", os.fsdecode(b"caf\xe9.log"),
    os.fsdecode(b"\xff\xfe/in.log"),
]  # fmt: skip


def used(answer: Answer) -> int:
    return answer.to_json()["records"]["used"]


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_a_name_is_no_pattern(tmp_path: Path, name: str) -> None:
    """Beside files that it would fit, were it one."""
    odd = tmp_path / name
    odd.parent.mkdir(parents=True, exist_ok=True)
    odd.write_text(text(LINES[0]))
    for other in ("a1.log", "b.log", "a.log", "x/in.log", "ac/in.log"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / other).write_text(text(*LINES[1:]))
    assert used(count_connections([odd])) == 1
    assert used(count_connections([tmp_path])) == 1 + 5 * (len(LINES) - 1)


@pytest.mark.parametrize("name", ["a[1].parquet", "*.parquet", os.fsdecode(b"\xff.parquet")], ids=ascii)
def test_nor_is_that_of_a_parquet_file(tmp_path: Path, name: str) -> None:
    for file, count in ((name, 1), ("a1.parquet", 5)):
        rows = [one.split() for one in LINES[:count]]
        columns = {field.replace("-", "_"): [row[k] for row in rows] for k, field in enumerate(DEFAULT_FORMAT)}
        with (tmp_path / file).open("wb") as out:
            pq.write_table(pa.table(columns), out)
    assert used(count_connections([tmp_path / name])) == 1
    assert used(count_connections([tmp_path])) == 6


@pytest.mark.parametrize("name", ["c5=22", "c2=eni-2", "words=1", "line=abc", "filename=x"])
def test_a_folder_that_looks_like_a_column(tmp_path: Path, name: str) -> None:
    """Of a table in Hive's layout, whose folders hold values. AWS's own hold nothing that a record does not."""
    for folder, lines in ((name, LINES), (f"odd/{name}", ["not a record", *LINES])):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.log").write_text(text(*lines))
    answer = count_connections([tmp_path])
    assert used(answer) == 2 * len(LINES)
    assert {(key.interface, key.port) for key in answer.keys} == {("eni-1", 443)}


def test_a_folder_that_looks_like_an_address_below_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("~", "http:", "file:"):
        Path(folder).mkdir()
        Path(folder, "in.log").write_text(text(*LINES))
        assert used(count_connections([f"{folder}/in.log"])) == len(LINES)


def test_the_user_sees_his_own_name(tmp_path: Path) -> None:
    (tmp_path / "whole.log").write_text(text(*LINES))
    (tmp_path / "a[1].log").write_bytes(text(*LINES).encode() + b"\xff\n")
    (tmp_path / "b[1].log.gz").write_bytes(b"\x1f\x8b\x08 this is not gzip")
    (tmp_path / "c[1].parquet").write_bytes(b"PAR1 and then nothing")
    answer = count_connections([tmp_path])
    assert used(answer) == 2 * len(LINES)
    (flag,) = [flag["text"] for flag in answer.quality if flag["id"] == "unreadable"]
    assert "b[1].log.gz" in flag
    assert "c[1].parquet" in flag
    assert "copy-" not in flag


def test_what_is_no_file_is_said_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "whole.log").write_text(text(*LINES))
    os.mkfifo(tmp_path / "pipe.log")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        (tmp_path / "device.log").symlink_to("/dev/zero")
        (tmp_path / "loop.log").symlink_to("loop.log")
        (tmp_path / "again").symlink_to(tmp_path)
        answer = count_connections([tmp_path])
    assert used(answer) == len(LINES)
    (flag,) = [flag["text"] for flag in answer.quality if flag["id"] == "unreadable"]
    for words in (
        "pipe.log: is a pipe", "/s: is a socket", "device.log: is a link that leads outside",
        "loop.log: too many levels", "again: is a link to a folder",
    ):  # fmt: skip
        assert words in flag
    with pytest.raises(InputError, match=r"pipe\.log: is a pipe, not a file"):
        count_connections([tmp_path / "pipe.log"])


def test_folders_within_folders(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(100):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (folder / "deep.log").write_text(text(*LINES))
    (tmp_path / "whole.log").write_text(text(line(1)))
    answer = count_connections([tmp_path])
    assert used(answer) == 1
    assert any("folders deep" in flag["text"] for flag in answer.quality)


def test_spark_takes_a_name_for_a_name(tmp_path: Path) -> None:
    from narrows.flowlogs.names import PlainNames

    room = tmp_path / "room"
    room.mkdir()
    names = PlainNames(room)
    for name in ODD:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(LINES[0]))
        plain = names.of(str(file))
        assert not set(plain) & set("*?[]{}\\\n")
        assert Path(plain).read_text() == text(LINES[0])
        assert names.true(plain) == str(file)
