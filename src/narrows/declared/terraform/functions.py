"""The functions of Terraform's language that networks are written with; of the others nothing is worked out.

Each is held to the real Terraform by ``tests/unit/declared/test_terraform_functions.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.blocks_of_addresses import cidrhost, cidrnetmask, cidrsubnet, cidrsubnets
from narrows.declared.terraform.formats import formatted
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    Budget,
    Found,
    SetOf,
    Uncounted,
    WrongError,
    decimal,
    first_unknown,
    from_json,
    is_lazy,
    is_list,
    is_same,
    items_of,
    members_of,
    numeric,
    set_of,
    settled,
    short,
    text,
    truth,
    whole,
)

_MOST: Final = 100_000
"""Items of a list that a function makes."""


def call(name: str, arguments: Sequence[Found], budget: Budget) -> Found:
    """What a function gives. Raises ``WrongError`` where Terraform would refuse its arguments."""
    open_to_unknown = _OPEN.get(name)
    function = _STRICT.get(name)
    if open_to_unknown is None and function is None:
        return Unknown(f"{name}() is not worked out")
    budget.take(sum(len(one) for one in arguments if isinstance(one, str | Sequence | Mapping)) + 1)
    try:
        if open_to_unknown is not None:
            return open_to_unknown(*arguments)
        assert function is not None
        for one in arguments:
            if isinstance(one, Unknown | Reference):
                return one if isinstance(one, Unknown) else AFTER_APPLY
            if isinstance(one, Uncounted):
                return Unknown(one.why)
            if is_lazy(one):
                return AFTER_APPLY
        if name == "jsonencode":
            return _jsonencode(arguments[0], budget)
        return function(*arguments)
    except TypeError:
        raise WrongError(f"{name}() has other arguments") from None
    except (OverflowError, ValueError, IndexError, RecursionError):
        raise WrongError(f"{name}() cannot be worked out") from None


def _fits(items: Sequence[Found]) -> tuple[Found, ...]:
    if len(items) > _MOST:
        raise WrongError(f"a list of more than {_MOST:,} items")
    return tuple(items)


def _length(of: Found) -> Found:
    if isinstance(of, str | Mapping | Sequence):
        return len(of)
    raise WrongError("length() of something that has none")


def _concat(*lists: Found) -> Found:
    found: list[Found] = []
    for one in lists:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
        found += items_of(one)
    return _fits(found)


def _flatten(of: Found) -> Found:
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


def _merge(*maps: Found) -> Found:
    found: dict[str, Found] = {}
    for one in maps:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
        found |= members_of(one) if one is not None else {}
    return found


def _lookup(of: Found, key: Found, *otherwise: Found) -> Found:
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


def _element(of: Found, at: Found) -> Found:
    for one in (of, at):
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    items = items_of(of)
    if not items:
        raise WrongError("element() of an empty list")
    return items[whole(at) % len(items)]


def _slice(of: Found, start: Found, end: Found) -> Found:
    for one in (start, end):
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    first, last = whole(start), whole(end)
    if isinstance(of, Unknown | Reference):
        # Whatever the list holds, its slice has as many as are asked for, or Terraform refuses it.
        why = of if isinstance(of, Unknown) else AFTER_APPLY
        return _fits((why,) * min(last - first, _MOST + 1)) if 0 <= first <= last else why
    items = items_of(of)
    if not 0 <= first <= last <= len(items):
        raise WrongError("slice() beyond the ends of a list")
    return tuple(items[first:last])


def _coalesce(*values: Found) -> Found:
    for one in values:
        if isinstance(one, Unknown):
            return one
        if one is not None and one != "":
            return one
    raise WrongError("coalesce() has nothing but null")


def _coalescelist(*values: Found) -> Found:
    for one in values:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
        if one is not None and items_of(one):
            return one
    raise WrongError("coalescelist() has nothing but empty lists")


def _compact(of: Found) -> Found:
    if (unknown := first_unknown(items_of(of))) is not None:
        return unknown
    return tuple(one for one in items_of(of) if one is not None and one != "")


def _join(with_: Found, *lists: Found) -> Found:
    parts = [one for given in lists for one in items_of(given)]
    for one in parts:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    found = [text(one) for one in parts]
    if sum(map(len, found)) + len(found) * len(text(with_)) > 2**24:
        raise WrongError("a text that is too long")
    return short(text(with_).join(found))


def _range(*limits: Found) -> Found:
    numbers = [whole(one) for one in limits]
    if len(numbers) == 1:
        numbers = [0, numbers[0]]
    start, end = numbers[0], numbers[1]
    step = numbers[2] if len(numbers) > 2 else (1 if start <= end else -1)
    return _fits(range(start, end, step)) if len(range(start, end, step)) <= _MOST else _fits((0,) * (_MOST + 1))


def _tolist(of: Found) -> Found:
    if isinstance(of, Unknown | Reference) or of is None:
        return of
    return tuple(items_of(of))


def _toset(of: Found) -> Found:
    return of if isinstance(of, Unknown | Reference) or of is None else set_of(items_of(of))


def _distinct(of: Found) -> Found:
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


def _contains(of: Found, wanted: Found) -> Found:
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


def _one(of: Found) -> Found:
    if isinstance(of, Unknown | Reference):
        return of
    items = items_of(of)
    if len(items) > 1:
        raise WrongError("one() of a list of several")
    return items[0] if items else None


def _zipmap(keys: Found, values: Found) -> Found:
    names, found = items_of(keys), items_of(values)
    if len(names) != len(found):
        raise WrongError("zipmap() of lists of different length")
    if (unknown := _open(names)) is not None:
        return unknown
    return {text(name): one for name, one in zip(names, found, strict=True)}


def _open(items: Sequence[Found]) -> Unknown | None:
    for one in items:
        if isinstance(one, Unknown | Reference):
            return one if isinstance(one, Unknown) else AFTER_APPLY
    return None


def _setunion(*sets: Found) -> Found:
    return set_of([one for given in sets for one in items_of(given)])


def _setsubtract(of: Found, without: Found) -> Found:
    if (unknown := _open([*items_of(of), *items_of(without)])) is not None:
        return unknown
    gone = items_of(without)
    return set_of([one for one in items_of(of) if not any(is_same(one, other) is True for other in gone)])


def _setintersection(first: Found, *others: Found) -> Found:
    if (unknown := _open([*items_of(first), *(one for other in others for one in items_of(other))])) is not None:
        return unknown
    kept = [one for one in items_of(first) if all(any(is_same(one, x) is True for x in items_of(o)) for o in others)]
    return set_of(kept)


def _setproduct(*sets: Found) -> Found:
    found: list[tuple[Found, ...]] = [()]
    for one in sets:
        items = items_of(one)
        if len(found) * len(items) > _MOST:
            raise WrongError(f"a list of more than {_MOST:,} items")
        found = [(*so_far, item) for so_far in found for item in items]
    return tuple(found)


def _index(of: Found, wanted: Found) -> Found:
    for place, one in enumerate(items_of(of)):
        same = is_same(one, wanted)
        if isinstance(same, Unknown):
            return same
        if same:
            return place
    raise WrongError("index() finds no such item")


def _chunklist(of: Found, size: Found) -> Found:
    items, step = items_of(of), whole(size)
    if step < 1:
        raise WrongError("chunklist() of chunks without items")
    return tuple(tuple(items[at : at + step]) for at in range(0, len(items), step))


def _sort(of: Found) -> Found:
    items = items_of(of)
    return _open(items) or tuple(sorted(text(one) for one in items))


def _substr(of: Found, start: Found, length: Found) -> Found:
    whole_text, first, many = text(of), whole(start), whole(length)
    if first < 0:
        first = max(0, len(whole_text) + first)
    return whole_text[first:] if many < 0 else whole_text[first : first + many]


def _replace(of: Found, old: Found, new: Found) -> Found:
    pattern, by = text(old), text(new)
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return Unknown("replace() with a regular expression is not worked out")
    if text(of).count(pattern) * len(by) > 2**24:
        raise WrongError("a text that is too long")
    return short(text(of).replace(pattern, by))


def _extreme(of: Callable[..., float]) -> Callable[..., Found]:
    return lambda *numbers: of([numeric(one) for one in numbers])


def _all_true(of: Found) -> Found:
    return _open(items_of(of)) or all(truth(one) for one in items_of(of) if one is not None)


def _any_true(of: Found) -> Found:
    return _open(items_of(of)) or any(truth(one) for one in items_of(of) if one is not None)


def _sum(of: Found) -> Found:
    return _open(items_of(of)) or float(sum((decimal(numeric(one)) for one in items_of(of)), Decimal(0)))


def _matchkeys(values: Found, keys: Found, wanted: Found) -> Found:
    if (unknown := _open([*items_of(keys), *items_of(wanted)])) is not None:
        return unknown
    both = zip(items_of(values), items_of(keys), strict=True)
    return tuple(one for one, key in both if any(is_same(key, other) is True for other in items_of(wanted)))


def _jsonencode(of: Found, budget: Budget) -> Found:
    found = settled(of, budget)
    try:
        written = json.dumps(found, separators=(",", ":"), sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return AFTER_APPLY
    return short(written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _jsondecode(of: Found) -> Found:
    from narrows.case.reading.aws_json import parse_json
    from narrows.errors import InputError

    try:
        return from_json(parse_json(text(of).encode("utf-8", "replace"), "jsondecode"))
    except InputError:
        raise WrongError("jsondecode() of something that is not JSON") from None


def _same(of: Found) -> Found:
    return of


def _tostring(of: Found) -> Found:
    return of if isinstance(of, Unknown | Reference) or of is None else text(of)


def _values(of: Found) -> Found:
    return tuple(value for _, value in sorted(members_of(of).items()))


def _split(at: Found, of: Found) -> Found:
    separator, found = text(at), text(of)
    if not found:
        return ("",) if separator else ()
    return _fits(found.split(separator) if separator else list(found))


def _trim_prefix(of: Found, prefix: Found) -> Found:
    return text(of).removeprefix(text(prefix))


def _trim_suffix(of: Found, suffix: Found) -> Found:
    return text(of).removesuffix(text(suffix))


_OPEN: Final[Mapping[str, Callable[..., Found]]] = {
    "concat": _concat,
    "merge": _merge,
    "lookup": _lookup,
    "element": _element,
    "slice": _slice,
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "contains": _contains,
    "one": _one,
    "tolist": _tolist,
    "toset": _toset,
    "tomap": _same,
    "tostring": _tostring,
    "sensitive": _same,
    "nonsensitive": _same,
}
"""Those that are worked out although an argument of theirs is not known, as far as it does not matter."""

_STRICT: Final[Mapping[str, Callable[..., Found]]] = {
    "abs": lambda of: abs(numeric(of)),
    "alltrue": _all_true,
    "anytrue": _any_true,
    "ceil": lambda of: math.ceil(numeric(of)),
    "chunklist": _chunklist,
    "cidrhost": lambda *a: cidrhost(text(a[0]), whole(a[1])),
    "cidrnetmask": lambda of: cidrnetmask(text(of)),
    "cidrsubnet": lambda of, more, number: cidrsubnet(text(of), whole(more), whole(number)),
    "cidrsubnets": lambda of, *more: tuple(cidrsubnets(text(of), [whole(one) for one in more])),
    "compact": _compact,
    "distinct": _distinct,
    "endswith": lambda of, end: text(of).endswith(text(end)),
    "flatten": _flatten,
    "floor": lambda of: math.floor(numeric(of)),
    "format": lambda spec, *given: short(formatted(text(spec), given)),
    "formatlist": lambda spec, *given: _formatlist(text(spec), given),
    "index": _index,
    "join": _join,
    "jsondecode": _jsondecode,
    "jsonencode": _same,
    "keys": lambda of: tuple(sorted(members_of(of))),
    "length": _length,
    "lower": lambda of: text(of).lower(),
    "matchkeys": _matchkeys,
    "max": _extreme(max),
    "min": _extreme(min),
    "parseint": lambda of, base: int(text(of)[:40], whole(base)),
    "range": _range,
    "replace": _replace,
    "reverse": lambda of: tuple(reversed(items_of(of))),
    "setintersection": _setintersection,
    "setproduct": _setproduct,
    "setsubtract": _setsubtract,
    "setunion": _setunion,
    "sort": _sort,
    "split": _split,
    "startswith": lambda of, start: text(of).startswith(text(start)),
    "strrev": lambda of: text(of)[::-1],
    "substr": _substr,
    "sum": _sum,
    "title": lambda of: text(of).title(),
    "tobool": lambda of: None if of is None else truth(of),
    "tonumber": lambda of: None if of is None else numeric(of),
    "trim": lambda of, chars: text(of).strip(text(chars)),
    "trimprefix": _trim_prefix,
    "trimspace": lambda of: text(of).strip(),
    "trimsuffix": _trim_suffix,
    "upper": lambda of: text(of).upper(),
    "values": _values,
    "zipmap": _zipmap,
}
"""Those that are not known where an argument of theirs is not."""


def _formatlist(spec: str, given: Sequence[Found]) -> Found:
    many = {len(one) for one in given if isinstance(one, tuple | list | SetOf)}
    if len(many) > 1:
        raise WrongError("formatlist() of lists of different length")
    found: list[Found] = []
    for place in range(many.pop() if many else 1):
        row = [one[place] if isinstance(one, tuple | list) else one for one in given]
        found.append(_open(row) or short(formatted(spec, row)))
    return tuple(found)
