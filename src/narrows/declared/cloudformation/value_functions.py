"""Intrinsic functions over values alone: text, lists and blocks of addresses."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping

from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.scope import Function, Scope, wrong
from narrows.declared.cloudformation.values import Inner, Zones, final, first_unknown, is_list, joined, split, text_of
from narrows.declared.model import Path, Unknown
from narrows.errors import one_line, shown

_MOST_BLOCKS = 256
"""That ``Fn::Cidr`` gives."""
_ZONE_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _join(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 2:
        return wrong(scope, "Fn::Join", node)
    delimiter, values = (scope.value(argument) for argument in node.items)
    if not isinstance(delimiter, str):
        return first_unknown([delimiter])
    if not is_list(values):
        return first_unknown([values])
    parts: list[Inner] = []
    for value in values:
        parts += [delimiter, value] if parts else [value]
    return joined(parts)


def _split(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 2:
        return wrong(scope, "Fn::Split", node)
    delimiter, value = (scope.value(argument) for argument in node.items)
    if not isinstance(delimiter, str) or not delimiter:
        return first_unknown([delimiter])
    return split(value, delimiter)


def _select(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 2:
        return wrong(scope, "Fn::Select", node)
    which, values = (scope.value(argument) for argument in node.items)
    digits = text_of(which)
    if digits is None:
        return first_unknown([which])
    place = int(digits) if digits.isdecimal() and len(digits) < 6 else -1
    if isinstance(values, Zones):
        return _zone(scope, values, place, node)
    if isinstance(values, Unknown):
        text = f"{values.text[:-1]}.{place}}}" if values.text.endswith("}") else ""
        return Unknown(f"{values.why}: element {place}", text)
    if not is_list(values):
        return first_unknown([values])
    if not 0 <= place < len(values):
        scope.fault(f"Fn::Select takes {shown(digits)} of a list of {len(values)}", node.line)
        return Unknown("Fn::Select takes what is not in the list")
    return values[place]


def _zone(scope: Scope, zones: Zones, place: int, node: Node) -> Inner:
    if not 0 <= place < len(_ZONE_LETTERS):
        return wrong(scope, "Fn::Select", node)
    if zones.region is None:
        return Unknown("the Region is not known", f"${{AWS::Region}}{_ZONE_LETTERS[place]}")
    scope.fault(
        f"the Availability Zones of {one_line(zones.region, 40)} are taken in alphabetical order: an account may have "
        "others, or not all of them",
        0,
    )
    return zones.region + _ZONE_LETTERS[place]


def _cidr(scope: Scope, node: Node, path: Path | None) -> Inner:
    values = [scope.value(argument) for argument in node.items]
    texts = [text for value in values if (text := text_of(value)) is not None]
    if len(texts) != len(values) or len(texts) not in (2, 3):
        return first_unknown(values) if len(values) in (2, 3) else wrong(scope, "Fn::Cidr", node)
    try:
        block = ipaddress.ip_network(texts[0], strict=False)
        count = int(texts[1])
        bits = int(texts[2]) if len(texts) == 3 else block.max_prefixlen // 4
        length = block.max_prefixlen - bits
        if not (1 <= count <= _MOST_BLOCKS and block.prefixlen <= length <= block.max_prefixlen and bits >= 0):
            raise ValueError
        if count > 2 ** (length - block.prefixlen):
            raise ValueError
        first = int(block.network_address)
        return [f"{type(block.network_address)(first + place * 2**bits)}/{length}" for place in range(count)]
    except ValueError:
        scope.fault("Fn::Cidr cannot be worked out: the block has no room for them, or is none", node.line)
        return Unknown("Fn::Cidr cannot be worked out")


def _base64(scope: Scope, node: Node, path: Path | None) -> Inner:
    value = scope.value(node)
    text = text_of(value)
    return first_unknown([value]) if text is None else base64.b64encode(text.encode()).decode()


def _length(scope: Scope, node: Node, path: Path | None) -> Inner:
    value = scope.value(node)
    return len(value) if is_list(value) else first_unknown([value])


def _json(scope: Scope, node: Node, path: Path | None) -> Inner:
    try:
        return json.dumps(final(scope.value(node)), separators=(",", ":"))
    except TypeError:
        return Unknown("Fn::ToJsonString of what is not known")


VALUE_FUNCTIONS: Mapping[str, Function] = {
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Cidr": _cidr,
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _json,
}
