"""One run of a sweep, as it travels to whoever does it: text and numbers in, text and numbers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from narrows.recording import Outcome, Recording, summarize

if TYPE_CHECKING:
    from narrows.recording import TableSummary
    from narrows.scenario import Scenario

Measure = Callable[[Recording], Mapping[str, float]]
"""Further figures of a run, by name."""


@dataclass(frozen=True, slots=True)
class Item:
    """One run."""

    text: str
    """The scenario, as YAML that needs no other file."""
    run: int
    """Which stream of random numbers of the scenario's seed, from 0."""
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """The figures of one run."""

    attempts: int
    established: int
    """The most connections open at once."""
    timed_out: int
    refused: int
    reset: int
    not_sent: int
    """Attempts without a file descriptor or an address to connect to."""
    error_port_allocation: int
    tables: tuple[TableSummary, ...]
    measured: tuple[tuple[str, float], ...] = ()
    seconds: float = 0.0
    """It took so long: the one figure that is another on each machine."""


def run_item(item: Item) -> Ran:
    """Simulate one run. Wherever it is done it gives the same figures."""
    from narrows.simulate import simulate_scenario

    recording = simulate_scenario(_scenario(item.text), replication=item.run)
    summary = summarize(recording)
    measured = {} if item.measure is None else item.measure(recording)
    return Ran(
        attempts=summary["attempted"],
        established=summary["established_peak"],
        timed_out=summary["timed_out"],
        refused=summary["refused"],
        reset=summary["reset"],
        not_sent=recording.ended(Outcome.NO_DESCRIPTOR) + recording.ended(Outcome.NO_NAME),
        error_port_allocation=summary["error_port_allocation"],
        tables=tuple(summary["tables"]),
        measured=tuple((str(name), float(value)) for name, value in measured.items()),
        seconds=recording.wall_seconds,
    )


@lru_cache(maxsize=4)
def _scenario(text: str) -> Scenario:
    """The runs of a point come one after the other."""
    from narrows.scenario import parse_scenario

    return parse_scenario(text)
