"""Moments as AWS's answers write them: ISO 8601 in any of its spellings, or seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_LATEST = 253_402_300_800
"""The year 10000."""
_MILLISECONDS = 100_000_000_000
"""Epoch numbers from here on (the year 5138 in seconds) count milliseconds, as CloudWatch Logs does."""


def epoch_seconds(value: Any) -> float:
    """Seconds since 1970 of a moment; one without an offset is UTC.

    Raises:
        ValueError: it is no moment.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError("is no moment")
    if isinstance(value, int | float):
        seconds = value / 1000 if value >= _MILLISECONDS else value
        if not 0 <= seconds < _LATEST:
            raise ValueError("is no moment")
        return float(seconds)
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        moment = datetime.fromisoformat(value.strip())
    else:
        raise ValueError("is no moment")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = moment.timestamp()
    if seconds < 0:
        raise ValueError("is no moment")
    return seconds


def minute_of(seconds: float) -> int:
    """The start of the minute that a moment is in, seconds since 1970."""
    return int(seconds // 60) * 60
