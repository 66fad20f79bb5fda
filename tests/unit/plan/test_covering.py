"""The fewest rounds of subnets, against trying every combination."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from narrows.plan.enis import Covering, Variable, fewest


@st.composite
def problems(draw: st.DrawFn) -> Covering:
    """Up to four attachments over up to three ENIs, at one or two moments."""
    moments = draw(st.integers(1, 2))
    count = draw(st.integers(1, 4))
    variables = []
    for _ in range(count):
        size = draw(st.integers(1, 3))
        present = draw(st.integers(1, 4))
        entries = [draw(st.integers(0, 400)) for _ in range(moments)]
        rounds = draw(st.integers(0, 4))
        each = tuple(tuple(one / (present + size * k) for one in entries) for k in range(rounds + 1))
        variables.append(Variable(size, each))
    users = st.sets(st.integers(0, count - 1), min_size=1).map(lambda numbers: tuple(sorted(numbers)))
    shared = draw(st.lists(users, min_size=1, max_size=3, unique=True))
    return Covering(tuple(variables), tuple(sorted(shared)), 100.0)


def by_trying_all(problem: Covering) -> tuple[int, int] | None:
    """(ENIs, attachments changed) of the best combination."""
    best: tuple[int, int] | None = None
    for values in product(*(range(len(one.each)) for one in problem.variables)):
        filled = (
            sum(problem.variables[one].each[values[one]][moment] for one in users)
            for users in problem.shared
            for moment in range(len(problem.variables[0].each[0]))
        )
        if all(entries <= problem.limit for entries in filled):
            enis = sum(one.size * rounds for one, rounds in zip(problem.variables, values, strict=True))
            score = enis, sum(rounds > 0 for rounds in values)
            best = score if best is None else min(best, score)
    return best


@given(problems())
def test_fewest_is_what_trying_all_finds(problem: Covering) -> None:
    expected = by_trying_all(problem)
    found = fewest(problem)
    if found is None:
        assert expected is None
        return
    assert found.exact
    enis = sum(one.size * rounds for one, rounds in zip(problem.variables, found.values, strict=True))
    assert (enis, sum(rounds > 0 for rounds in found.values)) == expected


def test_a_large_problem_says_when_it_stopped_early() -> None:
    variables = tuple(
        Variable(1 + k % 3, tuple(((10.0 + 7 * (k * k % 11)) / (1 + rounds),) for rounds in range(12)))
        for k in range(60)
    )
    shared = tuple(tuple(sorted({(k * step) % 60 for k in range(15)})) for step in (1, 3, 7, 11, 13))
    found = fewest(Covering(variables, tuple(sorted(set(shared))), 120.0))
    assert found is not None
    assert not found.exact
    for users in shared:
        assert sum(variables[one].each[found.values[one]][0] for one in users) <= 120.0
