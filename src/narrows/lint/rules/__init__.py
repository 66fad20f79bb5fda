"""The rules: a file each, with its ``RULE`` and one pure function from a subject to what it finds.

To add one: its file in this folder, its page in ``docs/lint/infrastructure``, its cases in ``tests/unit/lint``.
Nothing else names it.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from narrows.lint.rule import Rule


def _in_this_folder() -> dict[str, Rule]:
    modules = (import_module(f"{__name__}.{file.name}") for file in iter_modules(__path__))
    rules: list[Rule] = [module.RULE for module in modules if hasattr(module, "RULE")]
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}


RULES = _in_this_folder()
"""Every rule by its id."""
