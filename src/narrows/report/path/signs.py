"""What the picture says besides its pipes: what binds, what did not get through, what is blocked, where DNS goes."""

from __future__ import annotations

from markupsafe import Markup

from narrows.report.path.layout import WIDTH, Layout, Placed
from narrows.report.path.model import Level, Mark, Pipe
from narrows.report.svg import element, group, number, rect, ribbon, text
from narrows.report.text_width import lines_of, text_width

CALLOUTS = {
    Mark.NARROWS: "THE NARROWS",
    Mark.LIKELY: "LIKELY THE NARROWS",
    Mark.NEXT: "BINDS NEXT",
    Mark.FIRST: "WOULD FILL FIRST",
}
"""The flag above a pipe."""
_WIDEST_SPILL = 330.0


def flag(pipe: Pipe) -> str:
    """The words of the flag above a pipe, or none."""
    if pipe.mark is Mark.FIRST and pipe.level is Level.FULL:
        # Nothing is said to bind, and yet this one is full, as far as the estimate goes.
        return "POSSIBLY FULL"
    return CALLOUTS[pipe.mark] if pipe.mark else ""


def callout(layout: Layout, placed: Placed) -> Markup:
    """The flag above a pipe that binds, and how many did not get through."""
    mark, box = placed.pipe.mark, placed.box
    if mark is None:
        return Markup()
    label = flag(placed.pipe)
    width, height = 22 + text_width(label, 12, "badge-text"), 25.0
    tip, y = box.x + box.width / 2, box.y - 35
    left = min(tip - width / 2, WIDTH - width - 1)
    return group(
        element("path", d=f"M{number(tip - 6)},{number(y + height - 0.5)}h12l-6,6.5z", class_="pointer"),
        rect(left, y, width, height, rx=height / 2, class_="badge"),
        text(left + width / 2, y + 16.8, label, 12, class_="badge-text", text_anchor="middle"),
        _spill_text(layout, tip, y - 9) if mark in (Mark.NARROWS, Mark.LIKELY) else Markup(),
        class_=f"callout {mark.value}",
    )


def _spill_text(layout: Layout, x: float, y: float) -> Markup:
    """In the middle above the flag, or against the right edge."""
    spill = layout.route.spill
    if spill is None:
        return Markup()
    if x > WIDTH * 0.85:
        return text(WIDTH - 1, y, spill.label, 12.5, _WIDEST_SPILL, class_="spill-text", text_anchor="end")
    return text(x, y, spill.label, 12.5, _WIDEST_SPILL, class_="spill-text", text_anchor="middle")


def spilled(layout: Layout, key: str) -> Markup:
    """What did not get through: it ends at the wall of the pipe that binds."""
    spill = layout.route.spill
    if spill is None:
        return Markup()
    for index, column in enumerate(layout.columns):
        for place, placed in enumerate(column.pipes):
            if placed.pipe.mark in (Mark.NARROWS, Mark.LIKELY):
                half = min(26.0, max(10.0, spill.count * layout.scale)) / 2
                if index:
                    before = layout.columns[index - 1]
                    way = (a for stage, a, b in layout.route.links if stage == index - 1 and b == place)
                    wall = before.pipes[next(way, 0)].box
                    x0, y0 = wall.right, wall.y + half
                else:
                    box = layout.sources[0][1]
                    x0, y0 = box.right, box.y + 14 + half
                x1, y1 = placed.box.x - 10, placed.box.y - 10 - half
                path = ribbon(x0, y0 - half, y0 + half, x1, y1 - half, y1 + half)
                return group(
                    element("title", spill.label),
                    element("path", d=path, fill=f"url(#{key}-spill)", class_="spill"),
                    rect(x1, y1 - half - 3, 4, half * 2 + 6, rx=2, class_="spill-wall"),
                )
    return Markup()


def dns_way(layout: Layout) -> Markup:
    """The way that DNS takes: along the bottom, past every table."""
    y = layout.dns
    start = layout.sources[0][1]
    end = WIDTH - 176
    if not layout.route.in_vpc:
        return Markup()
    line = (
        f"M{number(start.x + 30)},{number(layout.sources[-1][1].bottom)}V{number(y - 14)}q0,14 14,14H{number(end - 8)}"
    )
    return group(
        element("path", d=line, class_="dns"),
        element("path", d=f"M{number(end - 9)},{number(y - 4.5)}l9,4.5l-9,4.5z", class_="dns-head"),
        rect(end, y - 15, 175.5, 30, rx=15, class_="box"),
        text(end + 88, y + 4.2, "VPC resolver", 12, class_="name", text_anchor="middle"),
        text(
            layout.columns[0].x if layout.columns else 260,
            y - 8,
            "DNS goes another way, past every table: names resolve while connections fail",
            11.5,
            class_="muted",
        ),
        class_="dns-way",
    )


def blockade(layout: Layout) -> Markup:
    """Where no SYN gets any further, and why."""
    route = layout.route
    if not route.blocked:
        return Markup()
    left = layout.columns[-1].x + layout.columns[-1].width if layout.columns else layout.sources[0][1].right
    right = layout.destination.box.x
    x, y = (left + right) / 2, layout.centre
    lines = lines_of(route.blocked, right - left - 24, 12, 5, "blocked")
    return group(
        element("path", d=f"M{number(left)},{number(y)}H{number(x - 16)}", class_="stop-way"),
        element("circle", cx=x, cy=y, r=14, class_="stop"),
        element("path", d=f"M{number(x - 5)},{number(y - 5)}l10,10m0,-10l-10,10", class_="stop-cross"),
        *(
            text(x, y + 34 + index * 16, line, 12, class_="blocked", text_anchor="middle")
            for index, line in enumerate(lines)
        ),
        class_="blockade",
    )
