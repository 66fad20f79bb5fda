"""A plan in the words of its readers: resources by their Name tags, as the diagnosis calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from narrows.network import EniKey
from narrows.plan.model import Option, Plan
from narrows.tables import TableId
from narrows.words import named_in


def in_names(plan: Plan) -> Plan:
    """The plan with names in place of ids wherever people read: not in its networks, which commands are made of."""
    names = plan.names
    if not names:
        return plan
    named: Plan = _with_names(plan, names, "tables", "estimates", "notes", "unknown")
    return replace(
        named,
        best=None if plan.best is None else _option(plan.best, names),
        alternatives=tuple(_option(one, names) for one in plan.alternatives),
    )


def _option(option: Option, names: Mapping[str, str]) -> Option:
    named: Option = _with_names(option, names, "changes", "tables", "quotas", "next_narrows")
    return named


def _with_names(value: Any, names: Mapping[str, str], *fields: str) -> Any:
    """A dataclass with the texts in some of its fields (in all that it has, where none is named) in names."""
    chosen = fields or value.__dataclass_fields__
    changed = {name: _named(getattr(value, name), names) for name in chosen if _can_change(value, name)}
    return replace(value, **changed)


def _can_change(value: Any, name: str) -> bool:
    return bool(value.__dataclass_fields__[name].init)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if type(value) is str:
        return named_in(names, value)
    if isinstance(value, EniKey):
        groups = tuple(names.get(group, group) for group in value.security_groups)
        return EniKey(names.get(value.subnet, value.subnet), groups)
    if isinstance(value, TableId):
        return TableId(*(_named(part, names) for part in value))
    if type(value) is tuple:
        return tuple(_named(part, names) for part in value)
    if hasattr(value, "__dataclass_fields__") and type(value).__module__.startswith(("narrows.plan", "narrows.tables")):
        return _with_names(value, names)
    return value


def names_after(found: Plan, known: Mapping[str, str]) -> Mapping[str, str]:
    """With names for what the plan adds: a copy of ``subnet-1``, known as ``private-a``, is ``private-a-2``."""
    names = dict(known)
    for option in (found.best, *found.alternatives):
        for new in (new for change in (option.changes if option else ()) for new in change.new):
            first, _, last = new.rpartition("-")
            if first in names:
                names.setdefault(new, f"{names[first]}-{last}")
    return names
