"""The picture of a scenario, with no case and no diagnosis: by the planner's own tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.report.path.planned import planned_section
from narrows.report.path.section import HopRow, PathSection
from narrows.scenario import Scenario, load_scenario, parse_scenario

SCENARIOS = Path(__file__).parents[3] / "examples" / "scenarios"


def section(scenario: Scenario) -> PathSection:
    """As what-if draws it."""
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    tables = all_tables(scenario.network, peak, scenario.assumptions, Routing())
    return planned_section(scenario, peak, tables)


def rows(found: PathSection) -> dict[str, HopRow]:
    """The rows of the first picture, by hop."""
    return {row.hop: row for row in found.pictures[0].rows}


def words(svg: str) -> str:
    """All text of a picture, without its tags."""
    return re.sub(r"<[^>]*>", " ", svg)


def test_what_does_not_hold_is_overfull_and_the_first_of_it_is_the_narrows() -> None:
    found = section(load_scenario(SCENARIOS / "launch-load-test.yaml"))
    by_hop = rows(found)
    assert (by_hop["NAT gateway"].used, by_hop["NAT gateway"].binds) == ("164 %", True)
    assert (by_hop["Hyperplane ENI"].used, by_hop["Hyperplane ENI"].binds) == ("138 %", False)
    for drawing in (found.pictures[0].svg, found.pictures[0].portrait):
        said = words(drawing)
        assert "THE NARROWS" in said
        assert "35,000 do not fit" in said
        assert "BINDS NEXT" in said
        assert "9,000 environments" in said


def test_with_more_addresses_the_eni_is_the_narrows() -> None:
    found = section(load_scenario(SCENARIOS / "eight-addresses.yaml"))
    assert rows(found)["Hyperplane ENI"].binds
    assert "25,000 do not fit" in words(found.pictures[0].svg)


def test_where_all_holds_what_would_be_full_first_is_marked() -> None:
    found = section(load_scenario(SCENARIOS / "second-subnet.yaml"))
    said = words(found.pictures[0].svg)
    assert "THE NARROWS" not in said
    assert "WOULD FILL FIRST" in said
    assert not any(row.binds for row in found.pictures[0].rows)


TWO_ZONES = """
name: two
region: us-east-1
vpc:
  subnets: {a: {az: us-east-1a, route: nat}, b: {az: us-east-1b, route: nat}}
  nat_gateways: {nat: {kind: regional, addresses: 1}}
destinations:
  cache: {addresses: 1, port: 6379, max_connections: %d}
  queue: {addresses: 1, port: 443}
functions:
  big: {subnets: [a], security_groups: [sg], connections: [{to: cache, per_environment: %d}]}
  small: {subnets: [b], security_groups: [sg], connections: [{to: queue, per_environment: 1}]}
demand: {big: {environments: 600}, small: {environments: 50}}
duration: 1m
"""


def test_only_the_zone_and_the_destination_that_overflow_are_marked() -> None:
    found = section(parse_scenario(TWO_ZONES % (900_000, 100)))
    titles = {picture.title: picture for picture in found.pictures}
    assert set(titles) == {"big → cache", "small → queue"}
    assert found.pictures[0].title == "big → cache"
    assert any(row.binds and row.hop == "Regional NAT gateway" for row in titles["big → cache"].rows)
    assert not any(row.binds for row in titles["small → queue"].rows)
    assert "do not fit" not in words(titles["small → queue"].svg)


def test_a_destination_that_is_asked_for_too_much_is_the_narrows() -> None:
    found = section(parse_scenario(TWO_ZONES % (2_000, 100)))
    (row,) = [row for row in found.pictures[0].rows if row.hop == "Destination"]
    assert (row.binds, row.capacity) == (True, "2,000")
    assert "58,000 do not fit" in words(found.pictures[0].svg)


@pytest.mark.parametrize("name", ["launch-load-test", "second-subnet", "churn-loop", "momento-loop"])
def test_resources_are_called_by_their_names(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    tables = all_tables(scenario.network, peak, scenario.assumptions, Routing())
    gateway = next(iter(scenario.network.nat_gateways))
    found = planned_section(scenario, peak, tables, names={gateway: "the way out"})
    assert any("the way out" in row.resource for picture in found.pictures for row in picture.rows)
