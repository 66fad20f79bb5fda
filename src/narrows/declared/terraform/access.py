"""What is asked of a value: a member by its name, an item by its key."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    Found,
    Lazy,
    SetOf,
    Uncounted,
    WrongError,
    is_list,
    items_of,
    text,
    whole,
)


def member(of: Found, name: str) -> Found:
    """``of.name``."""
    if isinstance(of, Uncounted):
        of = of.one
    if isinstance(of, Unknown):
        return of
    if isinstance(of, Reference):
        return AFTER_APPLY
    if isinstance(of, Mapping):
        if name in of:
            return of[name]
        raise WrongError(f"a map has no {name}")
    if isinstance(of, Lazy):
        return of.get(name)
    if is_list(of):
        # Terraform has names only for maps; `list.0` is an index of old.
        raise WrongError(f"a list has no {name}")
    raise WrongError("a value without members is asked for one")


def item(of: Found, key: Found) -> Found:
    """``of[key]``."""
    if isinstance(of, Uncounted):
        return of.one
    for part in (of, key):
        if isinstance(part, Unknown):
            return part
    if isinstance(of, Reference) or isinstance(key, Reference):
        return AFTER_APPLY
    if isinstance(of, Mapping):
        name = text(key)
        if name in of:
            return of[name]
        raise WrongError("a map has no such key")
    if isinstance(of, SetOf):
        raise WrongError("a set has no index")
    if is_list(of):
        items, at = items_of(of), whole(key)
        if 0 <= at < len(items):
            return items[at]
        raise WrongError(f"a list of {len(items)} has no index {at}")
    if isinstance(of, Lazy):
        return of.get(text(key))
    raise WrongError("a value without items is asked for one")
