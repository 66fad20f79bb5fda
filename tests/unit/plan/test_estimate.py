"""Plans of cases: what the evidence says of the demand, and what it cannot say."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from narrows import InputError, Plan, load_scenario, make_plan, prove, read_case, write_case
from narrows.plan.model import Verdict
from narrows.scenario import Scenario, parse_scenario
from narrows.scenario.writing import write_scenario
from narrows.simulate import simulate_scenario
from tests.unit.plan.sites import EXAMPLES, Copy, copying


@pytest.fixture(scope="module")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of each act."""
    folder = tmp_path_factory.mktemp("incidents")
    for name in ("launch-load-test", "eight-addresses", "second-subnet"):
        write_case(simulate_scenario(load_scenario(EXAMPLES / f"{name}.yaml")), folder / name)
    return folder


@pytest.fixture
def copied(incidents: Path, tmp_path: Path) -> Copy:
    return copying(incidents, tmp_path)


def shown(plan: Plan) -> list[tuple[str, int]]:
    return [(change.action.id, change.count) for change in plan.changes]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("launch-load-test", [("add-subnets", 1), ("add-nat-addresses", 2)]),
        ("eight-addresses", [("add-subnets", 1)]),
        ("second-subnet", [("add-nat-addresses", 1)]),
    ],
)
def test_the_case_of_each_act_gives_the_plan_of_its_scenario(
    incidents: Path, name: str, changes: list[tuple[str, int]]
) -> None:
    plan = make_plan(read_case(incidents / name))
    assert plan.peak.connections == 90_000
    assert shown(plan) == changes
    assert plan.estimates
    assert all(one.source for one in plan.estimates)


def test_the_plan_of_a_case_is_proved(incidents: Path) -> None:
    plan = prove(make_plan(read_case(incidents / "launch-load-test")), alternatives=False)
    assert plan.best is not None
    assert plan.best.proof is not None
    assert plan.best.proof["holds"]
    assert plan.best.proof["established"] == 90_000


def test_first_syns_at_the_nat_gateway_stand_in_for_callers(copied: Copy) -> None:
    plan = make_plan(read_case(copied("launch-load-test", "callers")))
    assert plan.peak.connections == 90_000
    assert any("first SYNs" in one.text for one in plan.estimates)


def test_a_full_eni_hides_demand_so_what_was_seen_is_planned_and_the_rest_is_open(copied: Copy) -> None:
    case = read_case(copied("eight-addresses", "callers"))
    plan = make_plan(case)
    assert plan.peak.connections == pytest.approx(65_000, rel=0.01)
    assert [high for _, high in plan.wanted.values()] == [math.inf]
    assert re.search("leaves no trace; planned for those that were open or failed", plan.unknown[0])
    assert plan.verdict is Verdict.UNKNOWN
    plan = make_plan(case, peak=90_000)
    assert not plan.unknown
    assert plan.peak.connections == 90_000
    assert shown(plan) == [("add-subnets", 1)]


def test_log_lines_that_only_show_failures_leave_the_demand_open(copied: Copy) -> None:
    folder = copied("eight-addresses", "callers")
    (folder / "callers").mkdir()
    (folder / "callers" / "storefront.log").write_text(
        "2026-11-20T12:02:00.000Z 4f1c Task timed out after 30.00 seconds\n" * 3
    )
    plan = make_plan(read_case(folder))
    assert plan.peak.connections == pytest.approx(65_003, rel=0.01)
    assert plan.unknown


def test_no_evidence_of_demand_is_one_line(copied: Copy) -> None:
    folder = copied("launch-load-test", "callers", "cloudwatch")
    with pytest.raises(InputError, match="does not show how many connections were wanted") as error:
        make_plan(read_case(folder))
    assert "\n" not in str(error.value)
    assert make_plan(read_case(folder), peak=30_000).fits


def test_functions_must_be_described(copied: Copy) -> None:
    with pytest.raises(InputError, match="aws lambda list-functions"):
        make_plan(read_case(copied("launch-load-test", "lambda")))


def test_an_unknown_route_is_said_and_the_eni_is_planned_all_the_same(copied: Copy) -> None:
    plan = make_plan(read_case(copied("eight-addresses", "ec2/route-tables.json")))
    assert any("nothing says where" in note for note in plan.notes)
    assert shown(plan) == [("add-subnets", 1)]
    with pytest.raises(InputError, match="nothing says where"):
        prove(plan)


