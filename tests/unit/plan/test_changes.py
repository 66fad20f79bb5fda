"""Each change: what it does to the network, what it costs, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.demand import Hold, HoldKind
from narrows.network import Destination, Endpoint, HopKind, NatKind
from narrows.network_checks import check
from narrows.plan.actions import Change, Risk, Step
from narrows.plan.changes import ACTIONS
from narrows.plan.changes.add_nat_addresses import add_nat_addresses
from narrows.plan.changes.add_nat_gateway import add_nat_gateway
from narrows.plan.changes.add_subnets import add_subnets, most_rounds, round_of
from narrows.plan.changes.leave_vpc import leave_vpc
from narrows.plan.changes.reuse_connections import reuse_connections
from narrows.plan.changes.split_security_groups import SECOND_VERSION, halve, split_security_groups
from narrows.plan.changes.use_egress_proxy import use_egress_proxy
from narrows.plan.changes.use_interface_endpoint import use_interface_endpoint
from narrows.plan.changes.use_ipv6_egress import use_ipv6_egress
from narrows.plan.changes.use_regional_nat_gateway import use_regional_nat_gateway
from narrows.prices import load_prices
from narrows.scenario import Scenario
from tests.unit.plan.sites import site

PRICES = load_prices()


def incident(**more: object) -> Scenario:
    return site({"app": (["a"], 9000, 10)}, **more)  # type: ignore[arg-type]


def with_bytes(scenario: Scenario, bytes_per_second: float) -> Scenario:
    asked = scenario.demand.functions["app"]
    uses = tuple(replace(use, bytes_per_second=bytes_per_second) for use in asked.connections)
    functions = {**scenario.demand.functions, "app": replace(asked, connections=uses)}
    return replace(scenario, demand=replace(scenario.demand, functions=functions))


def every_change(scenario: Scenario) -> list[Step]:
    """Each of the changes on the incident's network."""
    wide = add_subnets(scenario, ["app"], 1, PRICES).scenario
    return [
        add_nat_addresses(scenario, "nat", 3, PRICES),
        add_nat_gateway(wide, "nat", [(1, ["a"]), (1, ["a-2"])], PRICES),
        use_regional_nat_gateway(scenario, "nat", 3, PRICES),
        add_subnets(scenario, ["app"], 1, PRICES),
        split_security_groups(halve(scenario, "app"), [["app"], ["app" + SECOND_VERSION]]),
        use_interface_endpoint(scenario, "cache", PRICES),
        use_ipv6_egress(scenario, ["app"], ["cache"], PRICES),
        use_egress_proxy(scenario, "cache", 10, PRICES),
        leave_vpc(scenario, ["app"], PRICES),
        reuse_connections(scenario, "app", "cache", 4),
    ]


def test_there_is_one_change_for_each_action() -> None:
    assert {step.change.action for step in every_change(incident())} == set(ACTIONS.values())


@pytest.mark.parametrize("number", range(len(ACTIONS)))
def test_every_change_leaves_a_valid_network_and_its_input_alone(number: int) -> None:
    scenario = incident()
    before = repr(vars(scenario))
    step = every_change(scenario)[number]
    check(step.scenario.network)
    assert repr(vars(scenario)) == before
    assert step.change.what
    assert step.change.short
    assert set(step.change.prices) <= set(PRICES.prices)


def test_addresses_cost_what_public_ipv4_costs() -> None:
    step = add_nat_addresses(incident(), "nat", 3, PRICES)
    assert step.scenario.network.nat_gateways["nat"].addresses == 3
    assert (step.change.count, step.change.monthly_cents) == (2, 730)
    assert Risk.EGRESS_ADDRESSES_ADDED in step.change.risks


def test_private_addresses_are_free() -> None:
    step = add_nat_addresses(incident(kinds={"nat": NatKind.PRIVATE}), "nat", 8, PRICES)
    assert (step.change.monthly_cents, step.change.risks) == (0, ())


