"""A template as a tree of nodes that know where they stand in its text, so that an edit touches nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""What a template says, short forms of intrinsics written out: ``!Ref A`` is ``{"Ref": "A"}``."""

_NO_PREFIX = ("Ref", "Condition")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    start: int
    """Where the key begins."""
    value: Node


@dataclass(frozen=True)
class Node:
    """One value of a template."""

    kind: str
    """``map``, ``list``, ``scalar`` or ``alias``."""
    start: int
    """Characters from the beginning of the text; an anchor and a tag are part of the node."""
    end: int
    """Just after its last character. Of block style: what follows may be white space and comments."""
    line: int
    """From 1."""
    flow: bool = True
    """Whether it is written with brackets; scalars are."""
    tag: str = ""
    """``!Ref``; empty where YAML's own rules say the type."""
    scalar: bool | int | float | str | None = None
    entries: tuple[Entry, ...] = ()
    items: tuple[Node, ...] = ()
    target: Node | None = None
    """Of an alias."""
    anchored: bool = False

    @cached_property
    def value(self) -> Json:
        """What it says."""
        if self.target is not None:
            return self.target.value
        return tagged(self.tag, self.plain)

    @cached_property
    def plain(self) -> Json:
        """What it says without its tag."""
        if self.kind == "map":
            return {entry.key: entry.value.value for entry in self.entries}
        if self.kind == "list":
            return [item.value for item in self.items]
        return self.scalar

    def get(self, *way: str) -> Node | None:
        """The node at the end of a path of keys, aliases followed."""
        node: Node | None = self
        for key in way:
            node = node.target if node is not None and node.target is not None else node
            if node is None or node.kind != "map":
                return None
            node = next((entry.value for entry in node.entries if entry.key == key), None)
        return node

    @property
    def last(self) -> int:
        """Just after the last character that says something: where block style ends."""
        if self.flow or self.kind not in ("map", "list"):
            return self.end
        inner = self.entries[-1].value if self.entries else self.items[-1] if self.items else None
        return self.end if inner is None else inner.last


@dataclass(frozen=True)
class Document:
    """One template: its text and its tree."""

    file: str
    text: str
    root: Node
    json: bool
    newline: str = "\n"
    short: bool = True
    """Whether intrinsics are written as tags."""
    step: str = "  "
    """The white space by which a mapping stands further in than the one around it; empty for JSON on one line."""
    dash: int = 2
    """Columns that a list's dashes stand further in than its key."""
    colon: str = ": "
    """What stands between a key and its value."""
    blank: bool = False
    """Whether an empty line stands between resources."""
    quote: str = "'"
    """The quote around strings that need one."""

    @property
    def value(self) -> dict[str, Json]:
        """What the template says."""
        value = self.root.value
        return value if isinstance(value, dict) else {}

    def copied(self) -> dict[str, Json]:
        """What the template says, to be changed."""
        return {key: unshared(value) for key, value in self.value.items()}


def unshared(value: Json) -> Json:
    """A copy that shares no part with itself: a change in one place does not reach an alias of it elsewhere."""
    if isinstance(value, dict):
        return {key: unshared(inner) for key, inner in value.items()}
    return [unshared(inner) for inner in value] if isinstance(value, list) else value


def tagged(tag: str, value: Json) -> Json:
    """The long form of what is written with a tag."""
    if not tag:
        return value
    name = tag.removeprefix("!")
    if name == "GetAtt" and isinstance(value, str):
        value = list(value.split(".", 1))
    return {name if name in _NO_PREFIX else f"Fn::{name}": value}


def same(left: Json, right: Json) -> bool:
    """Whether two values say the same; ``1`` and ``true`` do not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def every_value(value: Json) -> Iterator[Json]:
    """A value and all in it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from every_value(part)


def is_intrinsic(value: Json) -> bool:
    """Whether a value is a function of CloudFormation's."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (name,) = value
    return name in _NO_PREFIX or name.startswith("Fn::")


def indented(text: str, place: int) -> str:
    """The white space at the beginning of the line of a place."""
    begin = text.rfind("\n", 0, place) + 1
    line = text[begin:place]
    return line[: len(line) - len(line.lstrip())]


def column(text: str, place: int) -> int:
    """Characters before a place on its line."""
    return place - (text.rfind("\n", 0, place) + 1)


def alone(text: str, place: int) -> bool:
    """Whether nothing but white space stands before a place on its line."""
    return not text[text.rfind("\n", 0, place) + 1 : place].strip()


def common(values: Sequence[int], otherwise: int) -> int:
    """The most frequent of some numbers; ``otherwise`` where there are none."""
    return max(sorted(set(values)), key=values.count, default=otherwise)
