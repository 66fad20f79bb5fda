"""The lab: a scenario with real TCP through real kernel tables, on one machine, without root."""

from __future__ import annotations

from importlib import import_module

_HOME_OF = {"Options": "drawing", "run_lab": "run", "LabError": "namespaces"}
__all__ = ["LabError", "Options", "run_lab"]  # noqa: F822


def __getattr__(name: str) -> object:
    """Load a name when it is first used: the lab's own processes need none of them."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
