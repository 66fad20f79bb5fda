"""The lines that a sensor inside each process of a run would have written, one for each invocation that ended."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from narrows.scenario import Scenario
from narrows.units import MICROSECONDS
from narrows_lambda.line import BODY, Field, Of
from oracles.networks.dice import Dice
from oracles.networks.inside import FAR, FORGOTTEN_AFTER, Inside, Span
from oracles.sensor import line, use

_PURPOSE = 0x5E45
_LONGEST = 58
"""Seconds that an invocation takes: less than the timeout that the case's functions have."""
_AFTER = 70
"""Seconds for which functions go on being invoked when the run is over, and do nothing new."""
_LONGEST_PAUSE = 280
"""Seconds between two, in which the tables forget nothing."""


@dataclass(frozen=True)
class Habits:
    """How the functions of a run work, as far as the network itself does not say."""

    processes: int = 1
    """In each environment; more than one as Managed Instances have them."""
    pauses: float = 0.3
    """The share of invocations after which an environment is frozen, where nothing goes on in it."""
    names: bool = True
    """Whether the sensor saw the names being looked up; gRPC and libpq do that unseen."""
    unseen: bool = False
    """What is opened and closed within one invocation is counted by the kernel alone."""


@dataclass
class Written:
    """All lines of a run."""

    lines: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """(seconds from the start of the run, the line)."""
    invoked: dict[str, list[float]] = field(default_factory=dict)
    """When each invocation of each function began, those without a line included."""


@dataclass
class _Connection:
    peer: int
    established: int
    let_go: int
    failed: int
    began: int
    period: int
    """Microseconds between two uses of it."""

    def last_used(self, until: int, spans: list[Span]) -> int:
        """When it was last used, up to a moment: every so often, and only while its environment ran."""
        moment = until
        for span in reversed(spans):
            if span.begin > moment:
                continue
            moment = min(moment, span.end)
            used = self.established + max(0, moment - self.established) // self.period * self.period
            if used >= span.begin:
                return used
            moment = span.begin
        return self.established


def write_lines(scenario: Scenario, inside: Inside, start: float, habits: Habits, seed: int) -> Written:
    """Play the invocations of every environment, and write a line at the end of each.

    Args:
        start: of the run, seconds since 1970.
    """
    dice = Dice(seed, _PURPOSE)
    end = (math.ceil(scenario.demand.duration) + _AFTER) * MICROSECONDS
    found = Written(invoked={name: [] for name in scenario.network.functions})
    for environment, spans in inside.spans.items():
        function = inside.client(environment)
        if function not in scenario.network.functions:
            continue
        every = _connections(inside, environment, dice)
        for process in range(habits.processes):
            mine = every[process :: habits.processes]
            last = None
            for number, (begun, ended) in enumerate(_invocations(mine, spans, habits, end, dice), 1):
                found.invoked[function].append(begun / MICROSECONDS)
                one = _line(scenario, inside, habits, mine, spans, last, ended)
                about = {Field.ENVIRONMENT: f"2026/11/20/{function}[$LATEST]{environment:032x}",
                         Field.PROCESS: 8 + process, Field.INVOCATION: number}  # fmt: skip
                one[BODY] |= {**about, Field.TIME: start + ended / MICROSECONDS,
                              Field.REQUEST_ID: f"{environment}-{process}-{number}"}  # fmt: skip
                found.lines.append((ended / MICROSECONDS, {**one, "FunctionName": function}))
                last = ended
    return found


def _connections(inside: Inside, environment: int, dice: Dice) -> list[_Connection]:
    return [
        _Connection(
            int(inside.unique[row]), int(inside.established[row]), int(inside.let_go[row]), int(inside.failed[row]),
            int(inside.began[row]), dice.whole(2, 200) * MICROSECONDS,
        )
        for row in inside.by_environment.get(environment, ())
    ]  # fmt: skip


def _invocations(
    mine: list[_Connection], spans: list[Span], habits: Habits, end: int, dice: Dice
) -> Iterator[tuple[int, int]]:
    """When each began and ended. One that goes on when the run ends has its end after that: nothing happens then."""
    moments = sorted({moment for one in mine for moment in _moments(one)})
    for span in spans:
        now = span.begin
        while now < min(span.end, end):
            ended = min(now + round(dice.between(5, _LONGEST) * MICROSECONDS), span.end)
            yield now, ended
            now = ended
            if dice.chance(habits.pauses) and not any(_going_on(one, now) for one in mine):
                place = bisect_right(moments, now)
                quiet = moments[place] if place < len(moments) else FAR
                now = min(now + round(dice.between(1, _LONGEST_PAUSE) * MICROSECONDS), max(now, quiet - 1), span.end)


def _moments(one: _Connection) -> tuple[int, ...]:
    return tuple(at for at in (one.began, one.established, one.failed, one.let_go) if at < FAR)


def _going_on(one: _Connection, now: int) -> bool:
    """Whether it is being opened."""
    return one.began <= now < min(one.established, one.failed, one.let_go)


def _line(
    scenario: Scenario,
    inside: Inside,
    habits: Habits,
    mine: list[_Connection],
    spans: list[Span],
    before: int | None,
    now: int,
) -> dict[str, Any]:
    counts: dict[int, dict[str, float]] = {}
    unseen = 0
    since = -1 if before is None else before

    def add(one: _Connection, name: str, number: float = 1) -> None:
        its = counts.setdefault(one.peer, {})
        its[name] = its.get(name, 0) + number

    for one in mine:
        opened, closed = since < one.established <= now, one.let_go <= now
        if opened and closed and habits.unseen:
            unseen += 1
            continue
        if opened:
            add(one, Of.OPENED)
        if since < one.failed <= now:
            add(one, Of.FAILED)
        if one.established > now:
            continue
        used = one.last_used(now, spans)
        if one.established <= since < one.let_go and since < used:
            add(one, Of.REUSED)
        if closed:
            continue
        idle = now - used
        add(one, Of.HELD)
        if idle >= FORGOTTEN_AFTER:
            add(one, Of.STALE)
        its = counts[one.peer]
        its[Of.OLDEST_IDLE] = max(its.get(Of.OLDEST_IDLE, 0.0), idle / MICROSECONDS)
    uses = []
    for peer, its in counts.items():
        name, address = inside.peers[peer]
        target = scenario.network.destinations[name]
        host = target.host if habits.names else None
        uses.append(use(f"{address}:{target.port}", host, **its))
    found = line(0.0, *uses)
    found[BODY][Field.UNATTRIBUTED] = {Of.OPENED: unseen, Of.FAILED: 0}
    found["ConnectionsOpened"] += unseen
    return found
