"""Scenarios out of what is declared. Names are loaded when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.declared.imported.importing import Imported as Imported
    from narrows.declared.imported.importing import import_scenario as import_scenario

_HOME_OF = dict.fromkeys(("Imported", "import_scenario"), "narrows.declared.imported.importing")

__all__ = list(_HOME_OF)

__getattr__ = loading(__name__, _HOME_OF)
