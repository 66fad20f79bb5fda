"""The scenario that this project starts from, and how a test changes it."""

from __future__ import annotations

from narrows.scenario import Scenario, parse_scenario

INCIDENT = """\
name: launch-load-test
region: us-east-1
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-a}      # 0.0.0.0/0 -> nat-a
  nat_gateways:
    nat-a: {addresses: 1}                          # one Elastic IP: 55,000 per unique destination
destinations:
  cache: {addresses: 1, port: 443}                 # one IP behind the name: one unique destination
functions:
  storefront:
    subnets: [private-a]
    security_groups: [sg-app]
    connections:
      - to: cache
        per_environment: 10                        # opened at once when an environment starts
        hold: until_recycled                       # or a duration (30s), or invocation
        connect_timeout: 30s
demand:
  storefront:
    environments: {from: 0, to: 9000, per_10s: 1000}   # Lambda's own scale-up rate is the ceiling
duration: 5m
seed: 7
assumptions:                                       # every undocumented AWS behaviour is one of these, with a default
  eni_scale_out_delay: never
  nat_hold_after_close: 60s
"""
"""As design.md writes it."""

RAMP = "{from: 0, to: 9000, per_10s: 1000}"


def changed(*changes: tuple[str, str]) -> str:
    """The incident's text with some of it replaced, each once."""
    text = INCIDENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def scenario(*changes: tuple[str, str]) -> Scenario:
    """The changed incident, loaded."""
    return parse_scenario(changed(*changes))
