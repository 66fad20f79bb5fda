"""Intrinsic functions, worked out as far as what they need is known; here those that ask the template."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.scope import Function, Scope, wrong
from narrows.declared.cloudformation.value_functions import VALUE_FUNCTIONS
from narrows.declared.cloudformation.values import ABSENT, Inner, Text, Zones, first_unknown, joined, text_of
from narrows.declared.model import Path, Reference, Unknown
from narrows.errors import one_line, shown

_HOLES = re.compile(r"\$\{([^}]*)\}")


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
        return wrong(scope, "Ref", node)
    return scope.ref(node.text, node.line)


def _get_att(scope: Scope, node: Node, path: Path | None) -> Inner:
    if node.text is not None:
        resource, _, attribute = node.text.partition(".")
        return scope.attribute(resource, attribute, node.line)
    parts = [scope.value(part) for part in node.items]
    names = [part for part in parts if isinstance(part, str)]
    if len(names) != len(parts) or len(names) < 2:
        return wrong(scope, "Fn::GetAtt", node) if len(names) == len(parts) else first_unknown(parts)
    return scope.attribute(names[0], ".".join(names[1:]), node.line)


def _sub(scope: Scope, node: Node, path: Path | None) -> Inner:
    given: dict[str, Inner] = {}
    template = node
    if node.items:
        template = node.items[0]
        if len(node.items) > 1:
            given = {key: scope.value(member) for key, member in node.items[1].mapping.items()}
    if template.text is None:
        return wrong(scope, "Fn::Sub", node)
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


def _find_in_map(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) not in (3, 4):
        return wrong(scope, "Fn::FindInMap", node)
    keys = [scope.value(key) for key in node.items[:3]]
    names = [text for key in keys if (text := text_of(key)) is not None]
    if len(names) < 3:
        return first_unknown(keys)
    mapped = scope.mapped(*names)
    if mapped is not None:
        return scope.value(mapped, path)
    other = node.items[3].get("DefaultValue") if len(node.items) == 4 else None
    if other is not None:
        return scope.value(other, path)
    place = ", ".join(shown(name) for name in names)
    scope.fault(f"Fn::FindInMap finds nothing at {place}", node.line)
    return Unknown("Fn::FindInMap finds nothing")


def _zones(scope: Scope, node: Node, path: Path | None) -> Inner:
    region = scope.value(node)
    if region == "" or region is ABSENT:
        region = scope.ref("AWS::Region", node.line)
    return Zones(region if isinstance(region, str) else None)


def _if(scope: Scope, node: Node, path: Path | None) -> Inner:
    if len(node.items) != 3:
        return wrong(scope, "Fn::If", node)
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
        return wrong(scope, "Fn::GetStackOutput", node)
    values = [scope.value(name), scope.value(output)]
    stack, known_output = values
    if not isinstance(stack, str) or not isinstance(known_output, str):
        return first_unknown(values)
    if node.get("Region") is not None or node.get("RoleArn") is not None:
        called = one_line(f"{stack}.{known_output}", 80)
        return Unknown(f"Fn::GetStackOutput of {called} in another Region or account", f"${{{called}}}")
    return scope.output_of(stack, known_output)


def _transform(scope: Scope, node: Node, path: Path | None) -> Inner:
    name = node.get("Name")
    called = one_line(name.text, 60) if name is not None and name.text is not None else "a macro"
    scope.fault(f"{called} runs when the template is deployed: what it gives is not seen", node.line)
    return Unknown(f"Fn::Transform with {called}")


_TESTS = ("Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not")
_FUNCTIONS: Mapping[str, Function] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::GetStackOutput": _stack_output,
    "Fn::Transform": _transform,
    **VALUE_FUNCTIONS,
}
