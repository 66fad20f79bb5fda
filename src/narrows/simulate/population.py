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
    alive, busy = np.zeros((count, seconds), np.int64), np.zeros((count, seconds), np.int64)
    invocations, throttles = np.zeros((count, seconds), np.int64), np.zeros((count, seconds), np.int64)
    rows = np.array(schedule.lifecycle.changes or np.zeros((0, 4)), np.int64)
    second = np.minimum(rows[:, 0] // MICROSECONDS, seconds - 1)
    client = np.array(schedule.lifecycle.clients or [0], np.int64)[rows[:, 2]]
    kind = rows[:, 1]
    for number, one in enumerate(model.clients):
        own = client == number
        born = _running(second[own & (kind == Change.START)], seconds)
        gone = _running(second[own & (kind == Change.END)], seconds)
        thawed = _running(second[own & (kind == Change.THAW)], seconds)
        frozen = _running(second[own & (kind == Change.FREEZE)], seconds)
        alive[number] = born - gone
        working = born + thawed - frozen - (0 if one.is_function else gone)
        # Those that stopped within the second were busy in it as well.
        busy[number] = working + np.diff(frozen, prepend=0)
        if one.is_function:
            asked = scenario.demand.functions[one.name]
            rate = _rate_per_environment(asked, seconds)
            invocations[number] = np.rint(working * rate)
            missing = _missing(schedule, number, seconds)
            throttles[number] = np.rint(missing * rate)
    return Population(alive, busy, invocations, throttles)


def _running(seconds_of: Ints, seconds: int) -> Ints:
    return np.cumsum(np.bincount(seconds_of, minlength=seconds)).astype(np.int64)


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


def _missing(schedule: Schedule, client: int, seconds: int) -> NDArray[np.float64]:
    """Environments that were needed and not there, averaged over each second."""
    spans = [(start, end) for number, start, end in schedule.lifecycle.throttled if number == client]
    change = np.zeros(seconds + 2)
    area = np.zeros(seconds + 2)
    for start, end in spans:
        for moment, sign in ((start, 1.0), (end, -1.0)):
            second, part = divmod(moment / MICROSECONDS, 1.0)
            index = min(int(second), seconds)
            # The whole of the seconds after, and what is left of this one.
            area[index] += sign * (1.0 - part)
            change[index + 1] += sign
    missing: NDArray[np.float64] = (area + np.cumsum(change))[:seconds]
    return missing
