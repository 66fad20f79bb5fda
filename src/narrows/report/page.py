"""The page: everything that the sections show, put into the templates, under a policy that forbids every request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

import narrows
from narrows.case.model import Case, Note
from narrows.commands import with_commands
from narrows.diagnose.verdict import verdict
from narrows.errors import one_line
from narrows.gate import argument, in_page
from narrows.listing import first_notes, named
from narrows.report.chart_section import chart_section
from narrows.report.evidence import cause_rows, missing_rows
from narrows.report.path.model import FILLING, NEARLY_FULL
from narrows.report.path.section import after_plan, path_section
from narrows.report.plan_view import PlanView, lab_proof_view, plan_view, proof_view
from narrows.report.scripts import in_style, in_tag, script_hash
from narrows.report.truth import truth_section
from narrows.words import percent, window, with_names

if TYPE_CHECKING:
    from narrows.assumptions import PrintedAssumption
    from narrows.diagnose.model import Diagnosis
    from narrows.evidence.facts import Facts
    from narrows.plan.model import Plan

_TEMPLATES = "templates"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page, in order."""

    anchor: str
    short: str
    """In the contents."""
    title: str
    template: str


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """The plan that a report shows, or why there is none."""

    plan: Plan | None = None
    why_not: str = ""
    no_proof: str = ""
    """Why there is no proof, if there is none."""


_SECTIONS = (
    Section("path", "Path", "The path", "path.html.j2"),
    Section("charts", "Metrics", "What the metrics say", "charts.html.j2"),
    Section("evidence", "Evidence", "The evidence", "evidence.html.j2"),
    Section("collect", "To collect", "What to collect", "collect.html.j2"),
    Section("plan", "Plan", "The plan", "plan.html.j2"),
    Section("proof", "Proof", "The proof", "proof.html.j2"),
    Section("truth", "Truth", "What really happened", "truth.html.j2"),
    Section("assumptions", "Assumptions", "What is assumed", "assumptions.html.j2"),
    Section("made", "Made", "How this report was made", "made.html.j2"),
)


def render(case: Case, diagnosis: Diagnosis, answer: PlanAnswer, facts: Facts | None = None) -> str:
    """The report as one HTML document.

    Args:
        case: what was read.
        diagnosis: of this case.
        answer: the plan, or why there is none.
        facts: what the case shows, where it has been read.
    """
    charts = chart_section(case)
    truth = truth_section(case, charts.extent)
    if truth is not None:
        charts = charts.sharing_its_axis_with(truth.charts)
    style, script = in_style(_text("report.css") + _text("charts.css")), in_tag(_text("report.js"))
    plan = None if answer.plan is None else with_commands(answer.plan, case)
    renamed = replace(case, topology=replace(case.topology, names=plan.names)) if plan and plan.names else case
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=f"{one_line(case.folder.name, 80)} · narrows report",
            policy=_policy(style, script),
            style=style,
            script=script,
            sections=[section for section in _SECTIONS if section.anchor != "truth" or truth is not None],
            verdict=verdict(case, diagnosis),
            path=path_section(case, diagnosis, facts),
            levels={"filling": percent(FILLING), "full": percent(NEARLY_FULL)},
            charts=charts,
            causes=cause_rows(case, diagnosis),
            notes=[Note(one_line(note.source, 400), one_line(note.text, 1000)) for note in first_notes(case.notes)],
            missing=missing_rows(diagnosis),
            plan=plan_view(renamed, plan) if plan else PlanView(why_not=with_names(case, answer.why_not)),
            after=after_plan(renamed, plan) if plan else None,
            proof=proof_view(plan, with_names(case, answer.no_proof)),
            lab_proof=lab_proof_view(plan),
            truth=truth,
            assumptions=_assumptions(diagnosis, plan),
            made=_made(case),
        )
    )


def _policy(style: Markup, script: Markup) -> str:
    """The Content-Security-Policy: this script and this style, and no request to anywhere."""
    return (
        f"default-src 'none'; script-src {script_hash(script)}; style-src {script_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _assumptions(diagnosis: Diagnosis, plan: Plan | None) -> list[PrintedAssumption]:
    """Those of the diagnosis and of the plan, each once."""
    every = [*diagnosis.assumptions, *(plan.assumptions if plan else ())]
    return list({one["id"]: one for one in every}.values())


def _made(case: Case) -> dict[str, str]:
    return {
        "version": narrows.__version__,
        "case": one_line(case.folder.name, 120),
        "region": one_line(case.region or "", 40),
        "window": window(*case.window) if case.window else "",
        "functions": one_line(named(case.functions), 400) or "none named",
        "reported": one_line(case.reported, 400),
        "written_by": one_line(case.written_by or "", 120),
        "command": f"narrows report {argument(one_line(case.folder.name, 120))} --out report.html",
    }


@cache
def _text(name: str) -> str:
    return files("narrows.report").joinpath(_TEMPLATES, name).read_text(encoding="utf-8")


def _in_page(value: object) -> object:
    """What a template puts in, before it is escaped: no text gets into the page around this."""
    return in_page(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("narrows.report", _TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        finalize=_in_page,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
