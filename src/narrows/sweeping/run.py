"""``sweep``: the grid of all combinations, each simulated several times."""

from __future__ import annotations

import itertools
import math
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from narrows.errors import InputError
from narrows.given import given_scenario
from narrows.sweeping.progress import Progress, shown_progress
from narrows.sweeping.result import Row, Sweep
from narrows.sweeping.work import Item, Measure, Ran, run_item
from narrows.sweeping.workers import cores, run_in_processes

if TYPE_CHECKING:
    from narrows.scenario import Scenario

MOST_RUNS = 20_000
"""Points times runs of one sweep: all of their figures are kept in memory."""
_WORTH_A_PROCESS = 4.0
"""Seconds of work left from which on it is given to processes, which take a second or two to start."""
_ON_THE_WAY = 1_000
"""Runs that an executor has at once."""


class Executor(Protocol):
    """What has the interface of ``concurrent.futures``: a pool of it, or ``dask.distributed.Client.get_executor()``."""

    def submit(self, function: Any, /, *arguments: Any) -> Any:
        """A future, with ``result()``."""


def sweep(
    scenario: Scenario | str | os.PathLike[str],
    axes: Mapping[str, Iterable[object]],
    *,
    runs: int = 1,
    measure: Measure | None = None,
    executor: Executor | None = None,
    progress: Progress | bool | None = None,
) -> Sweep:
    """Simulate every combination of values at some paths of a scenario.

    Every point sees the same streams of random numbers, so that what differs between two points is what was changed;
    the figures do not depend on who does the runs, nor in which order.

    Args:
        scenario: what is changed, or the path of its file.
        axes: for each path, as ``Scenario.replace`` takes it, the values to try; the first is the chart's axis.
        runs: of each point, each with a stream of random numbers of its own.
        measure: further figures of each run, by name. Where the runs are done elsewhere, it must be possible to send
            it there: a function of a module.
        executor: who does the runs: anything with ``submit`` as ``concurrent.futures`` has it. It is not shut down.
            Without one, all cores of this machine do.
        progress: called with the runs done and in all; left out, a bar on a terminal or in a notebook; False, none.

    Raises:
        InputError: a path is not in the scenario, a point would not load, or there are more than 20,000 runs.
        TypeError: an argument is of another kind.
    """
    from narrows.scenario.replacing import replaced, source_of
    from narrows.scenario.writing import scenario_yaml

    scenario = given_scenario(scenario, "sweep")
    values = _checked(axes, runs, executor)
    points = list(itertools.product(*values.values()))
    source = source_of(scenario)
    texts = [scenario_yaml(replaced(scenario, dict(zip(values, point, strict=True)), source)) for point in points]
    items = [Item(text, run, measure) for text in texts for run in range(runs)]
    done: dict[int, Ran] = {}
    began = time.perf_counter()
    with shown_progress(progress) as tell:
        tell(0, len(items))
        for place, ran in _ran(items, executor):
            done[place] = ran
            tell(len(done), len(items))
    rows = [Row(points[place // runs], place % runs, done[place]) for place in range(len(items))]
    return Sweep(scenario.name, tuple(values), tuple(rows), time.perf_counter() - began)


def _checked(
    axes: Mapping[str, Iterable[object]], runs: int, executor: Executor | None
) -> dict[str, tuple[object, ...]]:
    """The values of each axis."""
    if not isinstance(axes, Mapping):
        raise TypeError(f"sweep wants a mapping from paths to the values to try, not {type(axes).__name__}")
    if isinstance(runs, bool) or not isinstance(runs, int):
        raise TypeError(f"runs is a whole number, not {type(runs).__name__}")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(
            f"an executor has 'submit', as those of concurrent.futures do; {type(executor).__name__} has not"
        )
    if runs < 1:
        raise InputError(f"{runs} is not a valid number of runs", advice="1 or more")
    values: dict[str, tuple[object, ...]] = {}
    for path, each in axes.items():
        if isinstance(each, str | bytes | Mapping) or not isinstance(each, Iterable):
            raise TypeError(f"{path}: the values to try are a list or a range, not {type(each).__name__}")
        values[path] = tuple(itertools.islice(each, MOST_RUNS + 1))
        if not values[path]:
            raise InputError("there is no value to try", place=str(path))
    if not values:
        raise InputError("there is nothing to change", advice="give paths with the values to try")
    if math.prod(map(len, values.values())) * runs > MOST_RUNS:
        raise InputError(f"the grid has more than {MOST_RUNS:,} runs", advice="try fewer values, or in several sweeps")
    return values


def _ran(items: Sequence[Item], executor: Executor | None) -> Iterator[tuple[int, Ran]]:
    """Each run with its place, in the order in which they are done."""
    if executor is not None:
        yield from _by(executor, items)
        return
    # The first runs are done here: they say how long one takes, and leave the compiled kernel to the processes.
    began = 0.0
    for place, item in enumerate(items):
        yield place, run_item(item)
        if place == 0:
            # It may have compiled the kernel: no measure of the others.
            began = time.perf_counter()
            continue
        left = len(items) - place - 1
        if left > 1 and (time.perf_counter() - began) / place * left > _WORTH_A_PROCESS and _can_travel(item):
            count = min(cores(), left)
            for further, ran in run_in_processes(items[place + 1 :], count):
                yield place + 1 + further, ran
            return


def _can_travel(item: Item) -> bool:
    """Whether a process finds the measure: what a notebook or a script defines itself is only there."""
    import pickle

    if item.measure is None:
        return True
    if getattr(item.measure, "__module__", "__main__") == "__main__":
        return False
    try:
        pickle.dumps(item.measure)
    except Exception:
        return False
    return True


def _by(executor: Executor, items: Sequence[Item]) -> Iterator[tuple[int, Ran]]:
    """Runs done by somebody else's executor, so many on the way at once."""
    waiting: deque[tuple[int, Any]] = deque()
    try:
        for place, item in enumerate(items):
            waiting.append((place, executor.submit(run_item, item)))
            if len(waiting) >= _ON_THE_WAY:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        for _, future in waiting:
            cancel = getattr(future, "cancel", None)
            if cancel is not None:
                cancel()
