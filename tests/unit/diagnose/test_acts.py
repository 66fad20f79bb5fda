"""The incident in three acts, from the scenario to the diagnosis, through nothing but the files of the case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.diagnose import Diagnosis, NextNarrows, Status, diagnose

NAT, ENI = "nat-port-exhaustion", "hyperplane-eni-exhaustion"


def _diagnosis(acts: Mapping[str, Path], act: str) -> Diagnosis:
    return diagnose(read_case(acts[act]))


def test_act_1_confirms_the_nat_gateway_and_names_the_eni_as_next(acts: Mapping[str, Path]) -> None:
    case = read_case(acts["launch-load-test"])
    found = diagnose(case)
    assert found.narrows == NAT
    cause = found.cause(NAT)
    assert cause.status is Status.CONFIRMED
    assert cause.mechanism == "concurrency"
    assert cause.resource in case.topology.network.nat_gateways
    assert cause.limit is not None
    assert cause.limit.value == 55_000
    assert cause.observed is not None
    assert cause.observed.low == 55_000
    assert found.cause(ENI).status is not Status.LIKELY
    assert isinstance(found.next_narrows, NextNarrows)
    assert (found.next_narrows.id, found.next_narrows.at_connections) == (ENI, 65_000)


def test_act_2_finds_the_eni_that_no_metric_shows_and_rules_the_nat_gateway_out(acts: Mapping[str, Path]) -> None:
    found = _diagnosis(acts, "eight-addresses")
    assert found.narrows == ENI
    assert found.cause(ENI).status is Status.LIKELY
    assert found.cause(NAT).status is Status.RULED_OUT
    observed = found.cause(ENI).observed
    assert observed is not None
    assert (observed.low, observed.high) == (65_000, 65_000)
    assert found.next_narrows is not None
    assert (found.next_narrows.id, found.next_narrows.at_connections) == (NAT, 440_000)
    assert any(one.evidence.startswith("flow logs") for one in found.missing)


def test_act_3_finds_nothing_and_says_what_will_be_full_first(acts: Mapping[str, Path]) -> None:
    found = _diagnosis(acts, "second-subnet")
    assert found.narrows is None
    assert {one.status for one in found.causes} == {Status.RULED_OUT}
    assert found.failures == 0
    assert found.next_narrows is not None
    assert (found.next_narrows.id, found.next_narrows.at_connections) == (NAT, 110_000)


def test_the_answer_names_the_assumptions_it_rests_on_and_no_others(acts: Mapping[str, Path]) -> None:
    used = {one["id"] for one in _diagnosis(acts, "launch-load-test").assumptions}
    assert {"nat_connections_per_address", "nat_hold_after_close", "environment_placement"} <= used
    assert "syn_retransmits" not in used


@pytest.mark.parametrize("act", ["launch-load-test", "eight-addresses", "second-subnet"])
def test_causes_come_by_status_then_strength(acts: Mapping[str, Path], act: str) -> None:
    causes = _diagnosis(acts, act).causes
    assert [(one.status.rank, -one.strength) for one in causes] == sorted(
        (one.status.rank, -one.strength) for one in causes
    )
