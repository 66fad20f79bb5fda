"""The page and its fragments: everything in them is escaped here, and nothing else makes markup."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

import narrows
from narrows.gate import in_page
from narrows.serve.answer import MOST_ROWS, Answer
from narrows.serve.controls import controls_of
from narrows.serve.played import Played
from narrows.serve.served import Served
from narrows.words import percent

_TEMPLATES = "templates"


def page(served: Served, first: Answer) -> str:
    """The whole page, with the answer to the scenario as it is served."""
    return _render(
        "page.html.j2",
        served=served,
        title=f"{served.scenario.name} · narrows what-if",
        controls=controls_of(served.scenario, served.names),
        answer=Markup(fragment(first)),
        version=narrows.__version__,
    )


def fragment(answer: Answer) -> str:
    """The planner's answer."""
    rows = answer.rows
    return _render(
        "answer.html.j2",
        answer=answer,
        connections=f"{answer.peak.connections:,}",
        rows=rows[:MOST_ROWS],
        more=rows[MOST_ROWS:],
        path=answer.picture(),
        wanted=percent(answer.headroom),
    )


def played_fragment(found: Played) -> str:
    """The simulator's answer."""
    return _render("played.html.j2", played=found)


@cache
def static(name: str) -> str:
    """A style sheet or script of the page; ``report.css`` is the report's own."""
    room = "narrows.report" if name == "report.css" else "narrows.serve"
    return files(room).joinpath(_TEMPLATES, name).read_text(encoding="utf-8")


def _render(name: str, **parts: object) -> str:
    return _environment().get_template(name).render(**parts)


def _in_page(value: object) -> object:
    return in_page(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("narrows.serve", _TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        finalize=_in_page,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
