"""What every change shares: the templates, the finder, what is left to do, copies of what is there."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import count, takewhile

from narrows.errors import InputError, one_line
from narrows.patch.cloudformation.finding import Finder
from narrows.patch.cloudformation.folder import Folder, carried
from narrows.patch.cloudformation.nodes import Json
from narrows.patch.cloudformation.templates import Found, Object, Template
from narrows.patch.model import ToDo
from narrows.plan.edits import ChangeEdits, Edit, NewSubnet, Rerouted
from narrows.plan.model import Plan

MODULE = "narrows.yaml"
"""The template that a patch adds, for what no template declares."""
_DESCRIPTION = "What a plan of narrows adds to a network that no template here declares"
_AWS_ID = re.compile(r"(vpc|subnet|nat|sg|rtb|eipalloc)-[0-9a-f]{8,17}$")
_AZ_NAME = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]$")
_AZ_ID = re.compile(r"[a-z]{3,4}\d+-az\d+$")


class Making:
    """The state of a patch while it is made."""

    def __init__(self, plan: Plan, folder: Folder, ids: Mapping[str, str], changes: tuple[ChangeEdits, ...]) -> None:
        self.plan, self.folder, self.changes = plan, folder, changes
        self.finder = Finder(plan, folder, ids)
        self.todo: list[ToDo] = []
        self.risks: list[str] = []
        self.outputs: list[str] = []
        self.tables: dict[tuple[Found | None, str], Found] = {}
        """The new route table that leads to a NAT gateway, by the table of today (None: undeclared) and the gateway."""
        self.before: dict[Found, Found | None] = {}
        """The route table of each subnet that was moved to another one."""
        self.first: dict[Found, str] = {}
        """The default route of each new route table: whoever uses the table waits for it."""
        self.routes: dict[Found, str] = {}
        """The association of each new subnet with its route table: functions wait for it."""
        self.ipv6: dict[Found, str] = {}
        """The IPv6 block of each subnet that gets one: a dual-stack function waits for it."""
        self.kept: dict[Found, None] = {}
        """What an earlier patch of the plan made: it is used as it is."""
        self._module: Template | None = None
        self._given: dict[tuple[str, str], Json] = {}
        self._zones: dict[tuple[str, str], Json] = {}

    def edits(self) -> Iterator[Edit]:
        """Every edit of the plan."""
        return (edit for change in self.changes for edit in change.edits)

    def moved_to(self, gateway: str) -> list[str]:
        """The subnets of today that a NAT gateway takes over."""
        return [edit.subnet for edit in self.edits() if isinstance(edit, Rerouted) and edit.after == gateway]

    def table_today(self, subnet: Found) -> Found | None:
        """The route table of a subnet before the patch."""
        return self.before[subnet] if subnet in self.before else self.finder.table_of(subnet)

    def new_subnets(self) -> list[NewSubnet]:
        """The subnets that are added."""
        return [edit for edit in self.edits() if isinstance(edit, NewSubnet)]

    def ask(self, text: str, place: str = "") -> None:
        """Leave something to do, once."""
        todo = ToDo(text, place)
        if todo not in self.todo:
            self.todo.append(todo)

    def risk(self, text: str) -> None:
        """Say what may happen, once."""
        if text not in self.risks:
            self.risks.append(text)

    def keep(self, resource: Found) -> None:
        """Take what an earlier patch made in the place of another one like it."""
        self.kept[resource] = None

    # The added template.

    @property
    def module(self) -> Template:
        """The added template: for what no template of the user's declares."""
        if self._module is None:
            path = next(path for path in _module_paths() if not (self.folder.root / path).exists())
            value: Object = {"AWSTemplateFormatVersion": "2010-09-09", "Description": _DESCRIPTION}
            self._module = Template(path, None, None, value)
        return self._module

    @property
    def made_module(self) -> Template | None:
        """The added template, where something needed it."""
        return self._module

    @cached_property
    def earlier_modules(self) -> list[Template]:
        """The templates that earlier patches added here."""
        paths = list(takewhile(lambda path: (self.folder.root / path).exists(), _module_paths()))
        return [template for template in self.folder.named(paths) if template.value.get("Description") == _DESCRIPTION]

    def earlier_module(self) -> Template | None:
        """The template of an earlier patch that declares all that this one's declares.

        Raises:
            InputError: one declares only some of it: it is of an earlier plan.
        """
        wanted = {} if self._module is None else self._module.resources
        for template in self.earlier_modules if wanted else ():
            declared = template.resources
            present = [
                name for name, resource in wanted.items() if declared.get(name, {}).get("Type") == resource["Type"]
            ]
            if len(present) == len(wanted):
                return template
            if present:
                raise InputError(
                    f"declares some of what the plan adds ({present[0]}), and not all",
                    file=self.folder.root / template.path,
                    advice="it is of an earlier plan: import the network as it is now and plan again",
                )
        return None

    def given(self, what: str, name: str, kind: str = "String", text: str = "") -> Json:
        """A parameter of the added template, with the id as its default where the plan knows it."""
        key = what, name
        if key not in self._given:
            known = name if _AWS_ID.match(name) and what in ("id", "") else None
            base = name if what in ("id", "") else f"{what} of {name}"
            shown = one_line(self.plan.names.get(name, name), 60)
            text = text or f"The id of {shown}" if what in ("id", "") else f"{what} of {shown}"
            self._given[key] = self.module.parameter(base, kind, text, known)
            if known is None:
                self.ask(f"say what {self.named(self._given[key])} is: {text[0].lower()}{text[1:]}", self.module.path)
        return self._given[key]

    @staticmethod
    def named(reference: Json) -> str:
        """The name of the parameter that a reference refers to."""
        return str(reference.get("Ref")) if isinstance(reference, dict) else ""

    def speak_of(self, path: str) -> None:
        """Say what is to do in the added template of an earlier one instead, which is there in its place."""
        if self._module is not None:
            unwritten = self._module.path
            self.todo = [
                ToDo(todo.text.replace(unwritten, path), path if todo.place == unwritten else todo.place)
                for todo in self.todo
            ]

    # Copies.

    def carried(self, resource: Found, to: Template, attribute: str = "") -> Json:
        """What a template says to refer to a resource: a parameter, left to fill in, where nothing passes it on."""
        value = carried(resource, attribute, to)
        if value is None:
            value = to.parameter(
                f"{resource.name}Id", "String", f"The id of {resource.name}, which {resource.place} declares"
            )
            self.ask(f"pass {resource.name} of {resource.place} as {self.named(value)}", to.path)
        return value

    def moved_value(self, value: Json, of: Template, to: Template) -> Json:
        """A property's value as another template has to say it."""
        if of is to or not isinstance(value, (dict, list)):
            return copy.deepcopy(value)
        resource = self.folder.resolved(of, value)
        return None if resource is None else self.carried(resource, to)

    def zone(self, zone: str, like: Found | None, template: Template) -> Object:
        """The property that names an Availability Zone: as the templates name it, else by what it is called."""
        for key in ("AvailabilityZone", "AvailabilityZoneId"):
            if like is not None and like.template is template and like.known.get(key) is not None:
                return {key: copy.deepcopy(like.known[key])}
        if _AZ_ID.match(zone):
            return {"AvailabilityZoneId": zone}
        if _AZ_NAME.match(zone):
            return {"AvailabilityZone": zone}
        asked = template.path, zone
        if asked not in self._zones:
            kind = "AWS::EC2::AvailabilityZone::Name"
            self._zones[asked] = template.parameter(f"Zone {zone}", kind, f"The Availability Zone {zone}")
            self.ask(f"say which Availability Zone {self.named(self._zones[asked])} is", template.path)
        return {"AvailabilityZone": self._zones[asked]}

    def vpc_of(self, template: Template, near: str) -> Json:
        """The VPC of a template: the only one that it declares or names, else a parameter."""
        if template is self.made_module:
            return self.given("id", "Vpc", "AWS::EC2::VPC::Id", "The id of the VPC")
        declared = [name for name, resource in template.resources.items() if resource["Type"] == "AWS::EC2::VPC"]
        if len(declared) == 1:
            return {"Ref": declared[0]}
        named = []
        for name in template.resources:
            value = Found(template, name).known.get("VpcId")
            if value is not None and value not in named:
                named.append(value)
        if len(named) == 1:
            return copy.deepcopy(named[0])
        value = template.parameter("VpcId", "AWS::EC2::VPC::Id", f"The VPC of {near}")
        self.ask(f"say what {self.named(value)} is: the VPC of {near}", template.path)
        return value

    def attachment(self, template: Template) -> Json:
        """What a new Elastic IP address depends on: the attachment of the internet gateway, where it is declared."""
        attachments = [
            name
            for name, resource in template.resources.items()
            if resource["Type"] == "AWS::EC2::VPCGatewayAttachment"
        ]
        return attachments[0] if len(attachments) == 1 else None


