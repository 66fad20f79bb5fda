"""The functions of Terraform's language on texts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.formats import formatted
from narrows.declared.terraform.functions_lists import fitting
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    Budget,
    Found,
    SetOf,
    WrongError,
    first_open,
    from_json,
    items_of,
    settled,
    short,
    text,
    whole,
)

_PLAIN: Final = re.compile(r"\^?(?:\[\^?[\w.\-]+\]|[\w\- :/]|\\[.d])*[+*]?(?:\{\d\})?(?:[\w\- :/]|\\[.d])*\$?")


def join(with_: Found, *lists: Found) -> Found:
    parts = [part for given in lists for part in items_of(given)]
    if (unknown := first_open(parts)) is not None:
        return unknown
    written = [text(part) for part in parts]
    if sum(map(len, written)) + len(written) * len(text(with_)) > 2**24:
        raise WrongError("a text that is too long")
    return short(text(with_).join(written))


def substr(of: Found, start: Found, length: Found) -> Found:
    whole_text, first, many = text(of), whole(start), whole(length)
    if first < 0:
        first = max(0, len(whole_text) + first)
    return whole_text[first:] if many < 0 else whole_text[first : first + many]


def replace(of: Found, old: Found, new: Found) -> Found:
    pattern, by = text(old), text(new)
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return Unknown("replace() with a regular expression is not worked out")
    if text(of).count(pattern) * len(by) > 2**24:
        raise WrongError("a text that is too long")
    return short(text(of).replace(pattern, by))


def regexall(pattern: Found, of: Found) -> Found:
    """All that a pattern finds; only plain patterns are tried, since others can take for ever."""
    source, searched = text(pattern), text(of)
    if len(source) > 100 or len(searched) > 200 or not _PLAIN.fullmatch(source):
        return Unknown("the regular expression is not worked out")
    return tuple(match[0] for match in re.finditer(source, searched))


def jsonencode(of: Found, budget: Budget) -> Found:
    value = settled(of, budget)
    try:
        written = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return AFTER_APPLY
    return short(written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def jsondecode(of: Found) -> Found:
    from narrows.case.reading.aws_json import parse_json
    from narrows.errors import InputError

    try:
        return from_json(parse_json(text(of).encode("utf-8", "replace"), "jsondecode"))
    except InputError:
        raise WrongError("jsondecode() of something that is not JSON") from None


def tostring(of: Found) -> Found:
    return of if isinstance(of, Unknown | Reference) or of is None else text(of)


def split_at(at: Found, of: Found) -> Found:
    separator, whole_text = text(at), text(of)
    if not whole_text:
        return ("",) if separator else ()
    return fitting(whole_text.split(separator) if separator else list(whole_text))


def trim_prefix(of: Found, prefix: Found) -> Found:
    return text(of).removeprefix(text(prefix))


def trim_suffix(of: Found, suffix: Found) -> Found:
    return text(of).removesuffix(text(suffix))


def formatlist(spec: str, given: Sequence[Found]) -> Found:
    many = {len(argument) for argument in given if isinstance(argument, tuple | list | SetOf)}
    if len(many) > 1:
        raise WrongError("formatlist() of lists of different length")
    texts: list[Found] = []
    for place in range(many.pop() if many else 1):
        row = [argument[place] if isinstance(argument, tuple | list) else argument for argument in given]
        texts.append(first_open(row) or short(formatted(spec, row)))
    return tuple(texts)
