"""A template of ``cloudformation.py`` as what a reader of templates makes of it."""

from __future__ import annotations

from typing import Any

from narrows.declared.model import Declared, Place, Reference, Resource, Unknown, Value


def as_declared(template: dict[str, Any], source: str = "cloudformation") -> Declared:
    """The resources of a template, whose only functions are ``Ref`` and ``GetAtt``; of others nothing is known."""
    place = Place("template.yaml", 1)
    return Declared(
        source,
        tuple(
            Resource(one["Type"], name, place, {key: _value(value) for key, value in one["Properties"].items()})
            for name, one in template["Resources"].items()
        ),
    )


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return [_value(one) for one in value]
    if not isinstance(value, dict):
        plain: Value = value
        return plain
    if set(value) == {"Ref"}:
        return Reference(value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        name, attribute = value["Fn::GetAtt"]
        return Reference(name, attribute)
    if any(key.startswith("Fn::") for key in value):
        return Unknown(next(iter(value)))
    return {key: _value(one) for key, one in value.items()}