def _module_paths() -> Iterator[str]:
    """What the added template may be called."""
    yield MODULE
    yield from (f"narrows-{number}.yaml" for number in count(2))


def tags_like(properties: Object, suffix: str) -> Json:
    """The tags of a resource for one that is made after it: the Name tag says that it is another."""
    tags = properties.get("Tags")
    if not isinstance(tags, list):
        return None
    copied: list[Json] = []
    for tag in tags:
        if isinstance(tag, dict) and tag.get("Key") == "Name":
            value = tag.get("Value")
            if isinstance(value, str):
                copied.append({"Key": "Name", "Value": f"{value}-{suffix}"})
            elif isinstance(value, dict) and isinstance(text := value.get("Fn::Sub"), str):
                copied.append({"Key": "Name", "Value": {"Fn::Sub": f"{text.strip()}-{suffix}"}})
            elif isinstance(value, dict):
                copied.append({"Key": "Name", "Value": {"Fn::Join": ["-", [copy.deepcopy(value), suffix]]}})
        else:
            copied.append(copy.deepcopy(tag))
    return copied


def wait_for(waiting: Found, name: str) -> None:
    """Let a resource wait for another one of its template, by ``DependsOn``."""
    depends = waiting.resource.get("DependsOn", [])
    names = list(depends) if isinstance(depends, list) else [depends]
    if name not in names:
        waiting.resource["DependsOn"] = name if not names else [*names, name]


def another(name: str, number: str = "2") -> str:
    """What a resource that is made after another is called: ``NatA2``, ``PrivateSubnet1No2``."""
    return f"{name}No{number}" if name[-1:].isdigit() else f"{name}{number}"


def planned_number(new: str, original: str) -> str:
    """The number that the plan gives what it makes after another: ``3`` for ``private-a-3``."""
    number = new.removeprefix(f"{original}-")
    return number if number.isdigit() else "2"


def number_of(name: str, otherwise: str = "2") -> str:
    """The number at the end of a name."""
    digits = re.search(r"\d+$", name)
    return digits[0] if digits else otherwise


def carry_over(resource: Object, *keys: str) -> Object:
    """Copies of these attributes, or properties, of a resource, as far as it has them."""
    return {key: copy.deepcopy(resource[key]) for key in keys if key in resource}
