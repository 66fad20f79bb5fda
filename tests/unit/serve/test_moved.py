"""What a move makes of a scenario; and that the page says of it what ``narrows plan`` says of the file it writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.demand import HoldKind
from narrows.network import HopKind
from narrows.plan import make_plan
from narrows.plan.changes.add_nat_addresses import add_nat_addresses
from narrows.plan.changes.add_subnets import add_subnets
from narrows.plan.changes.use_interface_endpoint import use_interface_endpoint
from narrows.plan.model import Verdict
from narrows.prices import load_prices
from narrows.scenario import Scenario, parse_scenario
from narrows.serve.answer import Answer
from narrows.serve.app import WhatIf
from narrows.serve.moved import moved
from narrows.serve.price import monthly_cents
from narrows.serve.state import State, read_state
from tests.serve.scenarios import served, shop

PRICES = load_prices("us-east-1")
WHAT_IF = WhatIf(served())

EACH = st.fixed_dictionaries(
    {}, optional={"each": st.integers(1, 30), "hold": st.floats(0.5, 90), "reuse": st.booleans()}
)
FUNCTION = st.fixed_dictionaries(
    {},
    optional={
        "environments": st.integers(0, 12_000),
        "subnets": st.integers(1, 6),
        "connections": st.dictionaries(st.just("0"), EACH),
    },
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "functions": st.dictionaries(st.sampled_from(["storefront", "checkout"]), FUNCTION),
        "nat_gateways": st.dictionaries(st.sampled_from(["nat-a", "nat-b"]), st.integers(1, 8)),
        "endpoints": st.dictionaries(st.sampled_from(["cache", "files", "partner"]), st.booleans()),
    },
)


def state(**parts: object) -> State:
    """A state as a page sends it."""
    return read_state(json.dumps(parts).encode())


def move(**parts: object) -> Scenario:
    """The shop, moved."""
    return moved(shop(), state(**parts), PRICES)


@given(STATES)
@settings(max_examples=40)
def test_the_page_says_what_the_plan_says_of_the_scenario_that_it_writes(parts: dict[str, Any]) -> None:
    asked = state(**parts)
    shown = WHAT_IF.answer(asked)
    if not shown.peak.connections:
        return
    plan = make_plan(parse_scenario(WHAT_IF.write(asked)))
    printed: dict[str, Any] = plan.to_json()
    tables = sorted(json.dumps(table.to_json()) for table in shown.tables)
    assert tables == sorted(json.dumps(table) for table in printed["peak"]["tables"])
    assert shown.peak.connections == printed["peak"]["connections"]
    assert shown.fits == (printed["verdict"] == Verdict.HOLDS.value)


def test_nothing_moved_is_what_is_served() -> None:
    assert move() == shop()


def test_environments_keep_the_course_of_the_demand() -> None:
    curve = move(functions={"storefront": {"environments": 4500}}).demand.functions["storefront"].environments
    assert [curve.at(at) for at in (0.0, 30.0, 60.0, 120.0)] == [0.0, 2250.0, 4500.0, 4500.0]


def test_invocations_come_as_often_for_each_environment() -> None:
    rate = move(functions={"checkout": {"environments": 250}}).demand.functions["checkout"].invocations_per_second
    assert rate is not None
    assert rate.at(0.0) == 450.0


@pytest.mark.parametrize(
    ("place", "change", "kind", "seconds"),
    [
        (0, {"reuse": False}, HoldKind.INVOCATION, 0.0),
        (0, {"reuse": False, "hold": 30.0}, HoldKind.DURATION, 30.0),
        (0, {"each": 2}, HoldKind.UNTIL_RECYCLED, 0.0),
        (1, {"reuse": True}, HoldKind.UNTIL_RECYCLED, 0.0),
        (1, {"hold": 5}, HoldKind.DURATION, 5.0),
        (1, {"reuse": False}, HoldKind.DURATION, 20.0),
    ],
)
def test_how_long_connections_are_held(place: int, change: object, kind: HoldKind, seconds: float) -> None:
    after = move(functions={"storefront": {"connections": {str(place): change}}})
    hold = after.demand.functions["storefront"].connections[place].hold
    assert (hold.kind, hold.mean) == (kind, seconds)


def test_functions_that_copy_a_subnet_share_the_copy() -> None:
    network = move(functions={"storefront": {"subnets": 4}, "checkout": {"subnets": 3}}).network
    assert network.functions["storefront"].subnets == ("private-a", "private-b", "private-a-2", "private-b-2")
    assert network.functions["checkout"].subnets == ("private-a", "private-b", "private-a-2")
    assert network.subnets["private-b-2"].route == "nat-b"
    assert len(network.subnets) == 4


def test_one_subnet_less_is_the_first_ones() -> None:
    assert move(functions={"storefront": {"subnets": 1}}).network.functions["storefront"].subnets == ("private-a",)


def test_an_endpoint_leads_past_the_nat_gateways() -> None:
    after = move(endpoints={"cache": True, "files": True})
    kinds = {one.destinations: one.kind for one in after.network.endpoints.values()}
    assert kinds == {("cache",): HopKind.INTERFACE_ENDPOINT, ("files",): HopKind.GATEWAY_ENDPOINT}
    shown = WHAT_IF.answer(state(endpoints={"cache": True}))
    assert not [table for table in shown.tables if table.kind is HopKind.NAT_GATEWAY and "cache" in table.destinations]
    assert moved(after, state(endpoints={"cache": False, "files": False}), PRICES).network.endpoints == {}


def test_prices_are_those_of_the_plan() -> None:
    before = shop()
    for step in (
        add_nat_addresses(before, "nat-a", 4, PRICES),
        add_subnets(before, ("storefront", "checkout"), 1, PRICES),
        use_interface_endpoint(before, "cache", PRICES),
        use_interface_endpoint(before, "files", PRICES),
    ):
        # Each sum of dollars is rounded to cents once, and there are five of them.
        grown = monthly_cents(step.scenario, PRICES) - monthly_cents(before, PRICES)
        assert abs(grown - step.change.monthly_cents) <= 3, step.change.action.id


def test_a_gateway_and_its_addresses_by_hand() -> None:
    # us-east-1: $0.045 an hour for each of two gateways, $0.005 for each of three addresses, 730 hours.
    quiet = parse_scenario(
        "name: quiet\nvpc: {subnets: {s: {az: us-east-1a, route: a}}, nat_gateways: {a: {addresses: 2}, b: {}}}\n"
        "destinations: {d: {port: 443}}\n"
        "functions: {f: {subnets: [s], security_groups: [sg], connections: [{to: d}]}}\n"
        "demand: {f: {environments: 1}}\n"
    )
    assert monthly_cents(quiet, PRICES) == 6570 + 1095


class TestTheVerdict:
    """In the words of the page."""

    def said(self, **parts: object) -> Answer:
        return WHAT_IF.answer(state(**parts))

    def test_too_many(self) -> None:
        # 30,000 environments with 4 connections each, over two subnets: 60,000 at nat-a's one address.
        answer = self.said(functions={"storefront": {"environments": 30_000}})
        assert answer.tone == "bad"
        full = {table.id.name for table in answer.overfull}
        assert "nat-a" in full
        worst = max(answer.overfull, key=lambda table: table.peak - table.capacity)
        assert f"{worst.peak - worst.capacity:,} do not fit" in answer.verdict.before

    def test_enough(self) -> None:
        answer = self.said(functions={"storefront": {"environments": 500}})
        assert (answer.tone, answer.overfull) == ("good", ())

    def test_without_the_headroom(self) -> None:
        # partner takes 9,000 and is asked for 8,500: 5.6 % stay free.
        answer = self.said(functions={"storefront": {"environments": 8_500}})
        assert answer.tone == "warn"
        assert (answer.verdict.before, answer.verdict.name) == ("Holds without the headroom: ", "6 %")
