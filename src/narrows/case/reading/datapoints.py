"""Datapoints as numpy arrays, in order of time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from narrows.case.reading.aws_json import Record
from narrows.case.reading.moments import epoch_seconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def points(parts: Iterable[Record], times: str, values: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The moments and values of parallel lists, over all parts; of two at one moment the later one counts.

    Raises:
        InputError: the lists have different lengths, or hold no moments and numbers.
    """
    found: dict[int, float] = {}
    for part in parts:
        moments, numbers = part.items(times), part.items(values)
        if len(moments) != len(numbers):
            raise part.error(f"has {len(moments)} {times} and {len(numbers)} {values}")
        for index, (moment, number) in enumerate(zip(moments, numbers, strict=True)):
            found[_moment(part, f"{times}[{index}]", moment)] = _number(part, f"{values}[{index}]", number)
    return arrays(found)


def arrays(found: dict[int, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Datapoints by moment as two arrays, in order of time."""
    import numpy as np

    order = sorted(found)
    return np.array(order, np.int64), np.array([found[moment] for moment in order], np.float64)


def moment_of(record: Record, key: str) -> int:
    """A moment that must be there, in whole seconds since 1970."""
    return _moment(record, key, record.data.get(key))


def _moment(record: Record, key: str, value: Any) -> int:
    try:
        return int(epoch_seconds(value))
    except (ValueError, OverflowError):
        raise record.error(f"{key} is no moment") from None


def _number(record: Record, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
        raise record.error(f"{key} is no number")
    if value < 0:
        raise record.error(f"{key} is {value:g}: nothing that is counted here is negative")
    return float(value)
