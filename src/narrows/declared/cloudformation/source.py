"""Files of templates: opened inside one folder, and read as YAML or JSON."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from narrows.bounds import TEMPLATE_BYTES
from narrows.declared.cloudformation.foreign import refuse_foreign
from narrows.declared.cloudformation.json_text import json_nodes
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.yaml_text import yaml_nodes
from narrows.errors import InputError
from narrows.opening import open_inside, read_at_most

_TOO_LARGE = "CloudFormation takes 1 MB"
_AS_UTF_8 = "save it as UTF-8, if it is meant to be read"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Marks at the beginning of a file; without them every second byte of English text is a zero."""


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
    """The mapping that a file's content holds. Raises as ``read_nodes`` does."""
    text = _text(content, file)
    refuse_foreign(text, file)
    root = _value(text, file)
    if not isinstance(root.value, dict):
        raise InputError("holds no mapping", file=file, advice="a template has the key Resources")
    return root


def value_in(content: bytes, file: str) -> Node:
    """What a file's content holds, a mapping or not.

    Raises:
        InputError: it is neither YAML nor JSON, or empty.
    """
    return _value(_text(content, file), file)


def _text(content: bytes, file: str) -> str:
    if content[:2] in UTF_16 or b"\0" in content[:2]:
        raise InputError("is UTF-16 text, or none at all", file=file, advice=_AS_UTF_8)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8 text", file=file, place=f"line {line}", advice=_AS_UTF_8) from None
    if not text.strip():
        raise InputError("is empty", file=file)
    return text


def _value(text: str, file: str) -> Node:
    root = _read(text, file)
    if root is None:
        raise InputError("is empty", file=file)
    return root


def _read(text: str, file: str) -> Node | None:
    if not text.lstrip().startswith(("{", "[")):
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