def test_addresses_of_a_regional_gateway_are_bought_in_each_zone() -> None:
    scenario = site(
        {"app": (["a", "b"], 1, 1)},
        subnets={"a": "nat", "b": "nat"},
        zones={"a": "us-east-1a", "b": "us-east-1b"},
        kinds={"nat": NatKind.REGIONAL},
    )
    assert add_nat_addresses(scenario, "nat", 3, PRICES).change.monthly_cents == 4 * 365


def test_a_further_gateway_takes_over_subnets() -> None:
    scenario = add_subnets(incident(), ["app"], 1, PRICES).scenario
    step = add_nat_gateway(scenario, "nat", [(2, ["a"]), (2, ["a-2"])], PRICES)
    network = step.scenario.network
    assert {name: nat.addresses for name, nat in network.nat_gateways.items()} == {"nat": 2, "nat-2": 2}
    assert {name: one.route for name, one in network.subnets.items()} == {"a": "nat", "a-2": "nat-2"}
    assert step.change.monthly_cents == 3285 + 3 * 365
    assert Risk.CONNECTIONS_DROPPED in step.change.risks
    unused = add_nat_gateway(scenario, "nat", [(2, ["a"]), (2, ["a-2"])], PRICES, unused=["a-2"])
    assert Risk.CONNECTIONS_DROPPED not in unused.change.risks


def test_a_regional_gateway_replaces_a_zonal_one() -> None:
    scenario = incident(others={"fleet": ("nat", 5)})
    step = use_regional_nat_gateway(scenario, "nat", 3, PRICES)
    network = step.scenario.network
    assert list(network.nat_gateways) == ["nat-regional"]
    assert network.nat_gateways["nat-regional"].kind is NatKind.REGIONAL
    assert network.subnets["a"].route == network.others["fleet"].route == "nat-regional"
    assert step.change.monthly_cents == 2 * 365
    assert {Risk.GATEWAY_REPLACED, Risk.EGRESS_ADDRESSES_CHANGE} <= set(step.change.risks)


def test_others_with_no_known_zone_get_the_gateways() -> None:
    scenario = incident(others={"fleet": ("nat", 5)})
    others = {name: replace(one, az=None) for name, one in scenario.network.others.items()}
    scenario = replace(scenario, network=replace(scenario.network, others=others))
    step = use_regional_nat_gateway(scenario, "nat", 3, PRICES)
    assert step.scenario.network.others["fleet"].az == "us-east-1a"
    assert step.change.needs == ("fleet are in us-east-1a",)


def test_new_subnets_are_like_the_old_ones() -> None:
    step = add_subnets(incident(), ["app"], 2, PRICES)
    network = step.scenario.network
    assert network.functions["app"].subnets == ("a", "a-2", "a-3")
    assert {(one.az, one.route) for one in network.subnets.values()} == {("us-east-1a", "nat")}
    assert len(network.hyperplane_enis) == 3
    assert step.change.monthly_cents == 0


def test_rounds_keep_the_shares_of_nat_gateways() -> None:
    routes = {"a": "nat", "b": "nat", "c": "other"}
    scenario = site({"app": (["a", "b", "c"], 9, 1)}, subnets=routes, nats={"nat": 1, "other": 1})
    assert len(round_of(scenario.network, ["a", "b", "c"])) == 3
    assert most_rounds(scenario.network, ["a", "b", "c"]) == 4
    network = add_subnets(scenario, ["app"], 1, PRICES).scenario.network
    used = [network.subnets[name].route for name in network.functions["app"].subnets]
    assert used.count("nat") == 2 * used.count("other") == 4


def test_new_subnets_even_out_the_zones() -> None:
    zones = {"a": "us-east-1a", "b": "us-east-1b", "c": "us-east-1a"}
    scenario = site({"app": (["a", "b", "c"], 9, 1)}, subnets=dict.fromkeys(zones, "nat"), zones=zones)
    network = add_subnets(scenario, ["app"], 1, PRICES).scenario.network
    assert network.subnets["b-2"].az == "us-east-1b"


