"""Numbers as people write them on a command line: read as they are meant, or not at all."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.written_numbers import parse_count, parse_number

COUNTS = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90k", 90_000), ("90K", 90_000), ("1.5M", 1_500_000), ("65_000", 65_000), ("65,000", 65_000),
        ("1,234,567", 1_234_567), (" 7 ", 7), ("+5", 5), ("-5", -5), ("0", 0), ("90 k", 90_000),
    ],
)  # fmt: skip
def test_whole_numbers(text: str, meant: int) -> None:
    assert parse_count(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "1.5", "1.0", "1.2345k", "6,5", "6,5000", "65,00", "1,2_3", "1_000,000", "90m", "90kk", "30%", "2x", "1e5",
        "", " ", "k", "-", "٣", "0x10", "1 000", "nan", "inf", "9" * 100,
    ],
)  # fmt: skip
def test_what_is_not_whole_or_can_be_read_in_two_ways_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a whole number: write 90000, 90k or 1.5M"):
        parse_count(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.3", 0.3), ("30%", 0.3), ("30 %", 0.3), ("2x", 2.0), ("2X", 2.0), ("1.5x", 1.5), ("1.5k", 1500.0),
        ("-2x", -2.0), ("1e-3", 0.001), ("1.", 1.0), (".5", 0.5), ("65_000", 65_000.0), ("12.5%", 0.125),
    ],
)  # fmt: skip
def test_shares_and_factors(text: str, meant: float) -> None:
    assert parse_number(text) == meant


@pytest.mark.parametrize("text", ["0,3", "1,500", "30%%", "x2", "twice", "", "%", "30x3", "1e5x", "2xx", "0x10", "٣"])
def test_what_is_no_share_and_no_factor(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number: write 0.3, 30% or 2x"):
        parse_number(text)


@given(COUNTS)
def test_every_way_of_writing_a_whole_number_gives_it_back(count: int) -> None:
    for text in (f"{count}", f"{count:,}", f"{count:_}"):
        assert parse_count(text) == count
    assert parse_count(f"{count}k") == 1000 * count
    assert parse_count(f"{count / 1000:.3f}k") == count if abs(count) < 10**9 else True


@given(st.floats(-1e15, 1e15))
def test_every_float_that_python_writes_is_read_back(value: float) -> None:
    assert parse_number(repr(value)) == value
    assert math.isclose(parse_number(f"{value:.10f}%"), value / 100, rel_tol=1e-9, abs_tol=1e-12)


@given(st.text("0123456789.,_kKmM%xXeE+- ", max_size=12))
def test_never_a_wrong_number(text: str) -> None:
    """Whatever is read is what the digits say, times the unit: worked out here digit by digit."""
    for parse in (parse_count, parse_number):
        try:
            value = parse(text)
        except ValueError:
            continue
        if "e" in text.lower():
            assert value == float(text.strip().replace("_", ""))
            continue
        digits = "".join(char for char in text if char in "0123456789.")
        unit = {"k": Fraction(1000), "m": Fraction(1_000_000), "%": Fraction(1, 100)}
        times = next((unit[char] for char in text.lower() if char in unit), Fraction(1))
        whole, _, part = digits.partition(".")
        meant = Fraction(int(whole or 0)) + (Fraction(int(part), 10 ** len(part)) if part else 0)
        assert value == float(meant * times * (-1 if "-" in text else 1))
