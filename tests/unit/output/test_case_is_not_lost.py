"""A case is replaced only where everything in it is as narrows wrote it; whatever else lies there stays."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows import target
from narrows.case import check_target, new_case
from narrows.errors import InputError
from narrows.writing.folder import new_folder

EXAMPLES = Path(__file__).parents[3] / "examples"
SCENARIO, CASE = EXAMPLES / "scenarios" / "launch-load-test.yaml", EXAMPLES / "cases" / "nat-churn"
OLD, NEW = {"case.yaml": "old", "truth.json": "{}", "ec2/vpcs.json": "[]"}, {"case.yaml": "new", "truth.json": "{}"}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write a case of these files, as a command does."""
    with new_folder(folder) as place:
        for name, text in files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(text)


def tree(folder: Path) -> dict[str, str]:
    """Every file of a folder but the list of what narrows wrote."""
    return {
        file.relative_to(folder).as_posix(): file.read_text()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "written.json"
    }


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case that narrows wrote."""
    write(tmp_path / "case", OLD)
    return tmp_path / "case"


def add(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("mine")

    return change


def grow(folder: Path) -> None:
    (folder / "case.yaml").write_text("old, with what I found out")


def same_size(folder: Path) -> None:
    (folder / "case.yaml").write_text("OLD")


def make_folder(folder: Path) -> None:
    (folder / "evidence").mkdir()


def link(folder: Path) -> None:
    (folder / "case.yaml").unlink()
    (folder / "case.yaml").symlink_to(folder / "truth.json")


def link_a_folder(folder: Path) -> None:
    (folder / "more").symlink_to(folder.parent)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (add("notes.md"), "case/notes.md: is not what narrows wrote into this case"),
        (add("callers/mine.log"), "case/callers: is a folder that narrows did not make"),
        (add("ec2/nat-gateways.json"), "case/ec2/nat-gateways.json: is not what narrows wrote into this case"),
        (add(".hidden"), "case/.hidden: is not what narrows wrote into this case"),
        (grow, "case/case.yaml: was changed since narrows wrote it"),
        (same_size, "case/case.yaml: was changed since narrows wrote it"),
        (make_folder, "case/evidence: is a folder that narrows did not make"),
        (link, "case/case.yaml: is not what narrows wrote into this case"),
        (link_a_folder, "case/more: is not what narrows wrote into this case"),
    ],
)
def test_what_somebody_put_or_changed_there_is_refused_by_name_and_stays(
    case: Path, change: Callable[[Path], None], complaint: str
) -> None:
    change(case)
    before = tree(case)
    for begin in (check_target, lambda folder: write(folder, NEW)):
        with pytest.raises(InputError, match=complaint):
            begin(case)
    assert tree(case) == before
    assert [one.name for one in case.parent.iterdir()] == ["case"]


def test_a_case_without_a_list_is_not_replaced(case: Path) -> None:
    (case / "written.json").unlink()
    with pytest.raises(InputError, match=r"case: holds no written\.json, which says what narrows wrote there"):
        write(case, NEW)
    assert tree(case) == OLD


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 1}', "[" * 100_000, '{"files": {"case.yaml": 1}}'])
def test_a_broken_list_is_one_line(case: Path, content: str) -> None:
    (case / "written.json").write_text(content)
    with pytest.raises(InputError, match=r"written\.json: is not the list of what narrows wrote|case/.*narrows"):
        write(case, NEW)
    assert tree(case) == OLD


@pytest.mark.parametrize("name", ["../mine.txt", "{parent}/mine.txt", "link/mine.txt", "link", "."])
def test_no_name_of_a_strangers_list_leads_out_of_its_folder(case: Path, name: str) -> None:
    mine = case.parent / "mine.txt"
    mine.write_text("mine")
    listed = json.loads((case / "written.json").read_text())
    name = name.format(parent=case.parent)
    listed["files"][name] = {"bytes": 4, "sha256": "2d1be36a7b95ba55a5cafa5d17d7a19aedd19df4c20b1a4a6a1ef0ec1d8c2a58"}
    (case / "written.json").write_text(json.dumps(listed))
    if name.startswith("link"):
        (case / "link").symlink_to(case.parent)
        with pytest.raises(InputError, match="case/link: is not what narrows wrote"):
            write(case, NEW)
    else:
        write(case, NEW)
    assert mine.read_text() == "mine"


def test_a_link_is_neither_followed_nor_replaced(case: Path) -> None:
    away = case.parent / "link"
    away.symlink_to(case)
    (case.parent / "nowhere").symlink_to(case.parent / "absent")
    for one in (away, case.parent / "nowhere"):
        with pytest.raises(InputError, match="is a symbolic link; name what it leads to"):
            write(one, NEW)
    assert away.is_symlink()
    assert tree(case) == OLD


@pytest.mark.parametrize("here", ["", "ec2"])
@pytest.mark.parametrize("named", ["absolute", "relative"])
def test_the_folder_that_one_stands_in_is_not_replaced(
    case: Path, monkeypatch: pytest.MonkeyPatch, here: str, named: str
) -> None:
    """The shell would stand in one that is gone, and show an empty folder."""
    monkeypatch.chdir(case / here)
    with pytest.raises(InputError, match="is where you stand, and would be replaced; name it from outside"):
        write(case if named == "absolute" else Path(".." if here else "."), NEW)
    assert tree(case) == OLD


@pytest.mark.parametrize("there", [OLD, {}])
def test_who_may_look_into_the_old_one_may_look_into_the_new(tmp_path: Path, there: dict[str, str]) -> None:
    folder = tmp_path / "private"
    if there:
        write(folder, there)
    else:
        folder.mkdir()
    folder.chmod(0o700)
    write(folder, NEW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert tree(folder) == NEW


@pytest.mark.parametrize("planted", [{"case.yaml": "x", "truth.json": "x"}, {"notes.md": "x"}])
def test_what_only_looks_like_a_dead_runs_old_one_takes_no_place(tmp_path: Path, planted: dict[str, str]) -> None:
    old = target._beside(tmp_path / "case", "old")
    old.mkdir()
    for name, text in planted.items():
        (old / name).write_text(text)
    write(tmp_path / "case", NEW)
    assert tree(tmp_path / "case") == NEW
    assert tree(old) == planted


def test_a_mount_point_is_known_before_the_run(tmp_path: Path) -> None:
    """A volume of a container; also one of the same file system, and a file."""
    mount = "mkdir a b && mount --bind a b && touch c d && mount --bind c d"
    for command, named in (("simulate %s --out b", "b"), ("report %s --out d", "d")):
        what = SCENARIO if command.startswith("simulate") else CASE
        line = f"{mount} && {sys.executable} -m narrows {command % what}"
        done = subprocess.run(
            ["unshare", "--mount", "--map-root-user", "sh", "-c", f"rm -rf a b c d; {line}"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == (
            f"narrows: {named}: is a mount point, which cannot be replaced; name something inside it\n"
        )


def test_what_is_put_there_during_the_run_is_not_lost(case: Path) -> None:
    def run() -> None:
        with new_folder(case) as place:
            (place / "case.yaml").write_text("new")
            (case / "notes.md").write_text("mine")

    with pytest.raises(InputError, match=r"case/notes\.md: is not what narrows wrote"):
        run()
    assert tree(case) == {**OLD, "notes.md": "mine"}


def test_what_is_put_there_at_the_last_moment_is_not_lost(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = target._renameat2

    def late(source: Path, place: Path, how: int) -> bool:
        monkeypatch.setattr(target, "_renameat2", rename)
        (place / "notes.md").write_text("mine")
        return rename(source, place, how)

    monkeypatch.setattr(target, "_renameat2", late)
    with pytest.raises(InputError, match=r"case/notes\.md: is not what narrows wrote"):
        write(case, NEW)
    assert tree(case) == {**OLD, "notes.md": "mine"}
    assert os.listdir(case.parent) == ["case"]  # noqa: PTH208


def test_a_run_says_at_its_start_that_another_is_writing_there(tmp_path: Path) -> None:
    with new_folder(tmp_path / "case") as place:
        (place / "case.yaml").write_text("first")
        with (
            pytest.raises(InputError, match="case: another run of narrows is writing it; wait until it has ended"),
            new_case(tmp_path / "case"),
        ):
            pass
        with new_folder(tmp_path / "another") as beside:
            (beside / "case.yaml").write_text("another")
    assert tree(tmp_path) == {"case/case.yaml": "first", "another/case.yaml": "another"}


@pytest.mark.parametrize("name", ["x" * 300, "a/" + "x" * 300, "x\0y"])
def test_a_name_that_cannot_be_is_known_before_the_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"file name too long|is not a valid file name"), new_folder(tmp_path / name):
        pytest.fail("the run began")
    assert list(tmp_path.iterdir()) == []


def test_a_name_as_long_as_the_file_system_takes_is_written(tmp_path: Path) -> None:
    write(tmp_path / ("x" * 255), NEW)
    assert [len(one.name) for one in tmp_path.iterdir()] == [255]
