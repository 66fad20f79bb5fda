"""``line_chart``: a chart of a few lines as one SVG picture, for a notebook, another page, or a file of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from markupsafe import Markup

from narrows.errors import one_line
from narrows.report.axis import number_ticks, time_ticks
from narrows.report.colours import LIMIT, RESOURCES, paint
from narrows.report.plot import (
    ABOVE,
    BELOW,
    FONT,
    LINE_HEIGHT,
    TEXT_SIZE,
    Rule,
    Scale,
    frame,
    grid,
    line,
    polyline,
    rules,
    x_axis,
    y_labels,
)
from narrows.report.shortening import shortened
from narrows.report.svg import element, group

_LEFT, _RIGHT = 62.0, 22.0
_CHARACTER = 0.64
"""Width of a digit in the widest of the fonts, in font sizes."""
_TICK_ROOM = 64.0
"""Pixels for each label of x."""
_ROOM_ABOVE = 1.08
_KEY = 24.0
"""Pixels of a legend's line, and the room to its text."""
_MOST_MARKED = 24
"""Of more points than these none is marked by a dot: the line says it."""


def line_chart(
    x: Sequence[float] | Sequence[datetime],
    series: Mapping[str, Sequence[float | None]],
    *,
    title: str = "",
    x_title: str = "",
    rules_at: Mapping[str, float] | None = None,
    colours: Mapping[str, str] | None = None,
    width: int = 640,
    height: int = 220,
) -> Markup:
    """A line chart as one ``<svg>``, which needs no style sheet and no script, and asks for nothing.

    It takes the colours of the page that it stands in (``--text``, ``--muted``, ``--chart-1``); elsewhere it has its
    own. It is never wider than there is room for. All names are escaped, and those that are long are shortened so
    that they differ.

    Args:
        x: where the points are, rising; moments make an axis of times in UTC.
        series: by name, a value for each of ``x``; None breaks the line.
        title: what the chart shows, for those who do not see it; it is not drawn.
        x_title: what ``x`` is, in words under the axis.
        rules_at: capacities, by what they are: dashed lines across the chart.
        colours: of series, by name: CSS variables of ``narrows.report.colours``; the others get theirs in order.
        width: pixels.
        height: pixels of the plot alone.

    Returns:
        The picture. In a notebook ``IPython.display.HTML(line_chart(...))`` shows it.

    Raises:
        ValueError: a series does not have a value for each ``x``, or ``x`` does not rise.
    """
    places = [one.timestamp() if isinstance(one, datetime) else float(one) for one in x]
    times = bool(x) and isinstance(x[0], datetime)
    if any(first >= second for first, second in pairwise(places)):
        raise ValueError("x does not rise")
    for name, values in series.items():
        if len(values) != len(places):
            raise ValueError(f"{name}: {len(values)} values for {len(places)} places of x")
    begin, end = (places[0], places[-1]) if places else (0.0, 1.0)
    if begin == end:
        begin, end = begin - 0.5, end + 0.5
    limits = rules_at or {}
    known = [value for values in series.values() for value in values if value is not None]
    scale = Scale(max([*known, *limits.values()], default=0.0) * _ROOM_ABOVE or 1.0, height, min([*known, 0.0]))
    plot_width = width - _LEFT - _RIGHT
    ticks = number_ticks(scale.bottom, scale.top, max(3, int(height / 40)))
    most = max(2, int(plot_width / _TICK_ROOM))
    drawn_rules = [Rule(value, f"{value:,.10g}", LIMIT) for value in limits.values()]
    names = list(series)
    inks = {name: (colours or {}).get(name, RESOURCES[at % len(RESOURCES)]) for at, name in enumerate(names)}
    marks = [
        line(polyline([(p - begin, v) for p, v in zip(places, series[name], strict=True)], scale), inks[name])
        for name in names
    ]
    entries = [(name, inks[name], False) for name in names] + [(name, LIMIT, True) for name in limits]
    legend, legend_height = _legend(entries, width)
    top = legend_height + ABOVE
    plot = element(
        "svg",
        grid(ticks, scale),
        frame(*marks, begin=0.0, end=end - begin, scale=scale),
        *_dots(places, series, inks, begin, end, scale),
        *rules(drawn_rules, scale),
        x_axis(time_ticks(begin, end, most) if times else number_ticks(begin, end, most), begin, end, scale),
        x=_LEFT,
        y=top,
        width=plot_width,
        height=height + BELOW,
        overflow="visible",
    )
    below = BELOW + (LINE_HEIGHT + 4 if x_title else 0)
    whole = top + height + below
    words = (
        [
            element(
                "text",
                one_line(x_title),
                x=_LEFT + plot_width / 2,
                y=whole - 4,
                text_anchor="middle",
                fill=paint("--muted"),
            )
        ]
        if x_title
        else []
    )
    return element(
        "svg",
        element("title", one_line(title)) if title else Markup(),
        *legend,
        group(*y_labels(ticks, scale, _LEFT - 8), transform=f"translate(0 {top:g})"),
        plot,
        *words,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=one_line(title) or None,
        width=width,
        height=whole,
        viewBox=f"0 0 {width} {whole:g}",
        font_family=FONT,
        font_size=TEXT_SIZE,
        class_="line-chart",
    )


def _dots(
    places: Sequence[float],
    series: Mapping[str, Sequence[float | None]],
    inks: Mapping[str, str],
    begin: float,
    end: float,
    scale: Scale,
) -> list[Markup]:
    """A dot at each point, where there are few: between them nothing is known."""
    if len(places) > _MOST_MARKED:
        return []
    return [
        element(
            "circle", cx=f"{(place - begin) / (end - begin) * 100:.3f}%", cy=scale.y(value), r=3, fill=paint(inks[name])
        )
        for name, values in series.items()
        for place, value in zip(places, values, strict=True)
        if value is not None
    ]


def _legend(entries: Sequence[tuple[str, str, bool]], width: float) -> tuple[list[Markup], float]:
    """The names with their lines, in rows that fit, and the height of all rows."""
    most = int((width - _KEY) / (TEXT_SIZE * _CHARACTER))
    names = shortened([one_line(name) for name, _, _ in entries], most)
    parts: list[Markup] = []
    x, y = 0.0, LINE_HEIGHT
    for (_, colour, dashed), name in zip(entries, names, strict=True):
        room = _KEY + len(name) * TEXT_SIZE * _CHARACTER
        if x and x + room > width:
            x, y = 0.0, y + LINE_HEIGHT + 3
        parts.append(
            element(
                "line",
                x1=x,
                x2=x + 18,
                y1=y - 4,
                y2=y - 4,
                stroke=paint(colour),
                stroke_width=2.5,
                stroke_dasharray="6 4" if dashed else None,
            )
        )
        parts.append(element("text", name, x=x + _KEY, y=y, fill=paint("--text"), class_="legend"))
        x += room + 18
    return parts, y + 6 if entries else 0.0
