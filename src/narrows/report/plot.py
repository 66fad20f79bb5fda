"""The marks of a chart, in a plot whose width is left open: a zoom, a phone and paper only stretch it.

Along x a mark stands in the data's own unit, in a nested ``<svg>`` that is stretched to the width there is; along y in
pixels. Lines keep their width (``non-scaling-stroke``), and no text is inside of what is stretched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from narrows.report.axis import Tick
from narrows.report.colours import paint
from narrows.report.svg import element, group, number

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
TEXT_SIZE = 11.5
"""Pixels; of ticks and of rules."""
LINE_HEIGHT = 14.0
BELOW = 20.0
"""Pixels under a plot, for the times."""
ABOVE = 6.0
"""Pixels over a plot, for half of the highest label."""
_HIGHEST = 4.0
"""The baseline of a rule's number at the upper edge: it reaches into the room above."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to pixels from the top."""

    top: float
    """The value at the upper edge."""
    height: float
    """Of the plot, in pixels."""
    bottom: float = 0.0
    """The value at the lower edge."""

    def y(self, value: float) -> float:
        """Pixels from the top of the plot; what is beyond it stays at its edge."""
        span = self.top - self.bottom
        share = (value - self.bottom) / span if span > 0 else 0.0
        return self.height * (1 - min(max(share, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the plot, with its number in a place of its own."""

    value: float
    label: str
    """Short: the number; what it means stands in the legend."""
    colour: str


def frame(*inside: Markup, begin: float, end: float, scale: Scale, **attributes: str | float | None) -> Markup:
    """Everything that is stretched: x runs from ``begin`` to ``end``, and what is outside is cut."""
    return element(
        "svg",
        *inside,
        width="100%",
        height=scale.height,
        viewBox=f"{_exact(begin)} 0 {_exact(end - begin)} {number(scale.height)}",
        preserveAspectRatio="none",
        class_="marks",
        **attributes,
    )


def steps(points: Iterable[tuple[float, float, float]], scale: Scale, *, to_ground: bool = False) -> str:
    """Path data of a step line through (begin, end, value); a gap breaks it.

    Args:
        to_ground: each piece goes down to 0 at both ends, to be filled.
    """
    parts: list[str] = []
    ground = number(scale.y(0.0))
    last: float | None = None
    for begin, end, value in points:
        y = number(scale.y(value))
        if last == begin:
            parts.append(f"V{y}H{_exact(end)}")
        else:
            if to_ground and last is not None:
                parts.append(f"V{ground}z")
            parts.append(
                f"M{_exact(begin)},{ground}V{y}H{_exact(end)}" if to_ground else f"M{_exact(begin)},{y}H{_exact(end)}"
            )
        last = end
    if to_ground and last is not None:
        parts.append(f"V{ground}z")
    return "".join(parts)


def bars(boxes: Iterable[tuple[float, float, float, float]], scale: Scale) -> str:
    """Path data of bars (begin, end, from, to)."""
    return "".join(
        f"M{_exact(begin)},{number(scale.y(low))}V{number(scale.y(high))}H{_exact(end)}V{number(scale.y(low))}z"
        for begin, end, low, high in boxes
    )


def polyline(points: Iterable[tuple[float, float | None]], scale: Scale) -> str:
    """Path data of straight lines from point to point; None breaks it."""
    parts: list[str] = []
    drawing = False
    for x, value in points:
        if value is not None:
            parts.append(f"{'L' if drawing else 'M'}{_exact(x)},{number(scale.y(value))}")
        drawing = value is not None
    return "".join(parts)


def line(data: str, colour: str, *, dashed: bool = False, opacity: float = 1.0, width: float = 2.0) -> Markup:
    """A line of a series."""
    return element(
        "path",
        d=data,
        fill="none",
        stroke=paint(colour),
        stroke_width=width,
        stroke_dasharray="5 3" if dashed else None,
        stroke_opacity=None if opacity == 1 else f"{opacity:g}",
        stroke_linejoin="round",
        vector_effect="non-scaling-stroke",
        class_="line",
    )


def area(data: str, colour: str, opacity: float, *, edge: bool = False, crisp: bool = False) -> Markup:
    """What is filled.

    Args:
        edge: with a line around it, by which light shades are seen and told apart.
        crisp: edges of neighbours meet without a seam.
    """
    return element(
        "path",
        d=data,
        fill=paint(colour),
        fill_opacity=None if opacity == 1 else f"{opacity:g}",
        stroke=paint(colour) if edge else None,
        stroke_width=1 if edge else None,
        vector_effect="non-scaling-stroke" if edge else None,
        shape_rendering="crispEdges" if crisp else None,
        class_="area",
    )


def grid(ticks: Sequence[Tick], scale: Scale) -> Markup:
    """A line at each tick of y, and the axis at the bottom."""
    lines = [
        element("line", x1=0, x2="100%", y1=scale.y(tick.at), y2=scale.y(tick.at), stroke=paint("--grid"))
        for tick in ticks
    ]
    lines.append(element("line", x1=0, x2="100%", y1=scale.height, y2=scale.height, stroke=paint("--strong-line")))
    return group(*lines)


def y_labels(ticks: Sequence[Tick], scale: Scale, x: float) -> list[Markup]:
    """The labels of y, with their right ends at ``x``."""
    return [
        element("text", tick.label, x=x, y=scale.y(tick.at), dy=".34em", text_anchor="end", fill=paint("--muted"))
        for tick in ticks
    ]


def x_axis(ticks: Sequence[Tick], begin: float, end: float, scale: Scale) -> Markup:
    """Ticks and labels of x. Places are shares of the width, which is left open."""
    parts = []
    for tick in ticks:
        x = f"{_exact(round((tick.at - begin) / (end - begin) * 100, 3))}%"
        parts.append(element("line", x1=x, x2=x, y1=scale.height, y2=scale.height + 4, stroke=paint("--strong-line")))
        parts.append(element("text", tick.label, x=x, y=scale.height + 17, text_anchor="middle", fill=paint("--muted")))
    return group(*parts, class_="x-axis")


def rules(drawn: Sequence[Rule], scale: Scale) -> list[Markup]:
    """Dashed lines across the plot, and their numbers at its right end: above each line, and never upon each other."""
    parts = [
        element(
            "line",
            x1=0,
            x2="100%",
            y1=scale.y(rule.value),
            y2=scale.y(rule.value),
            stroke=paint(rule.colour),
            stroke_width=1.5,
            stroke_dasharray="6 4",
            class_="rule",
        )
        for rule in drawn
    ]
    for rule, baseline in zip(drawn, rule_baselines(drawn, scale), strict=True):
        parts.append(
            element(
                "text",
                rule.label,
                x="100%",
                dx=-4,
                y=baseline,
                text_anchor="end",
                font_weight="600",
                fill=paint(rule.colour),
                stroke="var(--ground, var(--page, Canvas))",
                stroke_width=4,
                stroke_linejoin="round",
                paint_order="stroke",
                class_="rule-label",
            )
        )
    return parts


def rule_baselines(drawn: Sequence[Rule], scale: Scale) -> list[float]:
    """Where the number of each rule stands: above its line, as far from the others as a line of text is high.

    From the highest to the lowest: one that would touch the one above it goes below its line, and further down.
    """
    found: dict[int, float] = {}
    taken: list[float] = []
    for place in sorted(range(len(drawn)), key=lambda one: -drawn[one].value):
        y = scale.y(drawn[place].value)
        above, below = max(y - 4, _HIGHEST), y + LINE_HEIGHT - 1
        baseline = above
        if taken and above < taken[-1] + LINE_HEIGHT:
            baseline = max(below, taken[-1] + LINE_HEIGHT)
        taken.append(baseline)
        found[place] = baseline
    lowest = scale.height - 3
    for place in sorted(found, key=lambda one: -found[one]):
        # Crowded at the bottom: those that touch move up.
        found[place] = min(found[place], lowest)
        lowest = found[place] - LINE_HEIGHT
    return [found[place] for place in range(len(drawn))]


def _exact(value: float) -> str:
    """A place along x, which may be stretched a lot: with three decimals."""
    return f"{round(value, 3):.10g}"
