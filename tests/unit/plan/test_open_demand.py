"""Plans of cases with several functions, destinations and gateways, where the evidence leaves the demand open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from narrows import InputError, Plan, diagnose_case, make_plan, prove, read_case
from narrows.cli import main
from narrows.diagnose import Status
from narrows.plan.model import Verdict
from tests.unit.plan.sites import Copy, copying

pytestmark = pytest.mark.slow

ONE_GATEWAY = """
name: two-functions
region: us-east-1
vpc:
  subnets:
    a: {az: us-east-1a, route: nat-a}
    b: {az: us-east-1b, route: nat-a}
  nat_gateways: {nat-a: {addresses: 1}}
destinations:
  pay: {addresses: 1, port: 443}
  search: {addresses: 4, port: 443}
functions:
  checkout: {subnets: [a, b], security_groups: [sg-1], connections: [{to: pay, per_environment: 10}]}
  lookup: {subnets: [a, b], security_groups: [sg-2], connections: [{to: search, per_environment: 10}]}
demand:
  checkout: {environments: {from: 0, to: 7000, per_10s: 1000}}
  lookup: {environments: {from: 0, to: 3000, per_10s: 500}}
duration: 3m
"""
TWO_GATEWAYS = (
    ONE_GATEWAY.replace("route: nat-a}\n  nat", "route: nat-b}\n  nat")
    .replace("{nat-a: {addresses: 1}}", "{nat-a: {addresses: 1}, nat-b: {addresses: 1}}")
    .replace("to: 7000", "to: 12500")
)
LOCAL = """
name: local
region: us-east-1
vpc:
  subnets: {a: {az: us-east-1a, route: nat-a}}
  nat_gateways: {nat-a: {addresses: 2}}
destinations:
  redis: {addresses: 1, port: 6379, local: true}
  api: {addresses: 1, port: 443}
functions:
  cart:
    subnets: [a]
    security_groups: [sg]
    connections: [{to: redis, per_environment: 10}, {to: api, per_environment: 2}]
demand:
  cart: {environments: {from: 0, to: 4000, per_10s: 1000}}
duration: 3m
"""
CHURN = """
name: churn
region: us-east-1
vpc:
  subnets: {a: {az: us-east-1a, route: nat-a}}
  nat_gateways: {nat-a: {addresses: 1}}
destinations: {api: {addresses: 1, port: 443}}
functions:
  cart: {subnets: [a], security_groups: [sg], connections: [{to: api, per_environment: 10, hold: 30s}]}
demand: {cart: {environments: {from: 0, to: 1000, per_10s: 1000}}}
duration: 4m
"""


def simulate(text: str, folder: Path, *more: str) -> Path:
    """A case as the command line writes it."""
    file = folder.with_suffix(".yaml")
    file.write_text(text)
    with pytest.raises(SystemExit) as left:
        main(("simulate", str(file), "--out", str(folder), *more))
    assert not left.value.code
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open")
    for name, text in (("one", ONE_GATEWAY), ("two", TWO_GATEWAYS), ("local", LOCAL), ("churn", CHURN)):
        simulate(text, folder / name, "--flow-logs", "v5")
    return folder


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Copy:
    return copying(written, tmp_path)


def checked(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(("plan", str(folder), "--check", *more))
    assert isinstance(left.value.code, int)
    return left.value.code, capsys.readouterr().out


def turned(folder: Path) -> Path:
    """The same case with the keys of its case.yaml in the other order."""
    about = yaml.safe_load((folder / "case.yaml").read_text())
    about["destinations"] = dict(reversed(about["destinations"].items()))
    (folder / "case.yaml").write_text(yaml.safe_dump(about, sort_keys=False))
    return folder


def figures(plan: Plan) -> object:
    return (
        plan.verdict,
        plan.peak.connections,
        sorted((*table.id.order, table.peak) for table in plan.tables),
        [(change.action.id, change.resource, change.count) for change in plan.changes],
        plan.monthly_usd,
    )


def test_a_confirmed_cause_is_a_network_that_does_not_hold(copied: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied("one", "callers", "flow-logs")
    assert diagnose_case(read_case(folder)).cause("nat-port-exhaustion").status is Status.CONFIRMED
    code, out = checked(folder, capsys)
    assert code == 1
    assert "today's network does not hold" in out
    assert "85,000 to 100,000 connections at the peak" in out


def test_the_answer_does_not_turn_with_the_order_of_keys(copied: Copy, tmp_path: Path) -> None:
    folder = copied("one", "callers", "flow-logs")
    before = figures(make_plan(read_case(folder)))
    assert figures(make_plan(read_case(turned(folder)))) == before


def test_the_plan_holds_the_worst_that_the_evidence_leaves_open(copied: Copy) -> None:
    plan = prove(make_plan(read_case(copied("one", "callers", "flow-logs"))), alternatives=False)
    (ports,) = [table for table in plan.tables if table.destinations == ("pay",)]
    assert ports.peak == 100_000
    assert plan.best is not None
    assert plan.best.proof is not None
    assert plan.best.proof["holds"]
    assert plan.if_known is not None
    # A gateway that was full costs something, however little of the rest was wanted.
    assert 0 < plan.if_known[0] < plan.if_known[1] == plan.best.monthly_cents
    assert plan.missing


@pytest.mark.slow
def test_with_flow_logs_it_is_known_how_many_go_where(copied: Copy) -> None:
    plan = make_plan(read_case(copied("two", "callers")))
    checkout = plan.wanted["checkout", "pay"]
    # What both gateways saw together, 30,000 of lookup's included, is the most that checkout can have wanted.
    assert 110_000 <= checkout[0] <= 125_000 <= checkout[1] <= 155_000
    assert plan.wanted["checkout", "search"] == (0, 0)
    assert plan.wanted["lookup", "search"] == (30_000, 30_000)


def test_what_stays_inside_the_vpc_is_counted_by_flow_logs(copied: Copy) -> None:
    folder = copied("local", "callers")
    plan = make_plan(read_case(folder))
    assert plan.wanted["cart", "redis"] == (40_000, 40_000)
    assert plan.wanted["cart", "api"] == (8_000, 8_000)
    assert plan.verdict is Verdict.FAILS  # 48,000 of 65,000 leave less than 30 %
    assert make_plan(read_case(folder), headroom=0.2).verdict is Verdict.HOLDS


def test_every_attempt_in_the_case_says_the_same(copied: Copy) -> None:
    plan = make_plan(read_case(copied("local")))
    assert plan.wanted["cart", "redis"] == (40_000, 40_000)
    (environments,) = {load.environments for load in plan.peak.largest().values()}
    assert environments == 4_000


def test_what_nothing_counts_is_left_out_and_said(copied: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied("local", "callers", "flow-logs")
    code, out = checked(folder, capsys)
    assert code == 3
    assert "whether today's network holds is not known" in out
    assert "nothing says how many connections cart wants to redis" in out
    document = json.loads(checked(folder, capsys, "--json")[1])
    assert document["verdict"] == "not-known"
    assert document["fits"] is False
    assert any("create-flow-logs" in one["how"] for one in document["missing"])


def test_when_nothing_counts_anything_a_peak_must_be_given(copied: Copy) -> None:
    folder = copied("local", "callers", "flow-logs", "cloudwatch")
    with pytest.raises(InputError, match="give --peak"):
        make_plan(read_case(folder))
    plan = make_plan(read_case(folder), peak=20_000)
    assert plan.peak.connections == 20_000


def without_addresses(folder: Path, *names: str) -> Path:
    about = yaml.safe_load((folder / "case.yaml").read_text())
    for name in names:
        del about["destinations"][name]["addresses"]
    (folder / "case.yaml").write_text(yaml.safe_dump(about, sort_keys=False))
    return folder


def test_no_address_is_made_up(copied: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = without_addresses(copied("one", "flow-logs"), "pay", "search")
    code, out = checked(folder, capsys)
    assert code == 1
    assert "203.0.113." not in out
    assert "to pay:" in out
    assert "203.0.113." not in checked(folder, capsys, "--json", "--prove")[1]


def test_ports_that_were_never_short_prove_how_many_addresses_there_are(tmp_path: Path) -> None:
    text = (
        ONE_GATEWAY[: ONE_GATEWAY.index("  pay:")]
        + """  search: {addresses: 4, port: 443}
