"""The picture of the path: each hop a pipe whose width is its capacity and whose fill is its peak."""

from __future__ import annotations

from markupsafe import Markup

from narrows.listing import first_lines
from narrows.network import HopKind
from narrows.report.path.flow import Band, all_flows, flow
from narrows.report.path.grouping import grouped
from narrows.report.path.layout import WIDTH, Box, Column, Layout, lay_out
from narrows.report.path.model import Level, Mark, Route, Source
from narrows.report.path.pipes import Names, draw_pipe, figures
from narrows.report.path.signs import blockade, callout, dns_way, spilled
from narrows.report.svg import element, group, named_text, number, rect, text
from narrows.report.text_width import fit_names, lines_of
from narrows.words import count, interval

_ENVIRONMENT_SQUARES = 40
_MOST_NOTES = 3
"""Lines with what a destination is called by."""


def draw(route: Route, key: str) -> Markup:
    """The picture of one route as an ``<svg>``; ``key`` keeps its ids apart from those of other pictures."""
    layout = lay_out(route)
    names = Names.of(layout)
    return element(
        "svg",
        element("title", f"The path {route.title}", id=f"{key}-title"),
        element("desc", describe(route), id=f"{key}-desc"),
        definitions(key),
        dns_way(layout),
        *all_flows(layout),
        spilled(layout, key),
        *_sources(layout),
        *(_column(layout, column, names, key) for column in layout.columns),
        *(callout(layout, placed) for column in layout.columns for placed in column.pipes),
        *_others(layout),
        _destination(layout),
        blockade(layout),
        class_="path landscape",
        role="img",
        viewBox=f"0 0 {number(WIDTH)} {number(layout.height)}",
        width=WIDTH,
        height=layout.height,
        aria_labelledby=f"{key}-title {key}-desc",
        xmlns="http://www.w3.org/2000/svg",
    )


def describe(route: Route) -> str:
    """The picture in words, for those who do not see it."""
    parts = first_lines([f"{source.label}: {source.figure}" for source in route.sources if source.figure])
    for stage in grouped(route).route.stages:
        for pipe in stage.pipes:
            said = {Mark.NARROWS: "This is the narrows.", Mark.LIKELY: "This is likely the narrows."}
            parts.append(" ".join(filter(None, (f"{pipe.label}: {figures(pipe)}.", said.get(pipe.mark or Mark.NEXT)))))
    parts.append(f"{route.destination.label}: {figures(route.destination)}")
    if route.blocked:
        parts.append(f"Blocked: {route.blocked}")
    parts.append("DNS goes another way, past all of these tables")
    return "; ".join(part.rstrip(".") for part in parts) + "."


def definitions(key: str) -> Markup:
    """The hatch of what is only estimated, and that of what did not get through."""

    def hatch(name: str, css: str, step: float) -> Markup:
        line = element("path", d=f"M0,0V{number(step)}", class_=css)
        return element(
            "pattern",
            line,
            id=f"{key}-{name}",
            width=step,
            height=step,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        )

    return element(
        "defs",
        *(hatch(level.value, f"hatch hatch-{level.value}", 6) for level in Level),
        hatch("spill", "hatch hatch-spill", 5),
        hatch("grey", "hatch hatch-grey", 7),
    )


def _heading(x: float, title: str, limit: str, width: float, anchor: str = "start") -> Markup:
    return group(
        text(x, 14, title.upper(), 11.5, width, class_="heading", text_anchor=anchor),
        text(x, 31, limit, 11.5, width + 60, class_="muted", text_anchor=anchor) if limit else Markup(),
    )


