"""The changes that a plan can make: one file each, with its ``ACTION`` and one pure function.

The function takes a scenario and says what it becomes: ``Step(scenario, change)``. It decides nothing. For an action
that is possible only under a condition, ``ACTION.shape`` in the same file says how far it would go; for the others,
what to change and by how much is the business of ``enis.py`` and ``nat.py``.

To add a conditional action: its file in this folder, its row in ``docs/plan.md``, its test. Nothing else names it:
whoever needs to know something of actions in general asks ``ACTIONS``.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from narrows.plan.actions import Action


def _in_this_folder() -> dict[str, Action]:
    modules = (import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__))
    actions: list[Action] = [module.ACTION for module in modules if hasattr(module, "ACTION")]
    actions.sort(key=lambda action: (action.place, action.id))
    return {action.id: action for action in actions}


ACTIONS = _in_this_folder()
"""Every action by its id, in the order in which they are tried, and taken when several are possible."""

CONDITIONAL = {id: action for id, action in ACTIONS.items() if action.conditional}
"""Actions that are possible only if something holds that nothing in a scenario or case shows. They stand among the
alternatives, and win only where the user has said that they are possible."""
