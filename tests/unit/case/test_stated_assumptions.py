"""Assumptions that a case states: what it is read with, wherever it is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from narrows.assumptions import Assumptions
from narrows.case import read_case
from narrows.diagnose import diagnose
from narrows.errors import InputError
from narrows.fullest import fullest_tables
from narrows.gate import json_text
from narrows.limits import Certainty
from narrows.plan import make_plan
from narrows.redact import redact_case
from narrows.scenario import load_scenario, parse_scenario
from narrows.simulate import simulate_scenario, simulate_with_log
from narrows.writing import write_case
from narrows.writing.flow_logs import FlowLogOptions, write_simulated
from tests.unit.diagnose.by_hand import ABOUT, FUNCTION, bare, case, interfaces, metrics, nat


def test_without_a_word_the_defaults_hold(tmp_path: Path) -> None:
    assert bare(tmp_path).assumptions == Assumptions()


def test_every_answer_reads_with_them_and_prints_them(tmp_path: Path) -> None:
    """2,000 connections fill an address that takes 2,000."""
    calm = nat(active=[1_990.0] * 15, attempts=[200.0] * 15, established=[100.0] * 15, errors=[100.0] * 15)
    busy = metrics(FUNCTION, {("ConcurrentExecutions", "Maximum"): [100.0] * 15})
    about = f"{ABOUT}assumptions:\n  nat_connections_per_address: 2000\n"
    one = case(tmp_path, calm, busy, interfaces(), about=about)

    printed = {
        each["id"]: each["value"]
        for answer in (diagnose(one), fullest_tables(one), make_plan(one))
        for each in answer.assumptions
        if each["id"] == "nat_connections_per_address"
    }

    assert one.assumptions == Assumptions(nat_connections_per_address=2_000)
    assert printed == {"nat_connections_per_address": "2,000"}
    limit = diagnose(one).cause("nat-port-exhaustion").limit
    assert limit is not None
    assert (limit.value, limit.certainty) == (2_000, Certainty.UNVERIFIED), "it is documented by nobody"
    tables = json.loads(json_text(make_plan(one).to_json()))["peak"]["tables"]
    assert {table["capacity"] for table in tables if table["kind"] == "nat-gateway"} == {2_000}


@pytest.mark.parametrize(
    ("written", "place", "says"),
    [
        ("{nat_conections_per_address: 2000}", "nat_conections_per_address", "did you mean"),
        ("{nat_connections_per_address: -1}", "nat_connections_per_address", ""),
        ("{nat_hold_after_close: soon}", "nat_hold_after_close", ""),
        ("[nat_hold_after_close]", "assumptions", "mapping"),
        ("60s", "assumptions", "mapping"),
    ],
)
def test_what_cannot_be_so_is_one_line_with_its_place(tmp_path: Path, written: str, place: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        bare(tmp_path, about=f"{ABOUT}assumptions: {written}\n")

    text = str(caught.value)
    assert "case.yaml" in text
    assert place in text
    assert says in text
    assert "\n" not in text


def test_a_run_writes_those_that_differ_and_redacting_keeps_them(tmp_path: Path) -> None:
    scenario = load_scenario("examples/scenarios/churn-loop.yaml")
    write_case(simulate_scenario(scenario), tmp_path / "case")

    written = yaml.safe_load((tmp_path / "case" / "case.yaml").read_text())["assumptions"]
    redact_case(tmp_path / "case", tmp_path / "redacted")

    assert written == scenario.assumptions.written() != {}
    assert read_case(tmp_path / "case").assumptions == scenario.assumptions
    assert read_case(tmp_path / "redacted").assumptions == scenario.assumptions


_FULL = """
name: full
vpc: {subnets: {a: {az: a, route: nat}}, nat_gateways: {nat: {addresses: 1}}}
destinations: {cache: {port: 443, addresses: 1, host: cache.example.com}}
functions:
  app: {subnets: [a], security_groups: [sg], connections: [{to: cache, per_environment: 10, connect_timeout: 5s}]}
demand: {app: {environments: 30}}
duration: 3m
assumptions: {nat_connections_per_address: 200}
"""


def test_flow_logs_of_a_table_that_is_full_as_assumed_say_that_it_is(tmp_path: Path) -> None:
    """Against AWS's own 55,000 the 200 ports in use would speak against what is so."""
    recording, log = simulate_with_log(parse_scenario(_FULL, "full"))
    folder = tmp_path / "case"
    options = FlowLogOptions(idle_gap=60.0)
    write_case(recording, folder, more=lambda inside: write_simulated(inside / "flow-logs", recording, log, options))

    cause = diagnose(read_case(folder)).cause("nat-port-exhaustion")

    (told,) = (one for one in cause.evidence if one.text.startswith("Flow logs show") and "ports" in one.text)
    assert told.supports
    assert "200 ports" in told.text
    assert "of 200" in told.text
