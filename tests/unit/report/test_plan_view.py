"""The plan and its proof as the report shows them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from narrows.plan import make_plan, prove
from narrows.plan.model import Plan, Proof
from narrows.plan.names import names_after
from narrows.report.path.model import Mark
from narrows.report.path.planned import after_plan
from narrows.report.plan_view import plan_view, proof_view
from narrows.scenario import load_scenario
from tests.unit.plan.sites import site
from tests.unit.report.samples import make_case

SCENARIOS = Path(__file__).parents[3] / "examples" / "scenarios"


@cache
def plan(name: str) -> Plan:
    """The proved plan of an example scenario."""
    return prove(make_plan(load_scenario(SCENARIOS / f"{name}.yaml")))


def test_the_plan_of_the_first_act() -> None:
    made = plan("launch-load-test")
    view = plan_view(make_case(), made)
    assert "90,000 connections" in view.lead
    assert [change.action for change in view.changes] == [change.action.id for change in made.changes]
    assert view.monthly == f"${made.monthly_usd:.2f}"
    assert any("L-5F53652F" in quota for quota in view.quotas)
    assert view.options[0].chosen
    assert len(view.options) == 1 + len(made.alternatives)
    assert all(option.changes for option in view.options)
    assert view.proven


@pytest.mark.parametrize(
    ("addresses", "said"),
    [(1, "from 2 by default to 3"), (3, "from 3 in use to 5")],
)
def test_a_quota_says_what_its_current_value_is(addresses: int, said: str) -> None:
    network = site(
        {"app": (["a", "b", "c"], 4_500 + 4_500 * addresses, 10)},
        subnets=dict.fromkeys("abc", "nat"),
        nats={"nat": addresses},
    )
    view = plan_view(make_case(), make_plan(network))
    (quota,) = [one for one in view.quotas if "L-5F53652F" in one]
    assert quota.endswith(said)


def test_the_proof_of_the_plan() -> None:
    made = plan("launch-load-test")
    view = proof_view(made, "")
    assert view.holds
    assert "Every connection was established" in view.sentence
    assert {fact.label: fact.value for fact in view.figures}["Open at once"] == "90,000"


def test_a_proof_that_fails_is_not_called_one() -> None:
    made = plan("launch-load-test")
    assert made.best is not None
    assert made.best.proof is not None
    failed: Proof = {**made.best.proof, "holds": False, "timeouts": 12}
    view = proof_view(replace(made, best=replace(made.best, proof=failed)), "")
    assert not view.holds
    assert "does not hold" in view.sentence
    assert "12" in {fact.value for fact in view.figures}


def test_what_a_plan_adds_is_called_after_what_it_copies() -> None:
    made = plan("launch-load-test")
    assert made.best is not None
    change = replace(made.changes[0], new=("subnet-a-2", "new"))
    copied = replace(made, best=replace(made.best, changes=(change,)), alternatives=())
    names = names_after(copied, {"subnet-a": "private-a"})
    assert names == {"subnet-a": "private-a", "subnet-a-2": "private-a-2"}


def test_no_proof_says_why() -> None:
    assert proof_view(None, "There is no plan to prove.").absent == "There is no plan to prove."
    made = make_plan(load_scenario(SCENARIOS / "launch-load-test.yaml"))
    assert proof_view(made, "not asked for").absent == "not asked for"


def test_a_network_that_holds_needs_nothing() -> None:
    made = make_plan(load_scenario(SCENARIOS / "second-subnet.yaml"), headroom=0.1)
    view = plan_view(make_case(), made)
    assert "Nothing needs to change" in view.lead
    assert view.changes == ()
    assert view.options == ()
    assert after_plan(make_case(), made) is None


@pytest.mark.parametrize("name", ["launch-load-test", "eight-addresses", "second-subnet"])
def test_the_picture_after_the_plan_has_room_everywhere(name: str) -> None:
    made = plan(name)
    section = after_plan(make_case(), made)
    assert section is not None
    (picture,) = section.pictures
    assert "THE NARROWS" not in picture.svg
    assert f"{made.peak.connections:,} of" in picture.svg
    assert Mark.FIRST.value in picture.svg
    assert not any(row.binds for row in picture.rows)
    assert all(row.peak != "not known" for row in picture.rows if row.capacity)
