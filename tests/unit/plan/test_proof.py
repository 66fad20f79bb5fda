"""The proof: what fits on paper fits in the simulator, connection by connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings

from narrows import load_scenario, make_plan, prove
from narrows.assumptions import Assumptions
from narrows.demand import Curve
from narrows.errors import InputError
from narrows.network import Egress, HopKind
from narrows.scenario import Scenario, parse_scenario
from tests.simulate.random_scenarios import documents
from tests.unit.plan.sites import EXAMPLES, site
from tests.unit.plan.test_against_simulator import without_chance_or_failure


def incident(name: str, **more: Any) -> Any:
    return prove(make_plan(load_scenario(EXAMPLES / f"{name}.yaml"), **more))


def test_the_plan_of_act_1_and_each_alternative_hold() -> None:
    plan = incident("launch-load-test")
    assert plan.best.proof["holds"]
    assert plan.best.proof["established"] == plan.best.proof["wanted"] == 90_000
    assert plan.best.proof["timeouts"] == 0
    assert {table["capacity"] for table in plan.best.proof["tables"] if table["kind"] == "nat-address"} == {55_000}
    for one in plan.alternatives:
        assert one.proof is not None
        assert one.proof["holds"], one.strategy
        assert one.proof["established"] == one.peak.connections


def test_what_the_simulator_does_not_model_is_said() -> None:
    plan = incident("launch-load-test")
    notes = {one.strategy: one.proof["notes"] for one in plan.alternatives}
    assert any("not simulated" in note for note in notes["use-egress-proxy"])
    assert any("two functions" in note for note in notes["split-security-groups"])


def test_today_is_proved_where_it_fits() -> None:
    plan = incident("second-subnet", headroom=0.0)
    assert plan.fits
    assert plan.to_json()["proof"]["holds"]


def test_a_network_that_is_too_narrow_does_not_hold() -> None:
    narrow = load_scenario(EXAMPLES / "launch-load-test.yaml")
    plan = make_plan(load_scenario(EXAMPLES / "second-subnet.yaml"), headroom=0.0)
    proof = prove(replace(plan, today=narrow)).proof
    assert proof is not None
    assert not proof["holds"]
    assert proof["established"] == 55_000
    assert proof["error_port_allocation"] > 0


@pytest.mark.slow
def test_it_runs_until_lambda_has_scaled_up() -> None:
    plan = incident("launch-load-test", growth=5.0)
    assert plan.best.proof["established"] == 450_000
    # 45,000 environments at 1,000 in 10 s, then the connect timeout.
    assert plan.best.proof["simulated_seconds"] == pytest.approx(481.0)


def test_demand_beyond_the_end_of_the_scenario_stays_out() -> None:
    scenario = site({"app": (["a"], 1, 10)})
    asked = replace(scenario.demand.functions["app"], environments=Curve(((0.0, 0.0), (400.0, 8_000.0))))
    scenario = replace(scenario, demand=replace(scenario.demand, functions={"app": asked}))
    plan = prove(make_plan(scenario), alternatives=False)
    assert plan.best is not None
    assert plan.best.proof is not None
    assert plan.best.proof["established"] == plan.peak.connections == 60_000


def test_alternatives_may_be_left_out() -> None:
    plan = prove(make_plan(load_scenario(EXAMPLES / "launch-load-test.yaml")), alternatives=False)
    assert plan.best is not None
    assert plan.best.proof is not None
    assert plan.alternatives
    assert all(one.proof is None for one in plan.alternatives)


def test_progress_names_what_is_proved() -> None:
    seen: list[tuple[str, int, int]] = []
    plan = make_plan(site({"app": (["a"], 6_000, 10)}))
    prove(plan, progress=lambda what, done, total: seen.append((what, done, total)))
    assert {what for what, _, _ in seen} == {"cheapest", *(one.strategy for one in plan.alternatives)}
    assert all(done <= total for _, done, total in seen)


def test_a_subnet_that_no_function_uses_may_lead_anywhere() -> None:
    scenario = site({"app": (["a"], 100, 10)})
    unused = replace(scenario.network.subnets["a"], name="b", route=Egress.UNKNOWN)
    subnets = {**scenario.network.subnets, "b": unused}
    proof = prove(make_plan(replace(scenario, network=replace(scenario.network, subnets=subnets)))).proof
    assert proof is not None
    assert proof["holds"]


def test_a_name_that_is_not_resolved_is_a_connection_that_fails() -> None:
    """Resolvers' packets are a limit that no plan widens: what fits every table still does not hold."""
    scenario = site({"app": (["a"], 900, 10)}, assumptions=Assumptions(resolver_packets_per_second=100))
    plan = prove(make_plan(scenario))
    assert plan.fits
    assert plan.proof is not None
    assert not plan.proof["holds"]
    assert plan.proof["timeouts"] == 0
    assert any("found no name" in note for note in plan.proof["notes"])


