"""Edits of a file of Terraform's that change the bytes they are about and no other.

Each edit is worked out on the file's syntax tree; all of them together are applied at the end. What is inserted is laid
out as ``terraform fmt`` lays it out, with the line breaks of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from narrows.declared.terraform.hcl import Attribute, Block, parse, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_BLANKS = b" \t"


class Edited:
    """One file with the edits that it is to have."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.tree: Tree = parse(source)
        self._newline = "\r\n" if b"\r\n" in source else "\n"
        self._edits: list[tuple[int, int, int, bytes]] = []
        self._choices: dict[tuple[int, int], list[tuple[str, str]]] = {}
        self._more: dict[tuple[int, int], tuple[Node, list[str]]] = {}

    def result(self) -> bytes:
        """The file with all edits. What was inserted at one place stands in the order in which that was asked for."""
        parts: list[bytes] = []
        at = 0
        for value, items in self._more.values():
            self._extend(value, items)
        self._more.clear()
        for start, end, _, new in sorted([*self._edits, *self._chosen()], key=lambda edit: edit[:3]):
            parts += [self.source[at:start], new]
            at = max(at, end)
        return b"".join([*parts, self.source[at:]])

    def insert_after(self, node: Node, text: str) -> None:
        """Put blocks after a block, a blank line between."""
        at = self._end_of_line(node.end_byte)
        self._put(at, at, f"\n\n{text.strip(chr(10))}")

    def append(self, text: str) -> None:
        """Put blocks at the end of the file."""
        end = len(self.source)
        before = "" if not self.source.strip() else "\n" if self.source.endswith(b"\n") else "\n\n"
        self._put(end, end, f"{before}{text.strip(chr(10))}\n")

    def set_value(self, value: Node, text: str) -> None:
        """Put another expression in the place of one."""
        self._put(value.start_byte, value.end_byte, text)

    def choose(self, value: Node, condition: str, text: str) -> None:
        """Let an expression be another one where a condition holds; several together, where this is asked for again.

        Args:
            condition: empty for always.
        """
        if condition:
            self._choices.setdefault((value.start_byte, value.end_byte), []).append((condition, text))
        else:
            self.set_value(value, text)

    def _chosen(self) -> list[tuple[int, int, int, bytes]]:
        edits = []
        for (start, _), choices in self._choices.items():
            before = "".join(f"{condition} ? {text} : " for condition, text in choices)
            edits.append((start, start, 0, before.encode()))
        return edits

    def add_attribute(self, block: Block, name: str, text: str) -> None:
        """Put ``name = text`` after the last attribute of a block.

        A blank line parts it from those before it: their equals signs stay where they are.
        """
        indent = self._indent(block.node) + "  "
        attributes = block.attributes
        if attributes:
            at = self._end_of_line(attributes[-1].node.end_byte)
            if attributes[-1].node.start_point[0] == block.node.start_point[0]:  # { a = 1 }
                at = attributes[-1].node.end_byte
                self._put(at, at, f"\n{indent}{name} = {text}\n{self._indent(block.node)}")
                return
            self._put(at, at, f"\n\n{indent}{name} = {text}")
            return
        start = next(child for child in block.node.children if child.type == "block_start")
        at = self._end_of_line(start.end_byte) if not self._closes_on_line(block.node) else start.end_byte
        ending = f"\n{self._indent(block.node)}" if self._closes_on_line(block.node) else ""
        if block.body is not None and not ending:
            ending = "\n"
        self._put(at, at, f"\n{indent}{name} = {text}{ending}")

    def add_block(self, block: Block, text: str) -> None:
        """Put a block inside of another at its end, a blank line before it."""
        indent = self._indent(block.node) + "  "
        inner = "\n".join(f"{indent}{line}" if line else "" for line in text.strip("\n").split("\n"))
        last = block.node.children[-1]
        if self._closes_on_line(block.node):
            self._put(last.start_byte, last.start_byte, f"\n{inner}\n{self._indent(block.node)}")
            return
        at = self.source.rfind(b"\n", 0, last.start_byte) + 1
        self._put(at, at, f"{'' if block.body is None else chr(10)}{inner}\n")

    def remove(self, node: Node) -> None:
        """Take a block or an attribute away with its line, and one blank line where two would be left."""
        start = node.start_byte
        while start > 0 and self.source[start - 1 : start] in (b" ", b"\t"):
            start -= 1
        end = self._end_of_line(node.end_byte)
        if start > 0 and self.source[start - 1 : start] != b"\n":
            self._put(node.start_byte, node.end_byte, "")
            return
        end = self.source.find(b"\n", end) + 1 or len(self.source)
        before = self.source[:start].rstrip(b" \t\r\n")
        after = self.source[end:].lstrip(b" \t")
        has_blank_before = self.source[len(before) : start].count(b"\n") > 1
        if has_blank_before and after.lstrip(b"\r\n").startswith(b"}") | after.startswith((b"\n", b"\r\n")):
            start = self.source.find(b"\n", len(before)) + 1
        self._put(start, end, "")

    def extend(self, value: Node, items: Sequence[str]) -> None:
        """Let a list have more items: at the end of the list that is written there, else of one made of both."""
        if items:
            self._more.setdefault((value.start_byte, value.end_byte), (value, []))[1].extend(items)

    def _extend(self, value: Node, items: Sequence[str]) -> None:
        listing = _list_in(value)
        if listing is None:
            function = "setunion" if text_of(value).startswith(("toset(", "setunion(")) else "concat"
            self._put(value.start_byte, value.start_byte, f"{function}(")
            self._put(value.end_byte, value.end_byte, f", [{', '.join(items)}])")
            return
        items_there = [part for part in listing.children if part.type == "expression"]
        start, end = listing.children[0], listing.children[-1]
        if not items_there:
            if start.start_point[0] == end.start_point[0]:
                self._put(start.end_byte, start.end_byte, ", ".join(items))
            else:
                indent = self._indent(listing) + "  "
                at = self._end_of_line(start.end_byte)
                self._put(at, at, "".join(f"\n{indent}{item}," for item in items))
            return
        last = items_there[-1]
        following = listing.children[listing.children.index(last) + 1 :]
        comma = next((part for part in following if part.type == ","), None)
        if last.end_point[0] == end.start_point[0]:
            self._put(last.end_byte, last.end_byte, "".join(f", {item}" for item in items))
            return
        indent = self._line_indent(last.start_byte)
        if comma is None:
            self._put(last.end_byte, last.end_byte, ",")
        at = self._end_of_line(last.end_byte if comma is None else comma.end_byte)
        self._put(at, at, f"\n{indent}" + f",\n{indent}".join(items) + ("," if comma is not None else ""))

    def forget(self, node: Node) -> None:
        """Drop the edits inside of a node."""
        self._edits = [edit for edit in self._edits if not node.start_byte <= edit[0] < node.end_byte]
        self._more.pop((node.start_byte, node.end_byte), None)

    def _put(self, start: int, end: int, text: str) -> None:
        data = text.replace("\n", self._newline).encode()
        self._edits.append((start, end, len(self._edits), data))

    def _end_of_line(self, at: int) -> int:
        """Where the line ends that a place is on: what follows there, a comment, stays with it."""
        end = self.source.find(b"\n", at)
        if end == -1:
            end = len(self.source)
        following = self.source[at:end]
        if following.strip() and not following.lstrip().startswith((b"#", b"//", b"/*", b",")):
            return at  # Something else on the line, which comes after what is put here.
        return end - 1 if self.source[end - 1 : end] == b"\r" else end

    def _closes_on_line(self, node: Node) -> bool:
        return node.start_point[0] == node.end_point[0]

    def _indent(self, node: Node) -> str:
        return self._line_indent(node.start_byte)

    def _line_indent(self, at: int) -> str:
        start = self.source.rfind(b"\n", 0, at) + 1
        end = start
        while self.source[end : end + 1] in (b" ", b"\t"):
            end += 1
        return self.source[start:end].decode()


