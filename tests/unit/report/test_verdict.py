"""The verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.case.model import Callers
from narrows.diagnose.causes import CAUSES
from narrows.diagnose.model import NextNarrows
from narrows.diagnose.verdict import verdict
from tests.unit.report.samples import cause, first_act, make_case, make_diagnosis, network


def test_first_act() -> None:
    said = verdict(make_case(), first_act())
    assert said.sentence == "NAT gateway nat-a has no source ports left: 55,000 of 55,000 connections."
    assert (said.tone, said.certainty) == ("bad", "confirmed")
    assert "65,000 connections" in said.then
    assert "private-a / sg-app" in said.then
    facts = {fact.label: fact.value for fact in said.facts}
    assert facts == {
        "Observed": "55,000",
        "Limit": "55,000",
        "Failed connects": "35,000",
        "Next narrows at": "65,000",
    }


def test_the_addresses_of_a_gateway_add_up() -> None:
    diagnosis = make_diagnosis(
        cause(
            "nat-port-exhaustion",
            "confirmed",
            resource="nat-0a1b2c3d",
            limit="nat-connections-per-destination",
            observed=(438_000, 440_000, "connections"),
        ),
        narrows="nat-port-exhaustion",
    )
    said = verdict(make_case(network(addresses=8)), diagnosis)
    assert "438,000–440,000 of 440,000 connections" in said.sentence
    assert ("440,000", "8 × 55,000, documented") in [(fact.value, fact.note) for fact in said.facts]


def test_churn_is_named_and_not_held_against_a_number_of_open_connections() -> None:
    diagnosis = make_diagnosis(
        cause(
            "nat-port-exhaustion",
            "confirmed",
            resource="nat-0a1b2c3d",
            limit="nat-connections-per-destination",
            observed=(2_000, 56_000, "connections"),
            mechanism="churn",
        ),
        narrows="nat-port-exhaustion",
    )
    said = verdict(make_case(), diagnosis).sentence
    assert "short connections come and go" in said
    assert "of 55,000" not in said


@pytest.mark.parametrize("id", CAUSES)
@pytest.mark.parametrize(
    ("status", "begins", "tone"),
    [("confirmed", "", "bad"), ("likely", "Most likely ", "bad"), ("possible", "Possibly ", "warn")],
)
def test_every_cause_makes_a_sentence(id: str, status: str, begins: str, tone: str) -> None:
    for resource in ("storefront", None):
        said = verdict(make_case(), make_diagnosis(cause(id, status, resource=resource), narrows=id))
        assert said.sentence.startswith(begins)
        assert said.sentence.endswith(".")
        assert said.sentence[0].isupper()
        assert "{" not in said.sentence
        assert "None" not in said.sentence
        assert said.tone == tone


def test_nothing_full() -> None:
    said = verdict(make_case(timed_out=0, errors=(0,)), make_diagnosis(nothing_failed=True))
    assert said.sentence == "Nothing on this path was full or blocked."
    assert said.tone == "good"


def test_nothing_full_as_far_as_it_can_be_judged() -> None:
    said = verdict(make_case(timed_out=0), make_diagnosis(cause("dns-failure", "unknown"), nothing_failed=True))
    judged = f"{len(CAUSES) - 1} of {len(CAUSES)}"
    assert said.sentence == f"Nothing on this path was full or blocked, as far as {judged} causes can be judged."


def test_where_it_is_not_known_that_nothing_failed_it_is_not_declared_healthy() -> None:
    said = verdict(make_case(timed_out=0), make_diagnosis())
    assert said.sentence == "No cause is found in this evidence."
    assert said.tone == "warn"


def test_failures_without_a_cause_are_not_settled() -> None:
    said = verdict(make_case(), make_diagnosis(cause("dns-failure", "unknown"), failures=35_000))
    assert said.sentence.startswith("No cause is found in this evidence.")
    assert said.tone == "warn"


def test_an_empty_case_is_not_declared_healthy() -> None:
    case = replace(make_case(), callers=Callers())
    said = verdict(case, make_diagnosis(*(cause(id, "unknown") for id in CAUSES)))
    assert said.tone == "warn"
    assert "cannot be judged" in said.sentence


def test_several_possible_causes_are_named() -> None:
    both = [cause(id, "possible") for id in ("nat-port-exhaustion", "hyperplane-eni-exhaustion")]
    said = verdict(make_case(), make_diagnosis(*both))
    assert "does not settle" in said.sentence
    assert "NAT gateway out of source ports and Hyperplane ENI full" in said.sentence


def test_what_would_fill_first() -> None:
    following = NextNarrows("nat-port-exhaustion", "nat-0a1b2c3d", 110_000)
    said = verdict(make_case(timed_out=0), make_diagnosis(next_narrows=following))
    assert said.then == "What would fill first, at 110,000 connections: NAT gateway out of source ports (nat-a)."
