"""What a person sees of a run, simulated or played: who failed, its figures, and a line for each table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.listing import MOST_LINES
from narrows.recording import Outcome
from narrows.terminal_table import Column, Row, print_table, room
from narrows.words import percent

if TYPE_CHECKING:
    from rich.console import Console

    from narrows.recording import Recording, RunSummary, TableSummary
    from narrows.simulate.failed import Failed
    from narrows.simulate.replications import Interval

_FIGURES = (
    ("attempted", "connection attempts"),
    ("established_peak", "established at the peak"),
    ("timed_out", "timed out"),
    ("refused", "refused"),
    ("reset", "reset"),
    ("error_port_allocation", "ErrorPortAllocation"),
)
_UNSENT = ((Outcome.NO_NAME, "name not resolved"), (Outcome.NO_DESCRIPTOR, "no file descriptor left"))
_COLUMNS = (
    Column("filled", right=True),
    Column("table", gives_way=3),
    Column("resource", shortens=True),
    Column("destination", gives_way=5),
    Column("peak", right=True),
    Column("capacity", right=True, gives_way=4),
    Column("dropped SYNs", right=True, gives_way=6),
)
_LONGEST = 2_000
"""Characters of a sentence: names come from outside."""


def show_run(
    screen: Console,
    recording: Recording,
    summary: RunSummary,
    spread: Mapping[str, Interval] | None = None,
    *,
    wide: bool = False,
) -> None:
    """Print a run.

    Args:
        screen: where to.
        recording, summary: of the run.
        spread: the intervals of several replications, by figure.
        wide: leave nothing out, however wide the terminal is.
    """
    _show_failed(screen, recording, wide=wide)
    _show_figures(screen, recording, summary, spread)
    screen.print()
    tables = sorted(summary["tables"], key=lambda table: -_filled(table))
    print_table(screen, _COLUMNS, [_row(table) for table in tables], wide=wide, most=MOST_LINES)


def _show_failed(screen: Console, recording: Recording, *, wide: bool) -> None:
    from rich.text import Text

    from narrows.simulate.failed import failed_connects

    failed = failed_connects(recording)
    width = room(screen, wide=wide)
    shown = failed if width is None else failed[:MOST_LINES]
    for each in shown:
        body = Text(one_line(_sentence(each), _LONGEST), "red")
        lines = [body] if width is None else body.wrap(screen, width)
        for line in lines:
            line.rstrip()
            screen.print(line, soft_wrap=True)
    if len(failed) > len(shown):
        screen.print(f"and {len(failed) - len(shown):,} more; --wide shows all", style="dim")
    if failed:
        screen.print()


def _sentence(failed: Failed) -> str:
    """``35,000 of 90,000 connects (39 %) of storefront to cache timed out, from 12:01:03Z on: no port of ...``."""
    connects = "connections" if failed.outcome is Outcome.RESET else "connects"
    text = (
        f"{failed.count:,} of {failed.of:,} {connects} ({percent(failed.count / failed.of)}) of {failed.client} to "
        f"{failed.destination} {failed.how}, from {failed.first:%H:%M:%SZ} on"
    )
    return f"{text}: {failed.why}" if failed.why else text


def _show_figures(
    screen: Console, recording: Recording, summary: RunSummary, spread: Mapping[str, Interval] | None
) -> None:
    rows = []
    for key, words in _FIGURES:
        figure = f"{summary[key]:,}"  # type: ignore[literal-required]
        about = words
        if spread is not None:
            interval = spread[key]
            about += f"  (mean {interval['mean']:,.1f}, 95 %: {interval['low']:,.1f} to {interval['high']:,.1f})"
        rows.append(Row((figure, about), styles={0: "bold"}))
    for outcome, words in _UNSENT:
        if recording.ended(outcome):
            rows.append(Row((f"{recording.ended(outcome):,}", words), styles={0: "bold"}))
    print_table(screen, (Column("", right=True), Column("")), rows, header=False)


def _filled(table: TableSummary) -> float:
    return table["peak"] / table["capacity"] if table["capacity"] else -1.0


def _row(table: TableSummary) -> Row:
    capacity = table["capacity"]
    return Row(
        (
            "" if capacity is None else percent(_filled(table)),
            table["kind"],
            table["resource"],
            table["destination"] or "every one",
            f"{table['peak']:,}",
            "no limit" if capacity is None else f"{capacity:,}",
            f"{table['dropped']:,}",
        ),
        style="red" if capacity is not None and table["peak"] >= capacity else "",
    )
