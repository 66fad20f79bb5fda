"""Scenarios: the YAML that people write becomes a network, a demand and assumptions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrows.assumptions import Assumptions
from narrows.demand import (
    Connections,
    Curve,
    Distribution,
    FunctionDemand,
    Hold,
    HoldKind,
    Jitter,
    OtherConnections,
    Retries,
)
from narrows.network import (
    Destination,
    Endpoint,
    EniKey,
    Function,
    HopKind,
    NatGateway,
    NatKind,
    OtherClient,
    SecurityGroup,
    Subnet,
    WhenFull,
)
from narrows.scenario import Scenario, load_scenario, parse_scenario
from tests.unit.core.scenarios import INCIDENT, RAMP, scenario

EXAMPLES = Path(__file__).parents[3] / "examples" / "scenarios"


def test_the_incident_loads_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "incident.yaml"
    file.write_text(INCIDENT, encoding="utf-8")
    found = load_scenario(file)
    assert (found.name, found.file) == ("launch-load-test", str(file))
    network, demand = found.network, found.demand
    assert network.region == "us-east-1"
    assert network.subnets == {"private-a": Subnet("private-a", "us-east-1a", "nat-a")}
    assert network.nat_gateways == {"nat-a": NatGateway("nat-a")}
    assert network.functions == {"storefront": Function("storefront", ("private-a",), ("sg-app",))}
    assert list(network.hyperplane_enis) == [EniKey("private-a", ("sg-app",))]
    cache = network.destinations["cache"]
    assert (cache.port, cache.protocol, len(cache.addresses)) == (443, "tcp", 1)
    use = Connections("cache", 10, Hold(), 30.0)
    assert demand.functions == {"storefront": FunctionDemand((use,), Curve(((0.0, 0.0), (90.0, 9000.0))))}
    assert (demand.duration, demand.seed, demand.others) == (300.0, 7, {})
    assert found.assumptions == Assumptions(eni_scale_out_delay=None, nat_hold_after_close=60.0)
    assert found.start.tzinfo is UTC


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_example_loads(file: Path) -> None:
    assert load_scenario(file).network.functions


def test_the_first_example_is_the_incident() -> None:
    assert load_scenario(EXAMPLES / "launch-load-test.yaml").network == scenario().network
    assert load_scenario(EXAMPLES / "launch-load-test.yaml").demand == scenario().demand


def test_almost_everything_may_be_left_out() -> None:
    found = parse_scenario("name: least\ndestinations: {cache: {port: 443}}\n")
    assert found.demand.functions == {}
    assert found.demand.duration == 300.0
    assert found.assumptions == Assumptions()
    assert found.file == "scenario"


FULL = """
name: everything
region: eu-west-1
start: 2026-11-20T09:30:00+01:00
vpc:
  subnets:
    a: {az: eu-west-1a, route: nat, free_addresses: 20, denied_ports: [25], ipv6: true}
    b: {az: eu-west-1b, route: none}
    c: {az: eu-west-1c, route: internet-gateway}
    d: {az: eu-west-1a, route: local}
  nat_gateways:
    nat: {kind: regional, addresses: 32}
    inner: {kind: private, addresses: 8, az: eu-west-1a}
  security_groups:
    web: {egress_ports: [443, 5432]}
    all: {}
  endpoints:
    s3: {kind: gateway, to: [bucket]}
    bus: {to: [queue], azs: [eu-west-1a]}
    squid: {kind: proxy, to: [cache], reuse: 50}
destinations:
  cache: {port: 443, addresses: [198.51.100.7, "2001:db8::1"], host: cache.internal, max_connections: 65000,
          when_full: ignore, accepts_per_second: 900, answers: no, round_trip: 2ms, local: yes, ipv6: true}
  bucket: {port: 443, addresses: 3}
  queue: {port: 5671, answers: refuses, protocol: udp}
