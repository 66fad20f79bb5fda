"""When some failures began and ended, as far as something that went well before or after shows it, and how many of the
invocations failed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from narrows.case.model import CallerOutcome
from narrows.evidence.accounting import BLUR
from narrows.evidence.facts import Facts
from narrows.evidence.failures import Failures
from narrows.evidence.invocations import NEARLY_ALL, share_of_invocations

_APART = 180
"""Seconds without a failure that say something, where it failed in every minute."""
_PAUSES = 3
"""Times the longest pause between failures that it must be without one, where it did not."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """The time of some failures; minutes are seconds since 1970."""

    first: int
    last: int
    began: bool
    """It went well before the first."""
    over: bool
    """It went well after the last."""
    share: float | None = None
    """Of the invocations of that time that failed, where some did not; the first and the last minute left out."""


def lasting(facts: Facts, failed: Failures, outcomes: Iterable[CallerOutcome], to: str | None) -> Lasting | None:
    """The time of some failures; None where none of them carries a time.

    Args:
        outcomes: what they ended in.
        to: the destination in question, where they are of one.
    """
    minutes = list(failed.by_minute)
    if not minutes:
        return None
    first, last = minutes[0], minutes[-1]
    apart = max(_APART, _PAUSES * max((later - earlier for earlier, later in pairwise(minutes)), default=0))
    well, bad = _by_minute(facts, {one.function for one in failed.counts}, to)
    share = share_of_invocations(facts, *outcomes, destination=to)
    return Lasting(
        first,
        last,
        # Where other invocations failed before or after, the lines that tell of what may not be all.
        began=any(moment + 60 + apart <= first for moment in well) and not any(one < first - BLUR for one in bad),
        over=_ended(well, last, apart) and not any(one > last + BLUR for one in bad),
        share=share.failed / share.of if share is not None and 0 < share.failed < NEARLY_ALL * share.of else None,
    )


def _ended(well: list[int], last: int, apart: int) -> bool:
    after = [moment for moment in well if moment > last]
    return bool(after) and max(after) - last >= apart


def _by_minute(facts: Facts, functions: set[str | None], to: str | None) -> tuple[list[int], set[int]]:
    """Minutes in which connections were established, or invocations ended and none failed; those in which one did."""
    found = set(facts.symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=to))
    mixed = set()
    for one in facts.case.callers.invocations:
        if one.minute >= 0 and (one.function in functions or None in functions):
            if one.failed:
                mixed.add(one.minute)
            elif one.ended:
                found.add(one.minute)
    for name in functions:
        errors = facts.invocation_errors.get(name or "")
        invocations = facts.function_metric("Invocations", name or "", ("Sum",))
        if errors is None or invocations is None:
            continue
        for moment, value in errors.points:
            if value > 0:
                mixed.update(range(moment, moment + errors.period, 60))
            elif (invocations.at(moment) or 0) > 0:
                found.add(moment)
    return sorted(found - mixed), mixed
