"""``Fn::ForEach``, written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from narrows.bounds import TEMPLATE_BYTES
from narrows.declared.cloudformation.nodes import Builder, Node
from narrows.declared.cloudformation.values import Inner, text_of
from narrows.errors import shown

_LOOP = "Fn::ForEach::"


def has_loops(node: Node) -> bool:
    """Whether there is any in a template."""
    if isinstance(node.value, dict):
        return any(key.startswith(_LOOP) or has_loops(member) for key, member in node.value.items())
    return any(has_loops(element) for element in node.items)


class Loops:
    """Writes the loops of one template out."""

    def __init__(self, file: str, value: Callable[[Node], Inner], fault: Callable[[str, int], None]) -> None:
        self.make = Builder(file)
        self.value = value
        self.fault = fault
        self.characters = 0

    def written_out(self, node: Node, names: Mapping[str, str] | None = None) -> Node:
        """The node without loops.

        Args:
            names: the identifiers of the loops around it, with what each stands for.
        """
        names = names or {}
        if isinstance(node.value, str):
            return self.make.scalar(self.replaced(node.value, names, node.line), node.line)
        if isinstance(node.value, list):
            return self.make.sequence([self.written_out(element, names) for element in node.value], node.line)
        if not isinstance(node.value, dict):
            return self.make.scalar(node.value, node.line)
        reference = node.value.get("Ref")
        if reference is not None and len(node.value) == 1 and (word := names.get(reference.text or "")) is not None:
            return self.make.scalar(word, node.line)
        members: dict[str, Node] = {}
        for key, member in node.value.items():
            if key.startswith(_LOOP):
                self.loop(key, member, names, members)
            else:
                members[self.replaced(key, names, member.line)] = self.written_out(member, names).at(member.line)
        return self.make.mapping(members, node.line)

    def loop(self, key: str, node: Node, names: Mapping[str, str], members: dict[str, Node]) -> None:
        """Write one loop out into the mapping that it stands in."""
        if len(node.items) != 3 or not node.items[0].text or not isinstance(node.items[2].value, dict):
            self.fault(
                f"the loop {shown(key.removeprefix(_LOOP))} is not written as CloudFormation takes it", node.line
            )
            return
        words = self.words(node.items[1], names)
        if words is None:
            self.fault(f"the loop {shown(key.removeprefix(_LOOP))} is not known: what it makes is not seen", node.line)
            return
        identifier = node.items[0].text or ""
        for word in words:
            inside = {**names, identifier: word}
            for name, member in self.written_out(node.items[2], inside).mapping.items():
                if name in members:
                    self.fault(f"{shown(name)} is made twice by a loop", member.line)
                members[name] = member

    def words(self, node: Node, names: Mapping[str, str]) -> list[str] | None:
        """What a loop runs over; None where that is not known."""
        values = self.value(self.written_out(node, names))
        if not isinstance(values, list):
            return None
        words = [text_of(value) for value in values]
        known = [word for word in words if word is not None]
        return known if len(known) == len(words) else None

    def replaced(self, text: str, names: Mapping[str, str], line: int) -> str:
        """Text with the identifiers of the loops around it written out."""
        for name, word in names.items():
            plain, letters = f"${{{name}}}", f"&{{{name}}}"
            count = text.count(plain) + text.count(letters)
            if not count:
                continue
            self.characters += len(text) + count * len(word)
            if self.characters > TEMPLATE_BYTES:
                raise self.make.error("its loops write too much text", line)
            text = text.replace(plain, word).replace(letters, "".join(char for char in word if char.isalnum()))
        return text
