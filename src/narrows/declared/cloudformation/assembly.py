"""What CDK synthesises: a folder with a manifest that names the template of each stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from narrows.bounds import FOLDERS_DEEP
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.source import Folder, read_nodes
from narrows.errors import InputError, shown
from narrows.opening import open_inside

MANIFEST = "manifest.json"
OUTPUT = "cdk.out"
"""The folder that CDK writes to, beside its ``cdk.json``."""
_LOOKED_AT = 2**12
"""Bytes at the beginning of a manifest, in which its version and the first artifact stand."""
_STACK = "aws:cloudformation:stack"
_ASSEMBLY = "cdk:cloud-assembly"
_ENVIRONMENT = re.compile(r"aws://(\d{12}|unknown-account)/([a-z0-9-]+)", re.ASCII)
_UNKNOWN = ("unknown-account", "unknown-region")


@dataclass(frozen=True)
class Synthesised:
    """A stack that CDK wrote."""

    name: str
    template: Path
    parameters: dict[str, str]
    """Those that CDK gives it, and the account and Region where they are known."""


def is_assembly(folder: Path) -> bool:
    """Whether a folder is one that CDK synthesised, by the beginning of its manifest."""
    try:
        with open_inside(folder, folder / MANIFEST, "stands elsewhere", "name that folder") as stream:
            head = stream.read(_LOOKED_AT)
    except InputError:
        return False
    return b'"artifacts"' in head and b'"version"' in head


def assembly_in(folder: Path) -> Path | None:
    """The folder that CDK synthesised: this one, or its ``cdk.out``."""
    return next((path for path in (folder, folder / OUTPUT) if is_assembly(path)), None)


def stacks_of(folder: Folder, path: Path, deep: int = 0) -> Iterator[Synthesised]:
    """The stacks of an assembly, those of its stages too.

    Raises:
        InputError: the manifest cannot be read, or is not one of CDK.
    """
    file = path / MANIFEST
    artifacts = read_nodes(folder, file).get("artifacts")
    if artifacts is None or deep > FOLDERS_DEEP:
        raise InputError("names no artifacts; is it one of CDK?", file=file)
    for name, node in artifacts.mapping.items():
        kind = node.get("type")
        if kind is not None and kind.text == _STACK:
            template = node.get("properties", "templateFile")
            if template is None or not template.text:
                raise InputError(f"names no template of the stack {shown(name)}", file=file, place=f"line {node.line}")
            yield Synthesised(_stack_name(name, node), path / template.text, _parameters(name, node))
        elif kind is not None and kind.text == _ASSEMBLY:
            inside = node.get("properties", "directoryName")
            if inside is not None and inside.text and inside.text not in (".", ""):
                yield from stacks_of(folder, path / inside.text, deep + 1)


def _stack_name(name: str, node: Node) -> str:
    given = node.get("properties", "stackName")
    return name if given is None or given.text is None else given.text


def _parameters(name: str, node: Node) -> dict[str, str]:
    values = {"AWS::StackName": _stack_name(name, node)}
    given = node.get("properties", "parameters")
    if given is not None:
        values |= {key: value.text for key, value in given.mapping.items() if value.text is not None}
    environment = node.get("environment")
    match = _ENVIRONMENT.fullmatch("" if environment is None else environment.text or "")
    if match is not None:
        account, region = match.groups()
        known = {"AWS::AccountId": account, "AWS::Region": region}
        values |= {key: value for key, value in known.items() if value not in _UNKNOWN}
    return values
