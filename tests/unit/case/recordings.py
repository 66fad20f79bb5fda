"""Recordings by hand: no simulator runs, every number is known."""

from __future__ import annotations

import numpy as np

from narrows.network import EniKey
from narrows.recording import (
    DestinationSeries,
    FunctionSeries,
    NatSeries,
    Outcome,
    Outcomes,
    Recording,
    TableSeries,
)
from narrows.scenario import Scenario, parse_scenario

ONE_NAT = """
name: one-nat
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-a}
  nat_gateways:
    nat-a: {addresses: 1}
destinations:
  cache: {addresses: 1, port: 443}
functions:
  storefront:
    subnets: [private-a]
    security_groups: [sg-app]
    connections: [{to: cache}]
"""

EVERYTHING = """
name: everything
region: eu-west-1
start: 2026-11-20T12:00:30Z
vpc:
  subnets:
    private-a: {az: eu-west-1a, route: nat-a, free_addresses: 20}
    private-b: {az: eu-west-1b, route: nat-r, denied_ports: [6379, 6380, 9000]}
    private-c: {az: eu-west-1c, route: local, ipv6: true}
    nowhere: {az: eu-west-1a, route: none}
    open: {az: eu-west-1b, route: internet-gateway}
    routable: {az: eu-west-1c, route: nat-p}
  nat_gateways:
    nat-a: {addresses: 8}
    nat-r: {addresses: 3, kind: regional}
    nat-p: {addresses: 2, kind: private}
  security_groups:
    sg-app: {}
    <script>alert(1)</script>: {egress_ports: [443]}
    sg-closed: {egress_ports: []}
  endpoints:
    api: {kind: interface, to: [api]}
    files: {kind: gateway, to: [files]}
    zonal: {kind: interface, to: [queue], azs: [eu-west-1a]}
    egress: {kind: proxy, to: [partner]}
destinations:
  cache: {addresses: 2, port: 443}
  redis: {addresses: 1, port: 6379}
  inside: {addresses: [10.200.0.7], port: 5432, local: true}
  six: {addresses: ["2001:db8:1::5"], port: 443, ipv6: true}
  statsd: {addresses: 1, port: 8125, protocol: udp}
  api: {addresses: 1, port: 443, host: api.example.org}
  files: {addresses: 1, port: 443, host: files.s3.example.org}
  queue: {addresses: 1, port: 443, host: queue.example.org}
  partner: {addresses: 1, port: 8443}
functions:
  storefront:
    subnets: [private-a, private-b]
    security_groups: [sg-app, <script>alert(1)</script>]
    versions:
      - {subnets: [private-a], security_groups: [sg-app]}
    connections: [{to: cache}]
    timeout: 12.5
  batch:
    subnets: [private-c]
    security_groups: [sg-closed]
    dual_stack: true
    connections: [{to: six}]
  outside:
    connections: [{to: cache}]
others:
  fleet: {route: nat-a, kind: instances}
  web: {route: nat-r, kind: containers, az: eu-west-1b}
  nightly: {route: nat-a, kind: functions}
"""


def recording_of(text: str = ONE_NAT, seconds: int = 150, scaled_out: EniKey | None = None) -> Recording:
    """A recording of a scenario with invented figures."""
    scenario: Scenario = parse_scenario(text)
    network = scenario.network
    rng = np.random.default_rng(7)

    def figures(most: int = 1000) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return rng.integers(0, most, seconds, dtype=np.int64)

    def client() -> FunctionSeries:
        outcomes = rng.integers(0, 100, (seconds, len(Outcome)), dtype=np.int64)
        attempted = outcomes.sum(axis=1) - outcomes[:, Outcome.RESET] + figures(5)
        return FunctionSeries(figures(), figures(), figures(), figures(9), attempted, outcomes, figures(), figures(4))

    tables = [
        TableSeries("hyperplane-eni", str(key), 65_000, figures(), figures(3), 0, None, key)
        for key in network.hyperplane_enis
    ]
    if scaled_out is not None:
        tables.append(
            TableSeries("hyperplane-eni", str(scaled_out), 65_000, figures(), figures(3), 1, None, scaled_out)
        )
    tables += [
        TableSeries("nat-address", name, 55_000, figures(), figures(3), index, None, None, one.name, address, one.port)
        for name, nat in network.nat_gateways.items()
        for index in range(nat.addresses)
        for one in network.destinations.values()
        for address in one.addresses
    ]
    clients = (*network.functions, *network.others)
    rows = 5000
    return Recording(
        network=network,
        start=scenario.start,
        seconds=seconds,
        functions={name: client() for name in network.functions},
        others={name: client() for name in network.others},
        tables=tuple(tables),
        nat_gateways={name: NatSeries(*(figures() for _ in range(8))) for name in network.nat_gateways},
        destinations={
            name: DestinationSeries(figures(), figures(), figures(), figures()) for name in network.destinations
        },
        outcomes=Outcomes(
            ended=np.sort(rng.integers(0, seconds * 1_000_000, rows, dtype=np.int64)),
            client=rng.integers(0, len(clients), rows).astype(np.uint16),
            environment=rng.integers(0, 50, rows).astype(np.int32),
            destination=rng.integers(0, len(network.destinations), rows).astype(np.uint16),
            outcome=rng.integers(0, len(Outcome), rows).astype(np.uint8),
            seconds=rng.random(rows).astype(np.float32),
            clients=clients,
            destinations=tuple(network.destinations),
        ),
        assumptions=scenario.assumptions,
        wall_seconds=1.0,
        name=scenario.name,
    )
