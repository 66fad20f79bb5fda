"""How a type of Terraform's aws provider is said in CloudFormation's vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from narrows.declared.model import Reference, Resource, Unknown, Value
from narrows.declared.terraform.instances import Instance

Properties = dict[str, Value]
Table = Mapping[str, "str | Block"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block within a resource."""

    name: str
    """CloudFormation's name of it."""
    table: Table
    many: bool = False
    """Whether it is a list."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type."""

    type: str
    """CloudFormation's; of some it has none."""
    table: Table
    """The name of each attribute by Terraform's."""
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """What AWS does where nothing is said, by Terraform's names: such a value is left out, as a plan's JSON writes the
    provider's defaults and files do not."""
    tags: bool = True
    more: Callable[[Instance, Properties], Iterator[Resource]] | None = None
    """What else the instance is: changes its properties, gives further resources."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """CloudFormation's names of what only references ask for, by Terraform's."""


def block_maps(value: Value) -> Iterator[Mapping[str, Value]]:
    """The blocks of an attribute: JSON's form of the language may write a single one without a list."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list | tuple):
        yield from (block for block in value if isinstance(block, Mapping))


def is_said(value: Value) -> bool:
    """Whether a value says anything: null, empty text and empty lists are as if they were not there."""
    return value is not None and not (isinstance(value, str | list | tuple | Mapping) and not value)


def items(value: Value) -> list[Value]:
    """The items of a list; what is not known is one item."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if is_said(value) else []


def tags_of(instance: Instance) -> Value:
    """Its tags and those of its provider, in the order of their keys; None where it has none."""
    tags_by_key: dict[str, Value] = {}
    whole = instance.values.get("tags_all")
    for value in (instance.default_tags, instance.values.get("tags"), whole if isinstance(whole, Mapping) else None):
        if isinstance(value, Unknown):
            if not value.members:
                return value
            value = dict(value.members)
        for tags in block_maps(value):  # Before Terraform 0.12 a map could be written as a block.
            tags_by_key |= {key: tag for key, tag in tags.items() if tag is not None}
    return [{"Key": key, "Value": tags_by_key[key]} for key in sorted(tags_by_key)] or None


def child(instance: Instance, type_: str, properties: Properties) -> Resource:
    """A resource that CloudFormation has apart, of the same address and place."""
    said = {key: value for key, value in properties.items() if is_said(value)}
    return Resource(type_, instance.address, instance.place, said, None, instance.conditional)


def itself(instance: Instance, value: Value = None) -> Value:
    """The instance as another refers to it: by its id where it has one."""
    return instance.id if instance.id is not None else Reference(instance.address) if value is None else value
