"""The lab: a scenario with real TCP through real kernel tables, on one machine, without root."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from narrows.lab.namespaces import LabError as LabError
    from narrows.lab.options import Options as Options
    from narrows.lab.run import run_lab as run_lab

__all__ = ["LabError", "Options", "run_lab"]

_HOME_OF = {"LabError": "namespaces", "Options": "options", "run_lab": "run"}


def __getattr__(name: str) -> object:
    """Load a name when it is first used: the lab's own processes need none of them."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
