"""What a person sees of a run, simulated or played: its figures, and a line for each table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from narrows.recording import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from narrows.recording import Recording, RunSummary
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


def show_run(
    screen: Console, recording: Recording, summary: RunSummary, spread: Mapping[str, Interval] | None = None
) -> None:
    """Print a run.

    Args:
        screen: where to.
        recording, summary: of the run.
        spread: the intervals of several replications, by figure.
    """
    _show_figures(screen, recording, summary, spread)
    screen.print()
    _show_tables(screen, summary)


def _show_figures(
    screen: Console, recording: Recording, summary: RunSummary, spread: Mapping[str, Interval] | None
) -> None:
    from rich.table import Table

    figures = Table(box=None, pad_edge=False, show_header=False)
    figures.add_column(justify="right", style="bold")
    figures.add_column()
    for key, words in _FIGURES:
        figure = f"{summary[key]:,}"  # type: ignore[literal-required]
        if spread is not None:
            interval = spread[key]
            figure += f"  (mean {interval['mean']:,.1f}, 95 %: {interval['low']:,.1f} to {interval['high']:,.1f})"
        figures.add_row(figure, words)
    for outcome, words in _UNSENT:
        if recording.ended(outcome):
            figures.add_row(f"{recording.ended(outcome):,}", words)
    screen.print(figures)


def _show_tables(screen: Console, summary: RunSummary) -> None:
    from rich.table import Table

    tables = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("table", "resource", "destination"):
        tables.add_column(title)
    for title in ("peak", "capacity", "dropped SYNs"):
        tables.add_column(title, justify="right", no_wrap=True)
    for table in summary["tables"]:
        capacity = table["capacity"]
        tables.add_row(
            table["kind"],
            table["resource"],
            table["destination"] or "every one",
            f"{table['peak']:,}",
            "no limit" if capacity is None else f"{capacity:,}",
            f"{table['dropped']:,}",
            style="red" if capacity is not None and table["peak"] >= capacity else None,
        )
    screen.print(tables)
