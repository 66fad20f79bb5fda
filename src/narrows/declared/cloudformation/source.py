"""Files of templates: opened inside one folder, and read as YAML or JSON."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from narrows.bounds import TEMPLATE_BYTES
from narrows.declared.cloudformation.json_text import json_nodes
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.yaml_text import yaml_nodes
from narrows.errors import InputError
from narrows.opening import open_inside, read_at_most

_TOO_LARGE = "CloudFormation takes 1 MB"
_TERRAFORM = re.compile(r'^(?:resource|provider|variable|module|data|locals|terraform)\b[ \t]*["{]', re.MULTILINE)


@dataclass(frozen=True)
class Folder:
    """The folder that templates may stand in; nothing outside it is opened."""

    path: Path
    shown: bool = True
    """Whether files are named as the user would open them, or as they stand in the folder."""

    def file(self, path: Path) -> str:
        """What a file of it is called in places."""
        return str(path) if self.shown else Path(os.path.relpath(path, self.path)).as_posix()

    def content(self, path: Path) -> bytes:
        """Of a file of it."""
        outside = f"stands outside the folder {self.path}"
        with open_inside(self.path, path, outside, "name a folder that holds both") as stream:
            return read_at_most(stream, TEMPLATE_BYTES, path, _TOO_LARGE)


def read_nodes(folder: Folder, path: Path) -> Node:
    """What a file holds: a mapping.

    Raises:
        InputError: it cannot be read, is neither YAML nor JSON, or holds no mapping.
    """
    return nodes_in(folder.content(path), str(path))


def nodes_in(content: bytes, file: str) -> Node:
    """What the content of a file holds. Raises as ``read_nodes`` does."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", file=file, advice="is it a template?") from None
    if not text.strip():
        raise InputError("is empty", file=file)
    if _TERRAFORM.search(text) and not text.lstrip().startswith("{"):
        raise InputError("is Terraform's, not a CloudFormation template", file=file)
    found = _nodes(text, file)
    if found is None:
        raise InputError("is empty", file=file)
    if not isinstance(found.value, dict):
        raise InputError("holds no mapping", file=file, advice="a template has the key Resources")
    return found


def _nodes(text: str, file: str) -> Node | None:
    if not text.lstrip().startswith("{"):
        return yaml_nodes(text, file)
    try:
        return json_nodes(text, file)
    except InputError as error:
        if file.endswith((".json", ".template")):
            raise
        # YAML may begin with a brace too: where it is none either, what is wrong with the JSON is said.
        try:
            return yaml_nodes(text, file)
        except InputError:
            raise error from None
