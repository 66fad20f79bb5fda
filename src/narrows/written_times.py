"""Times as people write them on a command line, and as narrows prints them. UTC where they name no zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from narrows.bounds import EARLIEST_YEAR, LATEST_YEAR
from narrows.errors import InputError, shown
from narrows.units import parse_duration

TIME_ADVICE = "write 2026-11-20T12:01Z, 12:01 or -1h"
_CLOCK = re.compile(r"[Tt]?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(?:[Zz]|UTC)?", re.ASCII)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt ].+)?", re.ASCII)
_AGO = re.compile(r"-?((?:\d+(?:\.\d+)?(?:s|m|h|d))+)", re.ASCII)
Window = tuple[datetime, datetime]


def parse_time(text: str, place: str, now: datetime, within: Window | None = None) -> datetime:
    """A moment in UTC.

    Args:
        text: ``2026-11-20T12:01:00Z``, ``2026-11-20 12:01``, with or without seconds, fractions and zone; ``12:01`` or
            ``T12:01``; ``-1h`` or ``1h``, back from now; ``now``.
        place: the option that it was given for.
        now: the moment of now.
        within: the window of the case that it is of: a time without a day is of that day. Without one it is the last
            that was: of today, or of yesterday.

    Raises:
        InputError: it is no time that somebody can have meant.
    """
    try:
        moment = _moment(text.strip(), now.astimezone(UTC), within)
    except (ValueError, OverflowError):
        raise InputError(f"{shown(text)} is not a valid time", place=place, advice=TIME_ADVICE) from None
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise InputError(f"its year is not one of {EARLIEST_YEAR} to {LATEST_YEAR}", place=place, advice=TIME_ADVICE)
    return moment


def _moment(text: str, now: datetime, within: Window | None) -> datetime:
    if text.lower() == "now":
        return now
    if ago := _AGO.fullmatch(text):
        return now - timedelta(seconds=parse_duration(ago[1]))
    if _CLOCK.fullmatch(text):
        return _of_the_day(text, now, within)
    if not _DATED.fullmatch(text):
        raise ValueError
    named = re.sub(r"\s?UTC$", "Z", text)
    moment = datetime.fromisoformat(re.sub(r"\s+(?=[Zz]$)", "", named).upper())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _of_the_day(text: str, now: datetime, within: Window | None) -> datetime:
    match = _CLOCK.fullmatch(text)
    assert match is not None
    hour, minute, second, fraction = match.groups()
    clock = time(int(hour), int(minute), int(second or 0), int((fraction or "").ljust(6, "0")[:6]), tzinfo=UTC)
    if within is None:
        today = datetime.combine(now.date(), clock)
        return today if today <= now else today - timedelta(days=1)
    first, last = (end.astimezone(UTC) for end in within)
    days = [_day(first, clock), _day(last, clock)]
    # A window over midnight has two days: the one on which this time is inside of it.
    return next((moment for moment in days if first <= moment <= last), days[0])


def _day(end: datetime, clock: time) -> datetime:
    day: date = end.date()
    return datetime.combine(day, clock)
