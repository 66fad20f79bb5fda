"""The plan against brute force: it fits, and of all combinations of changes none that fits is better."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from narrows.network import NatKind
from narrows.plan import make_plan
from narrows.plan.actions import Change, Risk, Step
from narrows.plan.changes import CONDITIONAL
from narrows.plan.changes.add_nat_addresses import add_nat_addresses
from narrows.plan.changes.add_nat_gateway import add_nat_gateway
from narrows.plan.changes.add_subnets import add_subnets, most_rounds
from narrows.plan.changes.use_regional_nat_gateway import use_regional_nat_gateway
from narrows.plan.enis import attachments
from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.solve import Solution
from narrows.plan.tables import all_tables
from narrows.prices import load_prices
from narrows.scenario import Scenario
from tests.unit.plan.sites import site

PRICES = load_prices()
GATEWAY, ADDRESS = PRICES.hourly("nat-gateway-hour"), PRICES.hourly("public-ipv4-hour")
MOST_ROUNDS = 2
"""Of subnets, that brute force tries for each group of functions."""
MOST_TRIES = 20_000
"""Where brute force has more to try than this, it is not asked."""
Branch = tuple[Scenario, tuple[Change, ...]]


class TooMany(Exception):  # noqa: N818
    """Brute force would not finish."""


def subnet_choices(scenario: Scenario) -> Iterator[Branch]:
    """Every number of rounds for every group of functions with the same subnets and security groups."""
    groups = attachments(scenario.network, [name for name, one in scenario.network.functions.items() if one.subnets])
    limits = [range(min(MOST_ROUNDS, most_rounds(scenario.network, one.subnets)) + 1) for one in groups]
    for rounds in product(*limits):
        after, changes = scenario, list[Change]()
        for one, count in zip(groups, rounds, strict=True):
            if count:
                step = add_subnets(after, one.functions, count, PRICES)
                after = step.scenario
                changes.append(step.change)
        yield after, tuple(changes)


def gateway_choices(scenario: Scenario, name: str, new: tuple[str, ...], cents: int) -> Iterator[Branch]:
    """Everything that can be done to one NAT gateway for so much money."""
    nat = scenario.network.nat_gateways[name]
    yield scenario, ()
    most = 8 if nat.kind is NatKind.ZONAL else 32
    steps: list[Step] = [
        add_nat_addresses(scenario, name, addresses, PRICES) for addresses in range(nat.addresses + 1, most + 1)
    ]
    if nat.kind is NatKind.ZONAL:
        steps += [use_regional_nat_gateway(scenario, name, addresses, PRICES) for addresses in range(1, 33)]
        behind = [one.name for one in scenario.network.subnets.values() if one.route == name]
        for first, second in product(range(nat.addresses, 9), range(1, 9)):
            if GATEWAY + (first + second - nat.addresses) * ADDRESS > cents:
                continue
            for size in range(1, len(behind)):
                for moved in combinations(behind, size):
                    kept = [one for one in behind if one not in moved]
                    parts = [(first, kept), (second, list(moved))]
                    steps.append(add_nat_gateway(scenario, name, parts, PRICES, unused=new))
    for step in steps:
        if step.change.monthly_cents <= cents:
            yield step.scenario, (step.change,)


def choices(scenario: Scenario, cents: int, headroom: float) -> Iterator[Branch]:
    """Every combination of changes for so much money. What holds today is left alone: a plan does not shrink anything.

    None of the changes saves money, so that a part of them never costs more than the whole.
    """
    tables = solution(scenario, scenario, ()).tables
    narrow = {str(table.resource) for table in tables if not table.fits(headroom)}
    for after_subnets, changes in subnet_choices(scenario):
        new = tuple(name for change in changes for name in change.new)
        branches: list[Branch] = [(after_subnets, changes)]
        for name in sorted(narrow & set(scenario.network.nat_gateways)):
            branches = [
                (after, (*before, *more))
                for now, before in branches
                for after, more in gateway_choices(now, name, new, cents)
                if sum(change.monthly_cents for change in (*before, *more)) <= cents
            ]
            if len(branches) > MOST_TRIES:
                raise TooMany
        yield from branches


def solution(scenario: Scenario, after: Scenario, changes: tuple[Change, ...]) -> Solution:
    peak = measure(after.network, after.demand, scenario.assumptions)
    enis = len(after.network.hyperplane_enis) - len(scenario.network.hyperplane_enis)
    tables = all_tables(after.network, peak, scenario.assumptions, Routing())
    return Solution(after, peak, changes, tables, enis)


def fits(one: Solution, headroom: float) -> bool:
    return all(table.fits(headroom) for table in one.tables)


def check(scenario: Scenario, headroom: float) -> str:
    """The plan fits, and nothing that fits is better. Returns what kind of answer it was."""
    plan = make_plan(scenario, headroom=headroom)
    if plan.fits:
        assert fits(solution(scenario, scenario, ()), headroom)
        assert not plan.changes
        return "fits today"
    found = solution(scenario, plan.scenario, plan.changes)
    if not plan.feasible:
        assert not any(fits(solution(scenario, *one), headroom) for one in choices(scenario, 3 * GATEWAY, headroom))
        return "nothing helps"
    assert fits(found, headroom)
    beyond = {"split-security-groups", *CONDITIONAL} & {change.action.id for change in plan.changes}
    assert plan.best is not None
    if not (plan.best.exact or beyond):
        return "not called exact"
    most = 3 * GATEWAY if beyond else found.score[0]
    better = (solution(scenario, *one) for one in choices(scenario, most, headroom))
    tries = 0
    for tries, one in enumerate(better, 1):
        if tries > MOST_TRIES:
            raise TooMany
        if beyond or one.score[:4] < found.score[:4]:
            assert not fits(one, headroom), (one.changes, found.changes)
    actions = ", ".join(sorted({change.action.id for change in plan.changes}))
    return f"cheapest of {'many' if tries > 100 else 'few'}: {actions}"


@st.composite
def one_gateway(draw: st.DrawFn) -> Scenario:
    """Up to three functions in up to three subnets behind one NAT gateway, over up to two Availability Zones."""
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    functions = {
        f"f{k}": (
            draw(st.lists(st.sampled_from(names), min_size=1, max_size=len(names), unique=True)),
            draw(st.sampled_from([9_000, 21_000, 13_000, 3_900, 777])),
            draw(st.sampled_from([10, 16, 7, 1])),
        )
        for k in range(draw(st.integers(1, 2)))
    }
    return site(
        functions,
        subnets=dict.fromkeys(names, "nat"),
        zones={name: draw(st.sampled_from(["us-east-1a", "us-east-1b"])) for name in names},
        nats={"nat": draw(st.integers(1, 3))},
        kinds={"nat": draw(st.sampled_from([NatKind.ZONAL, NatKind.ZONAL, NatKind.REGIONAL]))},
        groups={name: draw(st.sampled_from(["sg-a", "sg-b"])) for name in functions},
        others={"fleet": ("nat", draw(st.sampled_from([0, 20_000, 60_000])))},
    )


@st.composite
def two_gateways(draw: st.DrawFn) -> Scenario:
    """Two functions in two subnets behind two NAT gateways, to one or two destinations."""
    functions = {
        f"f{k}": (
            draw(st.sampled_from([["a"], ["b"], ["a", "b"]])),
            draw(st.sampled_from([9_000, 12_000, 5_000, 900])),
            draw(st.sampled_from([10, 17, 3])),
        )
        for k in range(2)
    }
    return site(
        functions,
        subnets={"a": "nat-a", "b": "nat-b"},
        nats={"nat-a": draw(st.integers(1, 2)), "nat-b": draw(st.integers(1, 2))},
        groups={name: draw(st.sampled_from(["sg-a", "sg-b"])) for name in functions},
        destinations={"cache": {}, "queue": {}},
        to={name: draw(st.sampled_from(["cache", "queue"])) for name in functions},
    )


@pytest.mark.slow
@settings(max_examples=50)
@given(one_gateway(), st.sampled_from([0.0, 0.3, 0.5]))
def test_cheapest_behind_one_gateway(scenario: Scenario, headroom: float) -> None:
    try:
        event(check(scenario, headroom))
    except TooMany:
        event("brute force does not finish")


@pytest.mark.slow
@settings(max_examples=50)
@given(two_gateways(), st.sampled_from([0.0, 0.3]))
def test_cheapest_behind_two_gateways(scenario: Scenario, headroom: float) -> None:
    try:
        event(check(scenario, headroom))
    except TooMany:
        event("brute force does not finish")


@pytest.mark.parametrize("environments", [3_900, 9_000, 40_000])
def test_cheapest_for_one_function(environments: int) -> None:
    check(site({"app": (["a"], environments, 10)}), 0.3)


def test_subnets_that_nothing_needs_may_spare_the_drop_of_connections() -> None:
    # For the same money, the first division moves subnets that carry connections, the one with a subnet more does not.
    scenario = site(
        {"f0": (["a"], 21_000, 1), "f1": (["a", "b", "c"], 9_000, 16)},
        subnets=dict.fromkeys("abc", "nat"),
        zones={"a": "us-east-1a", "b": "us-east-1a", "c": "us-east-1b"},
        groups={"f0": "sg-a", "f1": "sg-b"},
        others={"fleet": ("nat", 60_000)},
    )
    check(scenario, 0.5)
    plan = make_plan(scenario, headroom=0.5)
    assert Risk.CONNECTIONS_DROPPED not in {risk for change in plan.changes for risk in change.risks}
