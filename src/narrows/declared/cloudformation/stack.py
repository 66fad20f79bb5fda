"""One stack: a template with values for its parameters, worked out as far as they are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from narrows.bounds import STACKS_DEEP
from narrows.declared.cloudformation.conditions import Conditions
from narrows.declared.cloudformation.intrinsics import call, cost_of, intrinsic_of
from narrows.declared.cloudformation.loops import Loops, has_loops
from narrows.declared.cloudformation.nested import local_template
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.parameters import Parameters
from narrows.declared.cloudformation.serverless import is_serverless, translated
from narrows.declared.cloudformation.source import read_nodes
from narrows.declared.cloudformation.types import same_as_ref, stated_by, typed
from narrows.declared.cloudformation.values import ABSENT, Inner, final
from narrows.declared.cloudformation.world import World
from narrows.declared.model import Path, Place, Reference, Resource, Unknown
from narrows.errors import InputError, nearest, one_line, shown

_NESTED = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
_LEFT_OUT = ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle")
"""Resources that nothing runs on; CDK's stands in each of its stacks under the same name."""
_RESOLVED = "{{resolve:"
_KNOWN_TRANSFORMS = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-")


@dataclass(frozen=True)
class Template:
    """A template that was read."""

    path: FilePath
    """To open what it names."""
    file: str
    """As places show it."""
    root: Node


def read_template(world: World, path: FilePath, root: Node | None = None) -> Template:
    """A file as a template.

    Raises:
        InputError: it cannot be read, or is none.
    """
    root = root or read_nodes(world.folder, path)
    resources = root.get("Resources")
    if resources is None:
        other = nearest("Resources", set(root.mapping))
        advice = "a template has the key Resources" if other is None else f"write Resources for {shown(other)}"
        raise InputError("is not a CloudFormation template: it declares no Resources", file=path, advice=advice)
    if not isinstance(resources.value, dict):
        where = f"line {resources.line}"
        raise InputError("Resources is no mapping of logical ids to resources", file=path, place=where)
    return Template(path, world.folder.file(path), root)


