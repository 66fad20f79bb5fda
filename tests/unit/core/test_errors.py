"""Errors are one line, whatever they quote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import InputError, did_you_mean, nearest, one_line, shown


def test_file_place_problem_advice() -> None:
    error = InputError("unknown key 'x'", file=Path("a.yaml"), place="line 3, vpc.x", advice="did you mean 'y'?")
    assert str(error) == "a.yaml: line 3, vpc.x: unknown key 'x'; did you mean 'y'?"
    assert (error.file, error.place, error.problem) == ("a.yaml", "line 3, vpc.x", "unknown key 'x'")


def test_what_is_not_known_is_left_out() -> None:
    assert str(InputError("is empty")) == "is empty"
    assert str(InputError("is empty", file="a")) == "a: is empty"
    assert str(InputError("is empty", place="line 1")) == "line 1: is empty"


@given(st.text(max_size=2_000), st.text(max_size=50))
def test_always_one_printable_line(text: str, file: str) -> None:
    line = str(InputError(text, file=file, place=text, advice=text))
    assert len(line.splitlines()) <= 1
    assert line.isprintable()
    assert len(line) <= 400


@given(st.text())
def test_shown_is_short_and_quoted(text: str) -> None:
    assert len(shown(text)) <= 62
    assert shown(text).isprintable()


def test_a_number_that_python_does_not_print_is_described() -> None:
    assert shown(16**6_000) == "a number of thousands of digits"


def test_long_lines_end_with_an_ellipsis() -> None:
    assert one_line("x" * 10, 5) == "xxxx…"
    assert one_line("x" * 5, 5) == "xxxxx"


@pytest.mark.parametrize(("word", "found"), [("subents", "subnets"), ("banana", None), ("", None)])
def test_nearest(word: str, found: str | None) -> None:
    assert nearest(word, ("subnets", "security_groups", "to")) == found


def test_did_you_mean() -> None:
    assert did_you_mean("subents", {"subnets", "to"}) == "did you mean 'subnets'?"
    assert did_you_mean("banana", {"subnets", "to"}) == "known: subnets, to"
    assert did_you_mean("banana", ()) == "known: none"
