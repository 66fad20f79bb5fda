"""Every step of every plan is needed: without any one of them, something that the plan makes fit does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from narrows.demand import Connections, Distribution, FunctionDemand, Hold, HoldKind
from narrows.network import NatKind
from narrows.plan import Plan, make_plan
from narrows.plan.actions import Change
from narrows.plan.changes.add_subnets import round_of
from narrows.plan.changes.edits import rerouted, with_network
from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.scenario import Scenario
from narrows.tables import TableId
from tests.unit.plan.sites import site

GATEWAYS = ("nat", "nat-b")
DESTINATIONS = ("api", "dynamo", "files", "bank")
HOSTS = {"dynamo": "dynamodb.us-east-1.amazonaws.com", "files": "files.s3.us-east-1.amazonaws.com"}


def short(scenario: Scenario, headroom: float) -> set[TableId]:
    """The tables that do not hold."""
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    tables = all_tables(scenario.network, peak, scenario.assumptions, Routing())
    return {table.id for table in tables if not table.fits(headroom)}


def fewer_subnets(scenario: Scenario, dropped: set[str]) -> Scenario:
    functions = {
        name: replace(one, subnets=tuple(subnet for subnet in one.subnets if subnet not in dropped))
        for name, one in scenario.network.functions.items()
    }
    return with_network(scenario, functions=functions)


def one_address_fewer(scenario: Scenario, gateway: str) -> Scenario:
    gateways = scenario.network.nat_gateways
    fewer = replace(gateways[gateway], addresses=gateways[gateway].addresses - 1)
    return with_network(scenario, nat_gateways={**gateways, gateway: fewer})


def without_reuse(plan: Plan, scenario: Scenario, change: Change) -> Scenario:
    """A function's connections to a destination as they are today."""

    def restored(functions: Mapping[str, FunctionDemand]) -> Mapping[str, FunctionDemand]:
        found = dict(functions)
        for name, today in plan.today.demand.functions.items():
            for use in today.connections:
                if change.resource == f"{name} -> {use.to}":
                    kept = [one for one in functions[name].connections if one.to != use.to]
                    found[name] = replace(functions[name], connections=(*kept, use))
        return found

    return replace(scenario, demand=scenario.demand.edited(restored))


def without(plan: Plan, scenario: Scenario, change: Change) -> Iterator[Scenario]:
    """The scenario of an option without a step, or without a part of it that could be left out by itself."""
    network = scenario.network
    match change.action.id:
        case "use-interface-endpoint" | "use-egress-proxy":
            left = {name: one for name, one in network.endpoints.items() if name not in change.new}
            yield with_network(scenario, endpoints=left)
        case "reuse-connections":
            yield without_reuse(plan, scenario, change)
        case "add-subnets":
            before = [
                name for one in network.functions.values() for name in one.subnets if change.new[0] in one.subnets
            ]
            size = len(round_of(network, [name for name in dict.fromkeys(before) if name not in change.new]))
            for at in range(0, len(change.new), size):
                yield fewer_subnets(scenario, set(change.new[at : at + size]))
        case "add-nat-addresses":
            yield one_address_fewer(scenario, change.resource)
        case "add-nat-gateway":
            for name in change.new:
                behind = [one.name for one in network.subnets.values() if one.route == name]
                yield with_network(scenario, subnets=rerouted(network.subnets, behind, change.resource))
        case _:
            return


def needless(plan: Plan) -> Iterator[tuple[str, Change]]:
    """Steps without which everything that an option makes fit still does."""
    for option in (plan.best, *plan.alternatives):
        if option is None or any(one.action.id == "split-security-groups" for one in option.changes):
            continue  # second versions have demands of their own
        there = short(option.scenario, plan.headroom_wanted)
        for change in option.changes:
            for scenario in without(plan, option.scenario, change):
                event(f"without {change.action.id}")
                if short(scenario, plan.headroom_wanted) <= there:
                    yield option.strategy, change


@st.composite
def sites(draw: st.DrawFn) -> Scenario:
    """Up to four functions with up to three destinations each, behind one or two NAT gateways."""
    subnets = {"a": "nat", "b": draw(st.sampled_from(GATEWAYS))}
    names = [f"f{number}" for number in range(draw(st.integers(1, 4)))]
    known = {
        name: {
            "addresses": tuple(f"198.51.{number}.{k}" for k in range(draw(st.sampled_from((1, 1, 2))))),
            "max_connections": draw(st.sampled_from((None, None, None, 2_000, 30_000))),
            "host": HOSTS.get(name),
        }
        for number, name in enumerate(DESTINATIONS)
    }
    places = st.sampled_from((["a"], ["b"], ["a", "b"]))
    scenario = site(
        {name: (draw(places), draw(st.integers(1, 40)) * 100, 1) for name in names},
        subnets=subnets,
        zones={"a": "us-east-1a", "b": "us-east-1b"},
        nats={name: draw(st.integers(1, 2)) for name in dict.fromkeys(subnets.values())},
        kinds={"nat": draw(st.sampled_from((NatKind.ZONAL, NatKind.ZONAL, NatKind.PRIVATE)))},
        groups={name: draw(st.sampled_from(("sg", "sg-2"))) for name in names},
        destinations=known,
        others={"fleet": ("nat", 20_000)} if draw(st.booleans()) else {},
    )
    functions = {}
    for name, asked in scenario.demand.functions.items():
        used = draw(st.lists(st.sampled_from(DESTINATIONS), min_size=1, max_size=3, unique=True))
        holds = st.sampled_from((Hold(), Hold(), Hold(HoldKind.DURATION, 60.0, Distribution.CONSTANT)))
        uses = tuple(Connections(to, draw(st.integers(1, 30)), draw(holds)) for to in used)
        functions[name] = replace(asked, connections=uses)
    return replace(scenario, demand=replace(scenario.demand, functions=functions))


