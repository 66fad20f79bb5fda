"""Every outcome that a caller can see is counted, drawn and said, wherever outcomes are: none is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrows.assumptions import Assumptions
from narrows.case.model import CallerCount, CallerOutcome, Case
from narrows.case.outcomes import AMBIGUOUS, FAILURES, TRIED
from narrows.case.reading.log_words import table
from narrows.case.reading.outcome_tables import OUTCOME_BITS
from narrows.diagnose import diagnose
from narrows.diagnose.common_rules import never_seen, not_among_lines, reported
from narrows.diagnose.show import show
from narrows.diagnose.verdict import verdict
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts
from narrows.gate import console
from narrows.plan import make_plan
from narrows.recording import Outcome
from narrows.report.page import PlanAnswer, render
from narrows.report.panels import panels
from tests.unit.report.samples import FIRST, make_case

SEEN = 4_321

every = pytest.mark.parametrize("outcome", CallerOutcome)


def seeing(outcome: CallerOutcome, *, complete: bool = True) -> Case:
    """A case in which this is what callers saw besides connections."""
    case = make_case(timed_out=0, errors=(0,))
    one = CallerCount(FIRST + 120, "storefront", "cache", outcome, SEEN, "callers/outcomes.parquet")
    return replace(case, callers=replace(case.callers, counts=(*case.callers.counts, one), complete=complete))


@every
def test_an_outcome_says_what_it_is(outcome: CallerOutcome) -> None:
    about = outcome.about
    assert CallerOutcome(outcome.value) is outcome
    assert about.told_of(1) == f"1 {about.of} {about.was}"
    assert about.told_of(SEEN) == f"4,321 {about.of}s {about.were}"
    assert all((about.was, about.were, about.label, about.colour.startswith("--chart-")))
    # Each is one of three: it went well, it failed, or it leaves open what did.
    assert about.failed + about.ambiguous + (outcome is CallerOutcome.ESTABLISHED) == 1
    assert bool(about.report) == bool(about.words) == about.failed
    if about.words:
        assert about.words.search(about.report)
    if outcome not in (CallerOutcome.ESTABLISHED, CallerOutcome.INVOCATION_TIMED_OUT):
        assert any(one.outcome is outcome for one in table()), "no line of a log is known to mean it"


@every
def test_an_outcome_is_counted_and_drawn(outcome: CallerOutcome) -> None:
    case = seeing(outcome)
    (drawn,) = [one for one in panels(case) if one.key == "outcomes"]
    assert outcome.about.label in {one.label for one in drawn.series}
    assert (outcome in TRIED) is not (outcome in AMBIGUOUS)
    found = diagnose(case)
    assert found.failures == (SEEN if outcome in FAILURES else 0)
    (figure,) = [one for one in verdict(case, found).facts if one.label == "Failed connects"]
    assert figure.value == (f"{SEEN:,}" if outcome in FAILURES else "0")
    assert (f"{SEEN:,} invocations or answers" in figure.note) is (outcome in AMBIGUOUS)


@every
@pytest.mark.parametrize("complete", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_case_of_any_outcome_is_diagnosed_planned_and_shown(outcome: CallerOutcome, complete: bool) -> None:
    case = seeing(outcome, complete=complete)
    found = diagnose(case)
    show(case, found, console())
    page = render(case, found, PlanAnswer(make_plan(case, peak=1_000)))
    if "THE NARROWS" in page:
        assert outcome.about.told_of(SEEN) in page, "how many did not get through"


@every
def test_rules_have_words_for_any_outcome(outcome: CallerOutcome) -> None:
    facts = Facts(make_case(timed_out=0), Assumptions())
    others = [one for one in CallerOutcome if one is not CallerOutcome.ESTABLISHED]
    if outcome in others:
        found = Examination("dns-failure")
        assert never_seen(found, facts, outcome)
        not_among_lines(found, facts, outcome)
        assert f"none {outcome.about.was}." in found.evidence[0].text
        assert f"connects that {outcome.about.were}." in found.evidence[1].text
    if outcome.about.failed:
        told = replace(make_case(timed_out=0), reported=f"{outcome.about.report} since noon")
        assert reported(Examination("dns-failure"), Facts(told, Assumptions()), outcome)


def test_what_the_simulator_records_is_what_a_case_calls_it() -> None:
    # A case may hold more: what the simulator has no part for.
    assert {one.name for one in Outcome} <= {one.name for one in TRIED}


def test_a_table_of_outcomes_has_room_for_all_and_for_one_that_is_unknown() -> None:
    assert len(CallerOutcome) < 2**OUTCOME_BITS


def test_a_page_has_the_colours() -> None:
    css = (Path(__file__).parents[3] / "src/narrows/report/templates/report.css").read_text()
    assert all(f"{one.about.colour}: #" in css for one in CallerOutcome)


@every
def test_a_plan_wants_what_never_opened_too(outcome: CallerOutcome) -> None:
    without = make_plan(make_case(timed_out=0, errors=(0,))).peak.connections
    wanted = make_plan(seeing(outcome)).peak.connections
    # More that were established are no more that were open at once than the gateway counted.
    assert wanted == pytest.approx(without + (SEEN if outcome.about.never_opened else 0), abs=10)
