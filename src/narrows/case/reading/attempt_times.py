"""Outcomes as Parquet once more, finer than by the minute: for those who look at how it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.case.model import CallerOutcome
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.outcome_tables import ENVIRONMENT_BITS, OUTCOME_BITS, OutcomeTable, open_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COLUMNS = ["time", "function", "environment", "outcome", "seconds"]
_LONGEST = 3600
"""Seconds that an attempt is taken to have lasted at the most."""


@dataclass(frozen=True)
class AttemptTimes:
    """When attempts ended in which outcome, and when each environment made its first. Seconds since 1970."""

    counts: Mapping[CallerOutcome, Mapping[int, int]]
    """By the beginning of each step of time in which there was one."""
    first_attempts: Mapping[str, Mapping[int, int]]
    """By function: in each step, how many environments began their first attempt; empty where none is named."""


def read_attempt_times(
    folder: CaseFolder, file: Path, step: int, window: tuple[int, int], most: int
) -> AttemptTimes | None:
    """Count the attempts of a file by steps of time; None where it does not tell times, or more than ``most`` steps.

    Raises:
        InputError: the file cannot be read, or is no Parquet.
    """
    with open_table(folder, file) as table:
        table.check_sizes()
        if not table.has("time", "outcome"):
            return None
        return _count(table, step, window, most)


def _count(table: OutcomeTable, step: int, window: tuple[int, int], most: int) -> AttemptTimes | None:
    import numpy as np

    counts: dict[int, int] = {}
    firsts: dict[int, int] = {}
    named = table.has("function", "environment")
    for batch in table.batches([name for name in _COLUMNS if table.has(name)]):
        seconds, inside = _seconds(batch, window)
        outcome = table.codes(batch, "outcome")
        key = ((seconds // step) << OUTCOME_BITS) | outcome
        for packed, count in zip(*(one.tolist() for one in np.unique(key[inside], return_counts=True)), strict=True):
            counts[packed] = counts.get(packed, 0) + count
        if len(counts) > most:
            return None
        if named:
            who = (table.codes(batch, "function") << ENVIRONMENT_BITS) | table.environment_numbers(batch)
            for packed, first in _earliest(who[inside], _begun(batch, seconds)[inside]):
                firsts[packed] = min(first, firsts.get(packed, first))
    outcomes = {code: word for word, code in table.words["outcome"].items()}
    known = {outcome.value: outcome for outcome in CallerOutcome}
    by_outcome: dict[CallerOutcome, dict[int, int]] = {}
    for packed, count in sorted(counts.items()):
        found = known.get((outcomes[packed & (2**OUTCOME_BITS - 1)] or "").lower())
        if found is not None:
            at = (packed >> OUTCOME_BITS) * step
            by_outcome.setdefault(found, {})[at] = by_outcome.get(found, {}).get(at, 0) + count
    functions = {code: word for word, code in table.words["function"].items()}
    by_function: dict[str, dict[int, int]] = {}
    for packed, first in firsts.items():
        name = functions[packed >> ENVIRONMENT_BITS]
        if name is not None:
            steps = by_function.setdefault(name, {})
            at = first // step * step
            steps[at] = steps.get(at, 0) + 1
    return AttemptTimes(by_outcome, by_function)


def _seconds(batch: Any, window: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds since 1970 of each row, 0 where there is no time, and whether it is within the window."""
    import numpy as np

    moments = np.asarray(batch.column("time").to_numpy(zero_copy_only=False))
    timed = ~np.isnat(moments)
    seconds = np.where(timed, moments.astype("datetime64[s]").astype(np.int64), 0)
    return seconds, timed & (seconds >= window[0]) & (seconds < window[1])


def _begun(batch: Any, ended: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each attempt began, where the file says how long it took; when it ended elsewhere."""
    import numpy as np
    import pyarrow as pa

    if "seconds" not in batch.schema.names or not pa.types.is_floating(batch.schema.field("seconds").type):
        return ended
    taken = np.nan_to_num(np.asarray(batch.column("seconds").to_numpy(zero_copy_only=False), np.float64))
    return ended - np.clip(taken, 0, _LONGEST).astype(np.int64)


def _earliest(who: NDArray[np.int64], seconds: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Of each that is named the least of its seconds."""
    import numpy as np

    order = np.lexsort((seconds, who))
    who, seconds = who[order], seconds[order]
    first = np.flatnonzero(np.diff(who, prepend=who[:1] - 1)) if len(who) else who
    return list(zip(who[first].tolist(), seconds[first].tolist(), strict=True))
