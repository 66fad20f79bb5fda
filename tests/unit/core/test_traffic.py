"""What a NAT gateway carried: whatever was true lies between what is said of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.traffic import Carried, Cell

USES = [(function, to) for function in "fgh" for to in ("pay", "search", "mail")]
RATES = st.fixed_dictionaries({use: st.integers(0, 10**9) for use in USES})


@st.composite
def measured(draw: st.DrawFn) -> tuple[dict[tuple[str, str], int], int, Carried]:
    """True rates of each use and of others, and what metrics and flow logs may have told of them."""
    rates: dict[tuple[str, str], int] = draw(RATES)
    others = draw(st.sampled_from([0, 0, 10**8]))
    total = sum(rates.values())

    def cell(uses: frozenset[tuple[str, str]]) -> Cell:
        true = sum(rates[use] for use in uses)
        low = draw(st.sampled_from([true, true // 2, 0]))
        return Cell(uses, low, draw(st.sampled_from([true, true * 2 + 7, math.inf])))

    by_destination = [frozenset(use for use in USES if use[1] == to) for to in ("pay", "search", "mail")]
    cells = tuple(cell(uses) for uses in by_destination if draw(st.booleans()))
    low = 0 if others else draw(st.sampled_from([total, total // 3, 0]))
    whole = Cell(frozenset(USES), low, draw(st.sampled_from([total + others, math.inf])))
    return rates, others, Carried("nat-1", whole, cells, others > 0)


@given(measured(), st.sets(st.sampled_from(USES)), st.sampled_from([0.5, 1.0, 3.0]))
def test_the_truth_lies_between(
    told: tuple[dict[tuple[str, str], int], int, Carried], wanted: set[tuple[str, str]], factor: float
) -> None:
    rates, _, carried = told
    true = sum(rates[use] for use in wanted) * factor
    low, high = carried.scaled(factor).between(wanted)
    assert low <= true * (1 + 1e-9)
    assert high >= true * (1 - 1e-9)


@given(measured())
def test_all_together_are_what_the_gateway_counted(told: tuple[dict[tuple[str, str], int], int, Carried]) -> None:
    rates, others, carried = told
    low, high = carried.between(USES)
    assert high <= carried.whole.high
    if not others and math.isfinite(carried.whole.high) and carried.whole.low == carried.whole.high:
        assert low == high == sum(rates.values())


def test_of_nothing_there_is_nothing() -> None:
    carried = Carried("nat-1", Cell(frozenset(USES), 5.0, 5.0))
    assert carried.between(()) == (0.0, 0.0)
    assert carried.between([("somebody", "else")]) == (0.0, 0.0)


def test_what_contradicts_the_gateway_is_no_more_than_it_counted() -> None:
    """The simulator writes packets of one size in flow logs, and bytes only where a scenario says them."""
    pay = frozenset(use for use in USES if use[1] == "pay")
    carried = Carried("nat-1", Cell(frozenset(USES), 0.0, 0.0), (Cell(pay, 7.0, 7.0),))
    assert carried.between(pay) == (0.0, 0.0)


@pytest.mark.parametrize(("factor", "high"), [(2.0, 20.0), (0.5, 10.0)])
def test_others_do_not_shrink_with_the_functions(factor: float, high: float) -> None:
    carried = Carried("nat-1", Cell(frozenset(USES), 0.0, 10.0), others=True).scaled(factor)
    assert carried.between(USES)[1] == high
