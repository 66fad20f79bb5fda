"""Counting what callers saw, by minute."""

from __future__ import annotations

from narrows.case.model import CallerCount, CallerOutcome
from narrows.case.reading.moments import minute_of

NO_TIME = -1
"""The minute of what carries no time."""

_Key = tuple[int, str | None, str | None, CallerOutcome]


class Tally:
    """Counts of one source of evidence."""

    def __init__(self) -> None:
        self._counts: dict[_Key, int] = {}
        self._first: dict[_Key, str] = {}

    def add(
        self,
        seconds: float | None,
        function: str | None,
        destination: str | None,
        outcome: CallerOutcome,
        source: str,
        count: int = 1,
    ) -> None:
        """Count callers that saw an outcome; ``source`` is kept of the first of a minute."""
        minute = NO_TIME if seconds is None else minute_of(seconds)
        key = (minute, function, destination, outcome)
        self._counts[key] = self._counts.get(key, 0) + count
        self._first.setdefault(key, source)

    def counts(self) -> list[CallerCount]:
        """One for each minute, function, destination and outcome, in this order."""
        found = [CallerCount(*key, count, self._first[key]) for key, count in self._counts.items()]
        return sorted(found, key=lambda one: (one.minute, one.function or "", one.destination or "", one.outcome))
