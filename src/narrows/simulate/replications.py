"""Running a scenario many times with different random numbers, over all cores, and what can be said of the mean."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from statistics import NormalDist, fmean, stdev
from typing import TypedDict

from narrows.recording import Recording, RunSummary, summarize
from narrows.scenario import Scenario
from narrows.simulate.run import simulate_scenario

# Student's t, two-sided 95 %, by degrees of freedom.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


class Interval(TypedDict):
    """A mean over replications and its 95 % confidence interval."""

    mean: float
    low: float
    high: float


class Replications(TypedDict):
    """What ``simulate --runs N`` adds to the answer."""

    runs: int
    intervals: dict[str, Interval]


MEASURES = ("attempted", "established_peak", "timed_out", "refused", "reset", "error_port_allocation")
"""The figures of a run that get an interval."""


class _StoppedError(Exception):
    """Another thread asked for the end."""


def replicate(
    scenario: Scenario,
    runs: int,
    *,
    scale: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
    first: Recording | None = None,
) -> list[RunSummary]:
    """The figures of replications 0 to ``runs - 1``, in order.

    Args:
        scenario: what to run.
        runs: how many times.
        scale: factor on the capacity of every table.
        progress: called with the runs done and in all.
        first: replication 0, if it was run already.
    """
    stop = threading.Event()

    def check(_done: int, _all: int) -> None:
        if stop.is_set():
            raise _StoppedError

    def one(number: int) -> RunSummary:
        if number == 0 and first is not None:
            return summarize(first)
        return summarize(simulate_scenario(scenario, replication=number, scale=scale, progress=check))

    found: dict[int, RunSummary] = {}
    # The kernel lets go of the interpreter's lock, so threads use every core.
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        waiting = {pool.submit(one, number): number for number in range(runs)}
        try:
            for future in as_completed(waiting):
                found[waiting[future]] = future.result()
                if progress is not None:
                    progress(len(found), runs)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [found[number] for number in range(runs)]


def intervals(summaries: list[RunSummary]) -> dict[str, Interval]:
    """The mean of each figure with its 95 % confidence interval."""
    return {name: interval([float(one[name]) for one in summaries]) for name in MEASURES}  # type: ignore[literal-required]


def interval(values: list[float]) -> Interval:
    """Mean and 95 % confidence interval (Student's t) of independent values, at least two."""
    mean = fmean(values)
    half = _student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Interval(mean=mean, low=mean - half, high=mean + half)


def _student(degrees: int) -> float:
    """Student's t for 95 %; beyond the table by the Cornish-Fisher expansion, which is exact to four digits there."""
    if degrees <= len(_T95):
        return _T95[degrees - 1]
    z = NormalDist().inv_cdf(0.975)
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
