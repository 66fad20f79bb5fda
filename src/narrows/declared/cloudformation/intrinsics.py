"""Intrinsic functions, worked out as far as what they need is known."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeGuard

from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.values import (
    ABSENT,
    Inner,
    Text,
    Zones,
    final,
    joined,
    split,
    text_of,
    unknown_because,
)
from narrows.declared.model import Path, Reference, Unknown
from narrows.errors import one_line, shown

_HOLES = re.compile(r"\$\{([^}]*)\}")
_MOST_BLOCKS = 256
"""That ``Fn::Cidr`` gives."""
_ZONE_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Scope(Protocol):
    """What functions ask of the stack that they stand in."""

    def value(self, node: Node, path: Path | None = None) -> Inner:
        """Work a value out; its lines are kept where it has a path."""

    def ref(self, name: str, line: int) -> Inner:
        """What ``Ref`` gives."""

    def attribute(self, name: str, attribute: str, line: int) -> Inner:
        """What ``Fn::GetAtt`` gives."""

    def condition(self, name: str, line: int) -> bool | Unknown:
        """Whether a condition holds."""

    def test(self, node: Node) -> bool | Unknown:
        """Whether the expression of a condition holds."""

    def mapped(self, name: str, first: str, second: str) -> Node | None:
        """A value of a mapping."""

    def imported(self, name: Inner) -> Inner:
        """What another stack exports."""

    def output_of(self, stack: str, output: str) -> Inner:
        """What a stack of this name has for an output."""

    def fault(self, text: str, line: int) -> None:
        """Something is not understood."""


def intrinsic_of(node: Node) -> str | None:
    """The function that a mapping is a call of."""
    if isinstance(node.value, dict) and len(node.value) == 1:
        name = next(iter(node.value))
        if name == "Ref" or name.startswith("Fn::"):
            return name
    return None


def call(scope: Scope, name: str, node: Node, path: Path | None) -> Inner:
    """The value of a function.

    Args:
        name: with ``Fn::`` in front.
        node: its argument.
    """
    function = _FUNCTIONS.get(name)
    if function is not None:
        return function(scope, node, path)
    if name in _TESTS:
        return scope.test(Node({name: node}, node.line))
    scope.fault(f"{one_line(name, 60)} is not known here: what it gives is not seen", node.line)
    return Unknown(one_line(name, 60))


def cost_of(name: str, value: Inner) -> int:
    """Steps for what a function gives."""
    if isinstance(value, str):
        return 0 if name == "Ref" else len(value) // 16
    if isinstance(value, Text):
        return len(value.parts) + sum(len(part) for part in value.parts if isinstance(part, str)) // 16
    return len(value) if isinstance(value, list) else 0


def _ref(scope: Scope, node: Node, path: Path | None) -> Inner:
    if node.text is None:
        return _wrong(scope, "Ref", node)
    return scope.ref(node.text, node.line)


def _get_att(scope: Scope, node: Node, path: Path | None) -> Inner:
    if node.text is not None:
        resource, _, attribute = node.text.partition(".")
        return scope.attribute(resource, attribute, node.line)
    parts = [scope.value(one) for one in node.items]
    names = [one for one in parts if isinstance(one, str)]
    if len(names) != len(parts) or len(names) < 2:
        return _wrong(scope, "Fn::GetAtt", node) if len(names) == len(parts) else _first_unknown(parts)
    return scope.attribute(names[0], ".".join(names[1:]), node.line)


def _sub(scope: Scope, node: Node, path: Path | None) -> Inner:
    given: dict[str, Inner] = {}
    template = node
    if node.items:
        template = node.items[0]
        if len(node.items) > 1:
            given = {key: scope.value(one) for key, one in node.items[1].mapping.items()}
    if template.text is None:
        return _wrong(scope, "Fn::Sub", node)
    parts: list[Inner] = []
    end = 0
    for hole in _HOLES.finditer(template.text):
        parts.append(template.text[end : hole.start()])
        end = hole.end()
        name = hole.group(1).strip()
        if name.startswith("!"):
            parts.append(f"${{{name[1:]}}}")
        elif name in given:
            parts.append(given[name])
        elif "." in name:
            resource, _, attribute = name.partition(".")
            parts.append(scope.attribute(resource, attribute, template.line))
        else:
            parts.append(scope.ref(name, template.line))
    return joined([*parts, template.text[end:]])


def _join(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 2:
        return _wrong(scope, "Fn::Join", node)
    delimiter, values = (scope.value(one) for one in node.items)
    if not isinstance(delimiter, str):
        return _first_unknown([delimiter])
    if not _is_list(values):
        return _first_unknown([values])
    found: list[Inner] = []
    for value in values:
        found += [delimiter, value] if found else [value]
    return joined(found)


def _split(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 2:
        return _wrong(scope, "Fn::Split", node)
    delimiter, value = (scope.value(one) for one in node.items)
    if not isinstance(delimiter, str) or not delimiter:
        return _first_unknown([delimiter])
    return split(value, delimiter)


def _select(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 2:
        return _wrong(scope, "Fn::Select", node)
    which, values = (scope.value(one) for one in node.items)
    digits = text_of(which)
    if digits is None:
        return _first_unknown([which])
    place = int(digits) if digits.isdecimal() and len(digits) < 6 else -1
    if isinstance(values, Zones):
        return _zone(scope, values, place, node)
    if isinstance(values, Unknown):
        text = f"{values.text[:-1]}.{place}}}" if values.text.endswith("}") else ""
        return Unknown(f"{values.why}: element {place}", text)
    if not _is_list(values):
        return _first_unknown([values])
    if not 0 <= place < len(values):
        scope.fault(f"Fn::Select takes {shown(digits)} of a list of {len(values)}", node.line)
        return Unknown("Fn::Select takes what is not in the list")
    return values[place]


def _zone(scope: Scope, zones: Zones, place: int, node: Node) -> Inner:
    if not 0 <= place < len(_ZONE_LETTERS):
        return _wrong(scope, "Fn::Select", node)
    if zones.region is None:
        return Unknown("the Region is not known", f"${{AWS::Region}}{_ZONE_LETTERS[place]}")
    scope.fault(
        f"the Availability Zones of {one_line(zones.region, 40)} are taken in alphabetical order: an account may have "
        "others, or not all of them",
        0,
    )
    return zones.region + _ZONE_LETTERS[place]


def _find_in_map(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) not in (3, 4):
        return _wrong(scope, "Fn::FindInMap", node)
    keys = [scope.value(one) for one in node.items[:3]]
    names = [text for one in keys if (text := text_of(one)) is not None]
    if len(names) < 3:
        return _first_unknown(keys)
    found = scope.mapped(*names)
    if found is not None:
        return scope.value(found, path)
    other = node.items[3].get("DefaultValue") if len(node.items) == 4 else None
    if other is not None:
        return scope.value(other, path)
    place = ", ".join(shown(one) for one in names)
    scope.fault(f"Fn::FindInMap finds nothing at {place}", node.line)
    return Unknown("Fn::FindInMap finds nothing")


def _cidr(scope: Scope, node: Node, path: Path | None) -> Inner:
    values = [scope.value(one) for one in node.items]
    texts = [text for one in values if (text := text_of(one)) is not None]
    if len(texts) != len(values) or len(texts) not in (2, 3):
        return _first_unknown(values) if len(values) in (2, 3) else _wrong(scope, "Fn::Cidr", node)
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


def _zones(scope: Scope, node: Node, path: Path | None) -> Inner:
    region = scope.value(node)
    if region == "" or region is ABSENT:
        region = scope.ref("AWS::Region", node.line)
    return Zones(region if isinstance(region, str) else None)


def _if(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 3:
        return _wrong(scope, "Fn::If", node)
    name, yes, no = node.items
    holds = scope.condition(name.text, name.line) if name.text is not None else scope.test(name)
    if not isinstance(holds, Unknown):
        return scope.value(yes if holds else no, path)
    first, second = scope.value(yes), scope.value(no)
    if first == second:
        return first
    names = [_called(first), _called(second)]
    either = " or ".join(name for name in names if name is not None)
    # What depends on the same condition is not the same.
    return Unknown(f"{holds.why} ({either})") if None not in names else holds


def _called(value: Inner) -> str | None:
    """A value in few words; None for one that takes more."""
    if isinstance(value, Reference):
        return one_line(f"{value.address}.{value.attribute}".removesuffix("."), 80)
    if value is ABSENT:
        return "nothing"
    return shown(value) if isinstance(value, str) else None


def _import(scope: Scope, node: Node, path: Path | None) -> Inner:
    return scope.imported(scope.value(node))


def _stack_output(scope: Scope, node: Node, path: Path | None) -> Inner:
    name, output = node.get("StackName"), node.get("OutputName")
    if name is None or output is None:
        return _wrong(scope, "Fn::GetStackOutput", node)
    values = [scope.value(name), scope.value(output)]
    stack, known_output = values
    if not isinstance(stack, str) or not isinstance(known_output, str):
        return _first_unknown(values)
    if node.get("Region") is not None or node.get("RoleArn") is not None:
        called = one_line(f"{stack}.{known_output}", 80)
        return Unknown(f"Fn::GetStackOutput of {called} in another Region or account", f"${{{called}}}")
    return scope.output_of(stack, known_output)


def _base64(scope: Scope, node: Node, path: Path | None) -> Inner:
    value = scope.value(node)
    text = text_of(value)
    return _first_unknown([value]) if text is None else base64.b64encode(text.encode()).decode()


def _length(scope: Scope, node: Node, path: Path | None) -> Inner:
    value = scope.value(node)
    return len(value) if _is_list(value) else _first_unknown([value])


def _json(scope: Scope, node: Node, path: Path | None) -> Inner:
    try:
        return json.dumps(final(scope.value(node)), separators=(",", ":"))
    except TypeError:
        return Unknown("Fn::ToJsonString of what is not known")


def _transform(scope: Scope, node: Node, path: Path | None) -> Inner:
    name = node.get("Name")
    called = one_line(name.text, 60) if name is not None and name.text is not None else "a macro"
    scope.fault(f"{called} runs when the template is deployed: what it gives is not seen", node.line)
    return Unknown(f"Fn::Transform with {called}")


def _is_list(value: Inner) -> TypeGuard[list[Inner]]:
    return isinstance(value, list)


def _first_unknown(values: Sequence[Inner]) -> Unknown:
    """Why a function cannot be worked out."""
    kinds = (Unknown, Text, Reference, Zones)
    return unknown_because(next((one for one in values if isinstance(one, kinds)), None))


def _wrong(scope: Scope, name: str, node: Node) -> Unknown:
    scope.fault(f"{name} is not written as CloudFormation takes it", node.line)
    return Unknown(f"{name} is not written as CloudFormation takes it")


_TESTS = ("Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not")
_FUNCTIONS: Mapping[str, Callable[[Scope, Node, Path | None], Inner]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _zones,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::GetStackOutput": _stack_output,
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _json,
    "Fn::Transform": _transform,
}
