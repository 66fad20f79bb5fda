"""The lab: a scenario with real TCP through real kernel tables, on one machine, without root.

Names are loaded when they are first used: the lab's own processes need none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.lab.namespaces import LabError as LabError
    from narrows.lab.options import Options as Options
    from narrows.lab.run import run_lab as run_lab

_HOME_OF = {
    "LabError": "narrows.lab.namespaces",
    "Options": "narrows.lab.options",
    "run_lab": "narrows.lab.run",
}

__all__ = list(_HOME_OF)

__getattr__ = loading(__name__, _HOME_OF)
