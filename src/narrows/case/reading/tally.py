"""Counting what callers saw, by minute."""

from __future__ import annotations

from narrows.bounds import EARLIEST_YEAR, FIRST_MOMENT, LAST_MOMENT, LATEST_YEAR, OUTCOME_COUNTS, WINDOW_DAYS
from narrows.case.model import CallerCount, CallerOutcome
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.moments import minute_of
from narrows.errors import InputError

NO_TIME = -1
"""The minute of what carries no time."""
FOLDER = "callers"
_DAY = 86_400
_ASK = "write the window of the incident in case.yaml, such as window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]"

_Key = tuple[int, str | None, str | None, CallerOutcome]


class Tally:
    """Counts of one source of evidence, within a window of time."""

    def __init__(self, folder: CaseFolder, window: tuple[int, int] | None) -> None:
        """``window``: start and end in seconds since 1970; without it everything counts that can be meant."""
        self._folder = folder
        self._window = window
        start, end = window or (FIRST_MOMENT, LAST_MOMENT)
        self.minutes = (minute_of(start), -minute_of(-end))
        """Start of the first minute that counts and end of the last, seconds since 1970."""
        self._counts: dict[_Key, int] = {}
        self._first: dict[_Key, str] = {}
        self.left_out = 0
        """Outcomes outside that time."""

    def add(
        self,
        seconds: float | None,
        function: str | None,
        destination: str | None,
        outcome: CallerOutcome,
        source: str,
        count: int = 1,
    ) -> None:
        """Count callers that saw an outcome; ``source`` is kept of the first of a minute.

        Raises:
            InputError: there are too many different minutes, functions, destinations and outcomes.
        """
        if seconds is not None and not self.minutes[0] <= seconds < self.minutes[1]:
            self.left_out += count
            return
        minute = NO_TIME if seconds is None else minute_of(seconds)
        key = (minute, function, destination, outcome)
        self._counts[key] = self._counts.get(key, 0) + count
        self._first.setdefault(key, source)
        if len(self._counts) > OUTCOME_COUNTS:
            raise too_many_counts(self._folder)

    def counts(self) -> list[CallerCount]:
        """One for each minute, function, destination and outcome, in this order; says what was left out.

        Raises:
            InputError: they span too many days, and no window says which of them are meant.
        """
        if self.left_out:
            when = "the window" if self._window else f"the years {EARLIEST_YEAR} to {LATEST_YEAR}"
            self._folder.note(FOLDER, f"{self.left_out:,} outcomes outside {when} passed over")
        found = [CallerCount(*key, count, self._first[key]) for key, count in self._counts.items()]
        found.sort(key=lambda one: (one.minute, one.function or "", one.destination or "", one.outcome))
        timed = [one.minute for one in found if one.minute != NO_TIME]
        if self._window is None and timed and timed[-1] - timed[0] > WINDOW_DAYS * _DAY:
            problem = f"the outcomes span more than {WINDOW_DAYS} days, and case.yaml names no window"
            raise InputError(problem, file=self._folder.root / FOLDER, advice=_ASK)
        return found


def too_many_counts(folder: CaseFolder) -> InputError:
    """The error of outcomes that would take too many counts."""
    problem = f"holds outcomes of more than {OUTCOME_COUNTS:,} different minutes, functions and destinations together"
    return InputError(problem, file=folder.root / FOLDER, advice=_ASK)
