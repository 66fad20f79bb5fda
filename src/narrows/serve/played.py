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
AGREES, _DISAGREES, _NOT_REACHED = "agrees", "disagrees", "peak not reached"
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
    word: str
    """The same in a word or two: ``agrees``, ``disagrees``, ``peak not reached``."""
    longer: str
    """For how long it was played, where that is longer than the scenario."""

    @property
    def agrees(self) -> bool:
        """Whether both say the same of the same peak."""
        return self.word == AGREES

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
    word, agreement = _agreement(recording, summary, planned, fails)
    longer = ""
    if recording.seconds > planned.scenario.demand.duration + 1:
        own = f"{planned.scenario.demand.duration:,.0f}"
        longer = f"Played for {recording.seconds:,} s, not the scenario's {own}: as long as it takes to reach the peak"
    return Played(summary, failing, agreement, word, longer)


def _agreement(recording: Recording, summary: RunSummary, planned: Answer, fails: bool) -> tuple[str, str]:
    reached, wanted = summary["established_peak"], planned.peak.connections
    if fails and not planned.holds:
        return AGREES, "Planner and simulator agree: it does not hold"
    if not fails and reached < wanted * _NEARLY:
        return _NOT_REACHED, (
            f"This run opens {count(reached)} of the {count(wanted)} connections that the planner reckons with"
            f"{_held_back(recording)}"
        )
    if not fails and planned.holds:
        return AGREES, "Planner and simulator agree: it holds"
    if fails:
        return _DISAGREES, (
            "They disagree: every table holds by the planner, and connections fail in the simulator"
            f"{_held_back(recording)}"
        )
    return _DISAGREES, (
        "They disagree: by the planner a table does not hold, and nothing fails in the simulator. The planner takes "
        "the worst that chance may do; this is one run"
    )


def _held_back(recording: Recording) -> str:
    names = [name for name, one in recording.functions.items() if one.throttles.sum()]
    return f"; Lambda throttles {one_line(', '.join(names[:3]), 120)}" if names else ""


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