functions:
  lookup: {subnets: [a, b], security_groups: [sg-2], connections: [{to: search, per_environment: 10}]}
demand:
  lookup: {environments: {from: 0, to: 6500, per_10s: 1000}}
duration: 3m
"""
    )
    folder = without_addresses(simulate(text, tmp_path / "case"), "search")
    plan = make_plan(read_case(folder), headroom=0.0)
    (ports,) = [table for table in plan.tables if table.id.destination == "search"]
    assert ports.peak <= 55_000
    assert plan.today.network.destinations["search"].unique == 2
    assert any("taken as 2, as its connections prove" in note for note in plan.notes)


def test_connections_from_before_the_window_are_in_no_outcome(copied: Copy) -> None:
    folder = copied("one", "flow-logs")
    about = yaml.safe_load((folder / "case.yaml").read_text())
    start = about["window"][0]
    about["window"][0] = start.replace("12:00:00", "12:01:00") if isinstance(start, str) else start.replace(minute=1)
    (folder / "case.yaml").write_text(yaml.safe_dump(about, sort_keys=False))
    plan = make_plan(read_case(folder))
    # 15,000 more had failed by then, and left no trace in this window.
    low, high = plan.wanted["checkout", "pay"]
    assert low <= 55_000 <= high
    assert plan.wanted["lookup", "search"][1] >= 30_000


def without_metric(folder: Path, metric: str) -> Path:
    for queries in (folder / "cloudwatch").glob("*.queries.json"):
        results = queries.with_name(queries.name.replace(".queries.", ".results."))
        kept = [one for one in json.loads(queries.read_text()) if one["MetricStat"]["Metric"]["MetricName"] != metric]
        answer = json.loads(results.read_text())
        ids = {one["Id"] for one in kept}
        answer["MetricDataResults"] = [one for one in answer["MetricDataResults"] if one["Id"] in ids]
        queries.write_text(json.dumps(kept))
        results.write_text(json.dumps(answer))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("left_out", [(), ("callers",), ("flow-logs",)])
@pytest.mark.parametrize("metered", [True, False])
def test_ports_of_closed_connections_are_planned_whatever_tells_of_them(
    copied: Copy, left_out: tuple[str, ...], metered: bool
) -> None:
    """10,000 are open, and of 333 closed a second each keeps its port for a minute."""
    folder = copied("churn", *left_out)
    plan = make_plan(read_case(folder if metered else without_metric(folder, "ActiveConnectionCount")))
    (ports,) = [table for table in plan.tables if table.destinations == ("api",)]
    assert ports.peak >= 29_000
    assert ports.peak <= 36_000 or not metered
