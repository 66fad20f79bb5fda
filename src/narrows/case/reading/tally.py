"""Counting what callers saw, by minute."""

from __future__ import annotations

from collections import Counter

from narrows.bounds import EARLIEST_YEAR, FIRST_MOMENT, LAST_MOMENT, LATEST_YEAR, OUTCOME_COUNTS, WINDOW_DAYS
from narrows.case.model import LONG_PAUSE, PAUSE, CallerCount, CallerOutcome, InvocationCount, Told
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.moments import minute_of
from narrows.errors import InputError

NO_TIME = -1
"""The minute of what carries no time."""
FOLDER = "callers"
_DAY = 86_400
_ASK = "write the window of the incident in case.yaml, such as window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]"

_Key = tuple[int, str | None, str | None, CallerOutcome, Told, str | None]


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
        self._pauses: dict[_Key, list[int]] = {}
        """After a pause, of how many it is known, and after a long one."""
        self._invocations: dict[tuple[int, str | None], list[int]] = {}
        self.addresses: Counter[tuple[str, str, CallerOutcome | None]] = Counter()
        """Lines that name one of several addresses of a destination: (destination, address, the outcome that an error
        tells of it; None in lines that tell of none)."""
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
        told: Told = Told.ERROR,
        elsewhere: str | None = None,
        pause: float | None = None,
    ) -> None:
        """Count callers that saw an outcome; ``source`` is kept of the first of a minute.

        Args:
            pause: seconds that the execution environment had done nothing before; None where that is not known.

        Raises:
            InputError: there are too many different minutes, functions, destinations and outcomes.
        """
        minute = self.minute(seconds)
        if minute is None:
            self.left_out += count
            return
        key = (minute, function, destination, outcome, told, elsewhere)
        self._counts[key] = self._counts.get(key, 0) + count
        self._first.setdefault(key, source)
        if pause is not None:
            paused = self._pauses.setdefault(key, [0, 0, 0])
            paused[0] += count * (pause >= PAUSE)
            paused[1] += count
            paused[2] += count * (pause >= LONG_PAUSE)
        if len(self._counts) > OUTCOME_COUNTS:
            raise too_many_counts(self._folder)

    def minute(self, seconds: float | None) -> int | None:
        """The minute that a time is in, ``NO_TIME`` without one; None where it lies outside the time that counts."""
        if seconds is None:
            return NO_TIME
        return minute_of(seconds) if self.minutes[0] <= seconds < self.minutes[1] else None

    def add_address(self, seconds: float | None, named: tuple[str, str], outcome: CallerOutcome | None) -> None:
        """Count a line that names one of several addresses of a destination."""
        if self.minute(seconds) is not None:
            self.addresses[(*named, outcome)] += 1

    def add_invocation(self, seconds: float | None, function: str | None, *, ended: bool, failed: bool) -> None:
        """Count an invocation that a log shows."""
        minute = self.minute(seconds)
        if minute is not None:
            counts = self._invocations.setdefault((minute, function), [0] * 5)
            counts[0] += ended
            counts[1] += failed

    def add_start(self, seconds: float | None, function: str | None, pause: float) -> None:
        """Count an invocation that began so many seconds after the one before in its execution environment ended."""
        minute = self.minute(seconds)
        if minute is not None:
            counts = self._invocations.setdefault((minute, function), [0] * 5)
            counts[2] += pause >= PAUSE
            counts[3] += 1
            counts[4] += pause >= LONG_PAUSE

    def invocations(self) -> tuple[InvocationCount, ...]:
        """One for each minute and function."""
        found = sorted(self._invocations.items(), key=lambda one: (one[0][0], one[0][1] or ""))
        return tuple(InvocationCount(*key, *counts) for key, counts in found)

    def counts(self) -> list[CallerCount]:
        """One for each minute, function, destination, outcome and how it is told; says what was left out.

        Raises:
            InputError: they span too many days, and no window says which of them are meant.
        """
        if self.left_out:
            when = "the window" if self._window else f"the years {EARLIEST_YEAR} to {LATEST_YEAR}"
            self._folder.note(FOLDER, f"{self.left_out:,} outcomes outside {when} passed over")
        found = [
            CallerCount(
                minute,
                function,
                destination,
                outcome,
                count,
                self._first[key],
                told,
                elsewhere,
                *self._pauses.get(key, (0, 0, 0)),
            )
            for key, count in self._counts.items()
            for minute, function, destination, outcome, told, elsewhere in (key,)
        ]
        found.sort(key=_order)
        timed = [one.minute for one in found if one.minute != NO_TIME]
        if self._window is None and timed and timed[-1] - timed[0] > WINDOW_DAYS * _DAY:
            problem = f"the outcomes span more than {WINDOW_DAYS} days, and case.yaml names no window"
            raise InputError(problem, file=self._folder.root / FOLDER, advice=_ASK)
        return found


def _order(one: CallerCount) -> tuple[int, str, str, str, str, str]:
    return one.minute, one.function or "", one.destination or "", one.elsewhere or "", one.outcome, one.told


def too_many_counts(folder: CaseFolder) -> InputError:
    """The error of outcomes that would take too many counts."""
    problem = f"holds outcomes of more than {OUTCOME_COUNTS:,} different minutes, functions and destinations together"
    return InputError(problem, file=folder.root / FOLDER, advice=_ASK)