def _sources(layout: Layout) -> list[Markup]:
    drawn = [_heading(0, HopKind.ENVIRONMENT.heading, "", 250)]
    most = max((source.environments or 0 for source, _ in layout.sources), default=0)
    alone = len(layout.sources) == 1
    names = fit_names((source.label for source in layout.route.sources), layout.sources[0][1].width - 24, 13, "name")
    for source, box in layout.sources:
        inside = box.width - 24
        rest = source is layout.shown.more_sources
        parts = [rect(box.x, box.y, box.width, box.height, rx=8, class_="box other" if rest else "box")]
        top = box.y + (24 if alone else 21)
        if rest:
            parts.append(text(box.x + 12, top, source.label, 12, inside, class_="name"))
        else:
            parts.append(named_text(box.x + 12, top, source.label, names[source.label], 13, class_="name"))
        parts.append(text(box.x + 12, top + 18, source.figure or "peak not known", 12, inside, class_="muted"))
        if alone:
            parts.extend(_squares(source, box, most))
        drawn.append(group(*parts))
    return drawn


def _squares(source: Source, box: Box, most: int) -> list[Markup]:
    """A field of small squares, each standing for the same number of execution environments."""
    if not source.environments or not most:
        return []
    each = max(1, -(-source.environments // _ENVIRONMENT_SQUARES))
    shown = -(-source.environments // each)
    squares = [
        rect(box.x + 12 + (i % 10) * 13.4, box.y + 58 + (i // 10) * 13, 9.4, 9, rx=2, class_="environment")
        for i in range(shown)
    ]
    if each > 1:
        note = f"each square: {count(each)}"
        squares.append(text(box.x + 12, box.bottom - 10, note, 10.5, box.width - 24, class_="muted"))
    return squares


def _column(layout: Layout, column: Column, names: Names, key: str) -> Markup:
    return group(
        _heading(column.x, column.stage.heading, column.stage.limit, column.width),
        *(draw_pipe(layout, placed, names, key) for placed in column.pipes),
    )


def _destination(layout: Layout) -> Markup:
    placed = layout.destination
    pipe, box = placed.pipe, placed.box
    inside = box.width - 24
    lines = [
        _heading(WIDTH, HopKind.DESTINATION.heading, "", 150, "end"),
        rect(box.x, box.y, box.width, box.height, rx=8, class_="box"),
        text(box.x + 12, box.y + 24, pipe.label, 13, inside, class_="name"),
    ]
    y = box.y + 42
    for line in [part.strip() for part in pipe.note.split("\n") if part.strip()][:_MOST_NOTES]:
        lines.append(text(box.x + 12, y, line, 11.5, inside, class_="muted mono" if line[0].isdigit() else "muted"))
        y += 16
    total = pipe.total
    y = max(y + 6, box.bottom - 34)
    if total:
        lines.append(text(box.x + 12, y, f"{interval(*total)} {_asked(layout)}", 12.5, inside, class_="figure"))
    limit = "own limit not known" if pipe.capacity is None else f"own limit {count(pipe.capacity)}"
    lines.append(text(box.x + 12, y + 17, limit, 11.5, inside, class_="muted"))
    return group(*lines, callout(layout, placed), class_=f"destination {pipe.level.value if pipe.mark else ''}")


def _asked(layout: Layout) -> str:
    """What connections at the destination are where some table on the way does not hold them: not yet open."""
    pipes = [layout.route.destination, *(pipe for stage in layout.route.stages for pipe in stage.pipes)]
    overfull = any(table.used and table.used[0] > 1 for pipe in pipes for table in pipe.tables)
    return "wanted" if overfull else "open"


def _others(layout: Layout) -> list[Markup]:
    """What else leaves by the NAT gateways, past the Hyperplane ENIs."""
    drawn = []
    for source, box in layout.others:
        if len(layout.columns) > 1 and source.note:
            target = layout.columns[1].pipes[source.leads_to].box
            start, end = Band(box.right, box.middle, 2.5), Band(target.x, target.bottom - 2, 2.5)
            drawn.extend(flow([start], [end]))
        lines = lines_of(source.note, box.width - 24, 11, 2)
        drawn.append(
            group(
                rect(box.x, box.y, box.width, box.height, rx=8, class_="box other"),
                text(box.x + 12, box.y + 17, source.label, 12, box.width - 24, class_="name"),
                *(
                    text(box.x + 12, box.y + 32 + 13 * index, line, 11, class_="muted")
                    for index, line in enumerate(lines)
                ),
            )
        )
    return drawn
