"""The values of one planned resource: what is known, what refers to another, what nobody may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from narrows.declared.model import Unknown, Value
from narrows.declared.terraform.plan_expressions import Within
from narrows.declared.terraform.references import listed, members
from narrows.declared.terraform.values import AFTER_APPLY, SENSITIVE

_DEEPEST: Final = 24
_NEVER_COMPUTED: Final = frozenset({"vpc_config"})
"""Blocks that the provider never fills by itself: where one is not known, and the plan's configuration does not have
it, a dynamic block makes it."""
_DYNAMIC: Final = object()
"""The expressions of a dynamic block, which the plan's configuration does not have."""


@dataclass(frozen=True, slots=True)
class Known:
    """What goes with a value, in the same shape."""

    unknown: Any
    """``after_unknown``: true where the value is known after apply."""
    sensitive: Any
    """``after_sensitive``: true where it is not to be shown."""
    files: Any
    """What the module's files say of it."""

    def below(self, key: str | int) -> Known:
        """What goes with one of its members."""
        return Known(_below(self.unknown, key), _below(self.sensitive, key), _below(self.files, key))


def value_of(values: Mapping[str, Any], known: Known, of: Within | None) -> dict[str, Value]:
    """The values of a resource. What the provider works out itself, and nobody configured, is not there."""
    names = dict.fromkeys([*values, *members(known.unknown)])
    kept: dict[str, Value] = {}
    for name in names:
        said = None if of is None else of.expression(name)
        if said is None and name in _NEVER_COMPUTED:
            said = _DYNAMIC
        value = _value(values.get(name), known.below(name), of, said, name, 0)
        if value is not None:
            kept[name] = value
    return kept


def _value(value: Any, known: Known, of: Within | None, said: Any, name: str, depth: int) -> Value:
    if depth > _DEEPEST:
        return Unknown("nested too deeply")
    if known.sensitive is True:
        return SENSITIVE
    if known.unknown is True:
        return _after_apply(known, of, said, name)
    if isinstance(value, dict):
        keys = dict.fromkeys([*value, *members(known.unknown)])
        inner = {
            str(key): _value(
                value.get(key), known.below(key), of, _said_below(said, key), _name_below(said, key, name), depth + 1
            )
            for key in keys
        }
        return {key: member for key, member in inner.items() if member is not None}
    if isinstance(value, list):
        return _list(value, known, of, said, name, depth)
    return value if value is None or isinstance(value, str | bool | int | float) else None


def _list(value: list[Any], known: Known, of: Within | None, said: Any, name: str, depth: int) -> Value:
    unknown = listed(known.unknown)
    if value and all(is_unknown is True for is_unknown in unknown) and len(unknown) == len(value):
        if _is_open(known.files) and of is not None:
            return of.several(said, name, len(value))
        return _plain(known.files) if not _is_open(known.files) else AFTER_APPLY
    blocks = _blocks_of(said, value)
    files = known.files if isinstance(known.files, list) and len(known.files) == len(value) else None
    items: list[Value] = []
    for place, item in enumerate(value):
        below = Known(_below(known.unknown, place), _below(known.sensitive, place), _below(files, place))
        inner = _value(item, below, of, blocks[place], name, depth + 1)
        items.append(AFTER_APPLY if inner is None and below.unknown is True else inner)
    return items


def _after_apply(known: Known, of: Within | None, said: Any, name: str) -> Value:
    if not _is_open(known.files):
        return _plain(known.files)
    if of is None or said is _DYNAMIC:
        return AFTER_APPLY
    return None if said is None else of.one(said, name)


def _is_open(value: Any) -> bool:
    """Whether files do not say a value either."""
    if isinstance(value, list | tuple):
        return any(_is_open(item) for item in value)
    return value is None or isinstance(value, Unknown) or value == {}


def _plain(value: Any) -> Value:
    plain: Value = value
    return plain


def _below(value: Any, key: str | int) -> Any:
    """What goes with a member: true of a whole is true of each."""
    if value is True:
        return True
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list | tuple) and isinstance(key, int):
        return value[key] if key < len(value) else None
    return None


def _said_below(said: Any, key: str) -> Any:
    """The expression of a member of a block; of a map that is one expression, that."""
    if said is _DYNAMIC:
        return said
    if isinstance(said, dict) and ("references" in said or "constant_value" in said):
        return said
    return members(said).get(key)


def _name_below(said: Any, key: str, name: str) -> str:
    """The attribute that a member is: that of a block, or the map that it stands in."""
    return (
        name if isinstance(said, dict) and "references" in said and name not in ("route", "ingress", "egress") else key
    )


def _blocks_of(said: Any, values: list[Any]) -> list[Any]:
    """The expressions of each block: those whose constants it has, since the order of a set is not that of a file."""
    if said is None:
        return [_DYNAMIC] * len(values)
    if not isinstance(said, list):
        return [said] * len(values)
    unmatched = list(said)
    matches: list[Any] = []
    for value in values:
        match = next((block for block in unmatched if _agrees(block, value)), _DYNAMIC)
        if match is not _DYNAMIC:
            unmatched.remove(match)
        matches.append(match)
    return matches


def _agrees(block: Any, value: Any) -> bool:
    for key, said in members(block).items():
        constant = members(said).get("constant_value")
        if constant is not None and members(value).get(key) != constant:
            return False
    return True
