"""A plan in a notebook: one line, a small page, and its options, changes and tables as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.frames import Column, arrow_of_rows, check_rows, flag, number, text, whole
from narrows.html_table import HtmlTable, html_page
from narrows.listing import first_lines, named
from narrows.network import HopKind
from narrows.plan.model import Option, Plan
from narrows.plan.names import in_names
from narrows.plan.show import dollars, peak_in_words, standing
from narrows.words import percent

if TYPE_CHECKING:
    import pyarrow as pa

    from narrows.tables import Table

_MOST_IN_LINE = 3
_MOST_IN_CELL = 6
ROWS = ("options", "changes", "tables")
"""What a plan has rows of."""
_OPTIONS = (
    text("strategy"),
    number("monthly_usd", "US dollars a month"),
    whole("connections", "connections"),
    number("headroom", "part of the tightest table"),
    text("changes"),
    text("risks"),
    text("next_narrows"),
    whole("next_at_connections", "connections"),
    flag("proved"),
    flag("holds"),
)
_CHANGES = (
    text("strategy"),
    text("action"),
    text("resource"),
    whole("count"),
    whole("before"),
    whole("after"),
    number("monthly_usd", "US dollars a month"),
    text("what"),
)
_TABLES = (
    text("strategy"),
    text("kind"),
    text("resource"),
    text("destination"),
    whole("capacity", "connections"),
    whole("peak", "connections"),
    number("share", "part of the capacity"),
)
TODAY = "today"
"""Where rows have a strategy, that of today's network."""


def short(plan: Plan) -> str:
    """``Plan(does-not-hold at 90,000 connections; cheapest: 1 address for nat-a, $3.65 a month)``"""
    plan = in_names(plan)
    parts = [f"{plan.verdict.value} at {plan.peak.connections:,} connections"]
    best = plan.best
    if best is not None:
        what = named([one.short for one in best.changes], _MOST_IN_LINE) or "raised quotas"
        parts.append(f"cheapest: {what}, {dollars(best.monthly_cents)} a month")
    elif not plan.feasible:
        parts.append("no change that narrows knows helps")
    proof = plan.proof if best is None else best.proof
    if proof is not None:
        parts.append("proved" if proof["holds"] else "fails in simulation")
    return one_line(f"Plan({'; '.join(parts)})", 300)


def html(plan: Plan) -> str:
    """The verdict, today's tables with the fullest first, and the options with the cheapest first."""
    plan = in_names(plan)
    tables = sorted(plan.tables, key=lambda table: (table.headroom, *table.id.order))
    today = HtmlTable(
        ("table", "at the peak", "holds", "full"),
        ((_name(one), one.peak, one.capacity, percent(one.peak / one.capacity)) for one in tables),
        len(tables),
        "Today's network",
    )
    options = list(_options(plan))
    choices = HtmlTable(
        ("option", "changes", "a month", "stays free", "risks", "binds next at", "simulated"),
        (
            (
                one.strategy,
                "; ".join(first_lines([change.what for change in one.changes], _MOST_IN_CELL)) or "quotas only",
                dollars(one.monthly_cents),
                percent(one.headroom),
                named([risk.short for risk in one.risks], _MOST_IN_CELL),
                None if one.next_narrows is None else one.next_narrows.at_connections,
                "" if one.proof is None else "holds" if one.proof["holds"] else "fails",
            )
            for one in options
        ),
        len(options),
        "What makes it fit",
    )
    headline = f"{peak_in_words(plan)}, {percent(plan.headroom_wanted)} to stay free: {standing(plan)[0]}"
    return html_page(headline, (today, choices), plan.notes[:_MOST_IN_CELL])


def arrow(plan: Plan, rows: str) -> pa.Table:
    """The rows of that name; the best option is the first."""
    check_rows(rows, ROWS)
    makers: dict[str, tuple[tuple[Column, ...], Iterator[tuple[object, ...]]]] = {
        "options": (_OPTIONS, _option_rows(plan)),
        "changes": (_CHANGES, _change_rows(plan)),
        "tables": (_TABLES, _table_rows(plan)),
    }
    return arrow_of_rows(*makers[rows])


def _options(plan: Plan) -> Iterator[Option]:
    if plan.best is not None:
        yield plan.best
    yield from plan.alternatives


def _option_rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    for one in _options(plan):
        binds = one.next_narrows
        yield (
            one.strategy,
            one.monthly_cents / 100,
            one.peak.connections,
            one.headroom,
            "; ".join(change.what for change in one.changes),
            "; ".join(risk.value for risk in one.risks),
            None if binds is None else binds.table.id.name,
            None if binds is None else binds.at_connections,
            one.proof is not None,
            None if one.proof is None else one.proof["holds"],
        )


def _change_rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    for option in _options(plan):
        for one in option.changes:
            yield (
                option.strategy, one.action.id, one.resource, one.count, one.before, one.after,
                one.monthly_cents / 100, one.what,
            )  # fmt: skip


def _table_rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    networks = [(TODAY, plan.tables), *((one.strategy, one.tables) for one in _options(plan))]
    for strategy, tables in networks:
        for one in tables:
            yield (
                strategy, one.kind.value, one.id.name, one.id.destination, one.capacity, one.peak,
                one.peak / one.capacity,
            )  # fmt: skip


def _name(table: Table) -> str:
    to = f" to {table.id.destination}" if table.id.destination and table.kind is HopKind.NAT_GATEWAY else ""
    return f"{table.kind.of_table} {table.id.name}{to}"
