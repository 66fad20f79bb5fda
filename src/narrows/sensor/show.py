"""The sums for a terminal: how many were held, where and when; then what it rests on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.evidence.facts import clock
from narrows.listing import counted, named
from narrows.sensor.answer import Answer, HeldAt
from narrows.terminal_table import room
from narrows.words import percent

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 20
"""Places of each kind on a terminal."""
_LONGEST = 2_000
_INDENT = 4


def show(found: Answer, screen: Console, *, wide: bool = False) -> None:
    """Print it: two lines for each place, so that no column is cut in a narrow terminal.

    Args:
        found: the sums.
        screen: where to.
        wide: every place, however many there are.
    """
    most = _SHOWN if room(screen, wide=wide) is not None else max(len(found.enis), len(found.destinations))
    if found.enis:
        screen.print("Held through each Hyperplane ENI, which no metric shows:", style="bold")
        for eni in sorted(found.enis, key=_fullest_first)[:most]:
            _print(screen, _eni(eni))
        _say_more(screen, len(found.enis) - most, "more ENI")
        screen.print()
    screen.print("Held to each destination:", style="bold")
    for destination in found.destinations[:most]:
        _print(screen, _destination(destination))
    _say_more(screen, len(found.destinations) - most, "more destination")
    screen.print()
    its = found.lines.lines
    said = [f"{name}: {counted(number, 'environment')}" for name, number in found.lines.environments.items()]
    begin, end = clock(int(its["time"].min())), clock(int(its["time"].max()))
    text = (
        f"{counted(len(its), 'line')} from {begin} to {end}; {named(said, 6)}. At each moment the latest line of each"
    )
    screen.print(f"{text} process counts, for as long as a table keeps an idle connection.", style="dim")
    for note in found.notes:
        screen.print(one_line(note, _LONGEST), style="yellow")


def _say_more(screen: Console, left: int, thing: str) -> None:
    if left > 0:
        screen.print(f"and {counted(left, thing)}; --wide shows all", style="dim")


def _fullest_first(eni: HeldAt) -> tuple[float, float]:
    assert eni.capacity is not None
    return -_least(eni) / eni.capacity, -math.inf if eni.high is None else -eni.high / eni.capacity


def _least(eni: HeldAt) -> float:
    return eni.curve.least if eni.low is None else eni.low


def _eni(one: HeldAt) -> tuple[str, str]:
    assert one.capacity is not None
    low = _least(one)
    share = f"at least {percent(low / one.capacity)}" if one.high is None else (
        percent(low / one.capacity, one.high / one.capacity)
    )  # fmt: skip
    more = f"; unknown: {named(list(one.missing), 3)}" if one.missing else ""
    return (
        f"{share}  {one.place}",
        f"{round(one.curve.peak):,} of {one.capacity:,} held at once{_when(one)}, by {one.function}{more}",
    )


def _destination(one: HeldAt) -> tuple[str, str]:
    totals = one.totals
    assert totals is not None
    reuse = "" if totals.reuse is None else f" ({percent(totals.reuse)} of the uses found one open)"
    became = f"opened {totals.opened:,}, used again {totals.reused:,}{reuse}, failed {totals.failed:,}"
    return (
        f"{round(one.curve.peak):,}  {one.function} to {one.place}",
        f"{_peak(one)}; {became}, idle up to {totals.oldest_idle:,.0f} s",
    )


def _peak(one: HeldAt) -> str:
    return f"{round(one.curve.peak):,} held at once{_when(one)}"


def _when(one: HeldAt) -> str:
    at = one.curve.peak_at
    return "" if at is None else f", first at {clock(int(at))}"


def _print(screen: Console, lines: tuple[str, str]) -> None:
    from rich.text import Text

    screen.print(one_line(lines[0], _LONGEST))
    for line in Text(one_line(lines[1], _LONGEST), "dim").wrap(screen, max(screen.width - _INDENT, 1)):
        line.rstrip()
        screen.print(Text(" " * _INDENT).append_text(line), soft_wrap=True)
