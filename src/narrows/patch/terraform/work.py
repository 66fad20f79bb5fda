"""What a patch is put together from: the user's files, what they declare, the plan, and what was found so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from narrows.declared.model import Declared, Resource, Value
from narrows.errors import InputError, shown
from narrows.patch.model import ToDo
from narrows.patch.terraform.copying import META, Instance, expression
from narrows.patch.terraform.editing import Edited, attribute_value
from narrows.patch.terraform.files import Address, Files, Module, Placed, parsed
from narrows.patch.terraform.registry import output_of
from narrows.patch.terraform.versions import ProviderVersion, Version, shown_version
from narrows.plan.model import Plan
from narrows.words import named_in

KINDS: Mapping[str, tuple[str, str]] = {
    "AWS::EC2::NatGateway": ("aws_nat_gateway", "NAT gateway"),
    "AWS::EC2::Subnet": ("aws_subnet", "subnet"),
    "AWS::EC2::SecurityGroup": ("aws_security_group", "security group"),
    "AWS::Lambda::Function": ("aws_lambda_function", "function"),
}
"""Of what a plan names: Terraform's type and the word for people."""


@dataclass(frozen=True)
class Site:
    """A resource with the block that makes it."""

    resource: Resource
    address: Address
    module: Module
    placed: Placed
    instance: Instance

    @property
    def uncounted(self) -> bool:
        """Whether its block has a count or for_each that is not known: what refers to it is not known, then."""
        block = self.placed.block
        return self.address.key is None and any(block.attribute(name) is not None for name in META)

    @property
    def expression(self) -> str:
        """What refers to it from its own module, unless it is uncounted."""
        key = self.address.key
        index = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
        return f"{self.address.type}.{self.address.label}{index}"

    @property
    def id(self) -> str:
        """What its id is called in its own module."""
        return f"{self.expression}.id"

    @property
    def edited(self) -> Edited:
        """Its file."""
        return self.module.files[self.placed.file]

    @property
    def place(self) -> str:
        """As messages name it."""
        return self.placed.place

    def value(self, name: str) -> str | None:
        """The expression of one of its attributes, for this instance; None where it has none."""
        value = attribute_value(self.placed.block, name)
        return None if value is None else expression(value, self.instance)

    @property
    def condition(self) -> str:
        """What holds for this instance and none of the others of its block; empty where there are no others."""
        key = self.address.key
        if key is None:
            return ""
        return f"count.index == {key}" if isinstance(key, int) else f'each.key == "{key}"'


@dataclass(frozen=True, slots=True)
class Made:
    """Something that the patch makes."""

    module: Module
    expression: str
    """What refers to it from that module."""

    @property
    def id(self) -> str:
        """What its id is called there."""
        return f"{self.expression}.id"


