"""Failures that a handler catches: no invocation fails, and yet whoever called it gets no answer worth having."""

from __future__ import annotations

from collections.abc import Callable, Collection

from narrows.case.model import CallerOutcome, Callers, Told
from narrows.evidence.metrics import Reading

_SEVERAL = 5
"""Errors from which on what a function got over is more than a mishap."""
_PART = 0.1
"""Share of the invocations of those minutes that must tell of it as an error."""

Caught = frozenset[tuple[str | None, CallerOutcome]]
"""Functions, and what they fail of again and again without failing themselves."""


def caught(callers: Callers, invocations: Callable[[str], Reading | None]) -> Caught:
    """What so large a part of a function's invocations tells of as an error that it does harm, whatever Errors says.

    Args:
        invocations: the metric ``Invocations`` of a function. Without it the invocations that the log shows count.
    """
    told: dict[tuple[str | None, CallerOutcome], dict[int, int]] = {}
    for one in callers.counts:
        if one.told is Told.ERROR and one.outcome.about.failed:
            minutes = told.setdefault((one.function, one.outcome), {})
            minutes[one.minute] = minutes.get(one.minute, 0) + one.count
    found = set()
    for (function, outcome), minutes in told.items():
        number = sum(minutes.values())
        if number < _SEVERAL:
            continue
        reading = invocations(function or "")
        of = _ended(callers, function, minutes) if reading is None else _invoked(reading, minutes)
        if of and number >= _PART * of:
            found.add((function, outcome))
    return frozenset(found)


def _invoked(reading: Reading, minutes: Collection[int]) -> float:
    """Invocations that began from the first of some minutes to the last."""
    first, last = min(minutes), max(minutes)
    return sum(value for moment, value in reading.points if first < moment + reading.period and moment <= last)


def _ended(callers: Callers, function: str | None, minutes: Collection[int]) -> int:
    first, last = min(minutes), max(minutes)
    return sum(one.ended for one in callers.invocations if one.function == function and first <= one.minute <= last)
