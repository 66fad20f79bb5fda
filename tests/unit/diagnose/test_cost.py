"""What an answer costs grows no faster than the case. Work is counted, not time: a busy machine says the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from narrows.case import Case, read_case
from narrows.case.model import KnownDestination
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.log_platform import invocation_timed_out
from narrows.case.reading.mentions import Mentions
from narrows.diagnose import diagnose
from narrows.errors import nearest
from narrows.fullest import fullest_tables
from narrows.plan import make_plan
from tests.big_cases import BigCase

SMALL = 24
MOST = 2.5
"""Times the work for twice the case: 2 where it is linear, 4 where it is quadratic."""

SHAPES = {
    "teams that share subnets": lambda size: BigCase(functions=size, subnets=size // 2, security_groups=10),
    "a security group for each function": lambda size: BigCase(functions=size, security_groups=size, subnets=size),
    "a NAT gateway for each function": lambda size: BigCase(functions=size, subnets=size, nat_gateways=size),
    "rules that let nothing out": lambda size: BigCase(functions=size, security_groups=10, blocked=10),
    "logs of each function": lambda size: BigCase(functions=size, callers="logs"),
    "a few in question": lambda size: BigCase(functions=size, named=3),
    "many destinations": lambda size: BigCase(functions=20, destinations=size),
    "a long window": lambda size: BigCase(functions=10, minutes=2 * size),
}


def work(what: Callable[[], object]) -> int:
    """Lines of narrows that run, loops and comprehensions among them: the same number each time."""
    lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace if "narrows" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        what()
    finally:
        sys.settrace(before)
    return lines


def growth(tmp_path: Path, shape: Callable[[int], BigCase], answer: Callable[[Case], object]) -> float:
    """How many times the work it is for a case of twice the size."""
    cases = [read_case(shape(size).write(tmp_path / str(size))) for size in (SMALL, 2 * SMALL)]
    # What is loaded once is loaded before it is counted; of a case of its own, as a case remembers what it worked out.
    answer(read_case(cases[0].folder))
    first, second = (work(partial(answer, case)) for case in cases)
    return second / first


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_case_is_twice_the_work_of_a_diagnosis(tmp_path: Path, shape: Callable[[int], BigCase]) -> None:
    assert growth(tmp_path, shape, diagnose) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_case_is_twice_the_work_of_reading(tmp_path: Path, shape: Callable[[int], BigCase]) -> None:
    assert growth(tmp_path, shape, lambda case: read_case(case.folder)) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_case_is_twice_the_work_of_the_fullest_tables(
    tmp_path: Path, shape: Callable[[int], BigCase]
) -> None:
    assert growth(tmp_path, shape, lambda case: fullest_tables(case).to_json()) < MOST


PLANNED = {
    "teams that share subnets": SHAPES["teams that share subnets"],
    "many destinations of a few functions": lambda size: BigCase(functions=5, destinations=size),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", PLANNED.values(), ids=PLANNED)
def test_twice_the_case_is_twice_the_work_of_a_plan(tmp_path: Path, shape: Callable[[int], BigCase]) -> None:
    assert growth(tmp_path, shape, lambda case: make_plan(case, peak=1_000)) < MOST


def test_twice_the_notes_are_twice_the_work(tmp_path: Path) -> None:
    def comparisons(count: int) -> int:
        folder, calls = CaseFolder(tmp_path), 0

        def note_call(_: FrameType, event: str, __: Any) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(note_call)
        try:
            for number in range(count):
                folder.note("case.yaml", f"note {number}")
        finally:
            sys.setprofile(None)
        assert len(folder.notes) == count
        return calls

    assert comparisons(400) < MOST * comparisons(200)


def test_a_note_is_kept_once_and_in_order(tmp_path: Path) -> None:
    folder = CaseFolder(tmp_path)
    for text in ("b", "a", "b"):
        folder.note("case.yaml", text)

    assert [one.text for one in folder.notes] == ["b", "a"]


def test_thousands_of_unknown_functions_are_guessed_at_for_the_first_few(tmp_path: Path) -> None:
    case = BigCase(functions=2_000, metrics=False, callers="none").write(tmp_path / "case")
    about = case / "case.yaml"
    names = ", ".join(f"order-{number:06d}" for number in range(2_000))
    about.write_text(about.read_text().replace("destinations:", f"functions: [{names}]\ndestinations:", 1))

    notes = [one.text for one in read_case(case).notes if "which case.yaml asks about" in one.text]

    assert len(notes) == 2_000
    assert "did you mean orders-000000?" in notes[0]
    assert "did you mean" not in notes[-1]


def test_the_nearest_of_very_many_words_is_found_by_its_beginning_and_by_its_end() -> None:
    words = [f"{letter}{number:05d}-orders-handler" for letter in "abc" for number in range(5_000)]

    assert nearest("b02500-orders-handle", words) == "b02500-orders-handler"
    assert nearest("x02500-orders-handler", words) is not None


def test_ten_thousand_destinations_are_looked_up_in_a_line_of_a_megabyte() -> None:
    known = {
        name: KnownDestination(name, f"{name}.example.com", 443, ())
        for name in (f"service-{number}" for number in range(10_000))
    }
    mentions = Mentions(known)

    assert mentions.find("service " * 130_000 + "service-9999.example.com:443") == "service-9999"


def test_a_line_of_a_megabyte_that_repeats_half_of_a_platform_event_is_read() -> None:
    line = '"platform.report" ' * 60_000  # it took hours: the second half was looked for from each first one

    assert not invocation_timed_out(line + '"status": "timeou')
    assert invocation_timed_out(line + '"status": "timeout"')


def test_a_diagnosis_of_thousands_of_functions_names_a_few_and_counts_the_rest(tmp_path: Path) -> None:
    case = read_case(BigCase(functions=300, callers="none", metrics=False).write(tmp_path / "case"))

    found = diagnose(case)

    logs = next(one for one in found.missing if one.evidence.startswith("log lines"))
    assert "and 92 more (100 of 300 functions; for others write functions: [NAME] into case.yaml)" in logs.evidence
    assert logs.how.count("filter-log-events") == 100
