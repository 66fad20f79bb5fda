"""Datapoints as numpy arrays, in order of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from narrows.bounds import EARLIEST_YEAR, LATEST_YEAR
from narrows.case.reading.aws_json import Record
from narrows.case.reading.moments import can_be_meant, epoch_seconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def points(parts: Iterable[Record], times: str, values: str) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """The times and values of parallel lists, over all parts; of two at one time the later one counts.

    With them the number of those that were left out, as their time cannot be meant.

    Raises:
        InputError: the lists have different lengths, or hold no times and numbers.
    """
    found: dict[int, float] = {}
    strange = 0
    for part in parts:
        moments, numbers = part.items(times), part.items(values)
        if len(moments) != len(numbers):
            raise part.error(f"has {len(moments)} {times} and {len(numbers)} {values}")
        for index, (moment, number) in enumerate(zip(moments, numbers, strict=True)):
            seconds, value = _moment(part, times, index, moment), _number(part, values, index, number)
            if seconds is None:
                strange += 1
            else:
                found[seconds] = value
    return *arrays(found), strange


def arrays(found: dict[int, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Datapoints by time as two arrays, in order of time."""
    import numpy as np

    order = sorted(found)
    return np.array(order, np.int64), np.array([found[moment] for moment in order], np.float64)


def left_out(count: int) -> str:
    """What is said of datapoints that were left out."""
    return f"{count:,} datapoints outside the years {EARLIEST_YEAR} to {LATEST_YEAR} passed over"


def moment_of(record: Record, key: str) -> int | None:
    """A time that must be there, in whole seconds since 1970; None where it cannot be meant."""
    return _moment(record, key, None, record.data.get(key))


def _moment(record: Record, key: str, index: int | None, value: Any) -> int | None:
    try:
        seconds = epoch_seconds(value)
    except (ValueError, OverflowError):
        raise record.error(f"{_member(key, index)} is not a valid time") from None
    return int(seconds) if can_be_meant(seconds) else None


def _number(record: Record, key: str, index: int, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
        raise record.error(f"{_member(key, index)} is not a number")
    if value < 0:
        raise record.error(f"{_member(key, index)} is {value:g}: nothing that is counted here is negative")
    return float(value)


def _member(key: str, index: int | None) -> str:
    return key if index is None else f"{key}[{index}]"
