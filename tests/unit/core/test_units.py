"""Durations: read as people write them, written so that they read back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.units import (
    COUNT_AS_TEXT,
    DURATION_AS_TEXT,
    format_duration,
    microseconds,
    parse_count,
    parse_duration,
    with_short_units,
)

YEAR = 366 * 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("1h30m", 5_400),
        ("250ms", 0.25),
        ("15us", 15e-6),
        ("1.5m", 90),
        ("2d", 172_800),
        (" 1H 30M ", 5_400),
        ("90", 90),
        ("1e3", 1_000),
        (90, 90),
        (0.5, 0.5),
        (0, 0),
        ("0s", 0),
    ],
)
def test_reads_what_people_write(text: object, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (90, "1m30s"),
        (0.25, "250ms"),
        (15e-6, "15us"),
        (0.0015, "1.5ms"),
        (3_600, "1h"),
        (5_400, "1h30m"),
        (86_400, "1d"),
        (90_061.5, "1d1h1m1.5s"),
        (59.9999999, "1m"),
        (0.9999999, "1s"),
        (1e-9, "0s"),
        (-90, "-1m30s"),
    ],
)
def test_writes_what_people_read(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, YEAR * 1_000_000))
def test_reads_back_what_it_wrote_to_the_microsecond(count: int) -> None:
    assert microseconds(parse_duration(format_duration(count / 1_000_000))) == count


@given(st.floats(0, YEAR))
def test_what_reads_back_reads_the_same_again(seconds: float) -> None:
    text = format_duration(seconds)
    assert format_duration(parse_duration(text)) == text
    assert math.isclose(parse_duration(text), seconds, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("soon", "is not a duration"),
        ("", "is not a duration"),
        ("5 parsecs", "is not a duration"),
        ("5:00", "is not a duration"),
        ("-5m", "must not be negative"),
        (-1, "zero or more"),
        (math.nan, "finite"),
        (math.inf, "finite"),
        ("inf", "finite"),
        ("1e999", "finite"),
        pytest.param(10**400, "finite", id="large"),
        pytest.param(16**6_000, "thousands of digits", id="huge"),
        (True, "write a duration"),
        (None, "write a duration"),
        ([1], "write a duration"),
        ({}, "write a duration"),
        (b"5s", "write a duration"),
    ],
)
def test_everything_else_says_why_not(bad: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_duration(bad)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.binary(), st.lists(st.integers(), max_size=2)))
def test_anything_is_a_duration_or_a_value_error(value: object) -> None:
    try:
        seconds = parse_duration(value)
    except ValueError:
        return
    assert math.isfinite(seconds)
    assert seconds >= 0


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("90k", 90_000), ("90K", 90_000), ("1.5M", 1_500_000), ("9_000", 9_000), ("90,000", 90_000), ("12", 12),
        ("0.5", 0.5), (" 2 k ", 2_000), ("1,234,567", 1_234_567),
    ],
)  # fmt: skip
def test_counts_as_people_write_them(written: str, number: float) -> None:
    assert parse_count(written) == number
    assert type(parse_count(written)) is type(number)


@pytest.mark.parametrize(
    "written",
    ["", "k", "30%", "2x", "1,5", "1_0", "-5", "90m", "1_000,000", "\u0663", "1e3", "ninety", 7, 1.5, True, None, [1]],
)
def test_whatever_else_stays_what_it_is(written: object) -> None:
    assert parse_count(written) is written


@given(st.from_regex(COUNT_AS_TEXT))
def test_the_pattern_of_counts_is_what_is_read(text: str) -> None:
    assert isinstance(parse_count(text), int | float)


@given(st.from_regex(DURATION_AS_TEXT))
def test_the_pattern_of_durations_is_what_is_read(text: str) -> None:
    assert parse_duration(text) >= 0


@pytest.mark.parametrize(
    ("written", "short"),
    [("90 seconds", "90s"), ("1 minute 30 secs", "1m30s"), ("2 Hours", "2h"), ("5 msec", "5ms"), ("5 parsecs", None)],
)
def test_units_in_words(written: str, short: str | None) -> None:
    assert with_short_units(written) == short
    with pytest.raises(ValueError, match=f"write {short or 'a number with'}"):
        parse_duration(written)
