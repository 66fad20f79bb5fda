"""The simulator behind the page: one run at a time, in a thread of its own; a later move ends an earlier one's."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Final, TypeVar

from narrows.demand import HoldKind
from narrows.errors import InputError
from narrows.plan.proof import until_the_peak
from narrows.recording import Recording
from narrows.scenario import Scenario

MOST_ATTEMPTS: Final = 3_000_000
"""Connection attempts of one run: some seconds."""
LONGEST_RUN: Final = 20.0
"""Seconds of computing that one run may take."""

_Result = TypeVar("_Result")
Work = Callable[[Callable[[int, int], None]], _Result]
"""What is run. It gets a function to call now and then, which raises where the work is not wanted any more."""


class DroppedError(Exception):
    """A later move has taken its place."""


class Latest:
    """Runs what was asked last. What was asked before and is not done is dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current = 0
        self._running = threading.Lock()

    def submit(self, work: Work[_Result]) -> Future[_Result]:
        """Begin it as soon as what runs has noticed that it is dropped."""
        with self._lock:
            self._current += 1
            mine = self._current
        future: Future[_Result] = Future()
        threading.Thread(target=self._run, args=(mine, work, future), daemon=True).start()
        return future

    def drop(self) -> None:
        """End whatever runs."""
        with self._lock:
            self._current += 1

    def _run(self, mine: int, work: Work[_Result], future: Future[_Result]) -> None:
        def go_on(_done: int = 0, _all: int = 0) -> None:
            if self._current != mine:
                raise DroppedError

        # The page may have gone: nobody waits for it then.
        with suppress(InvalidStateError):
            try:
                with self._running:
                    go_on()
                    found = work(go_on)
                future.set_result(found)
            except BaseException as error:
                future.set_exception(error)


def simulate(scenario: Scenario, go_on: Callable[[int, int], None]) -> Recording:
    """Play the scenario as ``narrows simulate`` does; for longer, where Lambda needs longer to scale up to its peak.

    Raises:
        InputError: it is more than a page may ask for.
        DroppedError: a later move has taken its place.
    """
    scenario = until_the_peak(scenario)
    attempts = attempts_of(scenario)
    if attempts > MOST_ATTEMPTS:
        raise InputError(
            f"about {attempts:,.0f} connection attempts are more than the {MOST_ATTEMPTS:,} that are played here",
            advice="write it as scenario, and run narrows simulate",
        )
    from narrows.simulate import simulate_scenario

    begin = math.inf

    def check(done: int, whole: int) -> None:
        go_on(done, whole)
        nonlocal begin
        # From the first simulated second on: what compiles before it, the first time of all, is not the scenario's.
        begin = min(begin, time.monotonic())
        if time.monotonic() - begin > LONGEST_RUN:
            raise InputError(
                f"it takes longer than the {LONGEST_RUN:g} seconds that a page has",
                advice="write it as scenario, and run narrows simulate",
            )

    return simulate_scenario(scenario, progress=check)


def attempts_of(scenario: Scenario) -> float:
    """About how many connections a run opens."""
    demand = scenario.demand
    total = 0.0
    for asked in demand.functions.values():
        environments = asked.environments.largest(demand.duration)
        for use in asked.connections:
            lasts = {
                HoldKind.UNTIL_RECYCLED: math.inf,
                HoldKind.DURATION: use.hold.mean,
                HoldKind.INVOCATION: asked.invocation_duration,
            }[use.hold.kind]
            each = environments * use.per_environment
            total += each * (1.0 + demand.duration / max(lasts, 1e-3)) * (1 + use.retries.most)
    for uses in demand.others.values():
        for other in uses:
            rate = 0.0 if other.per_second is None else other.per_second.largest(demand.duration)
            kept = 0.0 if other.count is None else other.count.largest(demand.duration)
            churn = demand.duration / max(other.hold.mean, 1e-3) if other.hold.kind is HoldKind.DURATION else 0.0
            total += rate * demand.duration + kept * (1.0 + churn)
    return total
