"""The section of the path: its pictures, and the same in figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from narrows.case.model import Case
from narrows.listing import MOST_LINES
from narrows.network import HopKind
from narrows.report.path.grouping import by_fill, has_rows, with_rows
from narrows.report.path.loads import CaseLoads
from narrows.report.path.marks import Marks
from narrows.report.path.model import Mark, Pipe, Route
from narrows.report.path.picture import draw
from narrows.report.path.portrait import draw_portrait
from narrows.report.path.routes import routes
from narrows.words import count, interval, percent

if TYPE_CHECKING:
    from narrows.diagnose.model import Diagnosis
    from narrows.evidence.facts import Facts

MOST_PICTURES = 4
"""More routes than this are only counted."""


@dataclass(frozen=True, slots=True)
class HopRow:
    """One pipe of a picture, in figures."""

    hop: str
    resource: str
    id: str
    peak: str
    capacity: str
    used: str
    note: str
    binds: bool
    inner: bool = False
    """It is one of the tables of the row above."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One route."""

    title: str
    svg: Markup
    portrait: Markup
    """The same for a narrow screen."""
    rows: tuple[HopRow, ...]


@dataclass(frozen=True, slots=True)
class PathSection:
    """Every route, the busiest first."""

    pictures: tuple[Picture, ...]
    more: str
    """What is not drawn."""
    assumed: bool
    """Whether tables are drawn as full as an even share would make them."""


def path_section(case: Case, diagnosis: Diagnosis, facts: Facts | None = None) -> PathSection:
    """The pictures of a case."""
    loads = CaseLoads(case, diagnosis, facts)
    found = routes(case, loads.ways, loads, Marks.of(diagnosis))
    return section_of(found, "path")


def section_of(found: tuple[Route, ...], key: str) -> PathSection:
    """The pictures of these routes; ``key`` keeps their ids apart from those of others."""
    pictures = tuple(
        Picture(
            route.title,
            draw(route, f"{key}-{index}"),
            draw_portrait(route, f"{key}-{index}-tall"),
            _rows(route),
        )
        for index, route in enumerate(found[:MOST_PICTURES])
    )
    left = len(found) - len(pictures)
    more = f"{left} more paths, none of them fuller, are not drawn." if left else ""
    shown = (pipe for route in found[:MOST_PICTURES] for stage in route.stages for pipe in stage.pipes)
    return PathSection(pictures, more, any(pipe.assumed for pipe in shown))


def _rows(route: Route) -> tuple[HopRow, ...]:
    rows = [
        HopRow(HopKind.ENVIRONMENT.heading, source.label, "", source.figure or "not known", "", "", "", False)
        for source in route.sources[:MOST_LINES]
    ]
    left = len(route.sources) - len(rows)
    if left:
        rows.append(HopRow(HopKind.ENVIRONMENT.heading, f"and {left:,} more functions", "", "", "", "", "", False))
    for stage in route.stages:
        pipes = by_fill(stage.pipes)
        for pipe in pipes[:MOST_LINES]:
            rows += [_row(stage.heading, pipe), *_tables(stage.heading, pipe, len(pipes))]
        left = len(pipes) - MOST_LINES
        if left > 0:
            rows.append(HopRow(stage.heading, f"and {left:,} more, none of them fuller", "", "", "", "", "", False))
    rows.append(_row(HopKind.DESTINATION.heading, replace(route.destination, note="")))
    return tuple(rows)


def _row(hop: str, pipe: Pipe) -> HopRow:
    total, fullest = pipe.total, pipe.fullest
    return HopRow(
        hop,
        pipe.label,
        pipe.id,
        interval(*total) if total else "not known",
        count(pipe.capacity) if pipe.capacity is not None else "no limit known",
        percent(*fullest.used) if fullest and fullest.used else "",
        pipe.note,
        pipe.mark in (Mark.NARROWS, Mark.LIKELY),
    )


def _tables(hop: str, pipe: Pipe, pipes: int) -> Iterator[HopRow]:
    """The tables of a pipe one by one, where they are not all as full: the fullest of them."""
    rows = with_rows(pipe, pipes)
    if not has_rows(rows):
        return
    for table in rows.tables:
        yield HopRow(
            hop,
            table.label,
            "",
            interval(table.low, table.high) if table.low is not None and table.high is not None else "not known",
            count(table.capacity) if table.capacity is not None else "no limit known",
            percent(*table.used) if table.used and table.stands_for == 1 else "",
            "",
            table.binds,
            inner=True,
        )
