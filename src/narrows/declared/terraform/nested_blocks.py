"""The blocks in a block: written out, or made by a dynamic block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.configuration import Body, Inner
from narrows.declared.terraform.evaluate import Names
from narrows.declared.terraform.values import Found, SetOf, why_open

Find = Callable[[ex.Expression, Names], Found]
"""What an expression comes to, with the names that only it has."""


def blocks_of(body: Body, names: Names, kind: str, find: Find) -> Found:
    """The blocks of one kind in a body, dynamic ones among them, as a list of maps."""
    maps: list[Found] = []
    for block in body.blocks:
        if block.type == kind:
            maps.append(_block(block.body, names, 0, find))
        elif block.type == "dynamic" and block.labels == (kind,):
            more = _dynamic(block, names, find)
            if isinstance(more, Unknown):
                return more
            maps += more
    return tuple(maps)


def _block(body: Body, names: Names, depth: int, find: Find) -> Found:
    inner = {name: find(value, names) for name, value in body.attributes.items()}
    kinds = {inside.labels[0] if inside.type == "dynamic" and inside.labels else inside.type for inside in body.blocks}
    if depth > 8:
        return inner
    return inner | {kind: blocks_of(body, names, kind, find) for kind in sorted(kinds)}


def _dynamic(block: Inner, names: Names, find: Find) -> Sequence[Found] | Unknown:
    attributes = block.body.attributes
    over = find(attributes.get("for_each", ex.Opaque("for_each is missing")), names)
    if isinstance(over, Unknown | Reference):
        return why_open(over)
    iterator = attributes.get("iterator")
    name = iterator.name if isinstance(iterator, ex.Name) else block.labels[0]
    content = next((inside.body for inside in block.body.blocks if inside.type == "content"), None)
    maps: list[Found] = []
    pairs: Sequence[tuple[Found, Found]]
    if isinstance(over, Mapping):
        pairs = sorted(over.items())
    elif isinstance(over, SetOf):
        pairs = [(item, item) for item in over]
    elif isinstance(over, tuple | list):
        pairs = list(enumerate(over))
    else:
        return Unknown("for_each of something that is neither a map nor a list")
    for key, value in pairs:
        inner = {**names, name: {"key": key, "value": value}}
        if content is not None:
            maps.append(_block(content, inner, 1, find))
        elif "content" in attributes:
            maps.append(find(attributes["content"], inner))
    return maps
