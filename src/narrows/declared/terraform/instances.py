"""An instance of a resource as Terraform has it, whichever of its files said so: the form between reading and mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from narrows.declared.model import Place, Value


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance; names and references are Terraform's."""

    type: str
    """``aws_nat_gateway``."""
    address: str
    place: Place
    values: Mapping[str, Value]
    """By Terraform's names; blocks are lists of maps. References have Terraform's names of attributes."""
    id: str | None = None
    conditional: str = ""
    default_tags: Value = None
    """The tags that its provider puts on everything."""


def indexed(address: str, key: str | int | None) -> str:
    """The address of one instance as Terraform prints it: ``aws_subnet.a["x"]``."""
    if key is None:
        return address
    return f"{address}[{key}]" if isinstance(key, int) else f"{address}[{json.dumps(key, ensure_ascii=False)}]"


def without_indices(address: str) -> str:
    """The address of what its blocks declare: ``module.net["a"].aws_subnet.b[0]`` is ``module.net.aws_subnet.b``."""
    found: list[str] = []
    quoted = escaped = False
    depth = 0
    for char in address:
        if quoted:
            quoted, escaped = escaped or char != '"', char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "[]":
            depth += 1 if char == "[" else -1
        elif depth <= 0:
            found.append(char)
    return "".join(found)
