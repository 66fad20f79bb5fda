"""Scenarios that the tests of what-if serve."""

from __future__ import annotations

from pathlib import Path

from narrows.scenario import Scenario, parse_scenario
from narrows.serve.served import Served, served_scenario

ACT_1 = Path(__file__).parents[2] / "examples" / "scenarios" / "launch-load-test.yaml"

SHOP = """
name: shop
region: us-east-1
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-a}
    private-b: {az: us-east-1b, route: nat-b}
  nat_gateways:
    nat-a: {addresses: 1, az: us-east-1a}
    nat-b: {addresses: 2, az: us-east-1b}
destinations:
  cache: {port: 6379}
  files: {port: 443, host: s3.us-east-1.amazonaws.com, addresses: 2}
  partner: {port: 443, max_connections: 9000}
functions:
  storefront:
    subnets: [private-a, private-b]
    security_groups: [sg-app]
    connections:
      - {to: cache, per_environment: 4, bytes_per_second: 2000}
      - {to: partner, hold: 20s}
  checkout:
    subnets: [private-a, private-b]
    security_groups: [sg-app]
    connections: [{to: files, hold: invocation, bytes_per_second: 50000}]
  outside:
    connections: [{to: cache}]
demand:
  storefront: {environments: {from: 0, to: 3000, over: 60s}}
  checkout: {environments: 500, invocations_per_second: 900, invocation: {duration: 500ms}}
  outside: {environments: 20}
duration: 2m
"""
"""Two functions that share ENIs, one in no VPC; each kind of hold; a destination with a limit of its own."""


def shop() -> Scenario:
    """The scenario above."""
    return parse_scenario(SHOP, "shop.yaml")


def served(scenario: Scenario | None = None) -> Served:
    """As it is served, with the usual headroom."""
    return served_scenario(scenario or shop(), 0.3)
