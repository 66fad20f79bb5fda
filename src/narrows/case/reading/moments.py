"""Times as AWS's answers write them: ISO 8601 in any of its spellings, or seconds since 1970."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from narrows.bounds import FIRST_MOMENT, LAST_MOMENT

_MILLISECONDS = 100_000_000_000
"""Epoch numbers from here on (the year 5138 in seconds) count milliseconds, as CloudWatch Logs does."""


def epoch_seconds(value: Any) -> float:
    """Seconds since 1970 of a time; one without an offset is UTC. It may be any number: see ``can_be_meant``.

    Raises:
        ValueError: it is not a time at all.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError("is not a valid time")
    if isinstance(value, int | float):
        if not -(_MILLISECONDS**2) < value < _MILLISECONDS**2:
            return math.inf
        return value / 1000 if value >= _MILLISECONDS else float(value)
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        moment = datetime.fromisoformat(value.strip())
    else:
        raise ValueError("is not a valid time")
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()


def can_be_meant(seconds: float) -> bool:
    """Whether seconds since 1970 are a time that somebody can have meant."""
    return FIRST_MOMENT <= seconds < LAST_MOMENT + 1


def minute_of(seconds: float) -> int:
    """The start of the minute that a time is in, seconds since 1970."""
    return int(seconds // 60) * 60