@dataclass
class Work:
    """A patch in the making."""

    files: Files
    declared: Declared
    plan: Plan
    version: ProviderVersion
    made: dict[str, Made] = field(default_factory=dict)
    """What the patch makes, by the plan's names."""
    tables: dict[tuple[str, str], Made] = field(default_factory=dict)
    """New route tables, by the address of the one each is a copy of and the NAT gateway that it leads to."""
    kept: set[str] = field(default_factory=set)
    """Addresses of route tables whose default route stays as it is: new subnets leave by it as their originals do
    today."""
    blocks: list[IPv4Network] = field(default_factory=list)
    """The blocks of addresses that new subnets were given."""
    ipv6_blocks: set[int] = field(default_factory=set)
    """Numbers of the IPv6 blocks that subnets were given."""
    done: dict[str, set[int]] = field(default_factory=dict)
    """By file, where the blocks begin whose functions are placed."""
    todo: list[ToDo] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    found: int = 0
    """How many of the plan's resources were found."""
    missing: dict[tuple[str, str], None] = field(default_factory=dict)
    """(Type, name) of those that were not."""
    _said: set[str] = field(default_factory=set)
    _shown: dict[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    """Outputs of modules, by what they show."""

    def say(self, text: str, place: str = "") -> None:
        """Something that the user has to do or to know, once."""
        text = named_in(self.plan.names, text)
        if f"{place} {text}" not in self._said:
            self._said.add(f"{place} {text}")
            self.todo.append(ToDo(text, place))

    def wants(self, version: Version, what: str, otherwise: str) -> bool:
        """Whether the provider is known to be new enough for something; if not, that is said."""
        if self.version.has(version):
            return True
        self.say(
            f"{what} needs version {shown_version(version)} of the aws provider or a later one, and "
            f"{self.version.source}: {otherwise}"
        )
        return False

    def find(self, type: str, name: str) -> Site | None:
        """The resource that a plan calls so, if it can be edited; if not, that is said.

        Raises:
            InputError: there are two that could be meant.
        """
        resource = self.resource(type, name)
        if resource is None:
            self.missing[type, name] = None
            return None
        self.found += 1
        site = self.site(resource)
        if site is None:
            where = "made by a module that is not of this folder's own"
            if resource.place.file.endswith(".json"):
                where = "written in JSON, which is read and not edited"
            self.say(
                f"{KINDS[type][1]} {resource.address} is {where}: what the plan changes of it is left to you",
                str(resource.place),
            )
        return site

    def beside(self, type: str, name: str) -> tuple[Resource, str] | None:
        """A resource of a module of the registry that the plan calls so, with what its id is called in the root."""
        resource = self.resource(type, name)
        if resource is None or self.site(resource) is not None:
            return None
        outside = self.outside(resource)
        if outside is None:
            return None
        self.found += 1
        return resource, outside

    def outside(self, resource: Resource) -> str | None:
        """What the id of a resource of a module of the registry is called in the root, where that is known."""
        address = parsed(resource.address)
        called = None if address is None or len(address.names) != 1 else self.files.call(address.names)
        if address is None or called is None or address.modules[0][1] is not None:
            return None
        source = attribute_value(called[1].block, "source")
        text = "" if source is None else (source.text or b"").decode("utf-8", "replace")
        return output_of(text, address.names[0], address)

    def resource(self, type: str, name: str) -> Resource | None:
        """The declared resource that a plan calls so. Raises ``InputError`` where there are two."""
        resources = list(self.declared.of(type))
        label = _plain(name)
        matches: list[list[Resource]] = [
            [resource for resource in resources if name in (resource.address, resource.id)],
            [resource for resource in resources if resource.name in (name, self.plan.names.get(name, name))],
            [
                resource
                for resource in resources
                if (at := parsed(resource.address)) is not None and _plain(at.label) == label
            ],
        ]
        for candidates in matches:
            if len(candidates) > 1:
                first, second = candidates[:2]
                raise InputError(
                    f"{shown(name)} could be {first.address} at {first.place} or {second.address} at {second.place}",
                    file=self.files.folder,
                    advice="give each a name of its own, or a plan that calls it by its address",
                )
            if candidates:
                return candidates[0]
        return None

    def site(self, resource: Resource) -> Site | None:
        """Where a resource can be edited; None where it cannot, with the reason in the list of what is to do."""
        address = parsed(resource.address)
        module = None if address is None else self.files.module(address.names)
        if address is None or module is None:
            return None
        placed = module.resources.get((address.type, address.label))
        if placed is None:
            return None
        for_each = attribute_value(placed.block, "for_each")
        text = "" if for_each is None else expression(for_each, Instance())
        return Site(resource, address, module, placed, Instance(address.key, text))

    def editable(self, site: Site, what: str) -> bool:
        """Whether its block makes this one alone, as far as modules go; if not, what is to be done by hand is said."""
        if site.module.several:
            self.say(f"{what}: {site.module.several}, and the change would be made in each", site.place)
            return False
        if site.resource.conditional:
            self.say(f"{what}: whether it is there depends on {site.resource.conditional}", site.place)
            return False
        if site.uncounted:
            self.say(f"{what}: its count or for_each is not known", site.place)
            return False
        count = site.value("count")
        if count is not None and "?" in count:
            self.say(
                f"whether {site.expression} is there depends on a condition ({count}), and what is new refers to it: "
                "give that the same condition, if these files are applied where it does not hold",
                site.place,
            )
        return True

    def referring(self, type: str, key: str, address: str) -> list[Resource]:
        """The resources of a type whose property refers to another."""
        return [resource for resource in self.declared.of(type) if self.refers(resource.properties.get(key), address)]

    def refers(self, value: Value, address: str) -> bool:
        """Whether a value is a reference to a resource, or a list that has one."""
        if isinstance(value, list | tuple):
            return any(self.refers(item, address) for item in value)
        resource = self.declared.referred(value)
        return resource is not None and resource.address == address

    def reference(self, module: Module, name: str, type: str) -> str | None:
        """What the id of a resource of the plan, new or not, is called in a module."""
        made = self.made.get(name)
        if made is not None:
            return self.seen_from(module, made.module, made.id, made.expression)
        resource = self.resource(type, name)
        if resource is not None and module is self.files.root and (outside := self.outside(resource)) is not None:
            return outside
        site = self.find(type, name)
        if site is None or site.uncounted:
            return None
        return self.seen_from(module, site.module, site.id, site.expression)

    def seen_from(self, module: Module, where: Module, value: str, name: str) -> str | None:
        """What a value of a module is called in another: through outputs, where it is in one further down."""
        while where is not module:
            if len(where.names) <= len(module.names) or where.names[: len(module.names)] != module.names:
                return None
            called = self.files.call(where.names)
            if called is None:
                return None
            label = self._shown.get((where.names, value))
            if label is None:
                label = self._shown[where.names, value] = where.fresh("output", f"narrows_{_plain(name)}")
                where.own.append(f'output "{label}" {{\n  value = {value}\n}}')
            value, where = f"module.{where.names[-1]}.{label}", called[0]
        return value


def suffix_of(name: str, original: str) -> str:
    """What a plan puts behind the name of an original: ``-2``."""
    return name[len(original) :] if name.startswith(original) and len(name) > len(original) else "-2"


def label_suffix(suffix: str) -> str:
    """The same for a label."""
    return re.sub(r"[^A-Za-z0-9_]", "_", suffix)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
