"""A plan as people read it: the verdict, the plan, one table with the cheapest first, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.listing import first_lines
from narrows.network import HopKind
from narrows.plan.actions import Risk
from narrows.plan.model import Option, Plan, Proof, Verdict
from narrows.plan.names import in_names
from narrows.plan.quotas import CURRENT
from narrows.plan.tables import Next
from narrows.prices import OWN, PrintedPrice
from narrows.printable import printable
from narrows.stated_assumptions import assumed
from narrows.tables import Table
from narrows.terminal_table import Column, Row, print_table, room
from narrows.words import percent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_MOST_TABLES = 6
_MOST_CHANGES = 40
_MOST_LINES = 5
"""Of one cell of the table."""
_MOST_COMMANDS = 60
"""Of the whole plan, what undoes them included."""
_MOST_CONDITIONS = 12
_MOST_IN_A_LINE = 3
_CLOSE_TO = 0.005
"""Numbers that differ by less are one to a reader."""
_LONGEST = 1000
"""Characters of a line: names come from outside."""
_NO_RISK = (Risk.FUNCTION_UPDATE,)
"""Not worth a word in the table."""


def show(plan: Plan, screen: Console, *, wide: bool = False) -> None:
    """Print a plan, its resources by their Name tags; ``wide`` leaves nothing of the table out."""
    plan = in_names(plan)
    _show_verdict(plan, screen)
    if plan.best is not None:
        if plan.best.changes:
            _show_changes(plan.best, plan.if_known, screen)
            _show_options(plan, screen, wide=wide)
        _show_quotas(plan.best, screen)
    if plan.lab_proof is not None:
        show_lab_proof(plan.lab_proof, screen)
    _show_basis(plan, screen)
    if plan.best is not None:
        _show_commands(plan.best, screen)


def headline(plan: Plan) -> str:
    """A plan in one sentence."""
    plan = in_names(plan)
    best = plan.best
    if best is not None and best.changes:
        changes = [one.what for one in best.changes]
        rest = f" and {len(changes) - _MOST_IN_A_LINE} more changes" if len(changes) > _MOST_IN_A_LINE else ""
        what = "; ".join(changes[:_MOST_IN_A_LINE])
        why = (
            f", for {percent(plan.headroom_wanted)} headroom"
            if all(table.peak <= table.capacity for table in plan.tables)
            else ""
        )
        return one_line(f"The plan{why}: {what}{rest}, {dollars(best.monthly_cents)} a month.", _LONGEST)
    return f"The plan: {standing(plan)[0]}."


def _show_verdict(plan: Plan, screen: Console) -> None:
    from rich.text import Text

    wanted = f"{peak_in_words(plan)}, {percent(plan.headroom_wanted)} headroom: "
    words, style = standing(plan)
    verdict = Text(words, style=style)
    screen.print(Text(wanted) + verdict)
    tables = sorted(plan.tables, key=lambda table: (table.headroom, *table.id.order))
    shown = [table for table in tables if not table.fits(plan.headroom_wanted)] or tables[:3]
    for table in shown[:_MOST_TABLES]:
        style = "red" if table.peak > table.capacity else "yellow" if not table.fits(plan.headroom_wanted) else ""
        _indented(screen, _filled(table), style)
    if len(shown) > _MOST_TABLES:
        _indented(screen, f"and {len(shown) - _MOST_TABLES:,} more tables")
    proof = plan.proof if plan.best is None or plan.changes else plan.best.proof
    if proof is not None:
        screen.print(Text("  simulated: ") + _proved(proof))
        _show_notes(proof, screen)


def peak_in_words(plan: Plan) -> str:
    """The peak, and whether it is more than today's."""
    grown = f", {plan.growth:g} times today's demand" if abs(plan.growth - 1.0) > 1e-4 else ""
    peak = f"{plan.peak.connections:,}"
    if plan.at_least < plan.peak.connections * (1 - _CLOSE_TO):
        peak = f"{plan.at_least:,} to {peak}"
    return f"{peak} connections at the peak{grown}"


