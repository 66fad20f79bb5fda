"""How evidence adds up to a status."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.diagnose.model import Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination


def _examination(*weights: float) -> Examination:
    found = Examination("nat-port-exhaustion")
    for weight in weights:
        if weight > 0:
            found.supports("for", "here", weight)
        else:
            found.speaks_against("against", "here", weight)
    return found


@pytest.mark.parametrize(
    ("weights", "status"),
    [
        ((), Status.UNKNOWN),
        ((WEAK,), Status.POSSIBLE),
        ((FAIR,), Status.POSSIBLE),
        ((STRONG,), Status.LIKELY),
        ((FAIR, FAIR), Status.LIKELY),
        ((STRONG, -FAIR), Status.POSSIBLE),
        ((STRONG, FAIR, -FAIR), Status.LIKELY),
        ((-FAIR,), Status.UNKNOWN),
        ((-STRONG,), Status.RULED_OUT),
        ((WEAK, -STRONG), Status.POSSIBLE),
        ((WEAK, -STRONG, -STRONG, -FAIR), Status.RULED_OUT),
    ],
)
def test_statuses(weights: tuple[float, ...], status: Status) -> None:
    assert _examination(*weights).status() is status


def test_proof_decides_over_everything_else() -> None:
    found = _examination(-STRONG, -STRONG)
    found.excludes("cannot be", "here")
    found.proves("is so", "there")
    assert found.status() is Status.CONFIRMED
    assert found.result().evidence[0].text in ("is so", "cannot be")


def test_exclusion_decides_over_what_adds_up() -> None:
    found = _examination(STRONG, STRONG, STRONG)
    found.excludes("cannot be", "here")
    assert found.status() is Status.RULED_OUT


def test_an_open_rival_holds_the_status_down() -> None:
    found = _examination(STRONG, STRONG)
    found.at_most(Status.POSSIBLE)
    found.at_most(Status.LIKELY)
    assert found.status() is Status.POSSIBLE


@given(st.lists(st.sampled_from((STRONG, FAIR, WEAK, -STRONG, -FAIR, -WEAK)), max_size=8))
def test_sums_alone_never_confirm(weights: list[float]) -> None:
    assert _examination(*weights).status() is not Status.CONFIRMED


@given(
    st.lists(st.sampled_from((STRONG, FAIR, WEAK, -STRONG, -FAIR, -WEAK)), max_size=8),
    st.sampled_from((STRONG, FAIR, WEAK)),
)
def test_more_for_it_is_never_less_sure(weights: list[float], more: float) -> None:
    before, after = _examination(*weights).status(), _examination(*weights, more).status()
    order = [Status.RULED_OUT, Status.UNKNOWN, Status.POSSIBLE, Status.LIKELY, Status.CONFIRMED]
    assert order.index(after) >= order.index(before)


def test_statuses_are_ordered_from_surest_to_ruled_out() -> None:
    assert Status.CONFIRMED.reaches(Status.LIKELY)
    assert Status.LIKELY.reaches(Status.LIKELY)
    assert not Status.POSSIBLE.reaches(Status.LIKELY)
    assert not Status.RULED_OUT.reaches(Status.UNKNOWN)