def test_half_of_a_function_is_half_its_demand() -> None:
    scenario = halve(incident(), "app")
    halves = [scenario.demand.functions[name].environments.largest(300) for name in scenario.demand.functions]
    assert halves == [4500, 4500]
    step = split_security_groups(scenario, [["app"], ["app" + SECOND_VERSION]])
    assert step.scenario.network.functions["app" + SECOND_VERSION].security_groups == ("sg-2",)
    assert Risk.TWO_VERSIONS in step.change.risks
    assert any("alias" in need for need in step.change.needs)


def test_two_functions_need_no_alias() -> None:
    scenario = site({"app": (["a"], 10, 1), "job": (["a"], 10, 1)})
    step = split_security_groups(scenario, [["app"], ["job"]])
    assert Risk.TWO_VERSIONS not in step.change.risks
    assert len(step.scenario.network.hyperplane_enis) == 2


def test_an_endpoint_goes_past_the_nat_gateway_and_not_past_the_eni() -> None:
    step = use_interface_endpoint(incident(), "cache", PRICES)
    path = step.scenario.network.path("app", "cache")
    assert path.hop(HopKind.NAT_GATEWAY) is None
    assert path.hop(HopKind.HYPERPLANE_ENI) is not None
    assert step.change.monthly_cents == 730
    assert Risk.VENDOR_SUPPORT in step.change.risks


def with_host(host: str) -> Scenario:
    scenario = incident()
    named = replace(scenario.network.destinations["cache"], host=host)
    return replace(scenario, network=replace(scenario.network, destinations={"cache": named}))


def test_an_aws_service_needs_no_vendor() -> None:
    change = use_interface_endpoint(with_host("sqs.us-east-1.amazonaws.com"), "cache", PRICES).change
    assert Risk.VENDOR_SUPPORT not in change.risks
    assert change.needs == ("AWS offers an interface endpoint for sqs.us-east-1.amazonaws.com",)


@pytest.mark.parametrize(
    "host",
    [
        "evil-amazonaws.com",
        "shop-1234567890.us-east-1.elb.amazonaws.com",
        "orders.c0ffee.us-east-1.rds.amazonaws.com",
        "b-1.events.c0ffee.c2.kafka.us-east-1.amazonaws.com",
        "c0ffee.execute-api.us-east-1.amazonaws.com",
    ],
)
def test_somebodys_own_resource_needs_its_owner(host: str) -> None:
    change = use_interface_endpoint(with_host(host), "cache", PRICES).change
    assert change.risks == (Risk.VENDOR_SUPPORT,)
    assert change.needs == ("the owner of cache offers it over PrivateLink",)


@pytest.mark.parametrize("host", ["dynamodb.us-east-1.amazonaws.com", "files.s3.us-east-1.amazonaws.com"])
def test_s3_and_dynamodb_have_a_gateway_endpoint_that_costs_nothing(host: str) -> None:
    step = use_interface_endpoint(with_host(host), "cache", PRICES)
    path = step.scenario.network.path("app", "cache")
    assert path.hop(HopKind.NAT_GATEWAY) is None
    assert path.hop(HopKind.GATEWAY_ENDPOINT) is not None
    assert path.hop(HopKind.HYPERPLANE_ENI) is not None
    change = step.change
    assert (change.action.id, change.monthly_cents, change.risks) == ("use-interface-endpoint", 0, ())
    assert change.needs == ("the route tables of a get a route to the gateway endpoint",)
    assert "through a gateway endpoint" in change.what
    assert change.prices == ("gateway-endpoint-hour",)


