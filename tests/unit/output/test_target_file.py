"""A file is there whole or not at all, through no link, and over nothing that its command did not write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows import target
from narrows.errors import InputError
from narrows.flowlogs.output import COLUMNS, new_parquet
from narrows.lab.capture import BEGINNING, pcapng
from narrows.report import write_report
from narrows.scenario import load_scenario, parse_scenario
from narrows.scenario.writing import new_scenario_file
from narrows.target_file import begins_with, new_file
from tests.unit.output.hostile import SCENARIO
from tests.unit.report.samples import make_case

OURS = begins_with(b"ours ")


def write(file: Path, text: bytes = b"ours new") -> None:
    with new_file(file, OURS) as stream:
        stream.write(text)


def test_only_what_is_ours_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for text in (b"ours 1", b"ours 2"):
        write(file, text)
        assert file.read_bytes() == text
    file.write_bytes(b"mine")
    with pytest.raises(InputError, match="file: is there already, and is not what this command writes"):
        write(file)
    assert file.read_bytes() == b"mine"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


@pytest.mark.parametrize("text", [b"ours", b"mine", None])
def test_a_link_is_neither_followed_nor_replaced(tmp_path: Path, text: bytes | None) -> None:
    if text is not None:
        (tmp_path / "file").write_bytes(text)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(InputError, match="link: is a symbolic link; name what it leads to"):
        write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").exists() == (text is not None)


def test_what_lies_beside_the_target_in_wait_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    with new_file(tmp_path / "file", OURS):
        (name,) = (one.name for one in tmp_path.iterdir() if one.name.startswith(".narrows-"))
    (tmp_path / "file").unlink()
    (tmp_path / name).symlink_to(victim)
    with pytest.raises(InputError, match=r"file: .*new, which is no run's of this user, stands beside it"):
        write(tmp_path / "file")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "file").exists()


def test_what_comes_to_stand_there_during_the_run_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "file"

    def run() -> None:
        with new_file(file, OURS) as stream:
            stream.write(b"ours new")
            file.write_bytes(b"mine")

    with pytest.raises(InputError, match="is there already"):
        run()
    assert file.read_bytes() == b"mine"


def test_two_runs_cannot_write_one_file(tmp_path: Path) -> None:
    with new_file(tmp_path / "file", OURS) as stream:
        with pytest.raises(InputError, match="file: another run of narrows is writing it"):
            write(tmp_path / "file")
        write(tmp_path / "another")
        stream.write(b"ours first")
    assert (tmp_path / "file").read_bytes() == b"ours first"


def test_a_disk_that_is_full_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    write(tmp_path / "file", b"ours old")

    def run() -> None:
        with new_file(tmp_path / "file", OURS) as stream:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, stream.fileno())
            os.close(full)
            stream.write(b"ours new")

    with pytest.raises(InputError, match="file: no space left on device"):
        run()
    assert (tmp_path / "file").read_bytes() == b"ours old"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def test_an_error_of_the_run_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="reading a case failed"), new_file(tmp_path / "file", OURS):
        raise OSError(5, "reading a case failed")
    assert list(tmp_path.iterdir()) == []


def test_a_parquet_file_of_somebody_else_stays_also_with_the_same_columns(tmp_path: Path) -> None:
    file = tmp_path / "minutes.parquet"
    pq.write_table(pa.table({name: [1] for name in COLUMNS}), file)
    before = file.read_bytes()
    for content in (before, b"", b"PAR1", before[:-9], b"text"):
        file.write_bytes(content)
        with pytest.raises(InputError, match="is there already"), new_parquet(file):
            pytest.fail("the run began")
        assert file.read_bytes() == content


def test_a_scenario_that_was_changed_since_is_the_users(tmp_path: Path) -> None:
    file, scenario = tmp_path / "wide.yaml", parse_scenario(SCENARIO, "here")
    for _ in range(2):
        with new_scenario_file(file) as save:
            save(scenario)
        assert load_scenario(file).name == scenario.name
    file.write_text(f"{file.read_text()}# mine\n")
    with pytest.raises(InputError, match="is there already"), new_scenario_file(file):
        pytest.fail("the run began")


@pytest.mark.slow
@pytest.mark.parametrize("change", ["</body>", "generator", "sha256", None])
def test_a_report_that_was_changed_since_is_the_users(tmp_path: Path, change: str | None) -> None:
    page = tmp_path / "report.html"
    for _ in range(2):
        write_report(make_case(), page, prove=False)
    text = page.read_text()
    mine = f"{text}my notes\n" if change is None else text.replace(change, f"my notes {change}")
    page.write_text(mine)
    with pytest.raises(InputError, match="is there already"):
        write_report(make_case(), page, prove=False)
    assert page.read_text() == mine


def test_who_may_read_the_old_file_may_read_the_new(tmp_path: Path) -> None:
    write(tmp_path / "file")
    (tmp_path / "file").chmod(0o600)
    write(tmp_path / "file", b"ours 2")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_what_only_looks_like_a_dead_runs_old_file_takes_no_place(tmp_path: Path) -> None:
    old = target._beside(tmp_path / "file", "old")
    old.write_bytes(b"a stranger's")
    write(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"ours new"
    assert old.read_bytes() == b"a stranger's"


def test_what_a_command_writes_it_knows_again(tmp_path: Path) -> None:
    for _ in range(2):
        with new_file(tmp_path / "file", begins_with(BEGINNING)) as stream:
            stream.write(b"".join(pcapng([])))
