"""Terraform's resources in its three forms: HCL, JSON syntax, and what ``terraform show -json`` prints of a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from oracles.infrastructure.terraform import Blocks, Expression, Made

_PROVIDER = "registry.terraform.io/hashicorp/aws"
_REGION = "us-east-1"
_IDS = ("id", "arn")


def hcl(resources: list[Made]) -> str:
    """As people write it, in one file."""
    parts = [f'provider "aws" {{\n  region = "{_REGION}"\n}}\n']
    for one in resources:
        body = "".join(f"{line}\n" for line in _body(one.arguments, 1))
        parts.append(f'resource "{one.type}" "{one.name}" {{\n{body}}}\n')
    return "\n".join(parts)


def _body(arguments: Mapping[str, Any], depth: int) -> Iterator[str]:
    space = "  " * depth
    for key, value in arguments.items():
        if isinstance(value, Blocks):
            for block in value.each:
                yield f"{space}{key} {{"
                yield from _body(block, depth + 1)
                yield f"{space}}}"
        else:
            yield f"{space}{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def tf_json(resources: list[Made]) -> str:
    """As a file ``main.tf.json``."""
    found: dict[str, dict[str, Any]] = {}
    for one in resources:
        found.setdefault(one.type, {})[one.name] = _json(one.arguments)
    return json.dumps({"provider": {"aws": {"region": _REGION}}, "resource": found}, indent=2)


def _json(value: Any) -> Any:
    if isinstance(value, Expression):
        return f"${{{value.text}}}"
    if isinstance(value, Blocks):
        return [_json(one) for one in value.each]
    if isinstance(value, Mapping):
        return {key: _json(one) for key, one in value.items()}
    return [_json(one) for one in value] if isinstance(value, list) else value


def plan_json(resources: list[Made]) -> str:
    """As ``terraform show -json`` prints a plan that creates everything: no id is known, each is a reference."""
    planned, changes, configured = [], [], []
    for one in resources:
        head = {"address": one.address, "mode": "managed", "type": one.type, "name": one.name}
        known = {key: found for key, value in one.arguments.items() if (found := _known(value)) is not None}
        unknown: dict[str, Any] = {
            key: found for key, value in one.arguments.items() if (found := _unknown(value)) is not False
        }
        unknown |= dict.fromkeys(_IDS, True)
        planned.append({**head, "provider_name": _PROVIDER, "schema_version": 0, "values": known})
        change = {"actions": ["create"], "before": None, "after": known, "after_unknown": unknown}
        changes.append({**head, "provider_name": _PROVIDER, "change": change})
        expressions = {key: _expression(value) for key, value in one.arguments.items()}
        configured.append({**head, "provider_config_key": "aws", "schema_version": 0, "expressions": expressions})
    provider = {"name": "aws", "full_name": _PROVIDER, "expressions": {"region": {"constant_value": _REGION}}}
    document = {
        "format_version": "1.2",
        "terraform_version": "1.15.5",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"provider_config": {"aws": provider}, "root_module": {"resources": configured}},
    }
    return json.dumps(document)


def _known(value: Any) -> Any:
    """What a plan knows of a value; a set of which one member is not known is not known at all."""
    if isinstance(value, Expression):
        return None
    if isinstance(value, list):
        return None if any(isinstance(one, Expression) for one in value) else value
    if isinstance(value, Blocks):
        return [
            {key: found for key, inner in block.items() if (found := _known(inner)) is not None} for block in value.each
        ]
    return value


def _unknown(value: Any) -> Any:
    if isinstance(value, Expression):
        return True
    if isinstance(value, list):
        return True if any(isinstance(one, Expression) for one in value) else [False for _ in value] or False
    if isinstance(value, Blocks):
        return [
            {key: found for key, inner in block.items() if (found := _unknown(inner)) is not False}
            for block in value.each
        ]
    return False


def _expression(value: Any) -> Any:
    if isinstance(value, Expression):
        return {"references": list(value.references)}
    if isinstance(value, Blocks):
        return [{key: _expression(inner) for key, inner in block.items()} for block in value.each]
    if isinstance(value, list) and any(isinstance(one, Expression) for one in value):
        return {"references": [name for one in value for name in one.references]}
    return {"constant_value": value}
