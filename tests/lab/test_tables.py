"""What the kernel's tables do with connections that close, fall silent, or are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from narrows.lab import Options
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario

pytestmark = pytest.mark.lab
Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]


def test_a_nat_gateway_holds_ports_after_close(lab: Lab, small: Small) -> None:
    churn = "per_environment: 2, hold: 300ms, connect_timeout: 1s"
    scenario = small(connections=churn, demand="environments: 10", assumptions="nat_hold_after_close: 60s")
    recording = lab(scenario, Options())
    opened = int(recording.functions["f"].outcomes[:, 0].sum())
    table = next(one for one in recording.tables if one.kind == "nat-address")
    assert opened > 100
    assert int(recording.functions["f"].open.max()) == 20
    assert int(table.occupied.max()) == opened


def test_churn_fills_a_table_at_low_concurrency(lab: Lab, small: Small) -> None:
    churn = "per_environment: 2, hold: 300ms, connect_timeout: 1s"
    scenario = small(connections=churn, demand="environments: 10", assumptions="nat_connections_per_address: 60")
    summary = summarize(lab(scenario, Options()))
    assert summary["error_port_allocation"] > 0
    assert next(one["peak"] for one in summary["tables"] if one["kind"] == "nat-address") == 60


def test_a_silent_connection_is_forgotten_and_then_reset(lab: Lab, small: Small) -> None:
    steps = "environments: {steps: [{at: 0s, to: 10}, {at: 1s, to: 0}, {at: 5s, to: 10}]}"
    recording = lab(small(demand=steps, duration="8s"), Options(nat_idle_timeout=2.0))
    outcomes = recording.functions["f"].outcomes.sum(axis=0)
    assert outcomes[3] == 100  # reset
    assert outcomes[0] == 200  # and opened again
    assert int(recording.nat_gateways["nat"].idle_timeouts.sum()) == 100


def test_a_recycled_environment_says_nothing_and_the_tables_keep_its_connections(lab: Lab, small: Small) -> None:
    steps = "environments: {steps: [{at: 0s, to: 10}, {at: 1s, to: 0}]}"
    recording = lab(small(demand=steps, duration="4s", assumptions="environment_idle_lifetime: 1s"), Options())
    eni = next(one for one in recording.tables if one.kind == "hyperplane-eni")
    assert recording.functions["f"].open[-1] == 0
    assert eni.occupied[-1] == 100


@pytest.mark.parametrize(("when_full", "refused", "timed_out"), [("refuse", 50, 0), ("ignore", 0, 50)])
def test_a_destination_has_a_limit_of_its_own(
    lab: Lab, small: Small, when_full: str, refused: int, timed_out: int
) -> None:
    scenario = small(destination=f"port: 6379, max_connections: 150, when_full: {when_full}", duration="5s")
    summary = summarize(lab(scenario, Options()))
    assert (summary["established_peak"], summary["refused"], summary["timed_out"]) == (150, refused, timed_out)
    assert summary["error_port_allocation"] == 0


def test_an_interface_endpoint_goes_past_the_nat_gateway(lab: Lab) -> None:
    from narrows.scenario import parse_scenario

    scenario = parse_scenario(
        """
name: endpoint
vpc:
  subnets: {a: {az: a, route: nat}}
  nat_gateways: {nat: {addresses: 1}}
  endpoints: {link: {to: [cache]}}
destinations: {cache: {port: 443}}
functions: {f: {subnets: [a], security_groups: [sg], connections: [{to: cache, per_environment: 10}]}}
demand: {f: {environments: 20}}
duration: 2s
assumptions: {nat_connections_per_address: 10}
""",
        "endpoint",
    )
    summary = summarize(lab(scenario, Options()))
    assert summary["established_peak"] == 200
    assert [one["kind"] for one in summary["tables"]] == ["hyperplane-eni", "destination"]


def test_functions_with_the_same_subnet_and_security_groups_share_an_eni(lab: Lab) -> None:
    from narrows.scenario import parse_scenario

    scenario = parse_scenario(
        """
name: shared
vpc:
  subnets: {a: {az: a, route: local}}
destinations: {cache: {port: 443}}
functions:
  f: {subnets: [a], security_groups: [sg], connections: [{to: cache, per_environment: 10, connect_timeout: 1s}]}
  g: {subnets: [a], security_groups: [sg], connections: [{to: cache, per_environment: 10, connect_timeout: 1s}]}
  h: {subnets: [a], security_groups: [other], connections: [{to: cache, per_environment: 10}]}
demand: {f: {environments: 4000}, g: {environments: 4000}, h: {environments: 4000}}
duration: 4s
assumptions: {account_concurrency: unlimited}
""",
        "shared",
    )
    # Lambda's scale-up rate is of the scenario's own time: everything is there at once at this speed.
    recording = lab(scenario, Options(scale=0.01))
    enis = {one.resource: int(one.occupied.max()) for one in recording.tables if one.kind == "hyperplane-eni"}
    assert enis == {"a/sg": 650, "a/other": 400}
    assert int((recording.functions["f"].open + recording.functions["g"].open).max()) == 650
