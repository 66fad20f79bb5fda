"""What really happened: the truth that a simulated or lab case carries. Only this section may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrows.case.model import Case
from narrows.report.chart_section import Figure, make_figure
from narrows.report.colours import RESOURCES
from narrows.report.focus import TimeSpan
from narrows.report.panel_model import MOST_SERIES, ChartSeries, LimitLine, Panel, Point, Shape
from narrows.report.truth_file import TrueTable, Truth, read_truth
from narrows.words import Fact, count, percent

_MOST_ROWS = 24
_KINDS = {
    "hyperplane-eni": ("Hyperplane ENI", "True occupancy of Hyperplane ENIs"),
    "nat-address": ("NAT gateway address", "True occupancy of NAT gateway addresses, to one unique destination"),
    "destination": ("Destination", "True connections of destination addresses"),
}


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One table as it really was."""

    kind: str
    resource: str
    destination: str
    peak: str
    capacity: str
    used: str
    dropped: str
    full: bool


@dataclass(frozen=True, slots=True)
class TruthSection:
    """The section."""

    facts: tuple[Fact, ...]
    charts: tuple[Figure, ...]
    rows: tuple[TruthRow, ...]
    more: str


def truth_section(case: Case, extent: TimeSpan | None) -> TruthSection | None:
    """The section; None for a case without truth, such as one from AWS. Raises as ``read_truth``."""
    truth = read_truth(case)
    if truth is None:
        return None
    span = extent or (TimeSpan.whole(truth.minutes[0], truth.minutes[-1] + 60) if truth.minutes else None)
    kinds = ("hyperplane-eni", "nat-address")
    found = [_panel(kind, truth) for kind in kinds] if span else []
    ordered = sorted(truth.tables, key=lambda table: (table.capacity is None, -_share(table), -table.peak))
    left = len(ordered) - _MOST_ROWS
    return TruthSection(
        _facts(truth),
        tuple(make_figure(panel, span) for panel in found if panel.series and span),
        tuple(_row(table) for table in ordered[:_MOST_ROWS]),
        f"{left} more tables, none of them fuller." if left > 0 else "",
    )


def _facts(truth: Truth) -> tuple[Fact, ...]:
    functions = truth.functions.values()

    def last(name: str) -> int:
        return sum(getattr(one, name)[-1] for one in functions if getattr(one, name))

    opened = [sum(at) for at in zip(*(one.open for one in functions if one.open), strict=False)]
    return (
        Fact("Connects attempted", count(last("attempted"))),
        Fact("Established", count(last("established")), f"most open in a minute: {count(max(opened, default=0))}"),
        Fact("Timed out", count(last("timed_out"))),
        Fact("SYNs that found a full table", count(sum(table.dropped for table in truth.tables))),
    )


def _panel(kind: str, truth: Truth) -> Panel:
    tables = [one for one in truth.tables if one.kind == kind and one.occupied_by_minute]
    tables.sort(key=lambda table: (-_share(table), -table.peak))
    shown = tables[:MOST_SERIES]
    series = tuple(
        ChartSeries(_label(table), RESOURCES[index % len(RESOURCES)], _points(truth.minutes, table.occupied_by_minute))
        for index, table in enumerate(shown)
    )
    capacities = sorted({table.capacity for table in shown if table.capacity})
    name, title = _KINDS[kind]
    left = len(tables) - len(shown)
    return Panel(
        f"truth-{kind}",
        title,
        "truth.json, the most entries within each minute",
        "Half-open and closing entries included; no service of AWS shows this.",
        Shape.LINE,
        series,
        tuple(LimitLine(f"one {name}", capacity) for capacity in capacities),
        f"{left} more, none of them fuller, are not drawn." if left > 0 else "",
    )


def _points(minutes: Sequence[int], values: Sequence[int]) -> tuple[Point, ...]:
    return tuple(Point(at, at + 60, float(value)) for at, value in zip(minutes, values, strict=False))


def _row(table: TrueTable) -> TruthRow:
    address = table.destination_address
    share = _share(table)
    return TruthRow(
        _KINDS.get(table.kind, (table.kind, ""))[0],
        _label(table),
        f"{address}:{table.destination_port}" if address else "",
        count(table.peak),
        count(table.capacity) if table.capacity is not None else "no limit",
        percent(share) if table.capacity else "",
        count(table.dropped),
        bool(table.dropped) or (table.capacity is not None and table.peak >= table.capacity),
    )


def _label(table: TrueTable) -> str:
    zone = f" {table.az}" if table.az else ""
    many = f" {table.index + 1}" if table.index or table.kind == "nat-address" else ""
    word = " address" if table.kind == "nat-address" else ""
    return f"{table.resource}{zone}{word}{many}"


def _share(table: TrueTable) -> float:
    return table.peak / table.capacity if table.capacity else 0.0