def standing(plan: Plan) -> tuple[str, str]:
    """Whether today's network holds, in words, with a style."""
    if plan.verdict is Verdict.HOLDS:
        return "today's network holds", "bold green"
    if plan.verdict is Verdict.UNKNOWN:
        return "whether today's network holds is not known", "bold yellow"
    if plan.best is None:
        return "today's network does not hold, and no change that narrows knows helps", "bold red"
    if not plan.changes:
        return "today's network holds, once the quotas below are raised", "bold red"
    return "today's network does not hold", "bold red"


def _indented(screen: Console, line: str, style: str = "") -> None:
    from rich.padding import Padding
    from rich.text import Text

    screen.print(Padding(Text(one_line(line, _LONGEST), style=style), (0, 0, 0, 2), expand=False))


def _filled(table: Table) -> str:
    place = f"{table.kind.of_table} {table.id.name}"
    if table.id.destination is not None and table.kind is HopKind.NAT_GATEWAY:
        place += f" to {table.id.destination}"
    others = f", {table.others:,} of them others'" if table.others else ""
    return f"{place}: {table.peak:,} of {table.capacity:,} ({percent(table.peak / table.capacity)}{others})"


def _show_changes(best: Option, if_known: tuple[int, int] | None, screen: Console) -> None:
    from rich.text import Text

    screen.print()
    head = f"The plan: {dollars(best.monthly_cents)} a month"
    if if_known is not None and if_known[0] < if_known[1]:
        head += f"; {dollars(if_known[0])} to {dollars(if_known[1])}, once it is known how many connections go where"
    screen.print(Text(head, style="bold"))
    for number, change in enumerate(best.changes, 1):
        if number > _MOST_CHANGES:
            _indented(screen, f"and {len(best.changes) - _MOST_CHANGES} more: see --json")
            break
        _indented(screen, f"{number}. {change.what}, {dollars(change.monthly_cents)}")
    for condition in _shortened([f"only if {one}" for one in dict.fromkeys(_conditions(best))]):
        _indented(screen, condition, "yellow")
    for note in dict.fromkeys(note for change in best.changes for note in change.notes):
        _indented(screen, note, "dim")


def _show_commands(best: Option, screen: Console) -> None:
    """What is run for each change, whole, below the answer: each change with as much as there is room for."""
    from rich.text import Text

    steps = [("Ask for the quotas first of all", best.quota_steps)] if best.quota_steps is not None else []
    steps += [(f"{number}. {best.changes[number - 1].what}", one) for number, one in enumerate(best.steps, 1)]
    parts = [(title, one, len(one.commands) + len(one.undo)) for title, one in steps if one.text]
    if not parts:
        return
    screen.print()
    screen.print(Text("What is run for it, in one shell", style="bold"))
    room = _MOST_COMMANDS
    for place, (title, one, count) in enumerate(parts):
        if count > room:
            left = sum(more for _, _, more in parts[place:])
            _indented(screen, f"and {left:,} more commands: --json has all", "dim")
            break
        room -= count
        _indented(screen, title)
        _show_lines(one.text, screen)
        if one.undo:
            after = ", after those below" if place < len(parts) - 1 else ""
            _indented(screen, f"   To undo it{after}:")
            _show_lines(one.undo_text, screen)


def _show_lines(text: str, screen: Console) -> None:
    """Each line as it is pasted: whole, however long."""
    from rich.text import Text

    for line in printable(text).splitlines():
        screen.print(Text(f"     {line}", style="dim"), soft_wrap=True)


def _show_options(plan: Plan, screen: Console, *, wide: bool) -> None:
    from rich.text import Text

    assert plan.best is not None
    columns = [
        Column("$/month", right=True),
        Column("free", right=True),
        Column("binds next"),
        *([] if plan.best.proof is None else [Column("simulated", gives_way=1)]),
        Column("what to change", below=""),
        Column("risk", below="risk"),
    ]
    most = _MOST_LINES if room(screen, wide=wide) is not None else None
    marks: dict[str, int] = {}
    rows = []
    for number, option in enumerate((plan.best, *plan.alternatives)):
        conditions = [marks.setdefault(each, len(marks) + 1) for each in dict.fromkeys(_conditions(option))]
        mark = f" [{', '.join(_shortened([*map(str, conditions)], most))}]" if conditions else ""
        what = "; ".join(_shortened([one_line(change.short, 200) for change in option.changes], most))
        risks = "; ".join(risk.short for risk in option.risks if risk not in _NO_RISK)
        cells = [
            f"{option.monthly_cents / 100:,.2f}",
            percent(option.headroom),
            _next(option.next_narrows),
            *([] if plan.best.proof is None else ["" if option.proof is None else _proved(option.proof).plain]),
            what + mark,
            risks or "none",
        ]
        proof = {} if option.proof is None else {3: str(_proved(option.proof).style)}
        rows.append(Row(cells, style="bold" if number == 0 else "", styles=proof))
    screen.print()
    print_table(screen, columns, rows, wide=wide)
    if plan.best.proof is not None:
        _show_notes(plan.best.proof, screen)
    for condition, number in list(marks.items())[:_MOST_CONDITIONS]:
        screen.print(Text(one_line(f"[{number}] if {condition}", _LONGEST), style="yellow"))
    if len(marks) > _MOST_CONDITIONS:
        screen.print(f"and {len(marks) - _MOST_CONDITIONS} more conditions: see --json")


