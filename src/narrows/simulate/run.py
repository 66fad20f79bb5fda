"""Running the kernel second by second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrows.errors import InputError
from narrows.given import given_scenario
from narrows.recording import Recording
from narrows.scenario import Scenario
from narrows.signals import held
from narrows.simulate.compile import compile_scenario
from narrows.simulate.event_log import EventLog
from narrows.simulate.kernel import Memory, Status, advance
from narrows.simulate.memory import make_memory, with_connections, with_heap
from narrows.simulate.model import Model
from narrows.simulate.recorder import Recorder
from narrows.simulate.records import MOST_CONNECTIONS
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS

Progress = Callable[[int, int], None]
"""Called with the seconds simulated so far and in all."""

_ROOM = 2048
_MOST_OUTCOMES = 100_000_000
"""Rows, of 19 bytes each, that a run keeps in memory."""


def simulate_scenario(
    scenario: Scenario | str | os.PathLike[str],
    *,
    replication: int = 0,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> Recording:
    """Run a scenario, every connection attempt one by one.

    Args:
        scenario: what to run, or the path of its file.
        replication: which stream of random numbers; the same one gives the same run, to the last connection, and two
            plans compared under the same one see the same demand.
        scale: factor on the capacity of every table.
        progress: called after each simulated second.

    Raises:
        InputError: the scenario asks for more than the simulator can count.
    """
    scenario = given_scenario(scenario, "simulate_scenario")
    began = time.perf_counter()
    run = _Run(scenario, replication, scale)
    run.go(progress)
    return run.recording(time.perf_counter() - began)


def simulate_with_log(
    scenario: Scenario,
    *,
    replication: int = 0,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> tuple[Recording, EventLog]:
    """``simulate``, with every event: what flow logs are written from."""
    began = time.perf_counter()
    run = _Run(scenario, replication, scale, log=True)
    run.go(progress)
    rows = np.concatenate(run.logged)
    return run.recording(time.perf_counter() - began), EventLog(run.model, run.schedule, rows)


def streams(seed: int, replication: int) -> tuple[np.random.Generator, np.random.Generator]:
    """The random numbers of a run: for the schedule, and for what happens on the path."""
    schedule, path = np.random.SeedSequence([seed, replication]).spawn(2)
    return np.random.Generator(np.random.PCG64(schedule)), np.random.Generator(np.random.PCG64(path))


class _Run:
    def __init__(self, scenario: Scenario, replication: int, scale: float, *, log: bool = False) -> None:
        self.scenario = scenario
        self.model: Model = compile_scenario(scenario, scale=scale)
        for_schedule, self.rng = streams(scenario.demand.seed, replication)
        self.schedule = Schedule(scenario, self.model, for_schedule)
        self.memory: Memory = make_memory(self.model, self.schedule, log=log)
        self.recorder = Recorder(scenario, self.model, self.memory)
        self.outcomes: list[NDArray[Any]] = []
        self.ended = 0
        self.logged: list[NDArray[Any]] = []

    def go(self, progress: Progress | None) -> None:
        second = 0
        # Handing a random generator to compiled code runs Python code, and numba does not expect an exception there:
        # an interrupt at that moment is a segmentation fault. So it waits until the compiled code has returned.
        with held() as interrupt:
            for end, changes in self.schedule.windows():
                position = 0
                while second < end:
                    position = self._until(changes, position, (second + 1) * MICROSECONDS)
                    self.recorder.keep(second, self.memory)
                    second += 1
                    interrupt()
                    if progress is not None:
                        progress(second, self.recorder.seconds)
        self._drain()

    def recording(self, wall_seconds: float) -> Recording:
        return self.recorder.recording(self.memory, self.schedule, self.outcomes, wall_seconds)

    def _until(self, changes: Any, position: int, until: int) -> int:
        while True:
            status, position = advance(self.memory, changes, position, self.rng, until)
            if status == Status.DONE:
                return position
            if status == Status.NEEDS_CONNECTIONS:
                if len(self.memory.connections) >= MOST_CONNECTIONS:
                    raise InputError(
                        f"more than {MOST_CONNECTIONS:,} connections at a time",
                        file=self.scenario.file,
                        advice="simulate a part of it at a smaller scale",
                    )
                self.memory = with_connections(self.memory, self._largest_burst() + _ROOM)
            elif status == Status.NEEDS_HEAP:
                self.memory = with_heap(self.memory)
            else:
                self._drain()

    def _largest_burst(self) -> int:
        return max((sum(self.model.uses[u].count for u in client.uses) for client in self.model.clients), default=0)

    def _drain(self) -> None:
        count = int(self.memory.scalars["outcomes"][0])
        self.outcomes.append(self.memory.outcomes[:count].copy())
        self.memory.scalars["outcomes"] = 0
        self.ended += count
        if self.ended > _MOST_OUTCOMES:
            raise InputError(
                f"more than {_MOST_OUTCOMES:,} connection attempts end",
                file=self.scenario.file,
                advice="simulate a shorter time, or a part of it at a smaller scale",
            )
        self.logged.append(self.memory.log[: int(self.memory.scalars["logged"][0])].copy())
        self.memory.scalars["logged"] = 0
