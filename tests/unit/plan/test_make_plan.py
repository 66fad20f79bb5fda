"""The plan as a whole: the incident, alternatives, conditions, quotas, what binds next, and bad arguments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from narrows import InputError, Plan, load_scenario, make_plan
from narrows.limits import NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import NatKind
from narrows.network_checks import check
from narrows.plan.changes import ACTIONS, CONDITIONAL
from narrows.plan.model import Option
from narrows.plan.peak import measure
from narrows.scenario import Scenario
from tests.unit.plan.sites import EXAMPLES, site


def incident(name: str = "launch-load-test", **more: Any) -> Plan:
    return make_plan(load_scenario(EXAMPLES / f"{name}.yaml"), **more)


def actions(option: Plan | Option) -> list[tuple[str, int]]:
    return [(change.action.id, change.count) for change in option.changes]


def alternative(plan: Plan, action: str) -> Option:
    return next(one for one in plan.alternatives if one.strategy == action)


def test_act_1_needs_a_subnet_and_two_addresses() -> None:
    plan = incident()
    assert not plan.fits
    assert actions(plan) == [("add-subnets", 1), ("add-nat-addresses", 2)]
    assert plan.monthly_usd == 7.30
    assert plan.network.nat_gateways["nat-a"].addresses == 3
    assert plan.headroom == pytest.approx(1 - 45_000 / 65_000)
    assert plan.peak.connections == 90_000


def test_act_2_needs_a_subnet_only() -> None:
    plan = incident("eight-addresses")
    assert actions(plan) == [("add-subnets", 1)]
    assert plan.monthly_usd == 0


def test_act_3_holds_without_headroom() -> None:
    assert incident("second-subnet", headroom=0.0).fits
    assert actions(incident("second-subnet")) == [("add-nat-addresses", 1)]


def test_what_binds_next_is_the_eni_at_130_000() -> None:
    best = incident().best
    assert best is not None
    assert best.next_narrows is not None
    found = best.next_narrows.to_json()
    assert (found["id"], found["at_connections"]) == ("hyperplane-eni-exhaustion", 130_000)


def test_every_strategy_of_the_incident_fits_and_says_what_it_needs() -> None:
    plan = incident()
    taken = {change.action.id for change in plan.changes}
    # The cache has no IPv6 address.
    assert {one.strategy for one in plan.alternatives} == set(ACTIONS) - taken - {"use-ipv6-egress"}
    for one in plan.alternatives:
        assert all(table.fits(0.3) for table in one.tables)
        assert one.headroom >= 0.3 - 1e-9
        assert any(change.action.id == one.strategy for change in one.changes)
        if one.strategy in CONDITIONAL:
            assert one.needs
    prices = [one.monthly_cents for one in plan.alternatives]
    assert prices == sorted(prices)


def test_reuse_keeps_as_many_connections_as_fit() -> None:
    change = alternative(incident(), "reuse-connections").changes[0]
    # 9,000 environments, 0.7 of one address: four connections each.
    assert change.after == int(0.7 * NAT_CONNECTIONS_PER_DESTINATION.value) // 9_000 == 4


def test_one_function_is_split_only_behind_an_alias() -> None:
    option = alternative(incident(), "split-security-groups")
    assert any("alias" in need for need in option.needs)
    assert len(option.scenario.network.hyperplane_enis) == 2


def test_a_conditional_action_wins_only_when_it_is_said_to_be_possible() -> None:
    assert actions(incident(possible=["reuse-connections"])) == [("reuse-connections", 6)]
    plan = incident(possible=["use-interface-endpoint=cache"])
    assert plan.monthly_usd == 7.30
    assert actions(incident("second-subnet", possible=["use-interface-endpoint"])) == [("add-nat-addresses", 1)]


def test_without_the_condition_the_plain_plan_is_still_shown() -> None:
    plan = incident(possible=["leave-vpc"])
    assert actions(plan) == [("leave-vpc", 1)]
    assert any(actions(one) == [("add-subnets", 1), ("add-nat-addresses", 2)] for one in plan.alternatives)


def test_ipv6_is_offered_only_where_the_destination_speaks_it() -> None:
    scenario = load_scenario(EXAMPLES / "launch-load-test.yaml")
    cache = replace(scenario.network.destinations["cache"], ipv6=True)
    scenario = replace(scenario, network=replace(scenario.network, destinations={"cache": cache}))
    option = alternative(make_plan(scenario), "use-ipv6-egress")
    assert option.scenario.network.functions["storefront"].dual_stack
    check(option.scenario.network)
    # The ENI limit is taken to hold for IPv6, too.
    assert "add-subnets" in {change.action.id for change in option.changes}


def test_functions_that_reach_something_inside_do_not_leave_the_vpc() -> None:
    scenario = load_scenario(EXAMPLES / "launch-load-test.yaml")
    database = replace(scenario.network.destinations["cache"], name="db", addresses=("10.0.0.9",), local=True)
    asked = scenario.demand.functions["storefront"]
    uses = (*asked.connections, replace(asked.connections[0], to="db", per_environment=1))
    scenario = replace(
        scenario,
        network=replace(scenario.network, destinations={**scenario.network.destinations, "db": database}),
        demand=replace(scenario.demand, functions={"storefront": replace(asked, connections=uses)}),
    )
    assert "leave-vpc" not in {one.strategy for one in make_plan(scenario).alternatives}


def test_more_than_eight_addresses_is_a_regional_gateway_or_two_zonal_ones() -> None:
    one_zone = site({"app": (["a"], 20_000, 20)})
    assert "use-regional-nat-gateway" in {change.action.id for change in make_plan(one_zone).changes}
    three = {"a": "us-east-1a", "b": "us-east-1b", "c": "us-east-1c"}
    zones = site({"app": (list(three), 20_000, 20)}, subnets=dict.fromkeys(three, "nat"), zones=three, nats={"nat": 8})
    plan = make_plan(zones)
    # Three zones would be billed; a second gateway is one.
    assert "add-nat-gateway" in {change.action.id for change in plan.changes}


def test_private_gateways_grow_by_private_addresses() -> None:
    plan = make_plan(site({"app": (["a"], 20_000, 20)}, kinds={"nat": NatKind.PRIVATE}))
    change = next(change for change in plan.changes if change.action.id == "add-nat-addresses")
    assert change.after == 11
    assert plan.best is not None
    assert [need.limit.quota_code for need in plan.best.quotas] == ["L-DFA99DE7"]


def test_sixteen_subnets_are_followed_by_a_split() -> None:
    plan = make_plan(site({"app": (["a"], 9_000, 100)}, destinations={"cache": {"local": True}}))
    assert [change.action.id for change in plan.changes] == ["split-security-groups", "add-subnets"] or [
        change.action.id for change in plan.changes
    ] == ["add-subnets", "split-security-groups"]
    assert plan.best is not None
    assert plan.best.headroom >= 0.3


def test_a_full_destination_helps_only_by_fewer_connections() -> None:
    plan = make_plan(site({"app": (["a"], 1_000, 10)}, destinations={"cache": {"max_connections": 5_000}}))
    assert not plan.fits
    assert actions(plan) == [("reuse-connections", 7)]
    assert any("larger destination" in note for note in plan.notes)


def test_when_nothing_helps_it_says_so() -> None:
    plan = make_plan(site({"app": (["a"], 9_000, 1)}, destinations={"cache": {"max_connections": 5_000}}))
    assert not plan.feasible
    assert plan.best is None
    assert plan.to_json()["changes"] == []
    assert any("no change" in note for note in plan.notes)


def test_descriptors_are_a_table_too() -> None:
    plan = make_plan(site({"app": (["a"], 10, 900)}))
    assert not plan.fits
    assert actions(plan)[0][0] == "reuse-connections"


def test_quotas_name_code_and_numbers() -> None:
    best = incident().best
    assert best is not None
    (need,) = best.quotas
    assert (need.limit.quota_code, need.current, need.known, need.needed) == ("L-5F53652F", 2, False, 3)


def test_elastic_ips_of_the_region_are_counted_together() -> None:
    plan = incident(growth=2.5)
    assert plan.best is not None
    assert {need.limit.quota_code for need in plan.best.quotas} == {"L-5F53652F", "L-0263D0A3"}


def test_what_is_in_use_already_needs_no_increase() -> None:
    plan = incident("eight-addresses")
    assert plan.best is not None
    assert plan.best.quotas == ()


def test_growth_and_peak_scale_the_functions() -> None:
    assert incident(growth=2.0).peak.connections == 180_000
    assert incident(peak=180_000).peak.connections == 180_000
    assert incident(peak=180_000).growth == 2.0
    assert incident(growth=0.25).fits


def test_others_fill_the_table_and_are_not_scaled() -> None:
    plan = make_plan(site({"app": (["a"], 1_000, 10)}, others={"fleet": ("nat", 30_000)}), growth=1.5)
    (table,) = [table for table in plan.tables if table.resource == "nat"]
    assert (table.peak, table.others) == (45_000, 30_000)
    assert plan.best is not None
    assert plan.best.next_narrows is not None
    # 110,000 of the wider gateway less 30,000 of others.
    assert plan.best.next_narrows.at_connections == min(80_000, 65_000)


def test_a_plan_is_the_same_every_time() -> None:
    assert incident().to_json() == incident().to_json()


def test_a_widened_network_fits_when_it_is_planned_again() -> None:
    for name in ("launch-load-test", "eight-addresses", "second-subnet"):
        plan = incident(name)
        assert make_plan(plan.scenario).fits
        for one in plan.alternatives:
            assert make_plan(one.scenario).fits


def test_tables_of_a_plan_hold_its_own_peak() -> None:
    plan = incident(growth=3.3)
    assert plan.best is not None
    assert (
        plan.best.peak.connections == measure(plan.network, plan.scenario.demand, plan.scenario.assumptions).connections
    )


def test_json_has_the_shape_of_the_issue() -> None:
    document: dict[str, Any] = incident().to_json()
    assert {"fits", "changes", "monthly_usd", "headroom", "peak", "alternatives", "proof"} <= document.keys()
    first, second = document["changes"]
    assert {"action", "resource", "count", "monthly_usd"} <= first.keys()
    assert second["resource"] == "nat-a"
    assert document["proof"] is None


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"headroom": 1.0}, "--headroom: 1 is not a valid headroom"),
        ({"headroom": -0.1}, "--headroom"),
        ({"headroom": float("nan")}, "--headroom"),
        ({"growth": 0.0}, "--growth"),
        ({"growth": -1.0}, "--growth"),
        ({"growth": float("inf")}, "--growth"),
        ({"growth": float("nan")}, "--growth"),
        ({"peak": 0}, "--peak"),
        ({"peak": 10**12}, "--peak"),
        ({"peak": 10, "growth": 2.0}, "give one of them"),
        ({"possible": ["use-interface-endpiont"]}, "did you mean 'use-interface-endpoint'"),
        ({"possible": ["use-interface-endpoint=cahce"]}, "did you mean 'cache'"),
        ({"possible": ["leave-vpc=cache"]}, "there is no function 'cache'"),
        ({"possible": ["add-subnets"]}, "is not a conditional action"),
        ({"proxy_reuse": 0}, "--proxy-reuse"),
    ],
)
def test_bad_arguments_are_one_line(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=r".") as error:
        incident(**arguments)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def test_no_demand_is_one_line() -> None:
    with pytest.raises(InputError, match="asks for no connection"):
        make_plan(site({"app": (["a"], 0, 10)}))


def test_a_peak_beyond_reserved_concurrency_is_one_line() -> None:
    scenario: Scenario = site({"app": (["a"], 100, 10)})
    function = replace(scenario.network.functions["app"], reserved_concurrency=100)
    scenario = replace(scenario, network=replace(scenario.network, functions={"app": function}))
    with pytest.raises(InputError, match="reserved concurrency"):
        make_plan(scenario, peak=5_000)


def test_functions_whose_security_groups_are_not_known_are_not_split() -> None:
    scenario = site({"app": (["a"], 9_000, 10)}, nats={"nat": 8}, valid=False)
    function = replace(scenario.network.functions["app"], security_groups=())
    plan = make_plan(replace(scenario, network=replace(scenario.network, functions={"app": function})))
    assert plan.feasible
    assert "split-security-groups" not in {change.action.id for one in plan.alternatives for change in one.changes}
