"""Regional NAT gateways: their records name no interface, and from version 9 on the gateway as resource-id."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import Case, read_case, write_case
from narrows.flowlogs import count_connections, known_interfaces, where_lost
from narrows.recording import Recording
from narrows.scenario import parse_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated

SCENARIO = """
name: regional
region: us-east-1
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-a}
    private-b: {az: us-east-1b, route: nat-a}
  nat_gateways:
    nat-a: {kind: regional, addresses: 1}
destinations:
  cache: {addresses: 1, port: 443}
functions:
  storefront:
    subnets: [private-a, private-b]
    security_groups: [sg-app]
    connections:
      - {to: cache, per_environment: 10, hold: until_recycled, connect_timeout: 30s}
demand:
  storefront:
    environments: {from: 0, to: 13000, per_10s: 1000}
duration: 5m
seed: 3
assumptions: {eni_scale_out_delay: never}
"""
"""130,000 connections are wanted over two zones, each of which has one address of the gateway."""


def simulated(folder: Path, version: int) -> tuple[Case, Recording]:
    recording, log = simulate_with_log(parse_scenario(SCENARIO), scale=0.01)
    options = FlowLogOptions(version=version, idle_gap=30.0)
    write_case(recording, folder, more=lambda place: write_simulated(place / "flow-logs", recording, log, options))
    return read_case(folder), recording


@pytest.mark.slow
@pytest.mark.parametrize("version", [9, 11])
def test_its_ports_are_counted_by_gateway_and_by_address(tmp_path: Path, version: int) -> None:
    case, recording = simulated(tmp_path / "case", version)
    known = known_interfaces(case)
    (gateway,) = case.topology.network.nat_gateways
    peaks = sorted(int(one.occupied.max()) for one in recording.tables if one.kind == "nat-address")
    assert peaks == [550, 550]
    (whole,) = [key for key in count_connections(case.flow_logs, known=known).keys if "nat" in key.kind]
    assert (whole.interface, whole.kind, whole.low, whole.high) == (gateway, "regional-nat-gateway", 1100, 1100)
    assert whole.limit is not None
    assert whole.limit[1] == 2 * 55_000
    each = count_connections(case.flow_logs, by="nat-address", known=known).keys
    assert [(key.low, key.high) for key in each] == [(550, 550), (550, 550)]
    assert len({key.address for key in each}) == 2


def test_without_a_case_it_is_told_by_its_resource(tmp_path: Path) -> None:
    case, _ = simulated(tmp_path / "case", 9)
    answer = count_connections(case.flow_logs)
    assert sorted(key.kind for key in answer.keys) == ["hyperplane-eni", "hyperplane-eni", "regional-nat-gateway"]
    lost = where_lost(answer.raw)
    assert lost.hops == ("hyperplane-eni", "nat-inside", "nat-outside", "answered")
    assert lost.total("hyperplane-eni") == lost.total("nat-inside")
    assert lost.total("nat-outside") == lost.total("answered") == 1100


def test_before_version_9_its_records_are_counted_as_nameless(tmp_path: Path) -> None:
    case, _ = simulated(tmp_path / "case", 5)
    answer = count_connections(case.flow_logs)
    assert {key.kind for key in answer.keys} == {"hyperplane-eni"}
    assert answer.to_json()["records"]["dropped"]["no-interface"] > 1000
    (flag,) = [flag for flag in answer.quality if flag["id"] == "no-interface"]
    assert "RegionalNatGateway" in flag["command"]
