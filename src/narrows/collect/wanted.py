"""What is to be collected: the functions in question, or everything of a VPC or NAT gateway, and the time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from narrows.aws.questions import Span
from narrows.aws_ids import FUNCTION, FUNCTION_REFERENCE, Pattern
from narrows.bounds import WINDOW_DAYS
from narrows.collect.hosts import Host
from narrows.errors import InputError, shown
from narrows.units import parse_duration
from narrows.written_times import parse_time

MOST_FUNCTIONS = 100
"""That one case asks about one by one."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one run collects."""

    functions: tuple[str, ...]
    """Names of the functions in question; none where ``vpcs`` or ``gateways`` say what is."""
    vpcs: tuple[str, ...]
    gateways: tuple[str, ...]
    start: int
    """Seconds since 1970, a whole minute."""
    end: int
    hosts: tuple[Host, ...] = ()
    """Destinations that the user names."""
    read_environment: bool = False
    """Whether host names may be taken from the functions' environment variables."""
    flow_log_bytes: int | None = None
    """The most bytes of flow logs that may be fetched unasked."""

    @property
    def span(self) -> Span:
        """The time to ask about."""
        return Span(self.start, self.end)


def window(last: str | None, since: str | None, until: str | None, now: datetime) -> tuple[int, int]:
    """The time in question, as whole minutes, seconds since 1970.

    Args:
        last: a duration back from now, such as ``1h``; that is what is taken where nothing is named.
        since: a time as ``parse_time`` takes it.
        until: likewise, of the day of ``since`` where it names none; now where only ``since`` is named.

    Raises:
        InputError: they contradict each other, or name no time that can be meant.
    """
    if last is not None and (since is not None or until is not None):
        raise InputError("--last and --from or --to exclude each other", advice="write --last 1h, or --from and --to")
    end = now
    if since is None:
        if until is not None:
            raise InputError("--to needs --from", advice="write both, or --last 1h")
        try:
            seconds = parse_duration((last or "1h").removeprefix("-"))
        except ValueError as error:
            raise InputError(str(error), place="--last") from None
        start_at = end.timestamp() - seconds
    else:
        begin = parse_time(since, "--from", now)
        start_at = begin.timestamp()
        if until is not None:
            # A time without a day is the next one after the start.
            end = parse_time(until, "--to", now, (begin, begin + timedelta(days=1)))
    if start_at > now.timestamp():
        raise InputError("is in the future", place="--from", advice="write a time in UTC, such as 2026-11-20T12:00Z")
    start = int(start_at // _MINUTE) * _MINUTE
    finish = -int(-min(end.timestamp(), now.timestamp() + _MINUTE) // _MINUTE) * _MINUTE
    if not start < finish:
        raise InputError(
            "the time must end after it starts", place="--from", advice="write --from T1 --to T2, or --last 1h"
        )
    if finish - start > WINDOW_DAYS * 86_400:
        advice = "write the minutes or hours of the incident"
        raise InputError(
            f"the time is longer than {WINDOW_DAYS} days", place="--last" if last else "--from", advice=advice
        )
    return start, finish


def function_names(written: Sequence[str]) -> tuple[str, ...]:
    """The names of functions, of which ARNs and ``name:alias`` may be written. Raises ``InputError``."""
    found = []
    for text in written:
        name = text.split(":function:")[-1].split(":")[0] if ":" in text else text
        if not FUNCTION_REFERENCE.fits(text) or not FUNCTION.fits(name):
            raise InputError(
                f"{shown(text)} is not {FUNCTION_REFERENCE.what}", place="--function", advice=FUNCTION.rule
            )
        found.append(name)
    names = tuple(dict.fromkeys(found))
    if len(names) > MOST_FUNCTIONS:
        problem = f"{len(names):,} functions are more than {MOST_FUNCTIONS}"
        raise InputError(problem, place="--function", advice="name those that fail, or their --vpc")
    return names


def region_of(functions: Sequence[str]) -> str | None:
    """The Region that ARNs of functions name; None where none does."""
    found = {match[1] for text in functions if (match := re.match(r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):", text))}
    if len(found) > 1:
        raise InputError("functions of several Regions", place="--function", advice="a case holds one Region")
    return next(iter(found), None)


def ids(written: Sequence[str], pattern: Pattern, place: str) -> tuple[str, ...]:
    """Ids of VPCs or NAT gateways. Raises ``InputError``."""
    for text in written:
        if not pattern.fits(text):
            raise InputError(f"{shown(text)} is not {pattern.what}", place=place)
    return tuple(dict.fromkeys(written))
