"""A template as it is written: values that know their lines, whether they were YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from narrows.bounds import TEMPLATE_DEPTH, TEMPLATE_VALUES
from narrows.errors import InputError, shown

Scalar: TypeAlias = bool | int | float | str | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
"""What a node is without its lines."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value, with the line that its key (or else itself) stands on."""

    value: Scalar | list[Node] | dict[str, Node]
    line: int
    size: int = 1
    """Values in it, aliases followed."""
    depth: int = 0
    """Mappings and lists within each other, in it."""

    @property
    def mapping(self) -> dict[str, Node]:
        """Its members; none, where it is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Its elements; none, where it is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """Itself, where it is text."""
        return self.value if isinstance(self.value, str) else None

    def get(self, *names: str) -> Node | None:
        """A member of a member; None, where it is not there."""
        member: Node | None = self
        for name in names:
            member = None if member is None else member.mapping.get(name)
        return member

    def at(self, line: int) -> Node:
        """The same on another line: of a key, or where an alias stands."""
        return Node(self.value, line, self.size, self.depth)

    def plain(self) -> Plain:
        """Without lines."""
        if isinstance(self.value, dict):
            return {key: member.plain() for key, member in self.value.items()}
        if isinstance(self.value, list):
            return [element.plain() for element in self.value]
        return self.value


@dataclass(slots=True)
class Builder:
    """Makes nodes, but no more than a template may hold, however few characters an alias is."""

    file: str
    made: int = field(default=0, init=False)

    def scalar(self, value: Scalar, line: int) -> Node:
        """A leaf."""
        self.made += 1
        if self.made > TEMPLATE_VALUES:
            raise self.too_many(line)
        return Node(value, line)

    def sequence(self, items: list[Node], line: int) -> Node:
        """A list."""
        return self._of(items, items, line)

    def mapping(self, items: dict[str, Node], line: int) -> Node:
        """A mapping."""
        return self._of(items, items.values(), line)

    def _of(self, value: list[Node] | dict[str, Node], parts: Iterable[Node], line: int) -> Node:
        size = depth = 1
        for part in parts:
            size += part.size
            depth = max(depth, part.depth + 1)
        self.made += 1
        if size > TEMPLATE_VALUES or self.made > TEMPLATE_VALUES:
            raise self.too_many(line)
        if depth > TEMPLATE_DEPTH:
            raise self.error("is nested too deeply", line)
        return Node(value, line, size, depth)

    def twice(self, key: str, line: int, first: int) -> InputError:
        """The error of a key that stands twice."""
        return self.error(f"{shown(key)} stands here twice; the first is on line {first}", line)

    def too_many(self, line: int) -> InputError:
        """The error of a template with too many values."""
        return self.error(f"holds more than {TEMPLATE_VALUES:,} values", line, "write fewer, or fewer aliases")

    def error(self, problem: str, line: int | None, advice: str | None = None) -> InputError:
        """An error on a line of the file."""
        return InputError(problem, file=self.file, place=f"line {line}" if line else None, advice=advice)


def intrinsic_of(node: Node) -> str | None:
    """The function that a mapping is a call of."""
    if isinstance(node.value, dict) and len(node.value) == 1:
        name = next(iter(node.value))
        if name == "Ref" or name.startswith("Fn::"):
            return name
    return None


def node_of(value: Plain, line: int) -> Node:
    """A node of a value that nobody wrote: all on one line."""
    if isinstance(value, dict):
        members = {key: node_of(member, line) for key, member in value.items()}
        return Node(members, line, 1 + sum(member.size for member in members.values()))
    if isinstance(value, list):
        elements = [node_of(element, line) for element in value]
        return Node(elements, line, 1 + sum(element.size for element in elements))
    return Node(value, line)
