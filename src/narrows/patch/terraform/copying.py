"""A block made after another: its arguments as they stand there, some of them changed, its comments left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrows.declared.terraform.hcl import Block, text_of
from narrows.declared.terraform.hcl import attributes as attributes_of
from narrows.declared.terraform.hcl import blocks as blocks_of
from narrows.patch.terraform.layout import Assigned, Blank, Inner, Item

if TYPE_CHECKING:
    from tree_sitter import Node

META = ("count", "for_each")
"""What makes several of a block; a copy is one."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Which one of those that a block makes."""

    key: int | str | None = None
    """Its index or key; None where the block makes one."""
    for_each: str = ""
    """The expression that it is a key of."""

    def of_name(self, name: str, attribute: str) -> str | None:
        """``count.index``, ``each.key`` or ``each.value`` of this one."""
        if isinstance(self.key, int) and (name, attribute) == ("count", "index"):
            return str(self.key)
        if isinstance(self.key, str) and name == "each":
            key = json.dumps(self.key, ensure_ascii=False)
            if attribute == "key" or self.for_each.startswith(("toset(", "[")):
                return key
            if attribute == "value":
                plain = self.for_each.replace(".", "").replace("_", "").replace("-", "").isalnum()
                return f"{self.for_each}[{key}]" if plain else f"({self.for_each})[{key}]"
        return None


def copied(
    block: Block,
    instance: Instance,
    *,
    changes: Mapping[str, str | None],
    suffix: str = "",
    inner: Mapping[str, Mapping[str, str | None]] | None = None,
) -> list[Item]:
    """The body of a copy.

    Args:
        changes: other values of its attributes; None takes one away. What was not there comes at the end.
        suffix: of its name: of the Name tag.
        inner: other values of attributes that blocks in it have, by their type.
    """
    if block.body is None:
        return []
    return _items(block.body, instance, {**dict.fromkeys(META), **changes}, suffix, inner or {})


def _items(
    body: Node,
    instance: Instance,
    changes: Mapping[str, str | None],
    suffix: str,
    inner: Mapping[str, Mapping[str, str | None]],
    nested: bool = False,
) -> list[Item]:
    items: list[Item] = []
    attributes = {attribute.node.start_byte: attribute for attribute in attributes_of(body)}
    blocks = {block.node.start_byte: block for block in blocks_of(body)}
    pending = dict(changes)
    last = body.start_point[0]
    for node in body.children:
        if node.start_point[0] > last + 1 and items:
            items.append(Blank())
        last = node.end_point[0]
        attribute, block = attributes.get(node.start_byte), blocks.get(node.start_byte)
        if attribute is not None:
            value = expression(attribute.value, instance)
            if attribute.name in pending:
                changed = pending.pop(attribute.name)
                if changed is None:
                    continue
                value = changed
            elif attribute.name in ("tags", "tags_all") and suffix:
                value = named(attribute.value, instance, suffix)
            items.append(Assigned(attribute.name, value))
        elif block is not None and block.body is not None:
            head = " ".join([block.type, *(json.dumps(label) for label in block.labels)])
            changed_inside = inner.get(block.type, {})
            items.append(Inner(head, _items(block.body, instance, changed_inside, "", {}, nested=True)))
        elif block is not None:
            items.append(Inner(block.type, []))
    added = [Assigned(name, value) for name, value in pending.items() if value is not None and not nested]
    return [*items, *([Blank()] if items and added else []), *added]


def expression(value: Node, instance: Instance) -> str:
    """An expression as it stands there, for one instance, without comments."""
    return _text(value, _edits(value, instance))


def named(tags: Node, instance: Instance, suffix: str) -> str:
    """Tags with another Name: the suffix is text of a template, and may hold what is worked out (``${...}``)."""
    edits = _edits(tags, instance)
    value = name_tag(tags)
    if value is not None:
        template = _template(value)
        if template is not None:
            edits.append((template.end_byte - 1, template.end_byte - 1, suffix))
        else:
            inside = _text(value, [edit for edit in edits if value.start_byte <= edit[0] < value.end_byte])
            edits = [edit for edit in edits if not value.start_byte <= edit[0] < value.end_byte]
            plain = inside[1:-1] if inside.startswith('"') and inside.endswith('"') else f"${{{inside}}}"
            edits.append((value.start_byte, value.end_byte, f'"{plain}{suffix}"'))
    return _text(tags, edits)


def name_tag(tags: Node) -> Node | None:
    """The value of ``Name`` where tags are written out, wherever in their expression."""
    for node in _walk(tags):
        if node.type == "object_elem":
            parts = [part for part in node.children if part.type == "expression"]
            if len(parts) == 2 and text_of(parts[0]).strip('"') == "Name":
                return parts[1]
    return None


def _template(value: Node) -> Node | None:
    """The quoted text that an expression is, if it is one."""
    node = value
    while len(node.children) == 1:
        node = node.children[0]
    return node if node.type in ("quoted_template", "string_lit") else None


def _edits(whole: Node, instance: Instance) -> list[tuple[int, int, str]]:
    edits: list[tuple[int, int, str]] = []
    for node in _walk(whole):
        if node.type == "comment" and (before := node.prev_sibling) is not None:
            # A comment on a line of its own stays: it parts the lines around it.
            if before.end_point[0] == node.start_point[0]:
                edits.append((node.start_byte, node.end_byte, ""))
            continue
        for first, second in zip(node.children, node.children[1:], strict=False):
            if first.type == "variable_expr" and second.type == "get_attr":
                new = instance.of_name(text_of(first), text_of(second).removeprefix("."))
                if new is None:
                    continue
                parent = node.parent
                alone = len(node.children) == 2 and parent is not None and parent.type == "template_interpolation"
                if alone and parent is not None and not new.startswith("("):
                    literal = json.loads(new) if new.startswith('"') else new
                    if new[0] in '"0123456789':
                        edits.append((parent.start_byte, parent.end_byte, str(literal)))
                        continue
                edits.append((first.start_byte, second.end_byte, new))
    return edits


def _text(node: Node, edits: list[tuple[int, int, str]]) -> str:
    source = node.text or b""
    start = node.start_byte
    parts: list[bytes] = []
    at = 0
    for begin, end, new in sorted(edits):
        if begin - start < at:
            continue
        before = source[at : begin - start]
        if not new:  # A comment goes with the blanks before it.
            before = before.rstrip(b" \t")
        parts += [before, new.encode()]
        at = end - start
    text = b"".join([*parts, source[at:]]).decode("utf-8", "replace").replace("\r\n", "\n")
    lines = (_SUM.sub(_summed, text) if edits else text).split("\n")
    return "\n".join(
        line for place, line in enumerate(lines) if line.strip() or place in (0, len(lines) - 1) or not edits
    )


_SUM = re.compile(r"\$\{(\d{1,9}) ?\+ ?(\d{1,9})\}")
"""What ``${count.index + 1}`` becomes."""


def _summed(match: re.Match[str]) -> str:
    return str(int(match[1]) + int(match[2]))


def _walk(node: Node) -> list[Node]:
    nodes = [node]
    at = 0
    while at < len(nodes):
        nodes += nodes[at].children
        at += 1
    return nodes