def list_items(value: Node) -> list[Node] | None:
    """The items of a list that is written out, alone or as the last one of ``concat``; None where there is none."""
    listing = _list_in(value)
    return None if listing is None else [part for part in listing.children if part.type == "expression"]


def _list_in(value: Node) -> Node | None:
    """The list of an expression that more items can be put into."""
    inner = _only(value)
    if inner is None:
        return None
    if inner.type == "collection_value":
        return next((part for part in inner.children if part.type == "tuple"), None)
    if inner.type == "function_call":
        name = next((text_of(part) for part in inner.children if part.type == "identifier"), "")
        arguments = next((part for part in inner.children if part.type == "function_arguments"), None)
        if arguments is None or any(part.type == "ellipsis" for part in arguments.children):
            return None
        parts = [part for part in arguments.children if part.type == "expression"]
        if name in ("toset", "tolist") and len(parts) == 1:
            return _list_in(parts[0])
        if name in ("concat", "setunion") and parts and (last := _only(parts[-1])) is not None:
            return _list_in(parts[-1]) if last.type == "collection_value" else None
    return None


def _only(value: Node) -> Node | None:
    children = [child for child in value.children if child.type != "comment"]
    return children[0] if len(children) == 1 else None


def attribute_value(block: Block, name: str) -> Node | None:
    """The expression of an attribute of a block."""
    attribute: Attribute | None = block.attribute(name)
    return None if attribute is None else attribute.value
