"""Files that ship with the code: the documentation's pages and the examples."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path | None:
    """A file or folder that ships with narrows: inside of an installed package, or in the source tree around it.

    Args:
        name: where it stands in the source tree: ``docs/causes``, ``examples/cases/nat-churn``.

    Returns:
        Where it is here; None where nothing of that name ships.
    """
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return None
    for base in (_PACKAGE, _PACKAGE.parent.parent):
        here = base / name
        if here.exists():
            return here
    return None


def example(name: str) -> Path | None:
    """An example by the name that the documentation calls it: ``examples/scenarios/launch-load-test.yaml``."""
    return shipped(name) if Path(name).parts[:1] == ("examples",) else None
