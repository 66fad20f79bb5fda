"""An instance of a resource as Terraform has it, whoever said so: the form between reading and mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)
    """Of its attributes and blocks: ``("timeout",)``, ``("vpc_config", 0, "subnet_ids")``."""
    default_tags: Value = None
    """The tags that its provider puts on everything."""
    region: str | None = None
    """Where its own argument, its provider or its ARN names one."""


def indexed(address: str, key: str | int | None) -> str:
    """The address of one instance as Terraform prints it: ``aws_subnet.a["x"]``."""
    if key is None:
        return address
    return f"{address}[{key}]" if isinstance(key, int) else f"{address}[{json.dumps(key, ensure_ascii=False)}]"


def without_indices(address: str) -> str:
    """The address of what its blocks declare: ``module.net["a"].aws_subnet.b[0]`` is ``module.net.aws_subnet.b``."""
    return ".".join(word for word, _ in words_of(address))


def words_of(address: str) -> list[tuple[str, str | int | None]]:
    """The words of an address, or of a reference, each with the key behind it."""
    words: list[tuple[str, str | int | None]] = []
    for match in _WORD.finditer(address):
        quoted, number, word = match.groups()
        if word:
            words.append((word, None))
        elif words and quoted is not None:
            words[-1] = (words[-1][0], _unquoted(quoted))
        elif words and number is not None:
            words[-1] = (words[-1][0], int(number))
    return words


_WORD = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d{1,9})\]|([^.\[\]"]+)')


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
