"""What flows between two columns of the picture: bands that fan in, meet, and fan out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

from narrows.report.path.layout import WIDTH, Layout, Placed
from narrows.report.svg import element, ribbon, text

_THINNEST = 1.6
_UNKNOWN = 3.0
"""Thickness of a flow that nobody measured."""


@dataclass(frozen=True, slots=True)
class Band:
    """A cut through a flow: where it is and how thick."""

    x: float
    middle: float
    thickness: float
    known: bool = True

    @property
    def top(self) -> float:
        return self.middle - self.thickness / 2

    @property
    def bottom(self) -> float:
        return self.middle + self.thickness / 2


def bands_of(placed: Placed, side: Literal["left", "right"]) -> list[Band]:
    """The flow at one end of a pipe: one band for each of its tables, as high as the table is filled."""
    bands = []
    for table, box in zip(placed.pipe.tables, placed.tables, strict=True):
        x = box.x if side == "left" else box.right
        size = table.capacity or table.high or 0
        if table.peak is None or not size:
            bands.append(Band(x, box.middle, _UNKNOWN, known=False))
        elif table.peak:
            thickness = max(_THINNEST, box.height * min(1.0, table.peak / size))
            bands.append(Band(x, box.bottom - thickness / 2, thickness))
    return bands


def walls_of(placed: Placed, side: Literal["left", "right"]) -> list[Band]:
    """The end of a pipe itself: one band for each of its tables, as high as the table."""
    return [Band(box.x if side == "left" else box.right, box.middle, box.height) for box in placed.tables]


def flow(starts: Sequence[Band], ends: Sequence[Band], trunk: Band | None = None) -> list[Markup]:
    """Ribbons from every start to every end. Many to many meet in a trunk, as in a manifold.

    Where the pipe itself is drawn, the flow lies on the ground of its ``trunk``.
    """
    if not starts or not ends:
        return []
    known = all(band.known for band in (*starts, *ends))
    own = trunk_of(starts, ends)
    if own and trunk:
        thickness = min(own.thickness, trunk.thickness)
        own = Band(trunk.x, trunk.bottom - thickness / 2, thickness)
    return _join(starts, ends, own, "flow" if known else "flow unsure")


def conduit(starts: Sequence[Band], ends: Sequence[Band]) -> list[Markup]:
    """The pipe in which the flow runs from one column to the next: it widens or narrows from wall to wall."""
    return _join(starts, ends, trunk_of(starts, ends), "conduit")


def trunk_of(starts: Sequence[Band], ends: Sequence[Band]) -> Band | None:
    """Where many that lead to many meet; None where one of the two sides is a single band."""
    if len(starts) < 2 or len(ends) < 2:
        return None
    thickness = min(sum(band.thickness for band in starts), sum(band.thickness for band in ends))
    return Band((starts[0].x + ends[0].x) / 2, (_centre(starts) + _centre(ends)) / 2, thickness)


def _join(starts: Sequence[Band], ends: Sequence[Band], trunk: Band | None, css: str) -> list[Markup]:
    if not starts or not ends:
        return []
    if trunk is not None:
        return [*_fan(trunk, starts, css), *_fan(trunk, ends, css)]
    return _fan(starts[0], ends, css) if len(starts) == 1 else _fan(ends[0], starts, css)


def _centre(bands: Sequence[Band]) -> float:
    whole = sum(band.thickness for band in bands)
    return sum(band.middle * band.thickness for band in bands) / whole


def _fan(one: Band, many: Sequence[Band], css: str) -> list[Markup]:
    """Ribbons between one band and several: at the one they lie upon each other, each with its share."""
    whole = sum(band.thickness for band in many)
    drawn = []
    top = one.top
    for band in sorted(many, key=lambda each: each.middle):
        share = one.thickness * band.thickness / whole
        left, right = ((one.x, top, top + share), (band.x, band.top, band.bottom))
        if left[0] > right[0]:
            left, right = right, left
        drawn.append(element("path", d=ribbon(*left, *right), class_=css))
        top += share
    return drawn


def all_flows(layout: Layout) -> list[Markup]:
    """What flows from column to column."""
    route, end = layout.route, layout.destination
    if not layout.columns:
        return _direct(layout)
    first, last = layout.columns[0], layout.columns[-1]
    drawn: list[Markup] = []
    entering = [band for placed in first.pipes for band in bands_of(placed, "left")]
    drawn += flow(_from_sources(layout, entering), entering)
    for index, (column, following) in enumerate(pairwise(layout.columns)):
        for target, placed in enumerate(following.pipes):
            feeders = [column.pipes[a] for stage, a, b in route.links if stage == index and b == target]
            walls = [band for feeder in feeders for band in walls_of(feeder, "right")]
            drawn += conduit(walls, walls_of(placed, "left"))
            trunk = trunk_of(walls, walls_of(placed, "left"))
            start = [band for feeder in feeders for band in bands_of(feeder, "right")]
            drawn += flow(start, bands_of(placed, "left"), trunk)
    if not route.blocked:
        leaving = [band for placed in last.pipes for band in bands_of(placed, "right")]
        drawn += flow(leaving, _together(end.box.x, layout.centre, leaving))
    return drawn


def _direct(layout: Layout) -> list[Markup]:
    """Straight from the functions to the destination: they are not in a VPC."""
    end = layout.destination
    whole = layout.route.destination.total
    thickness = max(3.0, whole[1] * layout.scale) if whole else 3.0
    arriving = Band(end.box.x, layout.centre, thickness, known=bool(whole))
    start = [
        Band(box.right, box.middle, thickness / len(layout.sources), known=bool(whole)) for _, box in layout.sources
    ]
    note = "not in a VPC: no Hyperplane ENI and no NAT gateway on this path"
    return [
        *flow(start, [arriving]),
        text(WIDTH / 2, layout.centre - thickness / 2 - 12, note, 12, class_="muted", text_anchor="middle"),
    ]


def _from_sources(layout: Layout, entering: Sequence[Band]) -> list[Band]:
    """One band for each source, as thick as its share of what enters."""
    whole = sum(band.thickness for band in entering)
    known = all(band.known for band in entering)
    weights = [float(source.environments or 0) for source, _ in layout.sources]
    total = sum(weights)
    return [
        Band(
            box.right,
            box.middle,
            min(box.height - 12, whole * (weight / total if total else 1 / len(weights))),
            known,
        )
        for (_, box), weight in zip(layout.sources, weights, strict=True)
    ]


def _together(x: float, centre: float, arriving: Sequence[Band]) -> list[Band]:
    """The bands upon each other, around the centre."""
    whole = sum(band.thickness for band in arriving)
    return [Band(x, centre, whole, all(band.known for band in arriving))] if arriving else []