def test_a_gateway_endpoint_saves_what_the_nat_gateway_processed() -> None:
    busy = with_bytes(with_host("files.s3.us-east-1.amazonaws.com"), 1_000.0)
    change = use_interface_endpoint(busy, "cache", PRICES).change
    # As in test_data_processing_counts_only_where_bytes_are_given.
    assert change.monthly_cents == pytest.approx(-7_650 * 10 * 1_000 * 730 * 3_600 / 1e9 * 4.5, rel=1e-3)
    assert change.prices == ("gateway-endpoint-hour", "nat-gateway-gigabyte")


def test_a_bucket_of_a_region_that_is_not_named_must_be_of_this_one() -> None:
    change = use_interface_endpoint(with_host("files.s3.amazonaws.com"), "cache", PRICES).change
    assert change.needs[1:] == ("what files.s3.amazonaws.com names is in us-east-1",)


def test_a_bucket_of_another_region_has_no_gateway_endpoint_here() -> None:
    step = use_interface_endpoint(with_host("files.s3.eu-west-1.amazonaws.com"), "cache", PRICES)
    assert step.scenario.network.path("app", "cache").hop(HopKind.GATEWAY_ENDPOINT) is None


def test_ipv6_goes_past_the_nat_gateway() -> None:
    scenario = incident()
    cache = replace(scenario.network.destinations["cache"], ipv6=True)
    scenario = replace(scenario, network=replace(scenario.network, destinations={"cache": cache}))
    step = use_ipv6_egress(scenario, ["app"], ["cache"], PRICES)
    path = step.scenario.network.path("app", "cache")
    assert path.hop(HopKind.EGRESS_ONLY_GATEWAY) is not None
    assert path.hop(HopKind.HYPERPLANE_ENI) is not None


def test_a_new_way_comes_before_one_that_is_there() -> None:
    scenario = incident()
    there = Endpoint("old", HopKind.PROXY, ("cache",), (), 2)
    scenario = replace(scenario, network=replace(scenario.network, endpoints={"old": there}))
    step = use_egress_proxy(scenario, "cache", 10, PRICES)
    hop = step.scenario.network.path("app", "cache").hop(HopKind.PROXY)
    assert hop is not None
    assert hop.name == step.change.new[0]


def test_outside_the_vpc_there_is_no_table() -> None:
    path = leave_vpc(incident(), ["app"], PRICES).scenario.network.path("app", "cache")
    assert [hop.kind for hop in path.hops] == [HopKind.ENVIRONMENT, HopKind.DESTINATION]


def test_reused_connections_are_kept() -> None:
    scenario = incident(hold=Hold(HoldKind.DURATION, 5.0))
    step = reuse_connections(scenario, "app", "cache", 4)
    (use,) = step.scenario.demand.functions["app"].connections
    assert (use.per_environment, use.hold) == (4, Hold())
    assert (step.change.before, step.change.after, step.change.count) == (10, 4, 6)


def test_data_processing_counts_only_where_bytes_are_given() -> None:
    def saved(change: Change) -> int:
        return change.monthly_cents

    silent = saved(leave_vpc(incident(), ["app"], PRICES).change)
    # 9,000 environments after a ramp of 90 s in 300 s: 7,650 on average, 10 connections each, 1,000 bytes a second.
    gigabytes = 7_650 * 10 * 1_000 * 730 * 3_600 / 1e9
    busy = saved(leave_vpc(with_bytes(incident(), 1_000.0), ["app"], PRICES).change)
    assert silent == 0
    assert busy == pytest.approx(-gigabytes * 4.5, rel=1e-3)


def test_prices_are_dated_and_sourced() -> None:
    for price in PRICES.prices.values():
        assert price.source
        assert price.date.startswith("20")
        assert price.usd >= 0
    assert PRICES.hours_per_month == 730


def test_destination_without_addresses_can_be_planned() -> None:
    scenario = incident()
    unknown = Destination("cache", 443, ())
    scenario = replace(scenario, network=replace(scenario.network, destinations={"cache": unknown}))
    from narrows.plan import make_plan

    assert not make_plan(scenario).fits