def test_environments_that_lambda_never_runs_do_not_hold() -> None:
    plan = make_plan(site({"app": (["a"], 900, 10)}))
    held = replace(plan.today, assumptions=Assumptions(account_concurrency=100))
    proof = prove(replace(plan, today=held)).proof
    assert proof is not None
    assert (proof["holds"], proof["established"]) == (False, 1000)
    assert proof["notes"] == ["Lambda's concurrency or scale-up rate held app to 100 of 900 environments"]


def test_concurrency_is_a_quota_of_the_plan_also_where_every_table_has_room() -> None:
    plan = prove(make_plan(site({"app": (["a"], 900, 10)}, assumptions=Assumptions(account_concurrency=100))))
    assert not plan.fits
    assert plan.best is not None
    assert plan.best.changes == ()
    assert [(one.limit.quota_code, one.current, one.needed) for one in plan.best.quotas] == [("L-B99A9384", 100, 900)]
    assert plan.best.proof is not None
    assert (plan.best.proof["holds"], plan.best.proof["established"]) == (True, 9_000)


@pytest.mark.parametrize("concurrency", [None, 100])
def test_a_destination_that_is_not_reached_does_not_fit(concurrency: int | None) -> None:
    """No quota that is raised helps there."""
    assumed = Assumptions(account_concurrency=concurrency)
    scenario = site({"app": (["a"], 900, 10)}, subnets={"a": "none"}, assumptions=assumed)
    plan = prove(make_plan(scenario))
    assert (plan.fits, plan.best) == (False, None)
    assert any("does not reach cache" in note for note in plan.notes)
    assert plan.proof is not None
    assert not plan.proof["holds"]


@pytest.mark.slow
def test_a_scenario_of_a_day_is_proved_to_its_end() -> None:
    scenario = site({"app": (["a"], 1, 10)})
    asked = replace(scenario.demand.functions["app"], environments=Curve(((0.0, 0.0), (86_400.0, 200.0))))
    scenario = replace(scenario, demand=replace(scenario.demand, functions={"app": asked}, duration=86_400.0))
    proof = prove(make_plan(scenario)).proof
    assert proof is not None
    assert (proof["holds"], proof["established"], proof["simulated_seconds"]) == (True, 2_000, 86_400.0)


def narrow_nats(document: dict[str, Any]) -> Scenario:
    """A random scenario without chance, with NAT gateway addresses so small that they matter."""
    capacity = document["assumptions"]["nat_connections_per_address"]
    document = without_chance_or_failure(document)
    document["assumptions"] |= {"nat_connections_per_address": capacity}
    for other in document["others"].values():
        other["connections"] = []
    return parse_scenario(yaml.safe_dump(document))


@pytest.mark.slow
@settings(max_examples=60)
@given(documents().map(narrow_nats))
def test_what_fits_without_headroom_holds(scenario: Scenario) -> None:
    try:
        plan = make_plan(scenario, headroom=0.0)
    except InputError:
        assume(False)
        return
    assume(plan.feasible)
    proved = prove(plan, alternatives=False)
    proof = proved.proof if proved.best is None else proved.best.proof
    assert proof is not None
    full = [table for table in proof["tables"] if table["dropped"]]
    assert not full
    assert proof["error_port_allocation"] == 0
    blocked = any(
        path.blocked is not None
        for name, asked in plan.scenario.demand.functions.items()
        for use in asked.connections
        for path in plan.network.paths(name, use.to)
    )
    assert blocked or proof["timeouts"] == 0
    roomy = all(table.kind is not HopKind.NAT_GATEWAY or table.fits(0.0) for table in plan.tables)
    assert roomy if plan.fits else not roomy or blocked or not plan.changes
