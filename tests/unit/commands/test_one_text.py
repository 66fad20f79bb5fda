"""Terminal, JSON and report show one text for each step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.cli import main
from narrows.commands import with_commands
from narrows.plan import make_plan
from narrows.plan.model import Option
from narrows.report.plan_view import plan_view

CASE = Path(__file__).parents[3] / "examples" / "cases" / "nat-churn"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(("plan", str(CASE), *arguments))
    captured = capsys.readouterr()
    assert (left.value.code, captured.err) == (0, "")
    return captured.out


def texts(option: Option) -> list[str]:
    assert option.quota_steps is not None
    found = [option.quota_steps.text, *(one.text for one in option.steps), *(one.undo_text for one in option.steps)]
    return [one for one in found if one]


@pytest.fixture(scope="module")
def planned() -> Option:
    case = read_case(CASE)
    plan = with_commands(make_plan(case), case)
    assert plan.best is not None
    return plan.best


def test_the_terminal_prints_each_line_whole(planned: Option, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.strip() for line in run(capsys).splitlines()]
    assert texts(planned)
    for text in texts(planned):
        wanted = text.splitlines()
        assert any(lines[at : at + len(wanted)] == wanted for at in range(len(lines)))


def test_the_json_has_the_same_commands(planned: Option, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(capsys, "--json"))
    for change, steps in zip(document["changes"], planned.steps, strict=True):
        assert [one["command"] for one in change["commands"]] == [one.text for one in steps.commands]
        assert [one["command"] for one in change["undo"]] == [one.text for one in steps.undo]
        assert change["marks"] == [mark.value for mark in steps.marks]
        assert all(one["command"] in steps.text for one in change["commands"])
    assert any(change["commands"] for option in document["alternatives"] for change in option["changes"])


def test_the_report_has_the_same_text(planned: Option) -> None:
    case = read_case(CASE)
    view = plan_view(case, with_commands(make_plan(case), case))
    shown = [view.quotas_run, *(one.run for one in view.changes), *(one.undo for one in view.changes)]
    assert [one for one in shown if one] == texts(planned)


def test_without_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ALLOCATION_1=" not in run(capsys, "--no-commands")
    assert "commands" not in json.loads(run(capsys, "--no-commands", "--json"))["changes"][0]
