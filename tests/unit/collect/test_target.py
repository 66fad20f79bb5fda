"""The folder of a case that is being collected: nothing is overwritten, nothing half is left, no link leads out."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.case.collected import FILE, Collected, read_lines
from narrows.collect.target import open_target
from narrows.errors import InputError

ABOUT = "schema: 1\nregion: us-east-1\n"


def _asked(outcome: str = "answered", **more: str) -> Collected:
    return Collected(
        "ec2",
        "DescribeSubnets",
        {"Filters": [1]},
        "us-east-1",
        "ec2/subnets.json",
        outcome,
        "2026-11-20T12:00:00Z",
        **more,
    )


def test_a_new_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    with open_target(tmp_path / "new" / "case") as target:
        target.write("case.yaml", ABOUT.encode())
        target.write("ec2/subnets.json", b"{}")
        assert target.has("ec2/subnets.json")
    assert sorted(one.name for one in (tmp_path / "new" / "case").iterdir()) == ["case.yaml", "ec2"]


def test_a_run_that_ends_before_it_wrote_anything_leaves_no_folder(tmp_path: Path) -> None:
    def run() -> None:
        with open_target(tmp_path / "new" / "case"):
            raise InputError("no credentials")

    with pytest.raises(InputError, match="no credentials"):
        run()
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_middle_of_a_file_leaves_nothing_of_it_and_keeps_the_rest(tmp_path: Path) -> None:
    def run() -> None:
        with open_target(tmp_path / "case") as target:
            target.write("case.yaml", ABOUT.encode())
            with target.writing("flow-logs/a.log.gz") as stream:
                stream.write(b"half")
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert (tmp_path / "case" / "case.yaml").read_text() == ABOUT
    assert list((tmp_path / "case" / "flow-logs").iterdir()) == []


def test_what_came_of_each_request_is_remembered(tmp_path: Path) -> None:
    with open_target(tmp_path / "case") as target:
        target.log(
            _asked("denied", text="not allowed: ec2:DescribeSubnets is missing", permission="ec2:DescribeSubnets")
        )
        target.log(_asked())
    with open_target(tmp_path / "case") as target:
        (one,) = target.asked.values()
        assert one == _asked()


def test_a_line_that_is_not_whole_or_of_another_make_is_passed_over() -> None:
    good = _asked().line()
    lines = [good[:30], "[]", "7", '{"parameters": {}}', "{" * 9_999, good.replace('"us-east-1"', "7"), good]
    assert list(read_lines("\n".join(lines).encode())) == [_asked()]


def test_what_was_not_collected_is_a_note_of_the_case_with_the_permission(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(ABOUT)
    told = _asked("denied", text="not allowed: ec2:DescribeSubnets is missing", permission="ec2:DescribeSubnets")
    (tmp_path / FILE).write_text(told.line())
    (note,) = read_case(tmp_path).notes
    assert note.source == "ec2/subnets.json"
    assert note.text == "was not collected: not allowed: ec2:DescribeSubnets is missing (DescribeSubnets)"


@pytest.mark.parametrize(
    "file", ["../../etc/passwd", "/etc/passwd", "ec2/\0", "ec2/../..", "a\nb", "x" * 99_999 + "/" * 9]
)
def test_a_strangers_list_of_requests_names_no_file_but_of_the_case(tmp_path: Path, file: str) -> None:
    (tmp_path / "case.yaml").write_text(ABOUT)
    one = Collected("ec2", "DescribeSubnets", {}, None, file, "denied", "2026-11-20T12:00:00Z", "x")
    (tmp_path / FILE).write_text(one.line())
    assert read_case(tmp_path).notes == ()


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"holiday.jpg": ""}, "is not empty, and holds no case"),
        ({"case.yaml": ABOUT, "truth.json": "{}"}, "holds a case that was simulated"),
    ],
)
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=problem), open_target(tmp_path):
        pass
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == files


def test_two_runs_do_not_collect_into_one_folder_at_one_time(tmp_path: Path) -> None:
    again = open_target(tmp_path / "case")
    with open_target(tmp_path / "case"), pytest.raises(InputError, match="another run is collecting into it"), again:
        pass


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    case, outside = tmp_path / "case", tmp_path / "outside"
    case.mkdir()
    outside.mkdir()
    (case / "case.yaml").write_text(ABOUT)
    (case / "ec2").symlink_to(outside)
    with pytest.raises(InputError, match="ec2: is not a folder"), open_target(case) as target:
        target.write("ec2/subnets.json", b"{}")
    assert list(outside.iterdir()) == []
