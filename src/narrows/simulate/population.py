"""How many environments are there, busy, invoked and throttled in each second. It follows from the lifecycle alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from narrows.demand import FunctionDemand
from narrows.scenario import Scenario
from narrows.simulate.lifecycle import Change
from narrows.simulate.model import Model
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NOBODY = 1e-9
"""Less than this is what adding up leaves of zero environments."""


@dataclass(frozen=True)
class Population:
    """Arrays of shape (clients, seconds)."""

    alive: Ints
    """Environments at the end of each second, frozen ones included."""
    busy: Ints
    """The most that were busy at a time within each second."""
    invocations: Ints
    throttles: Ints


def count_environments(scenario: Scenario, model: Model, schedule: Schedule, seconds: int) -> Population:
    """Count the environments of each client in each second."""
    count = len(model.clients)
    alive, busy, invocations, throttles = (np.zeros((count, seconds), np.int64) for _ in range(4))
    rows = np.array(schedule.lifecycle.changes or np.zeros((0, 4)), np.int64)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    client = np.array(schedule.lifecycle.clients or [0], np.int64)[rows[:, 2]]
    for number, one in enumerate(model.clients):
        at, kind = rows[client == number, 0], rows[client == number, 1]
        born, gone = kind == Change.START, kind == Change.END
        alive[number] = _at(at, np.cumsum(born.astype(np.int64) - gone), np.arange(1, seconds + 1) * MICROSECONDS - 1)
        # What a client that is no function ends was busy until then.
        stops = kind == Change.FREEZE if one.is_function else gone
        change = (born | (kind == Change.THAW)).astype(np.int64) - stops
        busy[number] = _most(at, np.cumsum(change), seconds)
        if one.is_function:
            spans = [(start, end) for who, start, end in schedule.lifecycle.throttled if who == number]
            limits = np.array(spans or np.zeros((0, 2)), np.int64).T.ravel()
            missing = _average(limits, np.repeat(np.array([1, -1], np.int64), len(spans)), seconds)
            working = _average(at, change, seconds)
            rate = _rate_per_environment(scenario.demand.functions[one.name], working + missing)
            invocations[number] = _whole(working * rate)
            throttles[number] = _whole(missing * rate)
    return Population(alive, busy, invocations, throttles)


def _at(at: Ints, running: Ints, moments: Ints) -> Ints:
    """What a number was at some moments, if ``running`` is what it became at the moments ``at``."""
    after = np.concatenate([np.zeros(1, np.int64), running])
    found: Ints = after[np.searchsorted(at, moments, side="right")]
    return found


def _most(at: Ints, running: Ints, seconds: int) -> Ints:
    """The largest number within each second: the one that it began with, or one after a change in it."""
    most = _at(at, running, np.arange(seconds) * MICROSECONDS)
    second = np.minimum(at // MICROSECONDS, seconds - 1)
    inside = at > second * MICROSECONDS
    np.maximum.at(most, second[inside], running[inside])
    return most


def _average(at: Ints, change: Ints, seconds: int) -> Floats:
    """The mean of a number in each second, from its changes."""
    second = np.minimum(at // MICROSECONDS, seconds)
    part = at / MICROSECONDS - second
    mean = np.zeros(seconds + 2)
    # A change counts for the rest of its own second, and for the whole of those after.
    np.add.at(mean, second, change * (1 - part))
    np.add.at(mean, second + 1, change * part)
    return np.cumsum(mean)[:seconds]


def _whole(each: Floats) -> Ints:
    """Whole numbers whose sum, up to any second, is the nearest one."""
    sums: Ints = np.rint(np.cumsum(each)).astype(np.int64)
    sums[1:] -= sums[:-1].copy()
    return sums


def _rate_per_environment(asked: FunctionDemand, needed: Floats) -> Floats:
    """Invocations a second for each of the environments that are needed, in each second."""
    if asked.invocations_per_second is None:
        return np.full(len(needed), 1.0 / asked.invocation_duration)
    moments, values = zip(*asked.invocations_per_second.points, strict=True)
    rate = np.interp(np.arange(len(needed)) + 0.5, moments, values)
    each: Floats = np.divide(rate, needed, out=np.zeros(len(needed)), where=needed > _NOBODY)
    return each
