"""Scenarios for the benches."""

from __future__ import annotations

from narrows.scenario import Scenario, parse_scenario


def churn(
    environments: int, per_environment: int, seconds: int, addresses: int = 2, nat_capacity: int = 55_000
) -> Scenario:
    """Connections that are replaced every 20 s, on the full path: ENIs, NAT gateway, retransmits, timeouts, holds."""
    return parse_scenario(
        f"""
name: churn
vpc:
  subnets:
    a: {{az: us-east-1a, route: nat}}
    b: {{az: us-east-1b, route: nat}}
  nat_gateways:
    nat: {{addresses: {addresses}}}
destinations:
  cache: {{port: 443}}
functions:
  app:
    subnets: [a, b]
    security_groups: [sg-app]
    connections:
      - {{to: cache, per_environment: {per_environment}, hold: 20s, connect_timeout: 30s}}
demand:
  app:
    environments: {{from: 0, to: {environments}, per_10s: 1000}}
duration: {seconds}s
seed: 7
assumptions: {{nat_connections_per_address: {nat_capacity}, nat_address_selection: least-used}}
"""
    )


def pool(environments: int, per_environment: int, seconds: int) -> Scenario:
    """So many connections that stay open until the end, with room for all of them."""
    wanted = environments * per_environment
    return parse_scenario(
        f"""
name: pool
vpc:
  subnets: {{a: {{az: us-east-1a, route: nat}}}}
  nat_gateways: {{nat: {{addresses: 8}}}}
destinations:
  cache: {{port: 443}}
functions:
  app:
    subnets: []
    security_groups: []
    connections:
      - {{to: cache, per_environment: {per_environment}, hold: 60s, connect_timeout: 10s}}
demand:
  app:
    environments: {{from: 0, to: {environments}, per_10s: 1000}}
duration: {seconds}s
seed: 1
assumptions: {{nat_connections_per_address: {wanted}}}
"""
    )
