"""What the name of a resource, a data source or a module means: its attributes, worked out when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from narrows.declared.model import Place, Reference, Unknown
from narrows.declared.terraform.configuration import Inner
from narrows.declared.terraform.evaluate import Names
from narrows.declared.terraform.expansions import Key
from narrows.declared.terraform.instances import indexed
from narrows.declared.terraform.mapping import is_mapped
from narrows.declared.terraform.nested_blocks import blocks_of
from narrows.declared.terraform.values import (
    AFTER_APPLY,
    Found,
    Lazy,
    WrongError,
)

if TYPE_CHECKING:
    from narrows.declared.terraform.scopes import Module

META: Final = frozenset({"count", "for_each", "depends_on", "provider", "providers", "lifecycle", "source", "version"})
"""What Terraform itself reads of a block."""
_NO_BLOCKS: Final = frozenset({"lifecycle", "provisioner", "connection", "timeouts"})


@dataclass(frozen=True, slots=True)
class Whole(Lazy):
    """One instance of a resource."""

    module: Module
    block: Inner
    key: Key

    @property
    def address(self) -> str:
        """As Terraform prints it."""
        return indexed(f"{self.module.path}{'.'.join(self.block.labels)}", self.key)

    def get(self, name: str) -> Found:
        """What the files give to that attribute; else a reference to it."""
        body = self.block.body
        key, place = (self.address, name), self.block.place
        if name in body.attributes and name not in META:
            place = Place(place.file, body.lines.get(name, place.line))
            return self.module.once(key, place, lambda: self.attribute(name))
        if any(block.type == name or (block.type == "dynamic" and block.labels == (name,)) for block in body.blocks):
            return self.module.once(key, place, lambda: blocks_of(body, self.names, name, self.module.find))
        return Reference(self.address, name) if is_mapped(self.block.labels[0]) else AFTER_APPLY

    @property
    def names(self) -> Names:
        """``count`` or ``each`` of it."""
        return self.module.expansion(self.block).instances[self.key]

    def attribute(self, name: str) -> Found:
        """What the files give to an attribute that is there."""
        return self.module.find(self.block.body.attributes[name], self.names)

    def lines(self) -> dict[tuple[str | int, ...], int]:
        """Where its attributes and blocks stand; of a dynamic block all are where that is."""
        body = self.block.body
        lines: dict[tuple[str | int, ...], int] = {(name,): line for name, line in body.lines.items()}
        seen: dict[str, int] = {}
        for block in body.blocks:
            kind = block.labels[0] if block.type == "dynamic" and block.labels else block.type
            number = seen[kind] = seen.get(kind, -1) + 1
            if block.place.line is not None:
                lines.setdefault((kind,), block.place.line)
                if block.type != "dynamic":
                    lines |= {(kind, number, name): line for name, line in block.body.lines.items()}
        return lines

    def values(self) -> dict[str, Found]:
        """All that the files say of it."""
        body = self.block.body
        values = {name: self.get(name) for name in body.attributes if name not in META}
        kinds = {block.labels[0] if block.type == "dynamic" and block.labels else block.type for block in body.blocks}
        return values | {kind: self.get(kind) for kind in sorted(kinds - _NO_BLOCKS)}


@dataclass(frozen=True, slots=True)
class Data(Lazy):
    """A data source: what it asks for is known, what it finds is not."""

    module: Module
    block: Inner

    def get(self, name: str) -> Found:
        """The id where that is what it asks for; else unknown."""
        type_, label = self.block.labels
        if type_ == "aws_region" and name in ("id", "name", "region"):
            return self.module.world.region()
        asked = self.block.body.attributes.get(name)
        if asked is not None and name != "filter" and "for_each" not in self.block.body.attributes:
            return self.module.find(asked, {"count": {"index": 0}})
        word = f"data.{type_}.{label}.{name}"
        return Unknown(f"{word} is looked up by terraform plan", f"${{{self.module.path}{word}}}")


@dataclass(frozen=True, slots=True)
class ModuleValue(Lazy):
    """One instance of a module call."""

    module: Module

    def get(self, name: str) -> Found:
        """The output of that name."""
        block = self.module.configuration.outputs.get(name)
        if block is None or "value" not in block.body.attributes:
            raise WrongError(f"a module has no output {name}")
        value = block.body.attributes["value"]
        return self.module.once(("output", name), block.place, lambda: self.module.find(value, {}))
