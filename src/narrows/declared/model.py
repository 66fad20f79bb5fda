"""Declared resources: what Terraform and CloudFormation say will be there, in one vocabulary.

The vocabulary is CloudFormation's: the names of its resource types and of their properties, whichever language a
resource was written in. What only a deployment knows stays open, and says why; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from narrows.declared import resource_types


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the user's files."""

    file: str
    """As the user wrote it, or relative to the folder that was read."""
    line: int | None = None
    """From 1; None where the source has none (a plan's JSON)."""

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def in_file(self, what: str) -> str:
        """As errors name something that stands here, beside the file: ``line 12, aws_subnet.a``."""
        return what if self.line is None else f"line {self.line}, {what}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is another resource's: its id, or one of its attributes."""

    address: str
    """Of the resource, as ``Resource.address``."""
    attribute: str = ""
    """Empty for what ``Ref`` gives in CloudFormation and ``.id`` in Terraform; else CloudFormation's name of it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the files do not say."""

    why: str
    """``known after apply``, ``parameter Subnets has no default``, ``Fn::ImportValue``, ..."""
    text: str = ""
    """What is known of a text, with what is not as ``${...}``: ``com.amazonaws.${AWS::Region}.s3``. Two of the same
    text are the same value."""
    members: tuple[tuple[str, str], ...] = ()
    """What is known of a map all the same: ``merge(var.tags, { Name = "a" })`` has that name, whatever the tags are."""


Value = None | bool | int | float | str | Reference | Unknown | Sequence["Value"] | Mapping[str, "Value"]
"""JSON as AWS takes it, with references and unknowns in the place of what they stand for."""


Path = tuple[str | int, ...]
"""Of a property in a resource: names, and places in lists."""


@dataclass(frozen=True)
class Resource:
    """One declared resource."""

    type: str
    """CloudFormation's: ``AWS::EC2::NatGateway``."""
    address: str
    """What its files call it, and nothing else in them: ``module.vpc.aws_nat_gateway.this[0]``, or a logical id (with
    those of the nested stacks above it in front, ``Network/NatA``)."""
    place: Place
    properties: Mapping[str, Value]
    """By CloudFormation's names. One that is absent has AWS's default."""
    id: str | None = None
    """The id in the account (Terraform's state); None where nothing says it."""
    conditional: str = ""
    """Why it may not be there at all: a condition that depends on what is not known, a ``count`` that is not."""
    label: str = ""
    """What to show for a name that it does not have, where the files know a better one than the address: the path of
    CDK's construct."""
    lines: Mapping[Path, int] = field(default_factory=dict, repr=False, compare=False)
    """Of its properties, by their paths; not of each."""

    def place_of(self, *path: str | int) -> Place:
        """Where a property stands, or the nearest above it that is known: ``place_of("VpcConfig", "SubnetIds", 0)``."""
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.place.file, self.lines[path]) if path else self.place

    @property
    def name(self) -> str | None:
        """What people call it: its Name tag, or the name of a function or security group, where that is known."""
        if self.type == resource_types.FUNCTION:
            name = self.properties.get("FunctionName")
            return name if isinstance(name, str) else None
        tags = self.properties.get("Tags")
        if isinstance(tags, Sequence) and not isinstance(tags, str):
            for tag in tags:
                if isinstance(tag, Mapping) and tag.get("Key") == "Name" and isinstance(value := tag.get("Value"), str):
                    return value
        group = self.properties.get("GroupName")
        return group if isinstance(group, str) else None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the files that was not understood, and so may be missing from the resources."""

    place: Place
    text: str
    broken: bool = False
    """Whether what stands there is no valid file at all, or no network that AWS could have: nobody could deploy it."""


@dataclass(frozen=True)
class Declared:
    """Everything that was read."""

    source: str
    """``terraform`` or ``cloudformation``."""
    resources: tuple[Resource, ...]
    faults: tuple[Fault, ...] = ()
    region: str | None = None
    account: str | None = None
    provider_version: str | None = None
    """Terraform's aws provider: the version in its lock file, or the constraint."""
    files: tuple[str, ...] = field(default=())
    """Those that were read."""
    left_out: tuple[Resource, ...] = ()
    """Resources that other values of the parameters would make, with the texts that stand in their properties as they
    are written: a condition does not hold."""

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types, in the order of the files."""
        return (resource for resource in self.resources if resource.type in types)

    @cached_property
    def by_address(self) -> Mapping[str, Resource]:
        """Every resource by its address: of several of one address, as Terraform's inline routes have it, the first,
        which is what the address names."""
        return {resource.address: resource for resource in reversed(self.resources)}

    def referred(self, value: Value) -> Resource | None:
        """The resource that a value refers to, by reference or by the id that it has in the account."""
        if isinstance(value, Reference):
            return self.by_address.get(value.address)
        return self._by_id.get(value) if isinstance(value, str) else None

    @cached_property
    def _by_id(self) -> Mapping[str, Resource]:
        return {resource.id: resource for resource in self.resources if resource.id}