functions:
  app:
    subnets: [a]
    security_groups: [web, all]
    versions: [{subnets: [a, b], security_groups: [all]}]
    reserved_concurrency: 40
    dual_stack: on
    timeout: 15s
    connections:
      - {to: cache, hold: 30s, retries: {most: 2, backoff: 100ms, jitter: full}, bytes_per_second: 1e3}
      - {to: bucket, per_environment: 2, hold: {mean: 2s, distribution: lognormal, sigma: 0.5}}
      - {to: queue, hold: {mean: 3s}}
      - {to: queue, hold: invocation}
  idle: {}
others:
  fleet:
    route: nat
    az: eu-west-1a
    kind: containers
    connections:
      - {to: bucket, count: {from: 5, to: 50, over: 10s, at: 20s}, hold: 20s, connect_timeout: 3s}
      - {to: queue, per_second: 0.5, hold: {mean: 5s}}
demand:
  app:
    environments: {steps: [{at: 0s, to: 5}, {at: 1m, to: 0}]}
    invocations_per_second: {points: [[0s, 1], [30s, 4], [30s, 2]]}
    invocation: {duration: 200ms}
duration: 90
assumptions: {account_concurrency: 1000}
"""


class TestEverything:
    """Every key of a scenario."""

    found: Scenario = parse_scenario(FULL)

    def test_network(self) -> None:
        network = self.found.network
        assert self.found.start == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
        assert network.subnets["a"] == Subnet("a", "eu-west-1a", "nat", 20, frozenset({25}), True)
        assert [one.route for one in network.subnets.values()] == ["nat", "none", "internet-gateway", "local"]
        assert network.nat_gateways == {
            "nat": NatGateway("nat", NatKind.REGIONAL, 32),
            "inner": NatGateway("inner", NatKind.PRIVATE, 8, "eu-west-1a"),
        }
        assert network.security_groups == {
            "web": SecurityGroup("web", frozenset({443, 5432})),
            "all": SecurityGroup("all"),
        }
        assert network.endpoints == {
            "s3": Endpoint("s3", HopKind.GATEWAY_ENDPOINT, ("bucket",)),
            "bus": Endpoint("bus", HopKind.INTERFACE_ENDPOINT, ("queue",), ("eu-west-1a",)),
            "squid": Endpoint("squid", HopKind.PROXY, ("cache",), reuse=50),
        }
        assert network.functions["app"] == Function(
            "app", ("a",), ("web", "all"), ((("a", "b"), ("all",)),), 40, True, 15.0
        )
        assert network.functions["idle"] == Function("idle")
        assert network.others == {"fleet": OtherClient("fleet", "nat", "eu-west-1a", "containers")}

    def test_destinations(self) -> None:
        cache, bucket, queue = self.found.network.destinations.values()
        addresses = ("198.51.100.7", "2001:db8::1")
        assert cache == Destination(
            "cache", 443, addresses, "tcp", "cache.internal", 65_000, WhenFull.IGNORE, 900, "no", 0.002, True, True
        )
        assert len(set(bucket.addresses)) == 3
        assert (queue.protocol, queue.answers) == ("udp", "refuses")
        assert bucket.host == "bucket.example.com"

    def test_demand(self) -> None:
        demand = self.found.demand
        app = demand.functions["app"]
        assert app.connections == (
            Connections(
                "cache",
                1,
                Hold(HoldKind.DURATION, 30.0, Distribution.CONSTANT),
                10.0,
                Retries(2, 0.1, Jitter.FULL),
                1000.0,
            ),
            Connections("bucket", 2, Hold(HoldKind.DURATION, 2.0, Distribution.LOGNORMAL, 0.5)),
            Connections("queue", 1, Hold(HoldKind.DURATION, 3.0, Distribution.EXPONENTIAL)),
            Connections("queue", 1, Hold(HoldKind.INVOCATION)),
        )
        assert [app.environments.at(t) for t in (0, 59.9, 60, 90)] == [5, 5, 0, 0]
        assert app.invocations_per_second is not None
        assert [app.invocations_per_second.at(t) for t in (0, 15, 30, 90)] == [1, 2.5, 2, 2]
        assert app.invocation_duration == 0.2
        assert demand.functions["idle"] == FunctionDemand(())
        counted, random = demand.others["fleet"]
        assert counted.count is not None
        assert [counted.count.at(t) for t in (0, 20, 25, 30, 90)] == [5, 5, 27.5, 50, 50]
        assert (counted.hold.mean, counted.connect_timeout, counted.per_second) == (20.0, 3.0, None)
        assert random == OtherConnections(
            "queue", None, Curve.constant(0.5), Hold(HoldKind.DURATION, 5.0, Distribution.EXPONENTIAL)
        )
        assert (demand.duration, demand.seed) == (90.0, 0)
        assert self.found.assumptions.account_concurrency == 1_000


@pytest.mark.parametrize(
    ("written", "points"),
    [
        ("25", ((0.0, 25.0),)),
        ("{from: 4, to: 8, over: 2s}", ((0.0, 4.0), (2.0, 8.0))),
        ("{to: 8, over: 0s, at: 3s}", ((3.0, 0.0), (3.0, 8.0))),
        ("{from: 8, to: 3, per_10s: 1}", ((0.0, 8.0), (50.0, 3.0))),
        ("{steps: [{at: 2s, to: 3}]}", ((0.0, 0.0), (2.0, 0.0), (2.0, 3.0))),
        ("{points: [[1s, 3]]}", ((1.0, 3.0),)),
    ],
)
def test_ways_to_write_a_curve(written: str, points: tuple[tuple[float, float], ...]) -> None:
    assert scenario((RAMP, written)).demand.functions["storefront"].environments == Curve(points)


def test_words_that_yaml_takes_for_booleans_are_words() -> None:
    found = scenario(("port: 443", "port: 443, answers: no, ipv6: yes"), ("name: launch-load-test", "name: on"))
    assert found.network.destinations["cache"].answers == "no"
    assert found.network.destinations["cache"].ipv6 is True
    assert found.name == "on"


def test_example_addresses_avoid_those_that_are_written() -> None:
    found = scenario(
        (
            "cache: {addresses: 1, port: 443}",
            "cache: {addresses: 2, port: 443}\n  own: {port: 443, addresses: [203.0.113.10]}",
        )
    )
    addresses = [one for target in found.network.destinations.values() for one in target.addresses]
    assert len(set(addresses)) == len(addresses) == 3


def test_a_start_without_a_zone_is_utc() -> None:
    assert scenario(("seed: 7", "start: 2026-01-02 03:04:05")).start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class TestCurve:
    """A quantity over time."""

    def test_the_second_of_two_points_at_a_moment_counts(self) -> None:
        step = Curve(((1.0, 2.0), (5.0, 2.0), (5.0, 7.0), (6.0, 9.0)))
        assert [step.at(t) for t in (0, 1, 4.99, 5, 5.5, 6, 100)] == [2, 2, 2, 7, 8, 9, 9]

    def test_largest(self) -> None:
        curve = Curve(((0.0, 1.0), (10.0, 5.0), (20.0, 0.0)))
        assert [curve.largest(t) for t in (0, 5, 10, 30)] == [1, 3, 5, 5]

    def test_scaled(self) -> None:
        assert Curve(((0.0, 1.0), (1.0, 4.0))).scaled(0.5) == Curve(((0.0, 0.5), (1.0, 2.0)))

    @pytest.mark.parametrize(
        "points",
        [(), ((1.0, 1.0), (0.0, 1.0)), ((0.0, -1.0),), ((0.0, float("nan")),), ((float("inf"), 1.0),)],
    )
    def test_nonsense_is_a_value_error(self, points: tuple[tuple[float, float], ...]) -> None:
        with pytest.raises(ValueError, match="curve"):
            Curve(points)
