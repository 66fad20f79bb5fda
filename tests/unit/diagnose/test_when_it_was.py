"""The first sentence says when it was, where something that went well shows it; and what is proved besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.diagnose.model import Diagnosis
from oracles.incidents.world import CaseFolder, Traffic, python_error
from tests.unit.diagnose.by_builder import API, DB, answer

NO_NAME = python_error("gaierror", "[Errno -2] Name or service not known")
FULL = python_error("OperationalError", "FATAL:  sorry, too many clients already")


def said_of(folder: Path, *failing: tuple[int, float, float], good: tuple[tuple[int, float, float], ...]) -> str:
    """The sentence on lookups that fail from one minute to another, beside some that do not."""
    found, said = _answer(folder, *failing, good=good)
    assert found.narrows == "dns-failure"
    return said


def _answer(
    folder: Path, *failing: tuple[int, float, float], good: tuple[tuple[int, float, float], ...]
) -> tuple[Diagnosis, str]:
    case = CaseFolder()
    traffic = Traffic(case, "checkout")
    for number, start, end in good:
        traffic.good(number, start, end)
    for number, start, end in failing:
        traffic.bad(number, start, end, NO_NAME, seconds=0.2)
    traffic.write()
    case.yaml(functions=["checkout"], destinations={"pay": {"name": API, "port": 443}})
    return answer(case, folder)


@pytest.mark.parametrize(
    ("failing", "good", "ends"),
    [
        (((60, 0, 59.9),), (), "is not resolved."),
        (((60, 30, 59.9),), ((120, 0, 29.5),), "is not resolved. It began at 12:30."),
        (((60, 20, 39.5),), ((90, 0, 19.5), (90, 40, 59.9)), "It lasted from 12:20 to 12:39."),
        (((60, 0, 19.5),), ((120, 20, 59.9),), "It lasted from 12:00 to 12:19."),
        (((60, 20, 39.5),), ((300, 0, 59.9),), "; 37 % of the invocations failed meanwhile."),
    ],
    ids=["throughout", "since", "for a while", "until", "some"],
)
def test_it_says_when(
    tmp_path: Path,
    failing: tuple[tuple[int, float, float], ...],
    good: tuple[tuple[int, float, float], ...],
    ends: str,
) -> None:
    assert said_of(tmp_path, *failing, good=good).endswith(ends)


def test_a_pause_between_failures_is_not_their_end(tmp_path: Path) -> None:
    """One in ten minutes fails, and nine minutes after the last of them say nothing yet."""
    failing = tuple((2, minute, minute + 0.5) for minute in (5, 15, 25, 35, 45))
    said = said_of(tmp_path, *failing, good=((300, 0, 59.9),))
    assert "It lasted" not in said
    assert "It began" not in said


def test_where_nobody_calls_afterwards_it_need_not_be_over(tmp_path: Path) -> None:
    assert "lasted" not in said_of(tmp_path, (60, 10, 29.5), good=((60, 0, 9.5),))


def test_another_cause_that_is_proved_is_named_as_well(tmp_path: Path) -> None:
    case = CaseFolder()
    traffic = Traffic(case, "checkout")
    traffic.bad(80, 0, 59, NO_NAME, seconds=0.2)
    traffic.bad(40, 0.4, 59.4, FULL, seconds=0.2)
    traffic.write()
    destinations = {"pay": {"name": API, "port": 443}, "orders": {"name": DB, "port": 5432}}
    case.yaml(functions=["checkout"], destinations=destinations)

    found, said = answer(case, tmp_path)

    assert found.narrows == "dns-failure"
    assert "Confirmed as well: destination at its connection limit" in said