def test_quotas_are_the_accounts_own(incidents: Path, copied: Copy) -> None:
    best = make_plan(read_case(incidents / "launch-load-test")).best
    assert best is not None
    (need,) = [need for need in best.quotas if need.limit.quota_code == "L-5F53652F"]
    assert need.known
    folder = copied("launch-load-test")
    quotas = json.loads((folder / "service-quotas.json").read_text())
    for quota in quotas["Quotas"]:
        if quota["QuotaCode"] == "L-5F53652F":
            quota["Value"] = 8.0
    (folder / "service-quotas.json").write_text(json.dumps(quotas))
    best = make_plan(read_case(folder)).best
    assert best is not None
    assert "L-5F53652F" not in {need.limit.quota_code for need in best.quotas}


def scenario(text: str) -> Scenario:
    return parse_scenario(
        f"""
name: drawn
vpc:
  subnets: {{private-a: {{az: us-east-1a, route: nat-a}}}}
  nat_gateways: {{nat-a: {{addresses: 1}}}}
destinations: {{cache: {{addresses: 1, port: 443}}}}
{text}
"""
    )


def test_churn_is_told_from_kept_connections(tmp_path: Path) -> None:
    busy = scenario(
        """
functions:
  app: {subnets: [private-a], security_groups: [sg], connections: [{to: cache, per_environment: 1, hold: 2s}]}
demand: {app: {environments: {from: 0, to: 1000, over: 60s}}}
duration: 10m
"""
    )
    write_case(simulate_scenario(busy), tmp_path / "case")
    planned, estimated = make_plan(busy), make_plan(read_case(tmp_path / "case"))
    (truth,) = [table.peak for table in planned.tables if table.resource == "nat-a"]
    (found,) = [table.peak for table in estimated.tables if table.id.name.startswith("nat-")]
    assert found == pytest.approx(truth, rel=0.15)
    assert any("Little" in one.text for one in estimated.estimates)


def test_others_that_fill_the_gateway_are_counted(tmp_path: Path) -> None:
    shared = scenario(
        """
functions:
  app: {subnets: [private-a], security_groups: [sg], connections: [{to: cache, per_environment: 10}]}
others:
  fleet: {route: nat-a, connections: [{to: cache, count: 30000}]}
demand: {app: {environments: {from: 0, to: 4000, over: 60s}}}
duration: 5m
"""
    )
    write_case(simulate_scenario(shared), tmp_path / "case")
    plan = make_plan(read_case(tmp_path / "case"))
    (table,) = [table for table in plan.tables if table.id.name.startswith("nat-")]
    assert table.peak == pytest.approx(70_000, rel=0.02)
    assert table.others == pytest.approx(30_000, rel=0.02)


def test_others_behind_a_regional_gateway_meet_the_functions(tmp_path: Path) -> None:
    shared = parse_scenario(
        """
name: regional
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-r}
    private-b: {az: us-east-1b, route: nat-r}
    private-c: {az: us-east-1b, route: nat-r}
  nat_gateways: {nat-r: {addresses: 1, kind: regional}}
destinations: {cache: {addresses: 1, port: 443}}
functions:
  app:
    subnets: [private-a, private-b, private-c]
    security_groups: [sg]
    connections: [{to: cache, per_environment: 10}]
others:
  fleet: {route: nat-r, az: us-east-1b, connections: [{to: cache, count: 40000}]}
demand: {app: {environments: {from: 0, to: 4000, over: 60s}}}
duration: 5m
"""
    )
    write_case(simulate_scenario(shared), tmp_path / "case")
    plan = make_plan(read_case(tmp_path / "case"))
    assert any("may be in any Availability Zone" in note for note in plan.notes)
    path = tmp_path / "wide.yaml"
    write_scenario(plan.scenario, path)
    wide = load_scenario(path)
    others = [one for one in wide.network.others.values() if one.kind == "seen in metrics"]
    assert {one.az for one in others} == {"us-east-1a", "us-east-1b"}
    tables = [table for table in plan.tables if table.id.name.startswith("nat-")]
    assert len(tables) == 2
    assert all(table.others == pytest.approx(40_000, rel=0.02) for table in tables)
    proof = prove(plan, alternatives=False).best
    assert proof is not None
    assert proof.proof is not None
    # Two thirds of 40,000 connections of the functions, and 40,000 of others.
    together = [table["peak"] for table in proof.proof["tables"] if "us-east-1b" in table["resource"]]
    assert sum(together) == pytest.approx(66_667, rel=0.02)
