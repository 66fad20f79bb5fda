"""The page: everything that the sections show, put into the templates, under a policy that forbids every request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from narrows.case.model import Case, Note
from narrows.errors import one_line
from narrows.gate import in_page
from narrows.listing import first_notes
from narrows.report.answer import PlanAnswer as PlanAnswer
from narrows.report.answer import reported
from narrows.report.chart_section import chart_section
from narrows.report.evidence import cause_rows, open_and_folded
from narrows.report.markdown import as_markdown
from narrows.report.path.model import FILLING, NEARLY_FULL
from narrows.report.path.planned import after_plan
from narrows.report.path.section import path_section
from narrows.report.scripts import in_style, in_tag, script_hash
from narrows.report.truth import truth_section
from narrows.words import percent

if TYPE_CHECKING:
    from narrows.diagnose.model import Diagnosis
    from narrows.evidence.facts import Facts

_TEMPLATES = "templates"
_MOST_STEPS = 6
"""Of the first screen; the plan in full has them all."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page, in order."""

    anchor: str
    short: str
    """In the contents."""
    title: str
    template: str
    folded_on_phones: str = ""
    """What stands in its place on a narrow screen until it is opened."""


_SECTIONS = (
    Section("path", "Path", "The path", "path.html.j2"),
    Section("charts", "Metrics", "What the metrics say", "charts.html.j2", "Show the charts"),
    Section("evidence", "Evidence", "The evidence", "evidence.html.j2"),
    Section("collect", "To collect", "What to collect", "collect.html.j2"),
    Section("plan", "Plan", "The plan in full", "plan.html.j2"),
    Section("made", "Made", "How this report was made", "made.html.j2"),
)
"""What comes below the answer, in order."""


def render(
    case: Case,
    diagnosis: Diagnosis,
    answer: PlanAnswer,
    facts: Facts | None = None,
    made_at: datetime | None = None,
) -> str:
    """The report as one HTML document.

    Args:
        case: what was read.
        diagnosis: of this case.
        answer: the plan, or why there is none.
        facts: what the case shows, where it has been read.
        made_at: when the report is made; now when left out.
    """
    charts = chart_section(case)
    truth = truth_section(case, charts.extent)
    if truth is not None:
        charts = charts.sharing_its_axis_with(truth.charts)
    style, own = in_style(_text("report.css") + _text("charts.css")), in_tag(_text("page.js"))
    script = in_tag(_text("report.js")) if charts.drawn else Markup()
    told = reported(case, diagnosis, answer, made_at or datetime.now(UTC))
    causes, folded = open_and_folded(cause_rows(case, diagnosis))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=f"{one_line(case.folder.name, 80)} · narrows report",
            policy=_policy(style, (script, own)),
            style=style,
            script=script,
            own_script=own,
            sections=_SECTIONS,
            answer=told.answer,
            most_steps=_MOST_STEPS,
            markdown=as_markdown(told.answer),
            path=path_section(case, diagnosis, facts),
            levels={"filling": percent(FILLING), "full": percent(NEARLY_FULL)},
            charts=charts,
            causes=causes,
            folded=folded,
            notes=[Note(one_line(note.source, 400), one_line(note.text, 1000)) for note in first_notes(case.notes)],
            after=after_plan(told.case, told.plan) if told.plan else None,
            truth=truth,
        )
    )


def _policy(style: Markup, scripts: Iterable[Markup]) -> str:
    """The Content-Security-Policy: these scripts and this style, and no request to anywhere."""
    hashes = " ".join(script_hash(script) for script in scripts if script)
    return (
        f"default-src 'none'; script-src {hashes}; style-src {script_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


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
