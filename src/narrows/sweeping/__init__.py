"""Many scenarios of one: every combination of values at some paths, each simulated several times, over all cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.sweeping.result import Sweep as Sweep
    from narrows.sweeping.run import sweep as sweep

_HOME_OF = {"Sweep": "narrows.sweeping.result", "sweep": "narrows.sweeping.run"}

__all__ = list(_HOME_OF)


__getattr__ = loading(__name__, _HOME_OF)
