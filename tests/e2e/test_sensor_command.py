"""``narrows sensor`` as it is typed: logs in, sums out, into a case and out of it again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from oracles.sensor import line, use
from tests.unit.case.cases import case_at, small
from tests.unit.diagnose.by_hand import ABOUT

T = 1_795_176_000.0


def narrows(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "narrows", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def log(file: Path, each: int = 10, first: int = 0) -> Path:
    lines = [
        line(T + 60 * minute, use(held=each, opened=0 if minute else each, reused=each if minute else 0),
             environment=str(number), invocation=minute + 1)
        for number in range(first, first + 20)
        for minute in range(3)
    ]  # fmt: skip
    file.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return file


def test_logs_are_summed_in_eighty_columns_without_a_case(tmp_path: Path) -> None:
    done = narrows("sensor", log(tmp_path / "a.log"))

    assert done.returncode == 0
    assert "200  storefront to cache.example.com:443" in done.stdout
    assert "opened 200, used again 400" in " ".join(done.stdout.split())
    assert done.stderr == ""


def test_lines_go_into_the_case_once_and_those_of_another_log_are_added(tmp_path: Path) -> None:
    case = case_at(tmp_path / "case", small(), ABOUT)
    first, second = log(tmp_path / "a.log"), log(tmp_path / "b.log", first=20)

    for _ in range(2):
        done = narrows("sensor", first, "--case", case, "--json")
        assert done.returncode == 0
        assert json.loads(done.stdout)["enis"][0]["held"]["peak"] == 200
    kept = (case / "sensor" / "lines.jsonl").read_text().splitlines()
    assert len(kept) == 60
    assert json.loads(narrows("sensor", second, "--case", case, "--json").stdout)["enis"][0]["held"]["peak"] == 400
    assert json.loads(narrows("sensor", "--case", case, "--json").stdout)["lines"] == 120


def test_a_log_without_a_line_leaves_the_case_as_it_was(tmp_path: Path) -> None:
    case = case_at(tmp_path / "case", small(), ABOUT)
    (tmp_path / "a.log").write_text("START RequestId: 1\n")

    done = narrows("sensor", tmp_path / "a.log", "--case", case)

    assert done.returncode == 2
    assert "no line of the sensor is in 1 file" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (case / "sensor").exists()


def test_somebody_elses_file_of_that_name_is_not_written_over(tmp_path: Path) -> None:
    case = case_at(tmp_path / "case", {**small(), "sensor/lines.jsonl": "mine\n"}, ABOUT)

    done = narrows("sensor", log(tmp_path / "a.log"), "--case", case)

    assert done.returncode == 2
    assert (case / "sensor" / "lines.jsonl").read_text() == "mine\n"


def test_the_query_is_what_can_be_pasted_and_the_note_stands_apart() -> None:
    done = narrows("sensor", "--query")

    assert done.returncode == 0
    assert done.stdout.startswith("filter narrows.schema = 1\n| stats ")
    assert "narrows sensor counts exactly" in done.stderr


def test_nothing_named_is_one_line(tmp_path: Path) -> None:
    done = narrows("sensor")

    assert done.returncode == 2
    assert done.stderr == "narrows: LOGS: no logs are named; name files that hold lines of the sensor\n"
