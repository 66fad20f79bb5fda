"""The peak: what the tables must hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.assumptions import Assumptions
from narrows.demand import Curve, Distribution, FunctionDemand, Hold, HoldKind
from narrows.network import HopKind
from narrows.plan.peak import measure, scaled
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.scenario import Scenario
from tests.unit.plan.sites import site


def peaks(scenario: Scenario) -> dict[tuple[HopKind, str], int]:
    """The peak of every table."""
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    tables = all_tables(scenario.network, peak, scenario.assumptions, Routing())
    return {(table.kind, table.id.name): table.peak for table in tables}


def with_curve(scenario: Scenario, function: str, curve: Curve, **more: object) -> Scenario:
    asked = replace(scenario.demand.functions[function], environments=curve, **more)  # type: ignore[arg-type]
    functions = {**scenario.demand.functions, function: asked}
    return replace(scenario, demand=replace(scenario.demand, functions=functions))


NAT, ENI = (HopKind.NAT_GATEWAY, "nat"), (HopKind.HYPERPLANE_ENI, "a/sg")


def test_kept_connections_are_environments_times_connections() -> None:
    assert peaks(site({"app": (["a"], 9000, 10)}))[NAT] == 90_000


def test_frozen_environments_keep_their_connections() -> None:
    scenario = site({"app": (["a"], 1, 10), "job": (["a"], 1, 10)})
    scenario = with_curve(scenario, "app", Curve(((0, 0), (10, 100), (20, 100), (20, 0))))
    scenario = with_curve(scenario, "job", Curve(((0, 0), (100, 0), (110, 100))))
    assert peaks(scenario)[NAT] == 2_000


def test_peaks_at_different_times_are_not_added_up() -> None:
    short = Assumptions(environment_idle_lifetime=5.0, recycled_environment_closes=True, nat_hold_after_close=0.0)
    scenario = site({"app": (["a"], 1, 10), "job": (["a"], 1, 10)}, assumptions=short)
    scenario = with_curve(scenario, "app", Curve(((0, 0), (10, 100), (20, 100), (20, 0))))
    scenario = with_curve(scenario, "job", Curve(((0, 0), (100, 0), (110, 80))))
    assert peaks(scenario)[NAT] == 1_000


def test_recycled_without_fin_linger_while_new_ones_come() -> None:
    assumed = Assumptions(environment_idle_lifetime=5.0)
    scenario = site({"app": (["a"], 1, 10)}, assumptions=assumed)
    scenario = with_curve(scenario, "app", Curve(((0, 0), (10, 100), (20, 100), (20, 0), (60, 0), (70, 100))))
    assert peaks(scenario)[NAT] == 2_000


def test_churn_adds_what_a_nat_gateway_holds_after_close_and_an_eni_does_not() -> None:
    hold = Hold(HoldKind.DURATION, 30.0)
    found = peaks(site({"app": (["a"], 9000, 1)}, hold=hold))
    # Each of 9,000 slots holds its open connection and two that are closing (60 s after close, 30 s each).
    assert found[NAT] == pytest.approx(27_000, rel=0.01)
    assert found[ENI] == 9_000


def test_a_burst_closes_together() -> None:
    hold = Hold(HoldKind.DURATION, 100.0)
    scenario = site({"app": (["a"], 900, 1)}, hold=hold)
    assert peaks(with_curve(scenario, "app", Curve.constant(900.0)))[NAT] == 1_800


def test_random_holds_have_a_margin() -> None:
    hold = Hold(HoldKind.DURATION, 60.0, Distribution.EXPONENTIAL)
    assert 18_000 < peaks(site({"app": (["a"], 9000, 1)}, hold=hold))[NAT] < 18_500


def test_connections_of_an_invocation_end_with_it() -> None:
    scenario = site({"app": (["a"], 1, 2)}, hold=Hold(HoldKind.INVOCATION))
    scenario = with_curve(
        scenario,
        "app",
        Curve(((0.0, 0.0), (100.0, 1000.0))),
        invocations_per_second=Curve.constant(100.0),
        invocation_duration=1.0,
    )
    found = peaks(scenario)
    # 100 invocations a second of 1 s with 2 connections each: 200 open, and 60 s later 12,000 closed ones in the NAT.
    assert 180 <= found[ENI] <= 300
    assert 12_000 <= found[NAT] <= 13_000


def test_subnets_share_evenly_and_functions_of_one_eni_add_up() -> None:
    scenario = site({"app": (["a", "b"], 101, 10), "job": (["a"], 50, 1)}, subnets={"a": "nat", "b": "nat"})
    found = peaks(scenario)
    assert found[ENI] == 51 * 10 + 50
    assert found[HopKind.HYPERPLANE_ENI, "b/sg"] == 510
    assert found[NAT] == 1_010 + 50


def test_others_count_into_the_nat_gateway_and_not_into_the_eni() -> None:
    found = peaks(site({"app": (["a"], 10, 1)}, others={"fleet": ("nat", 500)}))
    assert found[NAT] == 510
    assert found[ENI] == 10


def test_addresses_of_a_destination_are_tables_of_their_own() -> None:
    addresses = {"cache": {"addresses": ("203.0.113.10", "203.0.113.11")}}
    assumed = Assumptions(address_choice="first")
    assert peaks(site({"app": (["a"], 1000, 1)}, destinations=addresses, assumptions=assumed))[NAT] == 1_000
    spread = peaks(site({"app": (["a"], 1000, 1)}, destinations=addresses))[NAT]
    assert 500 < spread < 600


def test_destinations_that_share_an_address_share_its_table() -> None:
    same = {"cache": {"addresses": ("203.0.113.10",)}, "queue": {"addresses": ("203.0.113.10",)}}
    scenario = site(
        {"app": (["a"], 100, 1), "job": (["a"], 50, 1)},
        destinations=same,
        to={"app": "cache", "job": "queue"},
        valid=False,
    )
    assert peaks(scenario)[NAT] == 150


def test_reserved_concurrency_caps_the_peak() -> None:
    scenario = site({"app": (["a"], 9000, 10)})
    function = replace(scenario.network.functions["app"], reserved_concurrency=100)
    scenario = replace(scenario, network=replace(scenario.network, functions={"app": function}))
    assert peaks(scenario)[NAT] == 1_000


def test_growth_leaves_others_alone() -> None:
    scenario = site({"app": (["a"], 10, 1)}, others={"fleet": ("nat", 500)})
    assert peaks(replace(scenario, demand=scaled(scenario.demand, 3.0)))[NAT] == 530


def test_long_traces_are_thinned_upwards() -> None:
    points = tuple((float(k), 50.0 + (k * 7919) % 50) for k in range(5_000))
    scenario = site({"app": (["a"], 1, 1)})
    asked = FunctionDemand(scenario.demand.functions["app"].connections, Curve(points))
    demand = replace(scenario.demand, duration=6_000.0, functions={"app": asked})
    assert peaks(replace(scenario, demand=demand))[NAT] == 99


def demanded(*steps: tuple[float, float], idle_lifetime: float) -> Scenario:
    """Two subnets, and environments in steps."""
    corners = [(0.0, steps[0][1])]
    for at, value in steps[1:]:
        corners += [(at, corners[-1][1]), (at, value)]
    scenario = site(
        {"app": (["a", "b"], 1, 10)},
        subnets={"a": "nat", "b": "nat"},
        assumptions=Assumptions(environment_idle_lifetime=idle_lifetime),
    )
    asked = FunctionDemand(scenario.demand.functions["app"].connections, Curve(tuple(corners)))
    return replace(scenario, demand=replace(scenario.demand, functions={"app": asked}))


def test_environments_that_start_in_the_place_of_others_need_not_be_where_they_were() -> None:
    ups_and_downs = (0.0, 4.0), (50.0, 1.0), (100.0, 4.0), (200.0, 2.0), (250.0, 4.0)
    assert peaks(demanded(*ups_and_downs, idle_lifetime=400.0))[ENI] == 20
    # Of the four that are there, all may stand in one subnet: two of the first ones, and one more after each fall.
    again = demanded(*ups_and_downs, idle_lifetime=20.0)
    load = measure(again.network, again.demand, again.assumptions).moments[0].functions[0]
    assert load.environments == 4
    assert load.eni_grain >= 20
    assert peaks(again)[ENI] >= 40
