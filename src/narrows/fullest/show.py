"""The fullest tables for a terminal: how full on the left, what and who beside it, and nothing of a name cut away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.fullest.answer import Fullest
from narrows.fullest.model import SharedTable
from narrows.listing import counted, named, others_named
from narrows.network import HopKind
from narrows.printable import printable
from narrows.terminal_table import room
from narrows.words import figure, percent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

MOST_TABLES = 10
"""Of so many, the fullest, people are shown on a terminal who ask for no number."""
_NAMED = 4
"""Functions, ENIs or others in a line on a terminal."""
_ALL_NAMED = 1_000
"""The same where nothing is to be left out: a service can have a thousand functions in a VPC, a line has no more."""
_FULL, _FILLING = 1.0, 0.7
"""Shares from which on a table is shown as full, and as filling."""
_GAP = 2
"""Columns between how full a table is and what it is."""
_LONGEST = 2_000
"""Characters of a paragraph: names come from outside."""


def show(found: Fullest, screen: Console, most: int | None = None, *, wide: bool = False) -> None:
    """Print the tables that are fullest, and what is to be known of the rest.

    Args:
        found: all of them.
        screen: where to.
        most: how many; when left out ``MOST_TABLES`` on a terminal, and all into a pipe.
        wide: leave nothing out on a terminal either.
    """
    everything = room(screen, wide=wide) is None
    if most is None:
        most = len(found.tables) if everything else MOST_TABLES
    names = _ALL_NAMED if everything else _NAMED
    if not found.tables:
        screen.print("No Hyperplane ENI and no NAT gateway of the functions in question is known.")
    shown = [(_filled(one), one) for one in found.tables[:most]]
    width = max((len(share) for share, _ in shown), default=0)
    for number, (share, one) in enumerate(shown):
        if number:
            screen.print()
        _print_table(screen, share, width, [*_lines(one, found, names)])
    left = len(found.tables) - most
    if left > 0:
        _after(screen, f"and {counted(left, 'more table')}: --wide shows all")
    if found.without_table:
        _after(screen, f"On none of these tables, in no VPC or in another one: {named(found.without_table)}")
    if found.missing:
        _after(screen, f"Not in the case, and would tell more: {', '.join(found.missing)}")
    command = found.command(most)
    if command:
        _after(screen, "What makes the flow logs that tell more, of the next load:")
        _print(screen, printable(command), "cyan")
    if found.assumptions:
        assumed = ", ".join(f"{one['id']} {one['value']}" for one in found.assumptions)
        _after(screen, f"assumed, where AWS documents nothing: {assumed}")


def _print_table(screen: Console, share: Text, width: int, lines: Sequence[tuple[str, str]]) -> None:
    """How full it is beside its first line, and all others under that."""
    from rich.text import Text

    lead = Text(" " * (width - len(share))).append_text(share).append(" " * _GAP)
    for text, style in lines:
        for line in Text(one_line(text, _LONGEST), style).wrap(screen, max(screen.width - width - _GAP, 1)):
            line.rstrip()
            screen.print(lead.append_text(line), soft_wrap=True)
            lead = Text(" " * (width + _GAP))


def _after(screen: Console, text: str) -> None:
    screen.print()
    screen.print(one_line(text, _LONGEST), style="dim")


def _print(screen: Console, text: str, style: str) -> None:
    """A command that can be copied: nothing breaks or cuts it."""
    from rich.text import Text

    screen.print(Text(text, style), soft_wrap=True)


def _filled(one: SharedTable) -> Text:
    from rich.text import Text

    share = one.share
    if share is None:
        return Text("unknown", "magenta")
    style = "red" if share[0] >= _FULL else "yellow" if share[1] is None or share[1] >= _FILLING else "green"
    return Text(f"at least {percent(share[0])}" if share[1] is None else percent(*share), style)


def _lines(one: SharedTable, found: Fullest, names: int) -> Iterator[tuple[str, str]]:
    """(A paragraph, its style)."""
    yield f"{one.id.kind.heading} {one.name}" + (f" to {one.towards}" if one.towards else ""), "bold"
    yield _ids(one, names), "dim"
    seen = one.seen
    if seen is not None:
        room = "an unknown number of" if one.capacity is None else f"{one.capacity:,}"
        yield f"{figure(seen.low, seen.high)} of {room} connections: {seen.text} [{seen.source}]", ""
    if one.would_tell:
        yield f"what would tell{' more' if seen else ''}: {one.would_tell}", ""
    for line in _sharing(one, found, names):
        yield line, ""


def _ids(one: SharedTable, names: int) -> str:
    """The resource by AWS's ids, with its zone."""
    resource = str(one.id.resource)
    parts = ["" if resource == one.name else resource, one.zone or ""]
    if one.id.kind is HopKind.NAT_GATEWAY:
        parts.append(counted(one.addresses, "address", "addresses") if one.addresses else "addresses not known")
    elif one.enis is None:
        parts.append("ids of its ENIs not known")
    else:
        parts.append(named([f"{eni.id} ({eni.status})" for eni in one.enis], names) or "no ENI of it is listed")
    return "; ".join(filter(None, parts))


def _sharing(one: SharedTable, found: Fullest, names: int) -> Iterator[str]:
    mine = [each.name for each in one.functions if each.in_question]
    neighbours = [each.name for each in one.functions if not each.in_question]
    if mine:
        yield f"{'functions' if found.all_in_question else 'in question'}: {others_named(mine, names)}"
    if neighbours:
        yield f"neighbours: {others_named(neighbours, names)}"
    if not one.functions:
        yield "no function in the case has this subnet and these security groups"
    if one.others:
        yield f"others: {others_named([f'{each.name} ({each.kind})' for each in one.others], names)}"
    elif one.others is None:
        yield "others: not known, as long as files are not in the case"
