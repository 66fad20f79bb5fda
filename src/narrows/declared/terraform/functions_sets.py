"""The functions of Terraform's language on sets."""

from __future__ import annotations

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.functions_lists import MOST_ITEMS
from narrows.declared.terraform.values import (
    Found,
    WrongError,
    first_open,
    is_same,
    items_of,
    set_of,
)


def toset(of: Found) -> Found:
    return of if isinstance(of, Unknown | Reference) or of is None else set_of(items_of(of))


def set_union(*sets: Found) -> Found:
    return set_of([item for given in sets for item in items_of(given)])


def set_subtract(of: Found, without: Found) -> Found:
    if (unknown := first_open([*items_of(of), *items_of(without)])) is not None:
        return unknown
    gone = items_of(without)
    return set_of([item for item in items_of(of) if not any(is_same(item, removed) is True for removed in gone)])


def set_intersection(first: Found, *more: Found) -> Found:
    if (unknown := first_open([*items_of(first), *(item for given in more for item in items_of(given))])) is not None:
        return unknown
    kept = [
        item
        for item in items_of(first)
        if all(any(is_same(item, candidate) is True for candidate in items_of(given)) for given in more)
    ]
    return set_of(kept)


def set_product(*sets: Found) -> Found:
    rows: list[tuple[Found, ...]] = [()]
    for given in sets:
        items = items_of(given)
        if len(rows) * len(items) > MOST_ITEMS:
            raise WrongError(f"a list of more than {MOST_ITEMS:,} items")
        rows = [(*so_far, item) for so_far in rows for item in items]
    return tuple(rows)
