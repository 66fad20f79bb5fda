"""A file as a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.source import Folder, read_nodes
from narrows.errors import InputError, nearest, shown

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Globals", "Outputs")
"""Besides ``Resources``, those that are read."""


@dataclass(frozen=True)
class Template:
    """A template that was read."""

    path: Path
    """To open what it names."""
    file: str
    """As places show it."""
    root: Node

    def malformed(self) -> list[Node]:
        """The names of sections that hold no mapping, each with its line. One without a value is as good as none."""
        named = [(name, self.root.get(name)) for name in _SECTIONS]
        return [
            Node(name, node.line)
            for name, node in named
            if node is not None and node.value is not None and not isinstance(node.value, dict)
        ]


def resources_of(root: Node) -> Mapping[str, Node]:
    """What a template declares, by logical ids."""
    resources = root.get("Resources")
    return {} if resources is None else resources.mapping


def read_template(folder: Folder, path: Path, root: Node | None = None) -> Template:
    """A file of a folder as a template.

    Args:
        root: what it holds, where it was read before.

    Raises:
        InputError: it cannot be read, or is none.
    """
    root = root or read_nodes(folder, path)
    resources = root.get("Resources")
    if resources is None:
        meant = nearest("Resources", set(root.mapping))
        advice = "a template has the key Resources" if meant is None else f"write Resources for {shown(meant)}"
        raise InputError("is not a CloudFormation template: it declares no Resources", file=path, advice=advice)
    if not isinstance(resources.value, dict):
        where = f"line {resources.line}"
        raise InputError("Resources is no mapping of logical ids to resources", file=path, place=where)
    return Template(path, folder.file(path), root)
