"""What names and functions mean in a template, with values for its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from narrows.declared.cloudformation.conditions import Conditions
from narrows.declared.cloudformation.intrinsics import call, cost_of
from narrows.declared.cloudformation.nodes import Node, intrinsic_of
from narrows.declared.cloudformation.parameters import Parameters
from narrows.declared.cloudformation.template import Template, resources_of
from narrows.declared.cloudformation.types import is_module, same_as_ref, stated_by
from narrows.declared.cloudformation.values import ABSENT, Inner
from narrows.declared.cloudformation.world import World
from narrows.declared.model import Path, Place, Reference, Unknown
from narrows.errors import nearest, one_line, shown

_RESOLVED = "{{resolve:"


class TemplateScope:
    """The scope of one template; everything in it is worked out when it is first asked for."""

    def __init__(
        self,
        world: World,
        template: Template,
        root: Node,
        given: Mapping[str, Inner],
        prefix: str,
        nested_output: Callable[[str, str], Inner | None],
    ) -> None:
        """Make it.

        Args:
            world: what its stack is read with.
            template: as it was read.
            root: the same, or what its loops and SAM made of it.
            given: values of parameters.
            prefix: of the addresses of its resources.
            nested_output: what a nested stack gives, by its logical id and the output; None where it was not read.
        """
        self.world = world
        self.template = template
        self.prefix = prefix
        self.nested_output = nested_output
        self.parameters = Parameters(root.get("Parameters"), given)
        self.conditions = Conditions(self, root.get("Conditions"))
        self.mappings = root.get("Mappings")
        self.declared = resources_of(root)
        """Its resources."""
        self.modules = [name for name, node in self.declared.items() if is_module(node)]
        self.lines: dict[Path, int] = {}
        """Of the values that are worked out with their paths."""
        self.stated_open: set[tuple[str, str]] = set()

    # What there is.

    def is_made(self, name: str) -> bool | Unknown:
        """Whether a resource is made."""
        condition = self.condition_of(self.declared[name])
        return True if condition is None else self.condition(*condition)

    def condition_of(self, node: Node) -> tuple[str, int] | None:
        """The name of a resource's condition, with its line."""
        condition = node.get("Condition")
        return None if condition is None or condition.text is None else (condition.text, condition.line)

    # What functions ask for.

    def value(self, node: Node, path: Path | None = None) -> Inner:
        """Work a value out; its lines are kept where it has a path."""
        self.world.spend(1, str(self.template.path))
        if path is not None:
            self.lines[path] = node.line
        if isinstance(node.value, dict):
            name = intrinsic_of(node)
            if name is None:
                return self.mapping(node.value, path)
            given = call(self, name, node.value[name], path)
            self.world.spend(cost_of(name, given), str(self.template.path))
            # Parameters look for dynamic references themselves, once each.
            return given if name == "Ref" else _resolved(given)
        if isinstance(node.value, list):
            elements: list[Inner] = []
            for element in node.value:
                value = self.value(element, None if path is None else (*path, len(elements)))
                if value is not ABSENT:
                    elements.append(value)
            return elements
        return _resolved(node.value)

    def mapping(self, members: Mapping[str, Node], path: Path | None) -> Inner:
        """Work the members of a mapping out."""
        values: dict[str, Inner] = {}
        for key, member in members.items():
            if key.startswith("Fn::"):
                call(self, key if key == "Fn::Transform" else f"{key} beside other keys", member, None)
                continue
            value = self.value(member, None if path is None else (*path, key))
            if value is not ABSENT:
                values[key] = value
        return values

    def ref(self, name: str, line: int) -> Inner:
        """What ``Ref`` gives."""
        if name == "AWS::NoValue":
            return ABSENT
        parameter = self.parameters.value(name, self.conditions.are_asked)
        if parameter is not None:
            return parameter.value
        return Reference(self.prefix + name) if self.can_be_referred(name, line) else self.nowhere(name)

    def attribute(self, name: str, attribute: str, line: int) -> Inner:
        """What ``Fn::GetAtt`` gives."""
        if not self.can_be_referred(name, line):
            return self.nowhere(name)
        if attribute.startswith("Outputs."):
            output = self.nested_output(name, attribute.removeprefix("Outputs."))
            if output is not None:
                return output
        node = self.declared[name]
        kind = node.get("Type")
        kind_name = "" if kind is None else kind.text or ""
        stated = node.get("Properties", stated_by(kind_name, attribute))
        if stated is not None and (name, attribute) not in self.stated_open:
            self.stated_open.add((name, attribute))
            value = self.value(stated)
            self.stated_open.discard((name, attribute))
            if value is not ABSENT:
                return value
        return Reference(self.prefix + name, "" if same_as_ref(kind_name, attribute) else attribute)

    def can_be_referred(self, name: str, line: int) -> bool:
        """Whether a resource may be there; where not, it is said."""
        if name not in self.declared:
            if self.module_of(name) is None:
                guess = nearest(name, {*self.declared, *self.parameters.names})
                meant = f"; did you mean {shown(guess)}?" if guess else ""
                self.fault(f"{shown(name)} is neither a resource nor a parameter{meant}", line)
            return False
        if self.is_made(name) is False:
            self.fault(f"{shown(name)} is left out by its condition", line)
            return False
        return True

    def nowhere(self, name: str) -> Unknown:
        """The value of what cannot be referred to."""
        module = self.module_of(name)
        called = one_line(name, 80)
        if module is None:
            return Unknown(f"no {called} in the template")
        return Unknown(f"{called} is in the module {one_line(module, 80)}", f"${{{called}}}")

    def module_of(self, name: str) -> str | None:
        """The module that a resource is in: ``Net`` of ``NetVpc`` and ``Net.Vpc``."""
        return next((module for module in self.modules if name.startswith(module) and name != module), None)

    def condition(self, name: str, line: int) -> bool | Unknown:
        """Whether a condition holds."""
        return self.conditions.holds(name, line)

    def test(self, node: Node) -> bool | Unknown:
        """Whether the expression of a condition holds."""
        return self.conditions.test(node)

    def mapped(self, name: str, first: str, second: str) -> Node | None:
        """A value of a mapping."""
        return None if self.mappings is None else self.mappings.get(name, first, second)

    def imported(self, name: Inner) -> Inner:
        """What another stack exports."""
        return self.world.imported(name)

    def output_of(self, stack: str, output: str) -> Inner:
        """What a stack of this name has for an output."""
        return self.world.output_of(stack, output)

    def fault(self, text: str, line: int) -> None:
        """Something is not understood; on line 0 if it is about the whole template."""
        self.world.fault(Place(self.template.file, line or None), text)


def _resolved(value: Inner) -> Inner:
    """A value as it is used: text with a dynamic reference in it is not known before the template is deployed."""
    if isinstance(value, str) and _RESOLVED in value:
        text = one_line(value.replace(_RESOLVED, "${resolve:").replace("}}", "}"), 200)
        return Unknown(f"{one_line(value, 120)} is read when the template is deployed", text)
    return value
