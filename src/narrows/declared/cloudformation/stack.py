"""One stack: what its template declares, with what is nested in it, and what it gives to others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

from narrows.bounds import STACKS_DEEP
from narrows.declared.cloudformation.loops import Loops, has_loops
from narrows.declared.cloudformation.nested import NESTED, local_template
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.parameters import Parameters
from narrows.declared.cloudformation.serverless import is_serverless, translated
from narrows.declared.cloudformation.template import Template, read_template
from narrows.declared.cloudformation.template_scope import TemplateScope
from narrows.declared.cloudformation.types import decisive, is_module, typed
from narrows.declared.cloudformation.values import Inner, final
from narrows.declared.cloudformation.world import World
from narrows.declared.model import Place, Resource, Unknown, Value
from narrows.errors import InputError, one_line, shown

_OF_SAM = "AWS::Serverless::"
_LEFT_OUT = ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle")
"""Resources that nothing runs on; CDK's stands in each of its stacks under the same name."""
_KNOWN_TRANSFORMS = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-")


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
        self.conditional = conditional
        """Why it may not be there at all; empty where it is."""
        self.above = (*above, template.path)
        """The templates that it is nested in, and its own."""
        self.nested_stacks: dict[str, Stack | None] = {}
        self.outputs_open: set[str] = set()
        self.outputs_known: dict[str, Inner] = {}
        root = template.root
        self.scope = self.scoped(root, given, prefix)
        for section in template.malformed():
            self.fault(f"{section.value} is no mapping", section.line)
        for name, node in self.parameters.declared.items():
            if node.get("Type") is None:
                self.fault(f"the parameter {shown(name)} has no Type", node.line)
        if has_loops(root):
            root = Loops(str(template.path), self.scope.value, self.fault).written_out(root)
            self.scope = self.scoped(root, given, prefix)
        self.transforms(root)
        self.is_serverless = is_serverless(root)
        if self.is_serverless:
            translation = translated(root, self.parameters.plain(), self.parameters.region, str(template.path))
            for line, text in translation.faults:
                self.fault(text, line)
            root = translation.root
            self.scope = self.scoped(root, given, prefix)
        outputs = root.get("Outputs")
        self.declared_outputs: Mapping[str, Node] = {} if outputs is None else outputs.mapping

    def scoped(self, root: Node, given: Mapping[str, Inner], prefix: str) -> TemplateScope:
        """What names mean in the template, or in what was made of it."""
        return TemplateScope(self.world, self.template, root, given, prefix, self.nested_output)

    @property
    def parameters(self) -> Parameters:
        """Its parameters."""
        return self.scope.parameters

    @property
    def declared(self) -> Mapping[str, Node]:
        """Its resources, by their logical ids."""
        return self.scope.declared

    def transforms(self, root: Node) -> None:
        """Say which transforms change the template unseen."""
        transform = root.get("Transform")
        if transform is None:
            return
        for entry in transform.items or [transform]:
            name = entry.text or (entry.get("Name") or entry).text or "a macro"
            if not name.startswith(_KNOWN_TRANSFORMS):
                text = f"{one_line(name, 80)} changes the template when it is deployed: what it adds is not seen"
                self.fault(text, entry.line)

    # What there is.

    def resources(self) -> Iterator[Resource]:
        """Everything that the stack declares, with what is nested in it."""
        for name, node in self.declared.items():
            kind = self.type_of(name, node)
            if kind is None or kind in _LEFT_OUT:
                continue
            made = self.scope.is_made(name)
            if made is False:
                self.world.left_out.append(self.left_out(name, kind, node))
                continue
            self.unseen(name, kind, node)
            child = self.child(name)
            if child is not None:
                yield from child.resources()
            else:
                yield self.resource(name, kind, node, made)
        for output, node in self.declared_outputs.items():
            condition = node.get("Condition")
            if condition is None or self.scope.condition(condition.text or "", condition.line) is True:
                self.output(output)

    def type_of(self, name: str, node: Node) -> str | None:
        """The type of a resource; where it has none, that is said, or what stands in its place."""
        kind = node.get("Type")
        if name == "Fn::Transform":
            self.scope.value(Node({name: node}, node.line))
        elif name.startswith("Fn::"):
            self.fault(f"{shown(name)} is no name of a resource: what it gives is not seen", node.line)
        elif kind is not None and kind.text is not None:
            return kind.text
        elif not self.transformed(node):
            self.fault(f"{shown(name)} has no Type", node.line)
        return None

    def transformed(self, node: Node) -> bool:
        """Say which macro changes a resource, if one does."""
        transform = node.get("Fn::Transform")
        if transform is not None:
            self.scope.value(Node({"Fn::Transform": transform}, transform.line))
        return transform is not None

    def unseen(self, name: str, kind: str, node: Node) -> None:
        """Say what cannot be seen of a resource."""
        self.transformed(node)
        condition = node.get("Condition")
        if condition is not None and condition.text is None:
            self.fault(f"the Condition of {shown(name)} is no name of one", condition.line)
        if not kind.startswith("AWS::") and kind.upper().startswith("AWS::"):
            self.fault(f"{shown(kind)} of {shown(name)} is no type: those of AWS begin with 'AWS::'", node.line)
        if is_module(node):
            self.fault(f"{shown(name)} is a module: what it declares is not seen", node.line)
        if kind.startswith(_OF_SAM) and kind not in NESTED and not self.is_serverless:
            needed = "the template needs Transform: AWS::Serverless-2016-10-31"
            self.fault(f"{shown(name)} is SAM's and is not seen: {needed}", node.line)

    def left_out(self, name: str, kind: str, node: Node) -> Resource:
        """A resource that is not made: nothing of it is worked out."""
        properties = node.get("Properties")
        written = {} if properties is None else properties.mapping
        texts = {
            key: text for key, member in written.items() if (text := (member.get("Fn::Sub") or member).text) is not None
        }
        return Resource(kind, f"{self.scope.prefix}{name}", Place(self.template.file, node.line), texts)

    def resource(self, name: str, kind: str, node: Node, made: bool | Unknown) -> Resource:
        """One resource of the stack itself."""
        self.scope.lines = {}
        properties = node.get("Properties")
        with self.scope.conditions.assumed(self.scope.condition_of(node)):
            value = {} if properties is None else self.scope.value(properties, ())
        known = final(value)
        unseen = _included(node, known)
        if isinstance(known, Unknown):
            self.fault(f"the Properties of {shown(name)} are not known: {known.why}", node.line)
        elif not isinstance(known, Mapping):
            self.fault(
                f"the Properties of {shown(name)} are no mapping", node.line if properties is None else properties.line
            )
        known = known if isinstance(known, Mapping) else {}
        if unseen:
            known = {**dict.fromkeys(decisive(kind), Unknown(unseen)), **known}
        lines, self.scope.lines = self.scope.lines, {}
        lines.pop((), None)
        conditional = made.why if isinstance(made, Unknown) else self.conditional
        label = node.get("Metadata", "aws:cdk:path")
        return Resource(
            kind,
            self.scope.prefix + name,
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

    # Stacks within it.

    def nested(self) -> list[Stack]:
        """The stacks that are nested in it and stand in files beside it."""
        return [
            child for name in self.declared if self.scope.is_made(name) is not False and (child := self.child(name))
        ]

    def child(self, name: str) -> Stack | None:
        """The nested stack of a resource, where it is one and its template can be read."""
        if name not in self.nested_stacks:
            self.nested_stacks[name] = None
            node = self.declared[name]
            kind = node.get("Type")
            if kind is not None and kind.text in NESTED:
                self.nested_stacks[name] = self.follow(name, node)
        return self.nested_stacks[name]

    def follow(self, name: str, node: Node) -> Stack | None:
        """Read a nested stack."""
        where = local_template(node, self.template.path)
        if isinstance(where, str):
            self.fault(f"the stack {shown(name)} is not seen: {where}", node.line)
            return None
        if where in self.above or len(self.above) >= STACKS_DEEP:
            why = "it is nested in itself" if where in self.above else f"it is nested more than {STACKS_DEEP} deep"
            self.fault(f"the stack {shown(name)} is not seen: {why}", node.line)
            return None
        try:
            template = read_template(self.world.folder, where)
        except InputError as error:
            place = f"{one_line(str(where.name), 80)}: {error.place}: " if error.place else ""
            self.fault(f"the stack {shown(name)} is not seen: {place}{error.problem}", node.line)
            return None
        made = self.scope.is_made(name)
        with self.scope.conditions.assumed(self.scope.condition_of(node)):
            parameters = node.get("Properties", "Parameters")
            given = {} if parameters is None else self.scope.value(parameters)
        called = f"{self.scope.prefix}{name}"
        own_name = Unknown(f"the name of the stack {one_line(called, 80)} is made with it", f"${{name of {called}}}")
        self.world.stack_names.add(own_name)
        pseudo = {**self.parameters.pseudo_for_nested(), "AWS::StackName": own_name}
        return Stack(
            self.world,
            template,
            {**pseudo, **(given if isinstance(given, Mapping) else {})},
            prefix=f"{self.scope.prefix}{name}/",
            conditional=made.why if isinstance(made, Unknown) else self.conditional,
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
            return Unknown(f"{one_line(self.template.path.name, 80)} has no output {one_line(name, 80)}")
        if name in self.outputs_open:
            return Unknown(f"output {one_line(name, 80)} depends on itself")
        self.outputs_open.add(name)
        given = self.scope.value(value)
        self.outputs_open.discard(name)
        self.outputs_known[name] = given
        return given

    def exports(self) -> Iterator[tuple[str, str]]:
        """The outputs that it exports, each with the name of the export."""
        for name, node in self.declared_outputs.items():
            exported = node.get("Export", "Name")
            if exported is not None and (known := self.world.name_of_export(self.scope.value(exported))) is not None:
                yield name, known

    def nested_output(self, name: str, output: str) -> Inner | None:
        """What a stack that is nested in it gives; None where that was not read."""
        child = self.child(name)
        return None if child is None else child.output(output)

    def fault(self, text: str, line: int) -> None:
        """Something is not understood."""
        self.scope.fault(text, line)


def _included(node: Node, properties: Value) -> str:
    """Why a resource may have properties that are not seen; empty where it has none."""
    if isinstance(properties, Unknown):
        return properties.why
    written = node.get("Properties")
    transformed = "Fn::Transform" in node.mapping or (written is not None and "Fn::Transform" in written.mapping)
    return "Fn::Transform may give it" if transformed else ""


def _label(path: str) -> str:
    """``Stack/Vpc/PublicSubnet1/Subnet`` of CDK's path, without the stack and the last part, which CDK adds."""
    parts = path.split("/")
    if len(parts) > 2 and parts[-1] in ("Resource", "Subnet", "Default"):
        parts = parts[:-1]
    return one_line("/".join(parts[1:] if len(parts) > 1 else parts), 120)
