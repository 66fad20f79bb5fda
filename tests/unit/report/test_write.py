"""Writing a report: all of it or nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.diagnose import diagnose
from narrows.errors import InputError
from narrows.plan import make_plan
from narrows.report import page, write_report
from narrows.scenario import parse_scenario
from oracles.incidents import make_incident, stage
from tests.unit.report.samples import make_case
from tests.unit.report.test_page import SCENARIO


def test_a_report_is_written_with_everything_made_on_the_way(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert write_report(make_case(), out) == out
    document = out.read_text(encoding="utf-8")
    assert document.startswith("<!doctype html>")
    assert document.partition("<!-- Written by narrows;")[0].rstrip().endswith("</html>")
    assert "played through the simulator" in document or "No plan was made" in document
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~mask


def test_a_given_diagnosis_and_plan_are_taken_and_no_proof_is_made_unasked(tmp_path: Path) -> None:
    case = make_case()
    plan = make_plan(parse_scenario(SCENARIO))
    out = write_report(case, tmp_path / "report.html", diagnosis=diagnose(case), plan=plan, prove=False)
    assert "made with --no-proof" in out.read_text(encoding="utf-8")


def test_a_case_that_shows_no_demand_has_a_report_that_says_so(tmp_path: Path) -> None:
    out = write_report(make_case(active=None, timed_out=0), tmp_path / "report.html")
    assert "No plan was made" in out.read_text(encoding="utf-8")


def test_a_peak_that_the_user_gives_is_what_the_plan_is_for(tmp_path: Path) -> None:
    out = write_report(make_case(), tmp_path / "report.html", peak=123_000, prove=False)
    assert "does not hold the peak of 123,000 connections" in out.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="--peak"):
        write_report(make_case(), tmp_path / "another.html", peak=-1)
    assert not (tmp_path / "another.html").exists()


@pytest.mark.parametrize("seed", [0, 2, 5, 9, 17])
def test_whatever_the_incident_there_is_a_report(tmp_path: Path, seed: int) -> None:
    stage(make_incident(seed), tmp_path / "case")
    out = write_report(read_case(tmp_path / "case"), tmp_path / "report.html", prove=False)
    document = out.read_text(encoding="utf-8")
    assert document.count("<section ") == 7
    assert len(document) < 2_000_000
    assert str(tmp_path) not in document


def test_what_stood_there_stays_when_the_page_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    write_report(make_case(), out, prove=False)
    before = out.read_bytes()

    def fault(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(page, "render", fault)
    with pytest.raises(ZeroDivisionError):
        write_report(make_case(), out)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.html", before)]


@pytest.mark.parametrize("content", ["schema: 1\n", "<!doctype html>\n<title>my page</title>\n", ""])
def test_evidence_and_a_page_of_somebody_else_are_not_overwritten(tmp_path: Path, content: str) -> None:
    evidence = tmp_path / "case.yaml"
    evidence.write_text(content)
    with pytest.raises(InputError, match="is there already, and is not what this command writes"):
        write_report(make_case(), evidence)
    assert evidence.read_text() == content


def test_a_pipe_or_device_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="is not a regular file"):
        write_report(make_case(), pipe)
    assert pipe.is_fifo()


@pytest.mark.parametrize("where", ["missing/report.html", "folder", "file/report.html"])
def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"its folder is not there|is a folder") as caught:
        write_report(make_case(), tmp_path / where)
    assert where in str(caught.value)
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["file", "folder"]
