"""The causes, one file each: what speaks for it, what rules it out, what would settle it.

To add a cause: its file in this folder with a ``CAUSE`` in it, its page in ``docs/causes/``, its test. Nothing else
names it: whoever needs to know something of causes in general asks ``CAUSES``.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from narrows.diagnose.cause import Cause
from narrows.network import HopKind


def _in_this_folder() -> dict[str, Cause]:
    modules = (import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__))
    causes: list[Cause] = [module.CAUSE for module in modules]
    causes.sort(key=lambda one: (one.place, one.id))
    return {one.id: one for one in causes}


CAUSES = _in_this_folder()
"""Every cause by its id, in the order in which a connection meets them."""


def cause_title(id: str) -> str:
    """A cause in words; an id that is not known here is shown as it is."""
    return CAUSES[id].title if id in CAUSES else id.replace("-", " ")


def cause_of_full(table: HopKind) -> Cause:
    """The cause that it is when a table of this kind is full. Raises ``KeyError`` for a hop without one."""
    return _OF_TABLES[table]


_OF_TABLES = {one.table: one for one in CAUSES.values() if one.table is not None}
