"""The functions of Terraform's language on maps."""

from __future__ import annotations

from dataclasses import replace

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.values import (
    Found,
    WrongError,
    first_open,
    items_of,
    members_of,
    text,
    why_open,
)


def merge(*maps: Found) -> Found:
    """A map that is not known may change what stands before it, and nothing of what stands after it."""
    members: dict[str, Found] = {}
    unknown: Unknown | None = None
    for given in maps:
        if isinstance(given, Unknown | Reference):
            open_map = why_open(given)
            unknown = unknown or open_map
            members = dict(open_map.members)
        else:
            members |= members_of(given) if given is not None else {}
    if unknown is None:
        return members
    known = tuple((name, value) for name, value in sorted(members.items()) if isinstance(value, str))
    return replace(unknown, text="", members=known)


def lookup(of: Found, key: Found, *otherwise: Found) -> Found:
    if (unknown := first_open((of, key))) is not None:
        return unknown
    members = members_of(of)
    name = text(key)
    if name in members:
        return members[name]
    if otherwise:
        return otherwise[0]
    raise WrongError("lookup() finds no such key")


def zipmap(keys: Found, values: Found) -> Found:
    names, items = items_of(keys), items_of(values)
    if len(names) != len(items):
        raise WrongError("zipmap() of lists of different length")
    if (unknown := first_open(names)) is not None:
        return unknown
    return {text(name): item for name, item in zip(names, items, strict=True)}


def values_of(of: Found) -> Found:
    return tuple(value for _, value in sorted(members_of(of).items()))