@pytest.mark.slow
@settings(max_examples=150)
@given(sites(), st.sampled_from((0.0, 0.3)))
def test_no_step_can_be_left_out(scenario: Scenario, headroom: float) -> None:
    plan = make_plan(scenario, headroom=headroom)
    assert list(needless(plan)) == []


def six_functions(bank: int, of_bank: int, of_api: int) -> Scenario:
    """Six functions of 1,000 environments to ``bank``, which takes so many connections, and to ``api``."""
    names = [f"f{number}" for number in range(6)]
    scenario = site(
        {name: (["a"], 1_000, 1) for name in names},
        groups={name: f"sg-{name}" for name in names},
        destinations={"bank": {"max_connections": bank}, "api": {}},
    )
    uses = (Connections("bank", of_bank, Hold()), Connections("api", of_api, Hold()))
    functions = {name: replace(asked, connections=uses) for name, asked in scenario.demand.functions.items()}
    return replace(scenario, demand=replace(scenario.demand, functions=functions))


def test_a_full_destination_is_said_once_and_the_rest_is_planned() -> None:
    plan = make_plan(six_functions(500, 5, 10))
    assert sum("bank takes 500 connections" in note for note in plan.notes) == 1
    assert [(change.action.id, change.resource) for change in plan.changes] == [("add-nat-addresses", "nat")]
    kept = [change for one in plan.alternatives for change in one.changes if change.action.id == "reuse-connections"]
    assert kept
    # One connection in each environment is too many for bank: no pool of it is cut, and none of another to one.
    assert all(change.resource.endswith("-> api") and (change.after or 0) > 1 for change in kept)
    assert max(len(one.changes) for one in plan.alternatives) <= 6


def test_a_destination_that_takes_few_leaves_the_pools_of_others_as_large_as_they_can_be() -> None:
    plan = make_plan(six_functions(6_000, 5, 10), headroom=0.0)
    (reuse,) = [one for one in plan.alternatives if one.strategy == "reuse-connections"]
    left = {change.resource: change.after for change in reuse.changes}
    assert {name: after for name, after in left.items() if name.endswith("bank")} == {
        f"f{n} -> bank": 1 for n in range(6)
    }
    (api,) = [after for name, after in left.items() if name.endswith("api")]
    # 60,000 connections to api, of which 5,000 are too many: half of one function's 10,000.
    assert api == 5


def test_a_function_that_opens_connections_anew_is_left_alone_where_another_table_is_full() -> None:
    scenario = site(
        {"app": (["a"], 6_000, 10), "calm": (["a"], 100, 1)},
        groups={"app": "sg-1", "calm": "sg-2"},
        to={"app": "api", "calm": "api"},
        destinations={"api": {}},
    )
    calm = scenario.demand.functions["calm"]
    anew = Connections("api", 1, Hold(HoldKind.DURATION, 60.0, Distribution.CONSTANT))
    functions = {**scenario.demand.functions, "calm": replace(calm, connections=(anew,))}
    plan = make_plan(replace(scenario, demand=replace(scenario.demand, functions=functions)), headroom=0.0)
    (reuse,) = [one for one in plan.alternatives if one.strategy == "reuse-connections"]
    assert [change.resource for change in reuse.changes] == ["app -> api"]


def test_only_what_fills_the_table_gets_an_endpoint() -> None:
    scenario = site(
        {"shop": (["a"], 1_500, 10), "stock": (["a"], 6_000, 10)},
        groups={"shop": "sg-1", "stock": "sg-2"},
        to={"shop": "search", "stock": "dynamo"},
        destinations={"search": {}, "dynamo": {"host": HOSTS["dynamo"]}},
    )
    plan = make_plan(scenario, headroom=0.0)
    (endpoint,) = [one for one in plan.alternatives if one.strategy == "use-interface-endpoint"]
    assert [(change.resource, change.monthly_cents) for change in endpoint.changes] == [("dynamo", 0)]
    assert "gateway endpoint for DynamoDB" in endpoint.changes[0].what
    elsewhere = {change.resource for one in plan.alternatives for change in one.changes}
    assert not any("search" in resource for resource in elsewhere)


def test_a_gateway_is_divided_with_no_subnet_that_nothing_needs() -> None:
    plan = make_plan(six_functions(60_000, 1, 7))
    (divided,) = [one for one in plan.alternatives if one.strategy == "add-nat-gateway"]
    subnets = [change for change in divided.changes if change.action.id == "add-subnets"]
    # 42,000 connections to api, 38,500 that one address takes: half of one function's move.
    assert len(subnets) == 1
    (gateway,) = [change for change in divided.changes if change.action.id == "add-nat-gateway"]
    assert gateway.what.endswith(f"with route tables for {subnets[0].new[0]}")
    assert len(divided.scenario.network.subnets) == 2
