"""A sweep in a notebook: a chart of what got through over the first path, and a table with a row for each point."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.errors import one_line
from narrows.html_table import HtmlTable, html_page
from narrows.sweeping.result import Row, Sweep, mean
from narrows.words import percent

_MOST_LINES = 6
"""Lines of a chart; of more the first ones are drawn."""


def html(found: Sweep) -> str:
    """The page."""
    points = found.points()
    table = HtmlTable(
        (
            *(_short(path) for path in found.paths),
            "attempts", "open at most", "failed", "port errors", "fullest table", "full", "binds",
        ),
        (
            (
                *point,
                mean(rows, "attempts"),
                mean(rows, "established"),
                mean(rows, "failed"),
                mean(rows, "error_port_allocation"),
                *_fullest(rows),
                ", ".join(dict.fromkeys(row.binds for row in rows if row.binds)),
            )
            for point, rows in points.items()
        ),
        len(points),
    )  # fmt: skip
    notes = [f"{len(found.rows):,} runs in {found.seconds:.1f} s."]
    if len(found.rows) > len(points):
        notes[0] += " Figures are means over the runs of a point."
    lines = {point[1:] for point in points}
    if len(lines) > _MOST_LINES:
        notes.append(f"The chart has the first {_MOST_LINES} of {len(lines):,} lines.")
    return html_page(found.headline, (table,), notes, chart(found))


def chart(found: Sweep) -> str:
    """Connections open at most over the first path, a line for each combination of the others, as one SVG; empty where
    the values are no numbers."""
    points = found.points()
    across = dict.fromkeys(point[0] for point in points)
    places = sorted(one for one in across if isinstance(one, int | float) and not isinstance(one, bool))
    if len(places) < 2 or len(places) < len(across):
        return ""
    from narrows.report.charts import line_chart

    others = list(dict.fromkeys(point[1:] for point in points))[:_MOST_LINES]
    series = {_line(found, rest): [mean(points[place, *rest], "established") for place in places] for rest in others}
    wanted = {mean(rows, "attempts") for rows in points.values()}
    title = f"Connections open at most, by {found.paths[0]}"
    return str(
        line_chart(places, series, title=title, x_title=found.paths[0], rules_at=dict(_limits(found, max(wanted))))
    )


def _line(found: Sweep, rest: tuple[object, ...]) -> str:
    parts = [f"{_short(path)} {value}" for path, value in zip(found.paths[1:], rest, strict=True)]
    return one_line(", ".join(parts), 80) or "connections open at most"


def _limits(found: Sweep, most: float) -> Iterator[tuple[str, float]]:
    """What tables that were full hold, where that is the same at every point."""
    held: dict[tuple[str, str, str | None], set[int]] = {}
    full: set[tuple[str, str, str | None]] = set()
    for row in found.rows:
        sums: dict[tuple[str, str, str | None], int] = {}
        for table in row.ran.tables:
            key = table["kind"], table["resource"].split("#")[0], table["destination"]
            sums[key] = sums.get(key, 0) + (table["capacity"] or 0)
            if table["dropped"]:
                full.add(key)
        for key, capacity in sums.items():
            held.setdefault(key, set()).add(capacity)
    for key in sorted(full, key=str)[:3]:
        kind, resource, _ = key
        capacities = held[key]
        if len(capacities) == 1 and 0 < (capacity := capacities.pop()) <= most * 1.5:
            yield f"{kind} {resource}: {capacity:,}", float(capacity)


def _fullest(rows: tuple[Row, ...]) -> tuple[str, str]:
    tables = [one for row in rows if (one := row.fullest) is not None]
    if not tables:
        return "", ""
    most = max(tables, key=lambda one: one["peak"] / (one["capacity"] or 1))
    return most["resource"], percent(most["peak"] / (most["capacity"] or 1))


def _short(path: str) -> str:
    """``nat-a.addresses``: the end of a path, which tells it from others."""
    parts = path.rsplit(".", 2)
    return ".".join(parts[-2:])