class Stack:
    """A template with its parameters; everything of it is worked out when it is first asked for."""

    def __init__(
        self,
        world: World,
        template: Template,
        given: Mapping[str, Inner],
        *,
        prefix: str = "",
        conditional: str = "",
        above: tuple[FilePath, ...] = (),
    ) -> None:
        world.opened(template.file)
        self.world, self.template = world, template
        self.prefix = prefix
        """Of the addresses of its resources."""
        self.conditional = conditional
        self.above = (*above, template.path)
        """The templates that it is nested in, and its own."""
        self.lines: dict[Path, int] = {}
        self.outputs_open: set[str] = set()
        self.stated_open: set[tuple[str, str]] = set()
        self.nested_stacks: dict[str, Stack | None] = {}
        self.outputs_known: dict[str, Inner] = {}
        root = template.root
        self.sections(root, given)
        if has_loops(root):
            root = Loops(str(template.path), self.value, self.fault).written_out(root)
            self.sections(root, given)
        self.transforms(root)
        if is_serverless(root):
            found = translated(root, self.parameters.plain(), self.parameters.region, str(template.path))
            for line, text in found.faults:
                self.fault(text, line)
            self.sections(found.root, given)

    def sections(self, root: Node, given: Mapping[str, Inner]) -> None:
        """Take the parts of a template."""
        self.parameters = Parameters(root.get("Parameters"), given)
        self.conditions = Conditions(self, root.get("Conditions"))
        self.mappings = root.get("Mappings")
        declared = root.get("Resources")
        self.declared = declared.mapping if declared is not None else {}
        outputs = root.get("Outputs")
        self.declared_outputs = outputs.mapping if outputs is not None else {}

    def transforms(self, root: Node) -> None:
        """Say which transforms change the template unseen."""
        transform = root.get("Transform")
        if transform is None:
            return
        for one in transform.items or [transform]:
            name = one.text or (one.get("Name") or one).text or "a macro"
            if not name.startswith(_KNOWN_TRANSFORMS):
                text = f"{one_line(name, 80)} changes the template when it is deployed: what it adds is not seen"
                self.fault(text, one.line)

    # What there is.

    def resources(self) -> Iterator[Resource]:
        """Everything that the stack declares, with what is nested in it."""
        for name, node in self.declared.items():
            kind = node.get("Type")
            if name.startswith("Fn::"):
                self.value(Node({name: node}, node.line))
                continue
            if kind is None or kind.text is None:
                self.fault(f"{shown(name)} has no Type", node.line)
                continue
            there = self.there(name)
            if kind.text in _LEFT_OUT:
                continue
            if there is False:
                self.world.left_out.append(self.left_out(name, kind.text, node))
                continue
            if kind.text.endswith("::MODULE"):
                self.fault(f"{shown(name)} is a module: what it declares is not seen", node.line)
            child = self.child(name)
            if child is not None:
                yield from child.resources()
            else:
                yield self.resource(name, kind.text, node, there)
        for output, node in self.declared_outputs.items():
            condition = node.get("Condition")
            if condition is None or self.condition(condition.text or "", condition.line) is True:
                self.output(output)

    def left_out(self, name: str, kind: str, node: Node) -> Resource:
        """A resource that is not made: nothing of it is worked out."""
        properties = node.get("Properties")
        written = {} if properties is None else properties.mapping
        texts = {key: text for key, one in written.items() if (text := (one.get("Fn::Sub") or one).text) is not None}
        return Resource(kind, f"{self.prefix}{name}", Place(str(self.template.path), node.line), texts)

    def resource(self, name: str, kind: str, node: Node, there: bool | Unknown) -> Resource:
        """One resource of the stack itself."""
        self.lines = {}
        properties = node.get("Properties")
        with self.conditions.assumed(self.condition_of(node)):
            value = {} if properties is None else self.value(properties, ())
        known = final(value)
        if not isinstance(known, Mapping):
            if properties is not None and not isinstance(known, Unknown):
                self.fault(f"the Properties of {shown(name)} are no mapping", properties.line)
            elif isinstance(known, Unknown):
                self.fault(f"the Properties of {shown(name)} are not known: {known.why}", node.line)
            known = {}
        lines, self.lines = self.lines, {}
        lines.pop((), None)
        conditional = there.why if isinstance(there, Unknown) else self.conditional
        label = node.get("Metadata", "aws:cdk:path")
        return Resource(
            kind,
            self.prefix + name,
            Place(self.template.file, node.line),
            typed(kind, known),
            conditional=conditional,
            label="" if label is None or label.text is None else _label(label.text),
            lines=lines,
        )

    def is_kept(self, name: str) -> bool:
        """Whether a logical id is one of a resource that is looked at."""
        kind = self.declared[name].get("Type")
        return kind is not None and kind.text not in _LEFT_OUT

    def there(self, name: str) -> bool | Unknown:
        """Whether a resource is made."""
        condition = self.condition_of(self.declared[name])
        return True if condition is None else self.condition(*condition)

    def condition_of(self, node: Node) -> tuple[str, int] | None:
        """The name of a resource's condition, with its line."""
        condition = node.get("Condition")
        return None if condition is None or condition.text is None else (condition.text, condition.line)

    # Stacks within it.

    def nested(self) -> list[Stack]:
        """The stacks that are nested in it and stand in files beside it."""
        return [child for name in self.declared if self.there(name) is not False and (child := self.child(name))]

    def child(self, name: str) -> Stack | None:
        """The nested stack of a resource, where it is one and its template can be read."""
        if name not in self.nested_stacks:
            self.nested_stacks[name] = None
            node = self.declared[name]
            kind = node.get("Type")
            if kind is not None and kind.text in _NESTED:
                self.nested_stacks[name] = self.follow(name, node)
        return self.nested_stacks[name]

    def follow(self, name: str, node: Node) -> Stack | None:
        """Read a nested stack."""
        found = local_template(node, self.template.path)
        if isinstance(found, str):
            self.fault(f"the stack {shown(name)} is not seen: {found}", node.line)
            return None
        if found in self.above or len(self.above) >= STACKS_DEEP:
            why = "it is nested in itself" if found in self.above else f"it is nested more than {STACKS_DEEP} deep"
            self.fault(f"the stack {shown(name)} is not seen: {why}", node.line)
            return None
        try:
            template = read_template(self.world, found)
        except InputError as error:
            place = f"{one_line(str(found.name), 80)}: {error.place}: " if error.place else ""
            self.fault(f"the stack {shown(name)} is not seen: {place}{error.problem}", node.line)
            return None
        there = self.there(name)
        with self.conditions.assumed(self.condition_of(node)):
            parameters = node.get("Properties", "Parameters")
            given = {} if parameters is None else self.value(parameters)
        called = f"{self.prefix}{name}"
        own_name = Unknown(f"the name of the stack {one_line(called, 80)} is made with it", f"${{name of {called}}}")
        self.world.stack_names.add(own_name)
        pseudo = {**self.parameters.pseudo_for_nested(), "AWS::StackName": own_name}
        return Stack(
            self.world,
            template,
            {**pseudo, **(given if isinstance(given, Mapping) else {})},
            prefix=f"{self.prefix}{name}/",
            conditional=there.why if isinstance(there, Unknown) else self.conditional,
            above=self.above,
        )

    # What it gives.

    def output(self, name: str) -> Inner:
        """The value of an output."""
        if name in self.outputs_known:
            return self.outputs_known[name]
        node = self.declared_outputs.get(name)
        value = None if node is None else node.get("Value")
        if value is None:
            return Unknown(f"no output {one_line(name, 80)}")
        if name in self.outputs_open:
            return Unknown(f"output {one_line(name, 80)} depends on itself")
        self.outputs_open.add(name)
        found = self.value(value)
        self.outputs_open.discard(name)
        self.outputs_known[name] = found
        return found

    def exports(self) -> Iterator[tuple[str, str]]:
        """The outputs that it exports, each with the name of the export."""
        for name, node in self.declared_outputs.items():
            exported = node.get("Export", "Name")
            if exported is not None and (known := self.world.name_of_export(self.value(exported))) is not None:
                yield name, known

    # What functions ask for.

    def value(self, node: Node, path: Path | None = None) -> Inner:
        """Work a value out; its lines are kept where it has a path."""
        self.world.spend(1, str(self.template.path))
        if path is not None:
            self.lines[path] = node.line
        if isinstance(node.value, dict):
            name = intrinsic_of(node)
            if name is not None:
                found_value = call(self, name, node.value[name], path)
                self.world.spend(cost_of(name, found_value), str(self.template.path))
                return found_value
            return self.mapping(node.value, path)
        if isinstance(node.value, list):
            found: list[Inner] = []
            for one in node.value:
                value = self.value(one, None if path is None else (*path, len(found)))
                if value is not ABSENT:
                    found.append(value)
            return found
        if isinstance(node.value, str) and _RESOLVED in node.value:
            return Unknown("a dynamic reference, read when the template is deployed")
        return node.value

    def mapping(self, members: Mapping[str, Node], path: Path | None) -> Inner:
        """Work the members of a mapping out."""
        found: dict[str, Inner] = {}
        for key, one in members.items():
            if key.startswith("Fn::"):
                call(self, key if key == "Fn::Transform" else f"{key} beside other keys", one, None)
                continue
            value = self.value(one, None if path is None else (*path, key))
            if value is not ABSENT:
                found[key] = value
        return found

    def ref(self, name: str, line: int) -> Inner:
        """What ``Ref`` gives."""
        if name == "AWS::NoValue":
            return ABSENT
        found = self.parameters.value(name, self.conditions.are_asked)
        if found is not None:
            return found.value
        if self.can_be_referred(name, line):
            return Reference(self.prefix + name)
        return Unknown(f"no {one_line(name, 80)} in the template")

    def attribute(self, name: str, attribute: str, line: int) -> Inner:
        """What ``Fn::GetAtt`` gives."""
        if not self.can_be_referred(name, line):
            return Unknown(f"no {one_line(name, 80)} in the template")
        child = self.child(name)
        if child is not None and attribute.startswith("Outputs."):
            return child.output(attribute.removeprefix("Outputs."))
        node = self.declared[name]
        kind = node.get("Type")
        kind_name = "" if kind is None else kind.text or ""
        stated = node.get("Properties", stated_by(kind_name, attribute))
        if stated is not None and (name, attribute) not in self.stated_open:
            self.stated_open.add((name, attribute))
            found = self.value(stated)
            self.stated_open.discard((name, attribute))
            if found is not ABSENT:
                return found
        return Reference(self.prefix + name, "" if same_as_ref(kind_name, attribute) else attribute)

    def can_be_referred(self, name: str, line: int) -> bool:
        """Whether a resource may be there; where not, it is said."""
        if name not in self.declared:
            guess = nearest(name, {*self.declared, *self.parameters.names})
            meant = f"; did you mean {shown(guess)}?" if guess else ""
            self.fault(f"{shown(name)} is neither a resource nor a parameter{meant}", line)
            return False
        if self.there(name) is False:
            self.fault(f"{shown(name)} is left out by its condition", line)
            return False
        return True

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

    def fault(self, text: str, line: int) -> None:
        """Something is not understood; on line 0 if it is about the whole template."""
        self.world.fault(Place(self.template.file, line or None), text)


def _label(path: str) -> str:
    """``Stack/Vpc/PublicSubnet1/Subnet`` of CDK's path, without the stack and the last part, which CDK adds."""
    parts = path.split("/")
    if len(parts) > 2 and parts[-1] in ("Resource", "Subnet", "Default"):
        parts = parts[:-1]
    return one_line("/".join(parts[1:] if len(parts) > 1 else parts), 120)
