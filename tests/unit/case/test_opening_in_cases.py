"""A case is opened within its own folder, and only files of it: no pipe, no device, no link that leads out."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError
from narrows.report.truth_file import read_truth
from narrows.scenario import load_scenario
from tests.unit.case.cases import case_at, query, small

FILES = (
    "case.yaml", "ec2/subnets.json", "lambda/functions.json", "service-quotas.json", "cloudwatch/n.results.json",
    "cloudwatch/n.queries.json",
)  # fmt: skip


def whole(folder: Path) -> Path:
    return case_at(
        folder,
        {**small(), "cloudwatch/n.queries.json": [query()], "cloudwatch/n.results.json": {"MetricDataResults": []}},
    )


def said_of(folder: Path) -> str:
    """The error that a case is, or all that is said of its evidence."""
    try:
        return "; ".join(note.text for note in read_case(folder).notes)
    except InputError as error:
        return str(error)


def replaced(folder: Path, file: str) -> Path:
    path = folder / file
    path.unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("file", FILES)
def test_pipes_sockets_and_folders_are_not_opened(tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = whole(tmp_path / "case")
    os.mkfifo(replaced(folder, file))
    assert re.search("is a pipe|not a regular file", said_of(folder))
    place = replaced(folder, file)
    monkeypatch.chdir(place.parent)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(place.name)
    assert re.search("is a socket|not a regular file", said_of(folder))
    replaced(folder, file).mkdir()
    if file != "service-quotas.json":  # a folder of this name is no file of the case
        assert re.search("is a folder|a folder inside this one is not looked into", said_of(folder))


@pytest.mark.parametrize("made", ["pipe", "device", "outside"])
def test_the_truth_is_a_file_of_the_case(tmp_path: Path, made: str) -> None:
    case = read_case(whole(tmp_path / "case"))
    truth = tmp_path / "case" / "truth.json"
    if made == "pipe":
        os.mkfifo(truth)
    else:
        (tmp_path / "else.json").write_text("{}", encoding="utf-8")
        truth.symlink_to("/dev/zero" if made == "device" else tmp_path / "else.json")
    with pytest.raises(InputError, match="is a pipe" if made == "pipe" else "leads outside the case"):
        read_truth(case)


@pytest.mark.parametrize("made", ["pipe", "socket"])
def test_a_scenario_and_its_trace_are_files(tmp_path: Path, made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if made == "pipe":
        os.mkfifo(tmp_path / "s.yaml")
    else:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("s.yaml")
    with pytest.raises(InputError, match=f"is a {made}, not a file"):
        load_scenario("s.yaml")


def test_nothing_outside_is_opened_even_where_a_link_takes_the_place_of_a_folder_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening, where only a test can be sure to be."""
    folder = whole(tmp_path / "case")
    secret = tmp_path / "else"
    secret.mkdir()
    (secret / "subnets.json").write_text('{"Subnets": []}', encoding="utf-8")
    looked = os.path.realpath
    opened: list[str] = []

    def swap(path: str | os.PathLike[str], **more: bool) -> str:
        found = looked(path, **more)
        if os.fspath(path).endswith("subnets.json") and not (folder / "ec2").is_symlink():
            (folder / "ec2").rename(folder / "ec2-before")
            (folder / "ec2").symlink_to(secret)
        return found

    really = os.open

    def watch(path: str | os.PathLike[str], flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        handle = really(path, flags, mode, dir_fd=dir_fd)
        opened.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        return handle

    place = CaseFolder(folder)
    monkeypatch.setattr(os.path, "realpath", swap)
    monkeypatch.setattr(os, "open", watch)
    with pytest.raises(InputError):
        place.open(folder / "ec2" / "subnets.json")
    monkeypatch.undo()
    assert (folder / "ec2").is_symlink()
    assert opened
    assert not [one for one in opened if one.startswith(str(secret))]


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    folder = whole(tmp_path / "case")
    (folder / "ec2" / "subnets.json").rename(folder / "ec2" / "real")
    (folder / "ec2" / "subnets.json").symlink_to("real")
    assert "subnet-1" in read_case(folder).topology.network.subnets


def test_a_file_that_is_larger_than_it_said_is_read_no_further(tmp_path: Path) -> None:
    """It grows after its size was asked for: ``/proc`` has files that say 0 and hold more."""
    folder = CaseFolder(case_at(tmp_path / "case", {"x": "abcdef"}))
    with pytest.raises(InputError, match="is larger than 5 bytes, the most that is read"):
        folder.read(folder.root / "x", 5)
