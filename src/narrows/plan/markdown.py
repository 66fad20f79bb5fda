"""A plan as a comment for a pull request: whether it holds, what to change, what that costs, what binds next.

Names come from files of strangers: each passes ``in_markdown``, so that none of them mentions, links or marks anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from narrows.gate import in_markdown
from narrows.plan.model import Option, Plan, Proof, Verdict
from narrows.plan.names import in_names
from narrows.plan.quotas import CURRENT
from narrows.plan.show import dollars, peak_in_words, standing
from narrows.stated_assumptions import assumed
from narrows.tables import Table
from narrows.words import percent

_MARKS = {Verdict.HOLDS: "✅", Verdict.FAILS: "❌", Verdict.UNKNOWN: "❔"}
_MOST = 20
"""Rows of a table, changes, lines of a list: GitHub takes 65,536 characters for a comment."""


def as_markdown(plan: Plan) -> str:
    """The comment, in GitHub's flavour."""
    return "\n".join(_lines(in_names(plan)))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"### narrows plan: {_MARKS[plan.verdict]} {in_markdown(standing(plan)[0])}"
    yield ""
    name = f"{in_markdown(plan.scenario.name)}: " if plan.scenario.name else ""
    yield f"{name}{peak_in_words(plan)}, {percent(plan.headroom_wanted)} headroom wanted."
    yield ""
    yield from _tables(plan)
    best = plan.best
    if best is not None and best.changes:
        yield from _changes(best)
    if best is not None:
        yield from _quotas(best)
        yield ""
        binds = best.next_narrows
        yield "**Binds next**: " + (
            "nothing known."
            if binds is None
            else f"{in_markdown(_name(binds.table))}, at {binds.at_connections:,} connections."
        )
    for title, proof in (("Simulated", plan.proof if best is None else best.proof), ("In the lab", plan.lab_proof)):
        if proof is not None:
            yield ""
            yield f"**{title}**: {_proved(proof)}."
    yield from _listed("Not settled", [*plan.unknown, *plan.notes])
    for title, lines in assumed(plan.assumptions):
        yield ""
        yield f"<sub>{title}: {in_markdown('; '.join(lines))}</sub>"
    if plan.prices:
        dates = sorted(price["date"][:7] for price in plan.prices)
        span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
        yield ""
        region = in_markdown(plan.prices_region)
        yield f"<sub>Prices of {region}, from sources of {span}: verify before you quote them.</sub>"


def _tables(plan: Plan) -> Iterator[str]:
    """The tables that do not hold, or the fullest."""
    tables = sorted(plan.tables, key=lambda table: (table.headroom, *table.id.order))
    shown = [table for table in tables if not table.fits(plan.headroom_wanted)] or tables[:3]
    if not shown:
        return
    yield "| table | at the peak | holds | full |"
    yield "|---|---:|---:|---:|"
    for table in shown[:_MOST]:
        mark = "**" if table.peak > table.capacity else ""
        full = f"{mark}{percent(table.peak / table.capacity)}{mark}"
        yield f"| {in_markdown(_name(table))} | {table.peak:,} | {table.capacity:,} | {full} |"
    if len(shown) > _MOST:
        yield f"| and {len(shown) - _MOST:,} more | | | |"


def _name(table: Table) -> str:
    to = f" to {table.id.destination}" if table.id.destination else ""
    return f"{table.kind.of_table} {table.id.name}{to}"


def _changes(best: Option) -> Iterator[str]:
    yield ""
    cents = best.monthly_cents
    yield f"**What changes**, for {dollars(abs(cents))} {'less' if cents < 0 else 'more'} a month:"
    yield ""
    for number, change in enumerate(best.changes[:_MOST], 1):
        risks = "; ".join(risk.short for risk in change.risks)
        told = f" ({in_markdown(risks)})" if risks else ""
        yield f"{number}. {in_markdown(change.what)}, {dollars(change.monthly_cents)}{told}"
    if len(best.changes) > _MOST:
        yield f"\nand {len(best.changes) - _MOST:,} more."
    yield from _listed("Only if", list(best.needs))


def _quotas(best: Option) -> Iterator[str]:
    needs = []
    for need in best.quotas:
        least = "at least " if need.at_least else ""
        now = f"{need.current:,} {CURRENT[need.current_is]}"
        needs.append(f"{need.limit.quota_code}: {least}{need.needed:,} {need.limit.unit} ({now})")
    yield from _listed("Raise these quotas first", needs)


def _proved(proof: Proof) -> str:
    failed = "0 timed out" if proof["holds"] else f"{proof['timeouts']:,} timed out"
    return f"{proof['established']:,} connections open, {failed}"


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield f"**{title}**:"
    yield ""
    for line in lines[:_MOST]:
        yield f"- {in_markdown(line)}"
    if len(lines) > _MOST:
        yield f"- and {len(lines) - _MOST:,} more"
