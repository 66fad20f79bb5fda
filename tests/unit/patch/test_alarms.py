"""The alarms of a plan fire when a table fills, and not at the plan's own peak."""

from __future__ import annotations

import pytest

from narrows.case.cloudwatch_names import NAT_METRICS
from narrows.patch.alarms import Alarm, alarms_of
from narrows.plan import make_plan
from narrows.scenario import parse_scenario

_TWO = """
name: two
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-a}
    private-b: {az: us-east-1b, route: nat-b}
  nat_gateways:
    nat-a: {addresses: 1}
    nat-b: {addresses: 2}
destinations:
  cache: {port: 443}
  search: {port: 9200}
functions:
  web:
    subnets: [private-a, private-b]
    security_groups: [sg-web]
    connections:
      - {to: cache, per_environment: 12}
      - {to: search, per_environment: 4}
  batch:
    subnets: [private-b]
    security_groups: [sg-batch]
    connections:
      - {to: search, per_environment: 30, hold: 30s}
demand:
  web: {environments: 8000}
  batch: {environments: 1000}
"""


def _connections(text: str, **asked: float) -> dict[str, Alarm]:
    found = alarms_of(make_plan(parse_scenario(text), **asked))  # type: ignore[arg-type]
    assert {one.metric for one in found if one.dimension == "NatGatewayId"} <= NAT_METRICS.keys()
    return {one.resource: one for one in found if one.key == "connections"}


def test_the_metric_counts_every_destination_and_a_table_one() -> None:
    alarms = _connections(_TWO)
    # 48,000 to cache of the 110,000 that two addresses hold, 16,000 to search: 64,000 in all.
    assert alarms["nat-a"].threshold == round(64_000 * 0.7 / (48_000 / 110_000))
    assert alarms["nat-a"].why.endswith("110,000 to cache")
    # 30,000 of batch are open at once. Closed ones take three times the ports, and the metric does not count them.
    assert 48_000 + 16_000 + 30_000 < alarms["nat-b"].threshold < 110_000 + 48_000


def test_with_one_destination_it_is_the_limit_less_the_headroom() -> None:
    text = _TWO.replace("      - {to: search, per_environment: 4}\n", "")
    assert _connections(text)["nat-a"].threshold == round(110_000 * 0.7)
    assert _connections(text, headroom=0.5)["nat-a"].threshold == round(110_000 * 0.5)


@pytest.mark.parametrize("growth", [1.0, 1.3, 1.7])
def test_none_fires_at_the_plans_own_peak(growth: float) -> None:
    alarms = _connections(_TWO, growth=growth)
    assert alarms["nat-a"].threshold >= 64_000 * growth
    assert alarms["nat-b"].threshold >= 94_000 * growth
