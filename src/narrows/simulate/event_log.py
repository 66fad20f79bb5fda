"""Every event of a run, for those who need more than the sums of each second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from narrows.simulate.model import Model
    from narrows.simulate.schedule import Schedule


@dataclass(frozen=True)
class EventLog:
    """What happened, in order."""

    model: Model
    schedule: Schedule
    rows: NDArray[Any]
    """Records of ``records.LOG``: microseconds from the start, a ``Logged``, the connection's record, and a detail. A
    connection's record is used again once it is free: each ``ATTEMPT`` begins another connection."""
