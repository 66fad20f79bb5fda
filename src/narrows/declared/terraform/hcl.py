"""The syntax of Terraform's language: bytes to a tree, its blocks and attributes with their places.

Byte offsets of the tree are those of the file, so that what reads it and what edits it mean the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

_BOM = b"\xef\xbb\xbf"
_ESCAPED = {b"$${": b"\x01\x01{", b"%%{": b"\x02\x02{"}
"""Marks of literal text, and what stands in for them, of the same length and in no file."""
_DEEPEST = 400
"""Nodes within nodes that are looked at; an expression has three for each of its own levels."""


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def parse(source: bytes) -> Tree:
    """The tree of a file. It is there for broken syntax too: see ``broken``."""
    if source.startswith(_BOM):
        # Blanks in its place: every offset stays what it is in the file.
        source = b"   " + source[len(_BOM) :]
    tree = _parser().parse(source)
    if tree.root_node.has_error and any(mark in source for mark in _ESCAPED):
        # The grammar takes no escaped marks in the text between <<EOT and EOT.
        for mark, stand_in in _ESCAPED.items():
            source = source.replace(mark, stand_in)
        again = _parser().parse(source)
        return tree if again.root_node.has_error else again
    return tree


def text_of(node: Node) -> str:
    """The bytes of a node as text; bytes that are no UTF-8 are replaced."""
    return raw_of(node).decode("utf-8", "replace")


def raw_of(node: Node) -> bytes:
    """The bytes of a node as the file has them."""
    raw = node.text or b""
    for mark, stand_in in _ESCAPED.items():
        raw = raw.replace(stand_in, mark)
    return raw


def line_of(node: Node) -> int:
    """The line on which a node begins, from 1."""
    return node.start_point[0] + 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """``name = value``, in a block or at the top of a file."""

    name: str
    value: Node
    """The node of type ``expression``."""
    node: Node
    """The whole attribute."""

    @property
    def line(self) -> int:
        """From 1."""
        return line_of(self.node)


@dataclass(frozen=True, slots=True)
class Block:
    """``type "label" "label" { ... }``."""

    type: str
    labels: tuple[str, ...]
    node: Node
    """The whole block, from its type to its closing brace."""

    @property
    def line(self) -> int:
        """From 1."""
        return line_of(self.node)

    @property
    def body(self) -> Node | None:
        """The node of what stands between its braces; None where nothing does."""
        return next((child for child in self.node.children if child.type == "body"), None)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Those right in it."""
        return () if (body := self.body) is None else tuple(attributes(body))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Those right in it."""
        return () if (body := self.body) is None else tuple(blocks(body))

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name right in it."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


def top(tree: Tree) -> Node | None:
    """The body of a file; None where it is empty or nothing in it can be read."""
    return next((child for child in tree.root_node.children if child.type == "body"), None)


def attributes(body: Node) -> Iterator[Attribute]:
    """The attributes right in a body, in its order."""
    for node in body.children:
        if node.type == "attribute":
            name = next((child for child in node.children if child.type == "identifier"), None)
            value = next((child for child in node.children if child.type == "expression"), None)
            if name is not None and value is not None:
                yield Attribute(text_of(name), value, node)


def blocks(body: Node) -> Iterator[Block]:
    """The blocks right in a body, in its order."""
    for node in body.children:
        if node.type == "block" and (block := _block(node)) is not None:
            yield block


def _block(node: Node) -> Block | None:
    words: list[str] = []
    for child in node.children:
        if child.type == "identifier":
            words.append(text_of(child))
        elif child.type == "string_lit":
            words.append(text_of(child)[1:-1])
        elif child.type == "block_start":
            break
    return Block(words[0], tuple(words[1:]), node) if words else None


def file_blocks(tree: Tree) -> tuple[Block, ...]:
    """The blocks at the top of a file that can be read: those with broken syntax in them are left out."""
    body = top(tree)
    return () if body is None else tuple(block for block in blocks(body) if not block.node.has_error)


def broken(tree: Tree) -> int | None:
    """The line of the first syntax that cannot be read, from 1; None where all can."""
    node = tree.root_node
    if not node.has_error:
        return None
    for _ in range(_DEEPEST):
        below = next((child for child in node.children if child.has_error or child.is_missing or child.is_error), None)
        if below is None or node.is_error:
            break
        node = below
    # What is missing at the end is missed on the last line that has anything on it.
    written = (tree.root_node.text or b"").rstrip().count(b"\n") + 1
    return min(line_of(node), written)
