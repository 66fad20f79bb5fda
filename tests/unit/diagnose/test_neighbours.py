"""Functions that are not in question and share an ENI or a NAT gateway are named, and weigh nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from narrows.diagnose import CauseResult, Status, diagnose
from narrows.diagnose.show import show
from narrows.gate_console import GatedConsole
from narrows.report.evidence import cause_rows
from tests.unit.diagnose.by_hand import ABOUT, TIMEOUT, case, function, interfaces, log, nat

ENI, NAT = "hyperplane-eni-exhaustion", "nat-port-exhaustion"
FLAT = nat(errors=[0.0] * 15, active=[1_000.0, 30_000.0, 60_000.0, *[65_000.0] * 12])
NO_PORTS = nat(errors=[0.0] * 5 + [900.0] * 10, active=[1_000.0, 30_000.0, *[55_000.0] * 13])
FAILS = log(*[f"[ERROR] {TIMEOUT}"] * 40)


def listed(*more: dict[str, Any]) -> dict[str, Any]:
    return {"lambda/functions.json": {"Functions": [function(), *more]}}


def with_groups(name: str, *groups: str) -> dict[str, Any]:
    config = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": [*groups], "VpcId": "vpc-1"}
    return function(name, VpcConfig=config)


def sentences(cause: CauseResult, word: str = "share") -> list[str]:
    return [one.text for one in cause.evidence if word in one.text]


def test_a_neighbour_on_the_eni_is_named(tmp_path: Path) -> None:
    found = diagnose(case(tmp_path, FLAT, FAILS, interfaces(), listed(function("orders-worker"))))
    assert sentences(found.cause(ENI)) == ["orders-worker shares this ENI."]


def test_of_many_some_are_named_and_the_others_counted(tmp_path: Path) -> None:
    many = [function(f"team-{number}") for number in range(6)]
    found = diagnose(case(tmp_path, FLAT, FAILS, interfaces(), listed(*many)))
    assert sentences(found.cause(ENI)) == ["team-0, team-1, team-2 and 3 other functions share this ENI."]


def test_one_with_other_groups_shares_the_gateway_alone(tmp_path: Path) -> None:
    more = listed(with_groups("mailer", "sg-9"))
    found = diagnose(case(tmp_path / "1", FLAT, FAILS, interfaces(), more))
    assert sentences(found.cause(ENI)) == []
    full = diagnose(case(tmp_path / "2", NO_PORTS, FAILS, interfaces(), more))
    assert sentences(full.cause(NAT), "leave by") == ["Others leave by nat-1 as well: mailer."]


@pytest.mark.parametrize("interfaces_known", [True, False])
def test_one_on_the_same_eni_is_named_behind_a_full_gateway_too(tmp_path: Path, interfaces_known: bool) -> None:
    seen = interfaces() if interfaces_known else {}
    found = diagnose(case(tmp_path, NO_PORTS, FAILS, seen, listed(function("orders-worker"))))
    assert sentences(found.cause(NAT), "leave by") == ["Others leave by nat-1 as well: orders-worker."]


def test_a_gateway_that_may_be_full_has_its_neighbours_named(tmp_path: Path) -> None:
    unmeasured = nat(active=[1_000.0, 30_000.0, *[55_000.0] * 13])
    found = diagnose(case(tmp_path, unmeasured, FAILS, interfaces(), listed(function("orders-worker"))))
    assert found.cause(NAT).status.reaches(Status.POSSIBLE)
    assert sentences(found.cause(NAT)) == ["orders-worker shares this NAT gateway."]


def test_nothing_is_said_where_all_are_in_question_or_the_cause_is_ruled_out(tmp_path: Path) -> None:
    everybody = ABOUT.replace("functions: [storefront]\n", "")
    found = diagnose(
        case(tmp_path / "1", FLAT, FAILS, interfaces(), listed(function("orders-worker")), about=everybody)
    )
    assert sentences(found.cause(ENI)) == []
    calm = nat(errors=[0.0] * 15, active=[10.0] * 15)
    found = diagnose(case(tmp_path / "2", calm, FAILS, interfaces(), listed(function("orders-worker"))))
    assert found.cause(NAT).status is Status.RULED_OUT
    assert sentences(found.cause(NAT)) == []


def test_what_is_named_weighs_nothing(tmp_path: Path) -> None:
    found = diagnose(case(tmp_path, FLAT, FAILS, interfaces(), listed(function("orders-worker"))))
    named = [one for one in found.cause(ENI).evidence if one.text == found.cause(ENI).neighbours]
    assert [(one.weight, one.source) for one in named] == [(0.0, "lambda/functions.json")]


@pytest.mark.parametrize("status", [Status.LIKELY, Status.POSSIBLE])
def test_it_is_read_on_the_terminal_in_json_and_in_the_report(tmp_path: Path, status: Status) -> None:
    # Without the errors of the gateway the ENI is possible only.
    counted = FLAT if status is Status.LIKELY else nat(active=[1_000.0, 30_000.0, 60_000.0, *[65_000.0] * 12])
    read = case(tmp_path, counted, FAILS, interfaces(), listed(function("orders-worker")))
    found = diagnose(read)
    assert found.cause(ENI).status is status

    screen = GatedConsole(file=io.StringIO(), width=80, markup=False, highlight=False)
    show(read, found, screen)
    sentence = "orders-worker shares this ENI."
    assert sentence in " ".join(screen.file.getvalue().split())  # type: ignore[attr-defined]
    printed = next(one for one in found.to_json()["causes"] if one["id"] == ENI)
    assert sentence in [one["text"] for one in printed["evidence"]]
    row = next(one for one in cause_rows(read, found) if one.id == ENI)
    assert sentence in [one.text for one in row.evidence]
