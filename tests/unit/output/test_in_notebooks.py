"""What a notebook shows of answers: one line, a small page, rows; whatever names hold, and however much there is."""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from narrows import diagnose_case, load_scenario, make_plan, read_case, simulate_scenario
from narrows.errors import MachineError
from narrows.flowlogs.answer import Answer
from narrows.recording import Outcome

ROOT = Path(__file__).parents[3]
SCENARIO = ROOT / "examples/scenarios/launch-load-test.yaml"
CASE = ROOT / "examples/cases/eni-full-no-metric"
EVIL = '<script>alert(1)</script>"&\u202e'
TAGS = {"div", "strong", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    scenario, case = load_scenario(SCENARIO), read_case(CASE)
    return {
        "scenario": scenario,
        "recording": simulate_scenario(scenario),
        "plan": make_plan(scenario),
        "case": case,
        "diagnosis": diagnose_case(case),
    }


def is_harmless(page: str) -> bool:
    return set(re.findall(r"<(\w+)", page)) <= TAGS and not re.search(r"(src|href|on\w+)=", page)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("scenario", "Scenario(launch-load-test: 1 function, 1 subnet, 1 NAT gateway, 1 destination; 5m)"),
        ("recording", "Recording(launch-load-test: 300 s, 90,000 attempts; 35,000 timed out; full: nat-a)"),
        (
            "plan",
            "Plan(does-not-hold at 90,000 connections; cheapest: +1 subnet for storefront, +2 addresses on nat-a, ",
        ),
        ("case", "Case(eni-full-no-metric: 1 function, 1 destination, us-east-1, 2026-11-03 16:50 to 17:10 UTC; "),
        (
            "diagnosis",
            "Diagnosis(likely: hyperplane-eni-exhaustion of checkout-private-a / checkout; next: nat-port-exhaustion",
        ),
    ],
)
def test_each_says_in_a_line_what_matters(answers: dict[str, Any], name: str, line: str) -> None:
    assert repr(answers[name]).startswith(line)
    assert len(repr(answers[name])) <= 300


@pytest.mark.parametrize("name", ["scenario", "recording", "plan", "case", "diagnosis"])
def test_each_has_a_page_that_runs_nothing(answers: dict[str, Any], name: str) -> None:
    page = answers[name]._repr_html_()
    assert is_harmless(page)
    assert "<td" in page


def test_names_do_nothing_but_be_read(answers: dict[str, Any]) -> None:
    case, diagnosis, plan = answers["case"], answers["diagnosis"], answers["plan"]
    hostile = [
        replace(case, reported=EVIL, folder=Path(EVIL)),
        replace(diagnosis, names=dict.fromkeys((*case.topology.names, diagnosis.binding.resource.subnet), EVIL)),
        replace(plan, notes=(EVIL,)),
        replace(answers["scenario"], name=EVIL),
        replace(answers["recording"], name=EVIL),
    ]
    for answer in hostile:
        page = answer._repr_html_()
        assert is_harmless(page)
        assert "&lt;script&gt;" in page
        assert "\u202e" not in page + repr(answer)


def test_ten_thousand_functions_are_a_short_page(answers: dict[str, Any]) -> None:
    scenario = answers["scenario"]
    network, demand = scenario.network, scenario.demand
    names = [f"f{number}" for number in range(10_000)]
    many = replace(
        scenario,
        network=replace(
            network, functions={name: replace(network.functions["storefront"], name=name) for name in names}
        ),
        demand=replace(demand, functions=dict.fromkeys(names, demand.functions["storefront"])),
    )
    assert len(many._repr_html_()) < 20_000
    assert "and 9,980 more" in many._repr_html_()
    assert "10,000 functions" in repr(many)


def test_equality_is_what_it_was(answers: dict[str, Any]) -> None:
    assert load_scenario(SCENARIO) == answers["scenario"]
    assert diagnose_case(CASE) == answers["diagnosis"]


def test_every_attempt_is_a_row(answers: dict[str, Any]) -> None:
    recording = answers["recording"]
    rows = recording.to_arrow()
    assert rows.num_rows == 90_000
    assert rows.schema.field("time").type == pa.timestamp("us", "UTC")
    outcomes = dict(zip(*rows.column("outcome").value_counts().flatten(), strict=True))
    assert {str(name): int(str(count)) for name, count in outcomes.items()} == {
        "established": recording.ended(Outcome.ESTABLISHED),
        "timed_out": recording.ended(Outcome.TIMED_OUT),
    }


def test_every_second_is_a_row(answers: dict[str, Any]) -> None:
    recording = answers["recording"]
    functions = recording.to_pandas("functions")
    assert len(functions) == recording.seconds
    assert functions.timed_out.sum() == 35_000
    assert functions.time[0] == recording.start
    tables = recording.to_pandas("tables")
    assert len(tables) == recording.seconds * len(recording.tables)
    assert tables.groupby("resource").occupied.max().to_dict()["nat-a"] == 55_000
    assert recording.to_pandas("nat_gateways").port_allocation_errors.sum() == 175_000
    assert recording.to_pandas("destinations").open.max() == 55_000


def test_causes_options_changes_and_tables_are_rows(answers: dict[str, Any]) -> None:
    diagnosis, plan = answers["diagnosis"], answers["plan"]
    assert list(diagnosis.to_pandas().cause) == [one.id for one in diagnosis.causes]
    assert list(plan.to_pandas().strategy) == ["cheapest", *(one.strategy for one in plan.alternatives)]
    changes = plan.to_pandas("changes")
    assert changes[changes.strategy == "cheapest"].monthly_usd.sum() == plan.monthly_usd
    tables = plan.to_pandas("tables")
    assert tables[tables.strategy == "today"].share.max() == 90_000 / 55_000
    assert plan.to_arrow("tables").schema.field("peak").metadata == {b"unit": b"connections"}


def test_rows_that_are_not_there_are_named(answers: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no rows called 'tabels'; did you mean 'tables'"):
        answers["plan"].to_arrow("tabels")


def test_without_pandas_one_line_says_what_to_install(answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MachineError, match="pip install pandas"):
        answers["plan"].to_pandas()


def test_open_connections_of_flow_logs(tmp_path: Path) -> None:
    from narrows import count_connections

    head = (
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
        "log-status\n"
    )
    begin = 1_795_176_000
    rows = "".join(
        f"2 111122223333 eni-0123456789abcdef0 10.0.0.9 203.0.113.10 {port} 443 6 9 900 {begin} {begin + 59} ACCEPT"
        " OK\n"
        for port in range(2000, 2030)
    )
    (tmp_path / "flow.log").write_text(head + rows, encoding="utf-8")
    found = count_connections(tmp_path / "flow.log")
    assert isinstance(found, Answer)
    assert repr(found).startswith("Answer(1 key, ")
    assert is_harmless(found._repr_html_())
    assert found.to_pandas().high.max() == 30
    assert found.to_arrow("minutes").schema.field("minute").type == pa.timestamp("us", "UTC")
