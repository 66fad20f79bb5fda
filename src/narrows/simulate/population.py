"""How many environments are there, busy, invoked and throttled in each second. It follows from the lifecycle alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from narrows.demand import Curve, FunctionDemand
from narrows.scenario import Scenario
from narrows.simulate.lifecycle import Change
from narrows.simulate.model import Model
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS

Ints = NDArray[np.int64]


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
            rate = _rate_per_environment(scenario.demand.functions[one.name], seconds)
            invocations[number] = _whole(_average(at, change, seconds) * rate)
            missing = [(start, end) for who, start, end in schedule.lifecycle.throttled if who == number]
            spans = np.array(missing or np.zeros((0, 2)), np.int64)
            signs = np.repeat(np.array([1, -1], np.int64), len(spans))
            throttles[number] = _whole(_average(spans.T.ravel(), signs, seconds) * rate)
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


def _average(at: Ints, change: Ints, seconds: int) -> NDArray[np.float64]:
    """The mean of a number in each second, from its changes."""
    second = np.minimum(at // MICROSECONDS, seconds)
    part = at / MICROSECONDS - second
    mean = np.zeros(seconds + 2)
    # A change counts for the rest of its own second, and for the whole of those after.
    np.add.at(mean, second, change * (1 - part))
    np.add.at(mean, second + 1, change * part)
    return np.cumsum(mean)[:seconds]


def _whole(each: NDArray[np.float64]) -> Ints:
    """Whole numbers whose sum, up to any second, is the nearest one."""
    sums: Ints = np.rint(np.cumsum(each)).astype(np.int64)
    sums[1:] -= sums[:-1].copy()
    return sums


def _rate_per_environment(asked: FunctionDemand, seconds: int) -> NDArray[np.float64]:
    """Invocations a second in each busy environment, for each second."""
    if asked.invocations_per_second is None:
        return np.full(seconds, 1.0 / asked.invocation_duration)
    wanted = _sampled(asked.environments, seconds)
    rate = _sampled(asked.invocations_per_second, seconds)
    each: NDArray[np.float64] = np.divide(rate, wanted, out=np.zeros(seconds), where=wanted > 0)
    return each


def _sampled(curve: Curve, seconds: int) -> NDArray[np.float64]:
    moments, values = zip(*curve.points, strict=True)
    sampled: NDArray[np.float64] = np.interp(np.arange(seconds) + 0.5, moments, values)
    return sampled
