"""The functions of Terraform's language on lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    numeric,
    text,
    truth,
    whole,
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
        if len(found) > MOST_ITEMS:
            raise WrongError(f"a list of more than {MOST_ITEMS:,} items")
    return tuple(found)


def _flat(of: Found, depth: int) -> Iterator[Found]:
    if depth > 16:
        raise WrongError("a list that is nested too deeply")
    for one in items_of(of):
        if is_list(one):
            yield from _flat(one, depth + 1)
        else:
            yield one


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
        return fitting((why,) * min(last - first, MOST_ITEMS + 1)) if 0 <= first <= last else why
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
    return fitting(range(start, end, step))


def tolist(of: Found) -> Found:
    if isinstance(of, Unknown | Reference) or of is None:
        return of
    return tuple(items_of(of))


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


def first_open(items: Sequence[Found]) -> Unknown | None:
    for one in items:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    return None


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
