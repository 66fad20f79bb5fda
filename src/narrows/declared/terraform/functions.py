"""The functions of Terraform's language that networks are written with; of the others nothing is worked out.

Each is held to the real Terraform by ``tests/unit/declared/test_terraform_expressions.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform import functions_lists as lists
from narrows.declared.terraform import functions_maps as maps
from narrows.declared.terraform import functions_sets as sets
from narrows.declared.terraform import functions_texts as texts
from narrows.declared.terraform.blocks_of_addresses import cidrhost, cidrnetmask, cidrsubnet, cidrsubnets
from narrows.declared.terraform.formats import formatted
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    SENSITIVE,
    Budget,
    Found,
    Lazy,
    Uncounted,
    WrongError,
    items_of,
    members_of,
    numeric,
    short,
    text,
    truth,
    whole,
    why_open,
)


def call(name: str, arguments: Sequence[Found], budget: Budget) -> Found:
    """What a function gives. Raises ``WrongError`` where Terraform would refuse its arguments."""
    open_to_unknown = _OPEN.get(name)
    function = _STRICT.get(name)
    if open_to_unknown is None and function is None:
        return Unknown(f"{name}() is not worked out")
    budget.take(sum(len(argument) for argument in arguments if isinstance(argument, str | Sequence | Mapping)) + 1)
    try:
        if open_to_unknown is not None:
            return open_to_unknown(*arguments)
        assert function is not None
        for argument in arguments:
            if isinstance(argument, Unknown | Reference):
                return why_open(argument)
            if isinstance(argument, Uncounted):
                return Unknown(argument.why)
            if isinstance(argument, Lazy):
                return AFTER_APPLY
        if name == "jsonencode":
            return texts.jsonencode(arguments[0], budget)
        return function(*arguments)
    except TypeError:
        raise WrongError(f"{name}() has other arguments") from None
    except (OverflowError, ValueError, IndexError, RecursionError):
        raise WrongError(f"{name}() cannot be worked out") from None


_OPEN: Final[Mapping[str, Callable[..., Found]]] = {
    "concat": lists.concat,
    "merge": maps.merge,
    "lookup": maps.lookup,
    "element": lists.element,
    "slice": lists.slice_of,
    "coalesce": lists.coalesce,
    "coalescelist": lists.coalescelist,
    "contains": lists.contains,
    "one": lists.only,
    "tolist": lists.tolist,
    "toset": sets.toset,
    "tomap": lists.same,
    "tostring": texts.tostring,
    "sensitive": lambda _: SENSITIVE,
    "nonsensitive": lists.same,
}
"""Those that are worked out although an argument of theirs is not known, as far as it does not matter."""

_STRICT: Final[Mapping[str, Callable[..., Found]]] = {
    "abs": lambda of: abs(numeric(of)),
    "alltrue": lists.all_true,
    "anytrue": lists.any_true,
    "ceil": lambda of: math.ceil(numeric(of)),
    "chunklist": lists.chunklist,
    "cidrhost": lambda *a: cidrhost(text(a[0]), whole(a[1])),
    "cidrnetmask": lambda of: cidrnetmask(text(of)),
    "cidrsubnet": lambda of, more, number: cidrsubnet(text(of), whole(more), whole(number)),
    "cidrsubnets": lambda of, *more: tuple(cidrsubnets(text(of), [whole(bits) for bits in more])),
    "compact": lists.compact,
    "distinct": lists.distinct,
    "endswith": lambda of, end: text(of).endswith(text(end)),
    "flatten": lists.flatten,
    "floor": lambda of: math.floor(numeric(of)),
    "format": lambda spec, *given: short(formatted(text(spec), given)),
    "formatlist": lambda spec, *given: texts.formatlist(text(spec), given),
    "index": lists.index_of,
    "join": texts.join,
    "jsondecode": texts.jsondecode,
    "jsonencode": lists.same,
    "keys": lambda of: tuple(sorted(members_of(of))),
    "length": lists.length,
    "lower": lambda of: text(of).lower(),
    "matchkeys": lists.matchkeys,
    "max": lists.extreme(max),
    "min": lists.extreme(min),
    "parseint": lambda of, base: int(text(of)[:40], whole(base)),
    "range": lists.range_of,
    "regexall": texts.regexall,
    "replace": texts.replace,
    "reverse": lambda of: tuple(reversed(items_of(of))),
    "setintersection": sets.set_intersection,
    "setproduct": sets.set_product,
    "setsubtract": sets.set_subtract,
    "setunion": sets.set_union,
    "sort": lists.sorted_texts,
    "split": texts.split_at,
    "startswith": lambda of, start: text(of).startswith(text(start)),
    "strrev": lambda of: text(of)[::-1],
    "substr": texts.substr,
    "sum": lists.sum_of,
    "title": lambda of: text(of).title(),
    "tobool": lambda of: None if of is None else truth(of),
    "tonumber": lambda of: None if of is None else numeric(of),
    "trim": lambda of, chars: text(of).strip(text(chars)),
    "trimprefix": texts.trim_prefix,
    "trimspace": lambda of: text(of).strip(),
    "trimsuffix": texts.trim_suffix,
    "upper": lambda of: text(of).upper(),
    "values": maps.values_of,
    "zipmap": maps.zipmap,
}
"""Those that are not known where an argument of theirs is not."""
