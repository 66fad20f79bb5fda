"""The functions of Terraform's language on sets."""

from __future__ import annotations

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.functions_lists import MOST_ITEMS, first_open
from narrows.declared.terraform.values import (
    Found,
    WrongError,
    is_same,
    items_of,
    set_of,
)


def toset(of: Found) -> Found:
    return of if isinstance(of, Unknown | Reference) or of is None else set_of(items_of(of))


def set_union(*sets: Found) -> Found:
    return set_of([one for given in sets for one in items_of(given)])


def set_subtract(of: Found, without: Found) -> Found:
    if (unknown := first_open([*items_of(of), *items_of(without)])) is not None:
        return unknown
    gone = items_of(without)
    return set_of([one for one in items_of(of) if not any(is_same(one, other) is True for other in gone)])


def set_intersection(first: Found, *others: Found) -> Found:
    if (unknown := first_open([*items_of(first), *(one for other in others for one in items_of(other))])) is not None:
        return unknown
    kept = [one for one in items_of(first) if all(any(is_same(one, x) is True for x in items_of(o)) for o in others)]
    return set_of(kept)


def set_product(*sets: Found) -> Found:
    found: list[tuple[Found, ...]] = [()]
    for one in sets:
        items = items_of(one)
        if len(found) * len(items) > MOST_ITEMS:
            raise WrongError(f"a list of more than {MOST_ITEMS:,} items")
        found = [(*so_far, item) for so_far in found for item in items]
    return tuple(found)
