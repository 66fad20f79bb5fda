"""What pydantic finds wrong with a scenario, in the scenario's own terms: line, key, problem, advice."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from narrows.errors import InputError, did_you_mean, nearest, shown
from narrows.scenario.fields import WrittenAs
from narrows.scenario.shape import ScenarioPart
from narrows.yaml_source import YamlSource


def known_keys(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that may stand at a place of a scenario."""
    shapes: list[Any] = [ScenarioPart]
    for part in place:
        shapes = [inner for shape in shapes for inner in _inside(shape, part)]
    return tuple(dict.fromkeys(key for shape in shapes for key, _ in _fields(shape)))


def _fields(shape: Any) -> Iterator[tuple[str, FieldInfo]]:
    """The fields of a shape, by key."""
    if isinstance(shape, WrittenAs):
        yield from _fields(shape.form)
    elif isinstance(shape, type) and issubclass(shape, BaseModel):
        yield from ((info.alias or name, info) for name, info in shape.model_fields.items())
    elif getattr(shape, "__origin__", None) is not dict:
        for inner in get_args(shape):
            yield from _fields(inner)


def _inside(shape: Any, part: str | int) -> Iterator[Any]:
    form = shape.form if isinstance(shape, WrittenAs) else shape
    if getattr(form, "__origin__", None) in (dict, list, tuple):
        yield get_args(form)[form.__origin__ is dict]
        return
    for key, info in _fields(form):
        if key == part:
            yield from (info.annotation, *info.metadata)


_NUMBER_FIRST = re.compile(r"\d{1,12}")
_Place = tuple[str | int, ...]
_Found = Mapping[str, Any]
_Said = tuple[str, str | None]
"""A problem, and what to do about it."""


def explain(source: YamlSource, error: ValidationError) -> InputError:
    """The first thing that is wrong."""
    place, found = _innermost(source.data, (), error)
    problem, advice = _said(place, found)
    if found["type"] == "missing":
        place = place[:-1]
    return source.error(place, problem, advice)


def _innermost(data: Any, above: _Place, error: ValidationError) -> tuple[_Place, _Found]:
    """Where in the file the first error is. An error of a part that was validated by itself holds errors of its own."""
    everything = error.errors(include_url=False)
    first = everything[0]
    if first["type"] == "missing":
        # More likely a misspelt key than a missing one.
        unknown = [
            wrong
            for wrong in everything
            if wrong["type"] == "extra_forbidden" and wrong["loc"][:-1] == first["loc"][:-1]
        ]
        first = next((wrong for wrong in unknown if nearest(str(wrong["loc"][-1]), (str(first["loc"][-1]),))), first)
    inside = tuple(_real_place(data, first["loc"]))
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ValidationError):
        return _innermost(_at(data, inside), (*above, *inside), cause)
    return (*above, *inside), first


def _at(data: Any, place: _Place) -> Any:
    for part in place:
        data = data[part]
    return data


def _real_place(data: Any, loc: _Place) -> Iterator[str | int]:
    """The parts of a pydantic location that stand in the file: it also names the members of unions."""
    for index, part in enumerate(loc):
        here = part < len(data) if isinstance(data, list) and isinstance(part, int) else part in _keys_of(data)
        if here:
            data = data[part]
            yield part
        elif index == len(loc) - 1 and (isinstance(data, list) or (isinstance(data, dict) and "[" not in str(part))):
            # What is missing.
            yield part


def _keys_of(data: Any) -> Collection[Any]:
    return data if isinstance(data, dict) else ()


