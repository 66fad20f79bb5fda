"""The functions of Terraform's language on lists, sets and maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    Found,
    WrongError,
    decimal,
    first_unknown,
    is_list,
    is_same,
    items_of,
    members_of,
    numeric,
    set_of,
    text,
    truth,
    whole,
)

_MOST: Final = 100_000
"""Items of a list that a function makes."""


def fitting(items: Sequence[Found]) -> tuple[Found, ...]:
    if len(items) > _MOST:
        raise WrongError(f"a list of more than {_MOST:,} items")
    return tuple(items)


def length(of: Found) -> Found:
    if isinstance(of, str | Mapping | Sequence):
        return len(of)
    raise WrongError("length() of something that has none")


def concat(*lists: Found) -> Found:
    found: list[Found] = []
    for one in lists:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
        found += items_of(one)
    return fitting(found)


def flatten(of: Found) -> Found:
    found: list[Found] = []
    for one in _flat(of, 0):
        if isinstance(one, Unknown):
            return one
        found.append(one)
        if len(found) > _MOST:
            raise WrongError(f"a list of more than {_MOST:,} items")
    return tuple(found)


def _flat(of: Found, depth: int) -> Iterator[Found]:
    if depth > 16:
        raise WrongError("a list that is nested too deeply")
    for one in items_of(of):
        if is_list(one):
            yield from _flat(one, depth + 1)
        else:
            yield one


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


def element(of: Found, at: Found) -> Found:
    for one in (of, at):
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    items = items_of(of)
    if not items:
        raise WrongError("element() of an empty list")
    return items[whole(at) % len(items)]


def slice_of(of: Found, start: Found, end: Found) -> Found:
    for one in (start, end):
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    first, last = whole(start), whole(end)
    if isinstance(of, Unknown | Reference):
        # Whatever the list holds, its slice has as many as are asked for, or Terraform refuses it.
        why = of if isinstance(of, Unknown) else AFTER_APPLY
        return fitting((why,) * min(last - first, _MOST + 1)) if 0 <= first <= last else why
    items = items_of(of)
    if not 0 <= first <= last <= len(items):
        raise WrongError("slice() beyond the ends of a list")
    return tuple(items[first:last])


def coalesce(*values: Found) -> Found:
    for one in values:
        if isinstance(one, Unknown):
            return one
        if one is not None and one != "":
            return one
    raise WrongError("coalesce() has nothing but null")


def coalescelist(*values: Found) -> Found:
    for one in values:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
        if one is not None and items_of(one):
            return one
    raise WrongError("coalescelist() has nothing but empty lists")


def compact(of: Found) -> Found:
    if (unknown := first_unknown(items_of(of))) is not None:
        return unknown
    return tuple(one for one in items_of(of) if one is not None and one != "")


def range_of(*limits: Found) -> Found:
    numbers = [whole(one) for one in limits]
    if len(numbers) == 1:
        numbers = [0, numbers[0]]
    start, end = numbers[0], numbers[1]
    step = numbers[2] if len(numbers) > 2 else (1 if start <= end else -1)
    return fitting(range(start, end, step)) if len(range(start, end, step)) <= _MOST else fitting((0,) * (_MOST + 1))


def tolist(of: Found) -> Found:
    if isinstance(of, Unknown | Reference) or of is None:
        return of
    return tuple(items_of(of))


def toset(of: Found) -> Found:
    return of if isinstance(of, Unknown | Reference) or of is None else set_of(items_of(of))


def distinct(of: Found) -> Found:
    found: list[Found] = []
    seen: set[tuple[type, object]] = set()
    for one in items_of(of):
        if isinstance(one, Unknown):
            return one
        if isinstance(one, str | bool | int | float | Reference) or one is None:
            if (type(one), one) not in seen:
                seen.add((type(one), one))
                found.append(one)
        elif len(found) < 1000 and not any(is_same(one, other) is True for other in found):
            found.append(one)
    return tuple(found)


def contains(of: Found, wanted: Found) -> Found:
    if isinstance(of, Unknown | Reference):
        return of if isinstance(of, Unknown) else AFTER_APPLY
    unknown: Found = False
    for one in items_of(of):
        same = is_same(one, wanted)
        if same is True:
            return True
        if isinstance(same, Unknown):
            unknown = same
    return unknown


def only(of: Found) -> Found:
    if isinstance(of, Unknown | Reference):
        return of
    items = items_of(of)
    if len(items) > 1:
        raise WrongError("one() of a list of several")
    return items[0] if items else None


def zipmap(keys: Found, values: Found) -> Found:
    names, found = items_of(keys), items_of(values)
    if len(names) != len(found):
        raise WrongError("zipmap() of lists of different length")
    if (unknown := first_open(names)) is not None:
        return unknown
    return {text(name): one for name, one in zip(names, found, strict=True)}


def first_open(items: Sequence[Found]) -> Unknown | None:
    for one in items:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    return None


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
        if len(found) * len(items) > _MOST:
            raise WrongError(f"a list of more than {_MOST:,} items")
        found = [(*so_far, item) for so_far in found for item in items]
    return tuple(found)


def index_of(of: Found, wanted: Found) -> Found:
    for place, one in enumerate(items_of(of)):
        same = is_same(one, wanted)
        if isinstance(same, Unknown):
            return same
        if same:
            return place
    raise WrongError("index() finds no such item")


def chunklist(of: Found, size: Found) -> Found:
    items, step = items_of(of), whole(size)
    if step < 1:
        raise WrongError("chunklist() of chunks without items")
    return tuple(tuple(items[at : at + step]) for at in range(0, len(items), step))


def sorted_texts(of: Found) -> Found:
    items = items_of(of)
    return first_open(items) or tuple(sorted(text(one) for one in items))


def extreme(of: Callable[..., float]) -> Callable[..., Found]:
    return lambda *numbers: of([numeric(one) for one in numbers])


def all_true(of: Found) -> Found:
    return first_open(items_of(of)) or all(truth(one) for one in items_of(of) if one is not None)


def any_true(of: Found) -> Found:
    return first_open(items_of(of)) or any(truth(one) for one in items_of(of) if one is not None)


def sum_of(of: Found) -> Found:
    return first_open(items_of(of)) or float(sum((decimal(numeric(one)) for one in items_of(of)), Decimal(0)))


def matchkeys(values: Found, keys: Found, wanted: Found) -> Found:
    """Keys and what is searched have one type: where any of them is a text, numbers are texts, too."""
    every = [*items_of(keys), *items_of(wanted)]
    if (unknown := first_open(every)) is not None:
        return unknown
    if any(isinstance(one, str) for one in every):
        every = [one if one is None or not _is_plain(one) else text(one) for one in every]
    count = len(items_of(keys))
    both = zip(items_of(values), every[:count], strict=True)
    return tuple(one for one, key in both if any(is_same(key, other) is True for other in every[count:]))


def _is_plain(value: Found) -> bool:
    return isinstance(value, bool | int | float | Decimal)


def same(of: Found) -> Found:
    return of


def values_of(of: Found) -> Found:
    return tuple(value for _, value in sorted(members_of(of).items()))
