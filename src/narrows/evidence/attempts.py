"""What the callers saw, by seconds, where every attempt is in the case with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError

if TYPE_CHECKING:
    from narrows.case.model import CallerOutcome, Case
    from narrows.case.reading.attempt_times import AttemptTimes

_MOST_ATTEMPTS = 10_000_000
"""More are left as they are, by the minute: to read them once more would take several seconds."""
_TABLE = ".parquet"


def attempt_times(case: Case, step: int, window: tuple[int, int], most: int) -> AttemptTimes | None:
    """When attempts ended in which outcome, in steps of ``step`` seconds.

    None where the case does not have each attempt with its time, in one table; where there are more than ``most``
    steps with something in them; or where the steps are not the same attempts as those by the minute.
    """
    from narrows.case.reading.attempt_times import read_attempt_times

    tables = [source for source in case.callers.sources if source.lower().endswith(_TABLE)]
    minutes = totals_by_outcome(case)
    if not case.callers.complete or len(tables) != 1 or sum(minutes.values()) > _MOST_ATTEMPTS:
        return None
    try:
        folder = CaseFolder(case.folder)
        times = read_attempt_times(folder, folder.root / tables[0], step, window, most)
    except InputError:
        # A case that is not on disk any more, or is another by now: what was read of it stands.
        return None
    if times is None or {outcome: sum(at.values()) for outcome, at in times.counts.items()} != minutes:
        return None
    return times


def totals_by_outcome(case: Case) -> dict[CallerOutcome, int]:
    """How many saw each outcome, of those of which the minute is known."""
    found: dict[CallerOutcome, int] = {}
    for seen in case.callers.counts:
        if seen.minute >= 0:
            found[seen.outcome] = found.get(seen.outcome, 0) + seen.count
    return found
