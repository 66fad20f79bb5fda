"""A case is there whole or not at all, and nothing else is ever overwritten."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from narrows import target
from narrows.case import check_target, read_case, write_case
from narrows.errors import InputError
from tests.unit.case.recordings import recording_of


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_an_older_case_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    write_case(recording_of(seconds=60), folder)
    (folder / "callers" / "outcomes.parquet").unlink()
    write_case(recording_of(seconds=120), folder)
    assert len(read_case(folder).metrics.series[0].times) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["case"]


def test_an_empty_folder_is_filled_and_parents_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_case(recording_of(), tmp_path / "empty")
    write_case(recording_of(), tmp_path / "a" / "b" / "case")
    assert tree(tmp_path / "empty") == tree(tmp_path / "a" / "b" / "case")


@pytest.mark.parametrize("name", ["notes.txt", "ec2/subnets.json"])
def test_a_folder_with_something_else_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "mine" / name
    file.parent.mkdir(parents=True)
    file.write_text("mine", encoding="utf-8")
    refusal = "is not empty, and holds no case; name a new or empty folder"
    with pytest.raises(InputError, match=refusal):
        check_target(tmp_path / "mine")
    with pytest.raises(InputError, match=refusal):
        write_case(recording_of(), tmp_path / "mine")
    assert tree(tmp_path) == {f"mine/{name}": b"mine"}


def test_collected_evidence_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "incident"
    folder.mkdir()
    (folder / "case.yaml").write_text("schema: 1", encoding="utf-8")
    with pytest.raises(InputError, match="holds evidence that was collected"):
        write_case(recording_of(), folder)
    assert tree(folder) == {"case.yaml": b"schema: 1"}


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="file: is not a folder"):
        check_target(tmp_path / "file")
    with pytest.raises(InputError, match="file: is not a folder"):
        check_target(tmp_path / "file" / "case")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("at", ["outcomes.write_outcomes", "truth.truth", "about.case_yaml"])
def test_an_interruption_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], at: str
) -> None:
    def interrupt(*_: object) -> None:
        raise error

    write_case(recording_of(seconds=60), tmp_path / "old")
    before = tree(tmp_path)
    monkeypatch.setattr(f"narrows.writing.{at.split('.')[1]}", interrupt)
    for folder in (tmp_path / "old", tmp_path / "new", tmp_path / "deep" / "new"):
        with pytest.raises(error):
            write_case(recording_of(), folder)
    assert tree(tmp_path) == before
    assert [one.name for one in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("exchange", [True, False], ids=["exchange", "two renames"])
def test_an_error_while_folders_change_places_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    write_case(recording_of(seconds=60), tmp_path / "case")
    before = tree(tmp_path)
    if exchange:
        monkeypatch.setattr(target, "_renameat2", fault)
    else:
        monkeypatch.setattr(target, "_renameat2", lambda *_: False)
        rename = Path.rename
        monkeypatch.setattr(Path, "rename", lambda old, new: fault() if old.suffix == ".new" else rename(old, new))
    with pytest.raises(InputError, match="case: input/output error"):
        write_case(recording_of(), tmp_path / "case")
    assert tree(tmp_path) == before


def fault(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_a_case_is_replaced_also_where_names_cannot_be_exchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "_renameat2", lambda *_: False)
    for seconds in (60, 120):
        write_case(recording_of(seconds=seconds), tmp_path / "case")
        assert len(read_case(tmp_path / "case").metrics.series[0].times) == seconds // 60
    assert [one.name for one in tmp_path.iterdir()] == ["case"]


def test_ctrl_c_waits_while_folders_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_case(recording_of(seconds=60), tmp_path / "case")
    rmtree = shutil.rmtree

    def impatient(path: Path, ignore_errors: bool = False) -> None:
        signal.raise_signal(signal.SIGINT)
        rmtree(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", impatient)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        write_case(recording_of(seconds=120), tmp_path / "case")
    assert signal.getsignal(signal.SIGINT) is handler
    assert [one.name for one in tmp_path.iterdir()] == ["case"]
    assert len(read_case(tmp_path / "case").metrics.series[0].times) == 2


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("narrows.writing.write_outcomes", full)
    with pytest.raises(InputError, match="case: no space left on device"):
        write_case(recording_of(), tmp_path / "case")
    assert list(tmp_path.iterdir()) == []