def _said(place: _Place, found: _Found) -> _Said:
    kind = str(found["type"])
    if kind in ("missing", "too_long", "tuple_type") and _is_point(place):
        return "a point is a moment and a value", "such as [90s, 9000]"
    explained = _no_time if kind.startswith("datetime") else _EXPLAINED.get(kind)
    if explained is not None:
        return explained(place, found)
    message = str(found["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if kind != "value_error" and isinstance(found["input"], str | int | float):
        return f"{shown(found['input'])}: {message}", None
    return message, None


def _unknown_key(place: _Place, _: _Found) -> _Said:
    return f"unknown key {shown(place[-1])}", did_you_mean(str(place[-1]), known_keys(place[:-1]), "known here")


def _is_point(place: _Place) -> bool:
    """Whether it is ``points[0]``, or a part of it."""
    return "points" in place[-3:-1] and any(isinstance(part, int) for part in place[-2:])


def _missing(place: _Place, _: _Found) -> _Said:
    return f"{shown(place[-1])} is missing", "add it"


def _no_mapping(place: _Place, found: _Found) -> _Said:
    known = known_keys(place)
    keys = f" ({', '.join(known)})" if known else ""
    advice = "write 'name: ...' lines without dashes" if isinstance(found["input"], list) else None
    return f"{_kind(found)} where keys and values{keys} belong", advice


def _no_list(_: _Place, found: _Found) -> _Said:
    written = found["input"]
    advice = f"write [{written}]" if isinstance(written, str | int) and len(str(written)) < 60 else None
    if isinstance(written, dict):
        advice = "begin each entry with a dash"
    return f"{_kind(found)} where a list belongs", advice


def _kind(found: _Found) -> str:
    written = found["input"]
    if written is None:
        return "nothing"
    if isinstance(written, list | dict):
        return "a list" if isinstance(written, list) else "keys and values"
    return shown(written)


def _no(what: str) -> Callable[[_Place, _Found], _Said]:
    def say(_: _Place, found: _Found) -> _Said:
        return f"{_kind(found)} is not a {what}", _as_number(found["input"])

    return say


def _as_number(written: object) -> str | None:
    """How to write a number that has something behind it, or that is a share."""
    begins = _NUMBER_FIRST.match(written) if isinstance(written, str) else None
    return f"such as {begins[0]}, 90k or 1.5M" if begins else None


def _outside(words: str, bound: str) -> Callable[[_Place, _Found], _Said]:
    def say(_: _Place, found: _Found) -> _Said:
        return f"{shown(found['input'])} is out of range: it must be {words} {found['ctx'][bound]:,.10g}", None

    return say


def _none_of(_: _Place, found: _Found) -> _Said:
    choices = tuple(str(found["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", "))
    return f"{_kind(found)} is none of {', '.join(choices)}", _close(found["input"], choices)


def _close(word: object, choices: tuple[str, ...]) -> str | None:
    guess = nearest(word, choices) if isinstance(word, str) else None
    return f"did you mean {shown(guess)}?" if guess else None


def _no_time(_: _Place, found: _Found) -> _Said:
    return f"{_kind(found)} is not a valid time", "such as 2026-11-20T12:00:00Z"


def _too_short(_place: _Place, _found: _Found) -> _Said:
    return "the list is empty", "write at least one entry"


def _too_long(_: _Place, found: _Found) -> _Said:
    return f"the list has more than {found['ctx']['max_length']:,} entries", None


_EXPLAINED: dict[str, Callable[[_Place, _Found], _Said]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "dict_type": _no_mapping,
    "model_type": _no_mapping,
    "list_type": _no_list,
    "tuple_type": _no_list,
    "frozen_set_type": _no_list,
    "int_type": _no("whole number"),
    "int_parsing": _no("whole number"),
    "int_from_float": _no("whole number"),
    "float_type": _no("number"),
    "float_parsing": _no("number"),
    "finite_number": _no("finite number"),
    "bool_type": lambda _place, found: (f"{_kind(found)} is neither true nor false", None),
    "bool_parsing": lambda _place, found: (f"{_kind(found)} is neither true nor false", None),
    "greater_than": _outside("more than", "gt"),
    "greater_than_equal": _outside("at least", "ge"),
    "less_than": _outside("less than", "lt"),
    "less_than_equal": _outside("at most", "le"),
    "literal_error": _none_of,
    "enum": _none_of,
    "too_short": _too_short,
    "too_long": _too_long,
}
"""By pydantic's name for what is wrong."""
