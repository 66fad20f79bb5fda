"""The functions of Terraform's language on maps."""

from __future__ import annotations

from dataclasses import replace

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.functions_lists import first_open
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    Found,
    WrongError,
    items_of,
    members_of,
    text,
)


def merge(*maps: Found) -> Found:
    """A map that is not known may change what stands before it, and nothing of what stands after it."""
    found: dict[str, Found] = {}
    unknown: Unknown | None = None
    for one in maps:
        if isinstance(one, Unknown | Reference):
            here = one if isinstance(one, Unknown) else AFTER_APPLY
            unknown = unknown or here
            found = dict(here.members)
        else:
            found |= members_of(one) if one is not None else {}
    if unknown is None:
        return found
    known = tuple((name, value) for name, value in sorted(found.items()) if isinstance(value, str))
    return replace(unknown, text="", members=known)


def lookup(of: Found, key: Found, *otherwise: Found) -> Found:
    for one in (of, key):
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    members = members_of(of)
    name = text(key)
    if name in members:
        return members[name]
    if otherwise:
        return otherwise[0]
    raise WrongError("lookup() finds no such key")


def zipmap(keys: Found, values: Found) -> Found:
    names, found = items_of(keys), items_of(values)
    if len(names) != len(found):
        raise WrongError("zipmap() of lists of different length")
    if (unknown := first_open(names)) is not None:
        return unknown
    return {text(name): one for name, one in zip(names, found, strict=True)}


def values_of(of: Found) -> Found:
    return tuple(value for _, value in sorted(members_of(of).items()))
