"""The functions of Terraform's language on lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.values import (
    Found,
    WrongError,
    decimal,
    first_open,
    first_unknown,
    is_list,
    is_same,
    items_of,
    numeric,
    text,
    truth,
    whole,
    why_open,
)

MOST_ITEMS: Final = 100_000
"""Items of a list that a function makes."""


def fitting(items: Sequence[Found]) -> tuple[Found, ...]:
    """A list as it is. Raises ``WrongError`` where it is longer than what is made."""
    if len(items) > MOST_ITEMS:
        raise WrongError(f"a list of more than {MOST_ITEMS:,} items")
    return tuple(items)


def length(of: Found) -> Found:
    if isinstance(of, str | Mapping | Sequence):
        return len(of)
    raise WrongError("length() of something that has none")


def concat(*lists: Found) -> Found:
    items: list[Found] = []
    for given in lists:
        if isinstance(given, Unknown | Reference):
            return why_open(given)
        items += items_of(given)
    return fitting(items)


def flatten(of: Found) -> Found:
    items: list[Found] = []
    for item in _flat(of, 0):
        if isinstance(item, Unknown):
            return item
        items.append(item)
        if len(items) > MOST_ITEMS:
            raise WrongError(f"a list of more than {MOST_ITEMS:,} items")
    return tuple(items)


def _flat(of: Found, depth: int) -> Iterator[Found]:
    if depth > 16:
        raise WrongError("a list that is nested too deeply")
    for item in items_of(of):
        if is_list(item):
            yield from _flat(item, depth + 1)
        else:
            yield item


def element(of: Found, at: Found) -> Found:
    if (unknown := first_open((of, at))) is not None:
        return unknown
    items = items_of(of)
    if not items:
        raise WrongError("element() of an empty list")
    return items[whole(at) % len(items)]


def slice_of(of: Found, start: Found, end: Found) -> Found:
    if (unknown := first_open((start, end))) is not None:
        return unknown
    first, last = whole(start), whole(end)
    if isinstance(of, Unknown | Reference):
        # Whatever the list holds, its slice has as many as are asked for, or Terraform refuses it.
        why = why_open(of)
        return fitting((why,) * min(last - first, MOST_ITEMS + 1)) if 0 <= first <= last else why
    items = items_of(of)
    if not 0 <= first <= last <= len(items):
        raise WrongError("slice() beyond the ends of a list")
    return tuple(items[first:last])


def coalesce(*values: Found) -> Found:
    for value in values:
        if isinstance(value, Unknown):
            return value
        if value is not None and value != "":
            return value
    raise WrongError("coalesce() has nothing but null")


def coalescelist(*values: Found) -> Found:
    for value in values:
        if isinstance(value, Unknown | Reference):
            return why_open(value)
        if value is not None and items_of(value):
            return value
    raise WrongError("coalescelist() has nothing but empty lists")


def compact(of: Found) -> Found:
    if (unknown := first_unknown(items_of(of))) is not None:
        return unknown
    return tuple(item for item in items_of(of) if item is not None and item != "")


def range_of(*limits: Found) -> Found:
    numbers = [whole(limit) for limit in limits]
    if len(numbers) == 1:
        numbers = [0, numbers[0]]
    start, end = numbers[0], numbers[1]
    step = numbers[2] if len(numbers) > 2 else (1 if start <= end else -1)
    return fitting(range(start, end, step))


def tolist(of: Found) -> Found:
    if isinstance(of, Unknown | Reference) or of is None:
        return of
    return tuple(items_of(of))


def distinct(of: Found) -> Found:
    kept: list[Found] = []
    seen: set[tuple[type, object]] = set()
    for item in items_of(of):
        if isinstance(item, Unknown):
            return item
        if isinstance(item, str | bool | int | float | Reference) or item is None:
            if (type(item), item) not in seen:
                seen.add((type(item), item))
                kept.append(item)
        elif len(kept) < 1000 and not any(is_same(item, earlier) is True for earlier in kept):
            kept.append(item)
    return tuple(kept)


def contains(of: Found, wanted: Found) -> Found:
    if isinstance(of, Unknown | Reference):
        return why_open(of)
    unknown: Found = False
    for item in items_of(of):
        equal = is_same(item, wanted)
        if equal is True:
            return True
        if isinstance(equal, Unknown):
            unknown = equal
    return unknown


def only(of: Found) -> Found:
    if isinstance(of, Unknown | Reference):
        return of
    items = items_of(of)
    if len(items) > 1:
        raise WrongError("one() of a list of several")
    return items[0] if items else None


def index_of(of: Found, wanted: Found) -> Found:
    for place, item in enumerate(items_of(of)):
        equal = is_same(item, wanted)
        if isinstance(equal, Unknown):
            return equal
        if equal:
            return place
    raise WrongError("index() finds no such item")


def chunklist(of: Found, size: Found) -> Found:
    items, step = items_of(of), whole(size)
    if step < 1:
        raise WrongError("chunklist() of chunks without items")
    return tuple(tuple(items[at : at + step]) for at in range(0, len(items), step))


def sorted_texts(of: Found) -> Found:
    items = items_of(of)
    return first_open(items) or tuple(sorted(text(item) for item in items))


def extreme(of: Callable[..., float]) -> Callable[..., Found]:
    return lambda *numbers: of([numeric(number) for number in numbers])


def all_true(of: Found) -> Found:
    return first_open(items_of(of)) or all(truth(item) for item in items_of(of) if item is not None)


def any_true(of: Found) -> Found:
    return first_open(items_of(of)) or any(truth(item) for item in items_of(of) if item is not None)


def sum_of(of: Found) -> Found:
    return first_open(items_of(of)) or float(sum((decimal(numeric(item)) for item in items_of(of)), Decimal(0)))


def matchkeys(values: Found, keys: Found, wanted: Found) -> Found:
    """Keys and what is searched have one type: where any of them is a text, numbers are texts, too."""
    every = [*items_of(keys), *items_of(wanted)]
    if (unknown := first_open(every)) is not None:
        return unknown
    if any(isinstance(item, str) for item in every):
        every = [item if item is None or not _is_plain(item) else text(item) for item in every]
    count = len(items_of(keys))
    pairs = zip(items_of(values), every[:count], strict=True)
    return tuple(value for value, key in pairs if any(is_same(key, sought) is True for sought in every[count:]))


def _is_plain(value: Found) -> bool:
    return isinstance(value, bool | int | float | Decimal)


def same(of: Found) -> Found:
    return of