def _shortened(lines: list[str], most: int | None = _MOST_LINES) -> list[str]:
    return lines if most is None or len(lines) <= most else [*lines[: most - 1], f"and {len(lines) - most + 1} more"]


def _conditions(option: Option) -> Iterator[str]:
    """What an option needs that is more than room in the VPC."""
    for change in option.changes:
        if change.action.conditional or Risk.TWO_VERSIONS in change.risks:
            yield from change.needs


def dollars(cents: int) -> str:
    """Money, from cents."""
    return f"-${-cents / 100:,.2f}" if cents < 0 else f"${cents / 100:,.2f}"


def _next(binds: Next | None) -> str:
    if binds is None:
        return "nothing known"
    return f"{binds.table.kind.of_table} at {binds.at_connections:,}"


def _proved(proof: Proof) -> Text:
    from rich.text import Text

    if proof["holds"]:
        return Text(f"{proof['established']:,} open, 0 timed out", style="green")
    return Text(f"{proof['established']:,} open, {proof['timeouts']:,} timed out", style="red")


def show_lab_proof(proof: Proof, screen: Console) -> None:
    """Print what real packets made of the plan."""
    from rich.text import Text

    screen.print()
    screen.print(Text("With real packets, in the lab: ", style="bold") + _proved(proof))
    _show_notes(proof, screen)


def _show_notes(proof: Proof, screen: Console) -> None:
    for note in proof["notes"]:
        _indented(screen, note, "dim")


def _show_quotas(option: Option, screen: Console) -> None:
    from rich.text import Text

    if not option.quotas:
        return
    screen.print()
    screen.print(Text("Raise these quotas first", style="bold"))
    for need in option.quotas:
        least = "at least " if need.at_least else ""
        now = f"{need.current:,} {CURRENT[need.current_is]}"
        counted = f"{need.limit.unit} per {need.limit.scope}"
        _indented(screen, f"{need.limit.quota_code}  {counted}: {least}{need.needed:,} ({now})")


def _show_basis(plan: Plan, screen: Console) -> None:
    from rich.text import Text

    for title, lines in (
        ("Estimated from the case", [f"{one.text} ({one.source})" for one in plan.estimates]),
        ("Not settled", [*plan.unknown, *plan.notes]),
        *assumed(plan.assumptions),
    ):
        if lines:
            screen.print()
            screen.print(Text(title, style="bold"))
            for line in first_lines(lines):
                _indented(screen, line, "dim" if title.startswith("Assumed") else "")
    for one in plan.missing:
        screen.print()
        screen.print(Text(f"To know more: {one_line(one.evidence, _LONGEST)}", style="bold"))
        _indented(screen, one.why)
        screen.print(Text(printable(one.how), style="dim"), soft_wrap=True)
    if plan.prices:
        screen.print(Text(f"\n{_priced(plan.prices)}"))


def _priced(prices: Sequence[PrintedPrice]) -> str:
    """Whose prices they are, and how old."""
    theirs = [price for price in prices if price["certainty"] != OWN]
    yours = "" if len(theirs) == len(prices) else "all of them yours" if not theirs else "some of them yours"
    if not theirs:
        return f"Prices: {yours}."
    dates = sorted(price["date"][:7] for price in theirs)
    span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    regions = " and ".join(sorted({price["region"] for price in theirs}))
    return f"Prices of {regions}{yours and ', ' + yours}, from sources of {span}: verify before you quote them."
