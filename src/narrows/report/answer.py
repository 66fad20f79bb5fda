"""The answer of a report, worked out once: the page's first screen and the text to paste both read it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import narrows
from narrows.commands import with_commands
from narrows.diagnose.causes import CAUSES
from narrows.diagnose.model import Status
from narrows.diagnose.verdict import Verdict, verdict
from narrows.errors import one_line
from narrows.gate import argument
from narrows.listing import named
from narrows.report.evidence import MissingRow, missing_rows
from narrows.report.plan_view import PlanView, ProofView, lab_proof_view, plan_view, proof_view
from narrows.words import window, with_names

if TYPE_CHECKING:
    from narrows.assumptions import PrintedAssumption
    from narrows.case.model import Case
    from narrows.diagnose.model import CauseResult, Diagnosis
    from narrows.plan.model import Plan

_LONGEST_NAME = 120
_NAMED_FILES = 12


class Asked(StrEnum):
    """What the reader is asked to do first."""

    DO = "do"
    """To take the steps."""
    SPARE = "spare"
    """To take the steps, though nothing is full today: so that more stays free."""
    COLLECT = "collect"
    """To collect evidence: there are no steps, or nothing shows that they are the ones to take."""
    NOTHING = "nothing"


_TITLES = {
    Asked.DO: "Do this",
    Asked.SPARE: "Do this before it grows",
    Asked.COLLECT: "Collect this",
    Asked.NOTHING: "Nothing to do",
}


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """The plan that a report shows, or why there is none."""

    plan: Plan | None = None
    why_not: str = ""
    no_proof: str = ""
    """Why there is no proof, if there is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in order."""

    what: str
    monthly: str = ""
    """What it costs a month; empty for what has no price."""


@dataclass(frozen=True, slots=True)
class Made:
    """How the answer was made."""

    at: str
    version: str
    case: str
    region: str
    window: str
    functions: str
    reported: str
    written_by: str
    files: tuple[str, ...]
    """Of the case, as far as the answer rests on them."""
    argument: str
    """The case as an argument of a command."""
    command: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader needs who reads nothing else."""

    verdict: Verdict
    asked: Asked
    lead: str
    """Why these steps, or why there are none."""
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    """What must hold for the steps, and cannot be seen from the case."""
    plan: PlanView
    proof: ProofView
    lab_proof: ProofView
    missing: tuple[MissingRow, ...]
    assumptions: tuple[PrintedAssumption, ...]
    made: Made

    @property
    def title(self) -> str:
        """Of what is asked."""
        return _TITLES[self.asked]

    @property
    def is_priced(self) -> bool:
        """Whether the steps are those of the plan, with its price, its risks and its proof."""
        return bool(self.plan.changes) and self.asked in (Asked.DO, Asked.SPARE)


@dataclass(frozen=True, slots=True)
class Reported:
    """A plan and a case as a report speaks of them, and the answer."""

    case: Case
    """With names for what the plan adds."""
    plan: Plan | None
    """With what is run for it."""
    answer: Answer


def reported(case: Case, diagnosis: Diagnosis, given: PlanAnswer, made_at: datetime) -> Reported:
    """The answer for a case.

    Args:
        case: what was read.
        diagnosis: of this case.
        given: the plan, or why there is none.
        made_at: when, with its zone.
    """
    plan = None if given.plan is None else with_commands(given.plan, case)
    renamed = replace(case, topology=replace(case.topology, names=plan.names)) if plan and plan.names else case
    view = plan_view(renamed, plan) if plan else PlanView(why_not=with_names(case, given.why_not))
    said = verdict(case, diagnosis)
    remedy = _remedy(diagnosis.binding, plan)
    asked = _asked(said, view, remedy)
    answer = Answer(
        verdict=said,
        asked=asked,
        lead=_lead(asked, view),
        steps=tuple(_steps(view, remedy)) if asked in (Asked.DO, Asked.SPARE) else (),
        needs=tuple(with_names(renamed, need) for need in plan.best.needs) if plan and plan.best else (),
        plan=view,
        proof=proof_view(plan, with_names(case, given.no_proof)),
        lab_proof=lab_proof_view(plan),
        missing=missing_rows(diagnosis),
        assumptions=_assumptions(diagnosis, plan),
        made=_made(case, diagnosis, plan, made_at),
    )
    return Reported(renamed, plan, answer)


def _remedy(binding: CauseResult | None, plan: Plan | None) -> str:
    """What helps against the cause that binds, where no step of the plan does: a plan widens tables."""
    if binding is None:
        return ""
    cause = CAUSES[binding.id]
    if plan is not None and plan.changes:
        narrow = {table.kind for table in plan.tables if not table.fits(plan.headroom_wanted)}
        if cause.table in narrow:
            return ""
    return cause.mechanism(binding.mechanism).remedy or cause.remedy


def _asked(said: Verdict, view: PlanView, remedy: str) -> Asked:
    if said.tone == "good":
        return Asked.SPARE if view.changes or view.quotas else Asked.NOTHING
    settled = said.certainty in (Status.CONFIRMED, Status.LIKELY, Status.POSSIBLE)
    return Asked.DO if settled and (remedy or view.changes or view.quotas) else Asked.COLLECT


def _lead(asked: Asked, view: PlanView) -> str:
    if asked is Asked.COLLECT:
        return "The most telling first; with it, run this report again."
    if asked is Asked.DO and not (view.changes or view.quotas):
        return ""
    return view.lead or f"No plan was made: {view.why_not}"


def _steps(view: PlanView, remedy: str) -> Iterator[Step]:
    if remedy:
        yield Step(remedy)
    for quota in view.quotas:
        yield Step(f"Have this quota raised: {quota}")
    for change in view.changes:
        yield Step(change.what, change.monthly)


def _assumptions(diagnosis: Diagnosis, plan: Plan | None) -> tuple[PrintedAssumption, ...]:
    """Those of the diagnosis and of the plan, each once."""
    every = [*diagnosis.assumptions, *(plan.assumptions if plan else ())]
    return tuple({assumption["id"]: assumption for assumption in every}.values())


def _made(case: Case, diagnosis: Diagnosis, plan: Plan | None, at: datetime) -> Made:
    name = one_line(case.folder.name, _LONGEST_NAME)
    return Made(
        at=f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}",
        version=narrows.__version__,
        case=name,
        region=one_line(case.region or "", 40),
        window=window(*case.window) if case.window else "",
        functions=one_line(named(case.functions), 400) or "none named",
        reported=one_line(case.reported, 400),
        written_by=one_line(case.written_by or "", _LONGEST_NAME),
        files=_files(case, diagnosis, plan),
        argument=argument(name),
        command=f"narrows report {argument(name)} --out report.html",
    )


def _files(case: Case, diagnosis: Diagnosis, plan: Plan | None) -> tuple[str, ...]:
    """The files that figures came from, as their sources name them: ``file, place in it`` or ``file:line``."""
    sources = {
        *(series.source for series in case.metrics.series),
        *case.callers.sources,
        *(piece.source for cause in diagnosis.causes for piece in cause.evidence),
        *(estimate.source for estimate in (plan.estimates if plan else ())),
    }
    parts = {part.strip().split(":")[0] for source in sources for part in source.split(",")}
    files = sorted(part for part in parts if "/" in part or part.endswith((".yaml", ".json")))
    shown = [one_line(file, _LONGEST_NAME) for file in files[:_NAMED_FILES]]
    left = len(files) - len(shown)
    return (*shown, f"and {left:,} more") if left else tuple(shown)
