"""Tables that fit the terminal: what gives way, what never does, and what a pipe gets."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from narrows.gate_console import GatedConsole
from narrows.terminal_table import Column, Row, print_table

COLUMNS = (
    Column("filled", right=True),
    Column("kind", gives_way=1),
    Column("resource", shortens=True),
    Column("peak", right=True),
    Column("interface", gives_way=2),
    Column("about", below="about"),
)
NARROWEST = 40
"""Columns in which what never gives way has room."""


class Terminal(io.StringIO):
    """A stream that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(rows: list[Row], width: int | None, *, wide: bool = False, most: int | None = None) -> list[str]:
    """The lines of a table on a terminal of that width, or in a pipe."""
    file = io.StringIO() if width is None else Terminal()
    screen = GatedConsole(file=file, width=width or 120, markup=False, emoji=False, highlight=False, no_color=True)
    print_table(screen, COLUMNS, rows, wide=wide, most=most)
    return re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()).splitlines()


def row(number: int, name: str = "nat-gateway-a", about: str = "one address") -> Row:
    return Row((f"{number} %", "nat-gateway", name, f"{number:,}", "eni-0123456789abcdef0", about))


def test_where_there_is_room_nothing_gives_way() -> None:
    assert printed([row(85), row(7)], 120) == [
        "filled  kind         resource       peak  interface              about",
        "  85 %  nat-gateway  nat-gateway-a    85  eni-0123456789abcdef0  one address",
        "   7 %  nat-gateway  nat-gateway-a     7  eni-0123456789abcdef0  one address",
    ]


def test_prose_goes_below_then_columns_give_way_in_their_order_and_the_last_line_says_so() -> None:
    assert printed([row(85)], 68) == [
        "filled  kind         resource       peak  interface",
        "  85 %  nat-gateway  nat-gateway-a    85  eni-0123456789abcdef0",
        "    about: one address",
    ]
    assert printed([row(85)], 55) == [
        "filled  resource       peak  interface",
        "  85 %  nat-gateway-a    85  eni-0123456789abcdef0",
        "    about: one address",
        "not shown: kind; --wide shows all",
    ]
    # The second gives way, and then there is room for the first again.
    assert printed([row(85)], 45) == [
        "filled  kind         resource       peak",
        "  85 %  nat-gateway  nat-gateway-a    85",
        "    about: one address",
        "not shown: interface; --wide shows all",
    ]


def test_rows_are_counted_that_a_terminal_does_not_show_and_a_pipe_has_them() -> None:
    rows = [row(number) for number in range(30)]
    assert printed(rows, 120, most=20)[-1] == "and 10 more rows; --wide shows all"
    assert len(printed(rows, 120, most=20)) == 22
    assert len(printed(rows, 120, most=20, wide=True)) == len(printed(rows, None, most=20)) == 31


NAMES = st.lists(
    st.one_of(
        st.text("abc-/", min_size=1, max_size=70),
        st.text(max_size=30),
        st.sampled_from(["private-subnet-production-" * 4 + zone for zone in "ab"]),
        st.sampled_from(["\x1b[31mred\n\r\t", "日本語の名前" * 12, "\u202eevil", " "]),
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(names=NAMES, width=st.integers(NARROWEST, 200))
def test_whatever_the_names_are_each_row_is_a_line_that_fits(names: list[str], width: int) -> None:
    lines = printed([row(85, name) for name in names], width)
    assert [line for line in lines if cell_len(line) > width or line != line.rstrip() or not line.isprintable()] == []
    assert sum(line.startswith("  85 %") for line in lines) == len(names)


@given(names=NAMES)
def test_a_pipe_gets_each_row_whole_on_one_line(names: list[str]) -> None:
    lines = printed([row(85, name) for name in names], None)
    assert len(lines) == len(names) + 1
    for name, line in zip(names, lines[1:], strict=True):
        assert line.endswith("eni-0123456789abcdef0  one address")
        assert name.isprintable() is False or name in line


@given(st.lists(st.text("ab-", min_size=1, max_size=60), min_size=1, max_size=8, unique=True), st.integers(50, 80))
def test_different_names_stay_different(names: list[str], width: int) -> None:
    lines = [line for line in printed([row(85, name) for name in names], width) if line.startswith("  85 %")]
    assert len(set(lines)) == len(names)
