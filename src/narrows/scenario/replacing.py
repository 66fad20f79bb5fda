"""``Scenario.replace``: values changed by the paths that the YAML has, and the whole read again as if it were loaded.

A path is keys and names with dots between them, as an error names a place: ``vpc.nat_gateways.nat-a.addresses``,
``functions.storefront.connections[0].per_environment``. An entry of a list is told by its index, or by what it leads
to (``connections.cache``); ``[*]`` stands for every entry, ``*`` for every name, and ``connections_per_environment``
is short for ``connections[*].per_environment``. A name with dots in it is written as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from narrows.assumptions import Assumptions
from narrows.errors import InputError, nearest, shown
from narrows.printable import printable
from narrows.stated_assumptions import KEY
from narrows.yaml_source import YamlSource, dotted

if TYPE_CHECKING:
    from narrows.scenario.model import Scenario

_Place = tuple[str | int, ...]
_EVERY = "*"
_MOST_PATHS = 2_000
"""Paths that a misspelt one is compared with."""


def replaced(scenario: Scenario, changes: Mapping[str, object], source: YamlSource | None = None) -> Scenario:
    """The scenario with other values at some paths.

    Args:
        source: ``source_of`` it, for who changes it many times.

    Raises:
        InputError: there is no such path, or the scenario would not load so.
        TypeError: a path is no text, or a value is nothing that YAML holds.
    """
    from narrows.scenario.model import build

    source = source or source_of(scenario)
    data = copy.deepcopy(source.data)
    for path, value in changes.items():
        if not isinstance(path, str):
            raise TypeError(f"a path is text such as 'vpc.nat_gateways.nat-a.addresses', not {type(path).__name__}")
        plain = _plain(path, value)
        for place in _places(data, path):
            _set(data, place, plain)
    # No line of a file says what stands here now.
    changed = build(YamlSource(source.file, data, {}), _folder(scenario))
    return replace(changed, file=scenario.file)


def source_of(scenario: Scenario) -> YamlSource:
    """What the scenario was read from, if it still says the same; else as narrows would write it."""
    from narrows.scenario.writing import scenario_data

    written = scenario.written
    if written is not None and _says(written, scenario):
        return written
    return YamlSource(scenario.file or scenario.name, scenario_data(scenario), {})


def _says(written: YamlSource, scenario: Scenario) -> bool:
    """Whether it was not changed by other means since it was read: scaled, planned for, or a trace file is gone."""
    from narrows.scenario.model import build

    try:
        return build(written, _folder(scenario)) == scenario
    except InputError:
        return False


def _folder(scenario: Scenario) -> Path:
    return Path() if scenario.file is None else Path(scenario.file).parent


def _plain(path: str, value: object) -> object:
    """A value as YAML holds it."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, datetime):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(path, one) for key, one in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [_plain(path, one) for one in value]
    item = getattr(value, "item", None)
    if callable(item) and not getattr(value, "shape", ()):
        return _plain(path, item())  # a number of numpy
    raise TypeError(f"{printable(path)}: a number, a text, a list or a dict belongs here, not {type(value).__name__}")


def _places(data: dict[str, Any], path: str) -> Iterator[_Place]:
    """Every place that a path stands for. Raises ``InputError`` where it stands for none."""
    found = list(_walk(data, (), path, path)) if path else []
    if not found:
        _unknown(data, path)
    yield from found


def _walk(here: Any, place: _Place, rest: str, path: str) -> Iterator[_Place]:
    if not rest:
        yield place
    elif isinstance(here, list):
        yield from _walk_list(here, place, rest, path)
    elif isinstance(here, dict) or here is None:
        yield from _walk_keys(here or {}, place, rest, path)


def _walk_keys(here: dict[str, Any], place: _Place, rest: str, path: str) -> Iterator[_Place]:
    known = _known(place)
    # The longest one: names may have dots.
    key = max((one for one in {*here, *known} if _begins(rest, one)), key=len, default=None)
    if key is not None:
        yield from _walk(here.get(key), (*place, key), _after(rest, key), path)
    elif _begins(rest, _EVERY):
        for name in here:
            yield from _walk(here[name], (*place, name), _after(rest, _EVERY), path)
    elif not known and "." not in rest and "[" not in rest and here:
        yield (*place, rest)  # a new one, named by the last part of the path; only a mapping may be put there
    else:
        # connections_per_environment: of each of its connections.
        several = next((one for one in known if rest.startswith(f"{one}_") and isinstance(here.get(one), list)), None)
        if several is not None:
            for index, one in enumerate(here[several]):
                yield from _walk(one, (*place, several, index), rest.removeprefix(f"{several}_"), path)


def _walk_list(here: list[Any], place: _Place, rest: str, path: str) -> Iterator[_Place]:
    inside = rest[1:] if rest.startswith("[") else rest
    first = inside.split("]", 1)[0] if rest.startswith("[") else inside.split(".", 1)[0].split("[", 1)[0]
    if first == _EVERY:
        chosen = list(range(len(here)))
    elif first.removeprefix("-").isdecimal() and len(first) < 10:
        chosen = [index for index in range(len(here)) if int(first) in (index, index - len(here))]
    else:
        named = [(index, one.get("to")) for index, one in enumerate(here) if isinstance(one, dict)]
        begins = _begins if inside is rest else _is_bracketed
        first = max((to for _, to in named if isinstance(to, str) and begins(inside, to)), key=len, default="")
        chosen = [index for index, to in named if first and to == first]
    after = inside.removeprefix(first).removeprefix("]" if rest.startswith("[") else "")
    for index in chosen:
        yield from _walk(here[index], (*place, index), after.removeprefix("."), path)


def _begins(rest: str, key: str) -> bool:
    return rest == key or rest.startswith((f"{key}.", f"{key}["))


def _is_bracketed(inside: str, name: str) -> bool:
    return inside.startswith(f"{name}]")


def _known(place: _Place) -> tuple[str, ...]:
    """The keys that may stand at a place, written or not."""
    from narrows.scenario.errors import known_keys

    return Assumptions.names() if place == (KEY,) else known_keys(place)


def _after(rest: str, key: str) -> str:
    return rest[len(key) :].removeprefix(".")


def _set(data: dict[str, Any], place: _Place, value: object) -> None:
    here: Any = data
    for part in place[:-1]:
        if isinstance(here, dict) and here.get(part) is None:
            here[part] = {}
        here = here[part]
    last = place[-1]
    if isinstance(here, dict) and last not in here and last not in _known(place[:-1]) and not isinstance(value, dict):
        _unknown(data, dotted(place))
    here[last] = value


def _unknown(data: dict[str, Any], path: str) -> NoReturn:
    known = [dotted(place) for place in _all_places(data, ())]
    guess = nearest(path, known)
    advice = (
        f"did you mean {shown(guess, 120)}?" if guess else "paths are those of the YAML, such as " + shown(known[0])
    )
    raise InputError(f"there is no {shown(path, 120)} in the scenario", advice=advice)


def _all_places(here: Any, place: _Place) -> list[_Place]:
    """Every path with a value, and every one that a key may have which is not written; not too many of them."""
    found: list[_Place] = []
    left: list[tuple[Any, _Place]] = [(here, place)]
    while left and len(found) < _MOST_PATHS:
        here, place = left.pop(0)
        if isinstance(here, list):
            left += [(one, (*place, index)) for index, one in enumerate(here)]
        elif isinstance(here, dict):
            left += [(one, (*place, key)) for key, one in here.items()]
            found += [(*place, key) for key in _known(place) if key not in here]
        if place and not isinstance(here, dict):
            found.append(place)
    return found
