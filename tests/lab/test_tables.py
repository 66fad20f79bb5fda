"""What the kernel's tables do with connections that close, fall silent, or are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from narrows.lab import Options
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario

pytestmark = pytest.mark.lab
Lab = Callable[[Scenario, Options], Recording]
Together = Callable[..., list[Recording]]
Small = Callable[..., Scenario]


@pytest.mark.slow
def test_a_nat_gateway_holds_ports_after_close_so_that_churn_fills_it(together: Together, small: Small) -> None:
    churn = "per_environment: 2, hold: 300ms, connect_timeout: 1s"
    recording, full = together(
        *(
            small(connections=churn, demand="environments: 10", assumptions=assumed)
            for assumed in ("nat_hold_after_close: 60s", "nat_connections_per_address: 60")
        )
    )
    opened = int(recording.functions["f"].outcomes[:, 0].sum())
    table = next(one for one in recording.tables if one.kind == "nat-address")
    assert opened > 100
    assert int(recording.functions["f"].open.max()) == 20
    # What was under way at the end holds a port, and its outcome is nobody's: 2 of each of 10 environments at the most.
    assert opened <= int(table.occupied.max()) <= opened + 20
    summary = summarize(full)
    assert summary["error_port_allocation"] > 0
    assert next(one["peak"] for one in summary["tables"] if one["kind"] == "nat-address") == 60


@pytest.mark.slow
def test_a_silent_connection_is_forgotten_and_then_reset(lab: Lab, small: Small) -> None:
    steps = "environments: {steps: [{at: 0s, to: 10}, {at: 1s, to: 0}, {at: 4s, to: 10}]}"
    recording = lab(small(demand=steps, duration="6s"), Options(nat_idle_timeout=2.0))
    outcomes = recording.functions["f"].outcomes.sum(axis=0)
    assert outcomes[3] == 100  # reset
    assert outcomes[0] == 200  # and opened again
    assert int(recording.nat_gateways["nat"].idle_timeouts.sum()) == 100


@pytest.mark.slow
def test_a_recycled_environment_says_nothing_and_the_tables_keep_its_connections(lab: Lab, small: Small) -> None:
    steps = "environments: {steps: [{at: 0s, to: 10}, {at: 1s, to: 0}]}"
    recording = lab(small(demand=steps, duration="4s", assumptions="environment_idle_lifetime: 1s"), Options())
    eni = next(one for one in recording.tables if one.kind == "hyperplane-eni")
    assert recording.functions["f"].open[-1] == 0
    assert eni.occupied[-1] == 100


@pytest.mark.slow
def test_a_destination_has_a_limit_of_its_own(together: Together, small: Small) -> None:
    limit = "port: 6379, max_connections: 150, when_full:"
    recordings = together(*(small(destination=f"{limit} {what}", duration="5s") for what in ("refuse", "ignore")))
    for recording, failed in zip(recordings, ((50, 0), (0, 50)), strict=True):
        summary = summarize(recording)
        assert summary["established_peak"] == 150
        assert (summary["refused"], summary["timed_out"]) == failed
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


@pytest.mark.slow
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
