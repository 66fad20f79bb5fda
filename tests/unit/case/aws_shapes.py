"""Checks content against botocore's service models: no unknown member, the right types, known enum values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session

NOT_IN_ENUM = {
    ("InternetGatewayAttachment", "State", "available"),
    ("NetworkInterface", "InterfaceType", "nat_gateway"),
    ("VpcEndpoint", "State", "available"),
    ("VpcEndpoint", "State", "pendingAcceptance"),
}
"""What AWS answers although its own model spells it differently (natGateway, Available, attached)."""


@cache
def service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def output_shape(name: str, operation: str) -> Any:
    return service(name).operation_model(operation).output_shape


def input_member(name: str, operation: str, member: str) -> Any:
    return service(name).operation_model(operation).input_shape.members[member]


def problems(shape: Any, value: Any, place: str = "", owner: str = "", member: str = "") -> Iterator[str]:
    """What is wrong with a value, judged by a botocore shape."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{place}: no object"
            return
        for name in shape.required_members:
            if name not in value:
                yield f"{place}.{name}: missing"
        for name, one in value.items():
            if name not in shape.members:
                yield f"{place}.{name}: unknown member of {shape.name}"
            else:
                yield from problems(shape.members[name], one, f"{place}.{name}", shape.name, name)
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{place}: no list"
            return
        for index, one in enumerate(value):
            yield from problems(shape.member, one, f"{place}[{index}]")
    elif kind == "map":
        for key, one in value.items():
            yield from problems(shape.value, one, f"{place}.{key}")
    elif kind == "timestamp":
        if datetime.fromisoformat(value).tzinfo is None:
            yield f"{place}: a moment without an offset"
    else:
        types: dict[str, type | tuple[type, ...]] = {
            "string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "float": (int, float),
        }  # fmt: skip
        if not isinstance(value, types[kind]) or (kind != "boolean" and isinstance(value, bool)):
            yield f"{place}: {value!r} is not a valid {kind}"
        enum = getattr(shape, "enum", None)
        if enum and value not in enum and (owner, member, value) not in NOT_IN_ENUM:
            yield f"{place}: {value!r} is none of {enum}"
