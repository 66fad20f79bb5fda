"""Terraform's language in its form of JSON (``*.tf.json``), as CDK for Terraform writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.expression_syntax import of_template
from narrows.errors import InputError

_LABELS = {
    "resource": 2,
    "data": 2,
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "locals": 0,
    "terraform": 0,
}
_Attributes = Mapping[str, ex.Expression]
_Inner = tuple[str, tuple[str, ...], _Attributes]


def blocks_of_json(raw: bytes, file: str) -> Iterator[tuple[str, tuple[str, ...], _Attributes, tuple[_Inner, ...]]]:
    """Each block with its type, its labels, its attributes and the dynamic blocks and settings in it.

    Without the schema of a resource its blocks look like attributes: they come as lists of maps.
    Raises ``InputError`` where the file is no such JSON.
    """
    from narrows.case.reading.aws_json import parse_json

    document = parse_json(raw, file)
    if not isinstance(document, dict):
        raise InputError("is not Terraform's JSON: no object at its top", file=file)
    for type_, below in document.items():
        if type_ not in _LABELS:
            continue
        for labels, body in _labelled(below, _LABELS[type_], ()):
            attributes = {key: _expression(value, 0) for key, value in body.items() if not _apart(type_, key)}
            yield type_, labels, attributes, tuple(_inner(type_, body))


def _labelled(value: Any, depth: int, labels: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            continue
        if depth == 0:
            yield labels, part
            continue
        for key, below in part.items():
            if not key.startswith("//"):
                yield from _labelled(below, depth - 1, (*labels, key))


def _apart(type_: str, key: str) -> bool:
    return key == "//" or (key == "dynamic" and type_ == "resource") or key in ("required_providers", "default_tags")


def _inner(type_: str, body: dict[str, Any]) -> Iterator[_Inner]:
    for key in ("required_providers", "default_tags"):
        for _, settings in _labelled(body.get(key, []), 0, ()):
            yield key, (), {name: _expression(value, 0) for name, value in settings.items()}
    if type_ == "resource":
        for labels, dynamic in _labelled(body.get("dynamic", []), 1, ()):
            yield "dynamic", labels, {name: _expression(value, 0) for name, value in dynamic.items()}


def _expression(value: Any, depth: int) -> ex.Expression:
    if depth > 32:
        return ex.Opaque("nested too deeply")
    if isinstance(value, dict):
        pairs = ((of_template(key), _expression(member, depth + 1)) for key, member in value.items() if key != "//")
        return ex.Members(tuple(pairs))
    if isinstance(value, list):
        return ex.Several(tuple(_expression(item, depth + 1) for item in value))
    if isinstance(value, str):
        return of_template(value)
    return ex.Literal(value)
