"""The simulator's answer to a move: who fails, to where, from when; and whether it agrees with the planner's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from narrows.errors import one_line
from narrows.recording import Outcome, Recording, RunSummary, summarize
from narrows.serve.answer import Answer
from narrows.words import count

_WORDS = {
    Outcome.TIMED_OUT: "timed out",
    Outcome.REFUSED: "refused",
    Outcome.RESET: "reset",
    Outcome.NO_DESCRIPTOR: "no file descriptor left",
    Outcome.NO_NAME: "name not resolved",
}
_NEARLY = 0.98
"""Part of the peak that a run reaches although the planner's has a margin for chance."""


@dataclass(frozen=True, slots=True)
class Failing:
    """Connections of one client to one destination that ended in the same way."""

    client: str
    destination: str
    what: str
    number: int
    since: str
    """When the first of them ended: ``12:01:05``."""


@dataclass(frozen=True, slots=True)
class Played:
    """One run."""

    summary: RunSummary
    failing: tuple[Failing, ...]
    agreement: str
    """How it compares with the planner, in one sentence."""
    agrees: bool

    @property
    def sentence(self) -> str:
        """What it saw."""
        summary = self.summary
        seen = f"{count(summary['attempted'])} attempts, {count(summary['established_peak'])} open at the most"
        return f"{count(self.failed)} fail: {seen}" if self.failed else f"Nothing fails: {seen}"

    @property
    def failed(self) -> int:
        """Of all clients together."""
        return sum(one.number for one in self.failing)


def played(recording: Recording, planned: Answer) -> Played:
    """What a run shows, beside the planner's answer to the same scenario."""
    summary = summarize(recording)
    failing = tuple(_failing(recording))
    fails = bool(failing) or summary["error_port_allocation"] > 0
    agrees = fails != planned.holds
    return Played(summary, failing, _agreement(recording, summary, planned, fails), agrees)


def _agreement(recording: Recording, summary: RunSummary, planned: Answer, fails: bool) -> str:
    if planned.holds and not fails:
        reached, wanted = summary["established_peak"], planned.peak.connections
        if reached < wanted * _NEARLY:
            return (
                f"Planner and simulator agree. This run opens {count(reached)} of the {count(wanted)} that the planner "
                "reckons with: it ends before, or chance was kinder"
            )
        return "Planner and simulator agree: it holds"
    if fails and not planned.holds:
        return "Planner and simulator agree: it does not hold"
    if fails:
        held_back = [name for name, one in recording.functions.items() if one.throttles.sum()]
        why = f"; Lambda throttles {one_line(', '.join(held_back[:3]), 120)}" if held_back else ""
        return f"They disagree: every table holds by the planner, and connections fail in the simulator{why}"
    return (
        "They disagree: a table does not hold by the planner, and nothing fails in the simulator. The planner takes "
        "the worst moment; this run may end before it, or chance was kinder"
    )


def _failing(recording: Recording) -> list[Failing]:
    """By who, to where and how, the most first."""
    import numpy as np

    rows = recording.outcomes
    functions = np.array([name in recording.functions for name in rows.clients], dtype=bool)
    found: list[Failing] = []
    chosen = rows.outcome != Outcome.ESTABLISHED
    if len(rows.outcome) and len(functions):
        chosen &= functions[rows.client]
    keys = np.stack([rows.client[chosen], rows.destination[chosen], rows.outcome[chosen]], axis=1).astype(np.int64)
    kinds, first, counts = np.unique(keys, axis=0, return_index=True, return_counts=True)
    ended = rows.ended[chosen]
    for (client, destination, outcome), place, number in zip(kinds, first, counts, strict=True):
        at = recording.start + timedelta(microseconds=int(ended[place]))
        found.append(
            Failing(
                one_line(rows.clients[client], 80),
                one_line(rows.destinations[destination], 80),
                _WORDS[Outcome(int(outcome))],
                int(number),
                f"{at:%H:%M:%S}",
            )
        )
    return sorted(found, key=lambda failing: -failing.number)
