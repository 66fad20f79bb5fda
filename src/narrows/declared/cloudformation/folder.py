"""Templates in a folder: found by what they hold, and read together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from narrows.bounds import FOLDERS_DEEP, TEMPLATE_BYTES, TEMPLATE_FILES
from narrows.declared.cloudformation.assembly import OUTPUT, assembly_in
from narrows.declared.cloudformation.foreign import ForeignError
from narrows.declared.cloudformation.nested import NESTED, local_template
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.reader import Wanted, read_assembly, read_together
from narrows.declared.cloudformation.source import UTF_16, Folder, nodes_in
from narrows.declared.cloudformation.template import resources_of
from narrows.declared.model import Declared, Fault, Place
from narrows.errors import InputError, one_line
from narrows.opening import open_regular

_ENDINGS = (".yaml", ".yml", ".json", ".template")
_NOT_OURS = (OUTPUT, "node_modules", "site-packages", "venv", "__pycache__")
"""Folders of what was installed or made; those whose names begin with a dot too."""
_RESOURCES = re.compile(rb"""^[ \t]*["']?Resources["']?[ \t]*:""", re.MULTILINE)
_TYPE = re.compile(rb"""["']?Type["']?[ \t]*:[ \t]*["']?(?:AWS|Alexa|Custom)::""")


def looks_like_template(content: bytes) -> bool:
    """Whether a file is meant to be a template, valid or not."""
    if content.startswith(UTF_16):
        content = content.decode("utf-16", "replace").encode()
    return bool(_TYPE.search(content)) and (bool(_RESOURCES.search(content)) or b'"Resources"' in content)


def read_folder(path: Path, parameters: Mapping[str, str] | None = None) -> Declared | None:
    """What the templates in a folder declare together; None where it has none.

    CDK's output is taken where there is any: the folder itself, or ``cdk.out`` in it.

    Raises:
        InputError: none of them can be read, or one as the folder is too large.
    """
    folder = Folder(path, shown=False)
    assembly = assembly_in(path)
    if assembly is not None:
        return read_assembly(folder, assembly, parameters)
    roots: dict[Path, Node] = {}
    faults: list[Fault] = []
    broken: InputError | None = None
    for file in sorted(_files(path)):
        try:
            content = folder.content(file)
            if looks_like_template(content):
                roots[file] = nodes_in(content, str(file))
        except InputError as error:
            if _may_be_one(file):
                foreign = isinstance(error, ForeignError)
                if not foreign:
                    broken = broken or error
                line = (error.place or "").removeprefix("line ")
                place = Place(folder.file(file), int(line) if line.isdecimal() else None)
                faults.append(Fault(place, one_line(f"is not read: it {error.problem}"), broken=not foreign))
    roots = {file: node for file, node in roots.items() if node.get("Resources") is not None}
    if not roots:
        if broken is not None:
            raise broken
        return None
    nested = {template for file, node in roots.items() for template in _nested(file, node)}
    outermost = [file for file in roots if file not in nested] or list(roots)
    wanted = [Wanted(file, {}, folder.file(file), roots[file]) for file in outermost]
    return read_together(folder, wanted, parameters, faults)


def _may_be_one(file: Path) -> bool:
    """Whether a file that cannot be read is meant to be a template."""
    try:
        with open_regular(file) as stream:
            return looks_like_template(stream.read(TEMPLATE_BYTES))
    except (InputError, OSError):
        return False


def _nested(file: Path, root: Node) -> Iterator[Path]:
    """The files of the stacks that are nested in a template."""
    for node in resources_of(root).values():
        kind = node.get("Type")
        if kind is not None and kind.text in NESTED:
            template = local_template(node, file)
            if isinstance(template, Path):
                yield template


def _files(path: Path) -> Iterator[Path]:
    """The files of a folder and those below it that may be templates."""
    count = 0
    depth = len(path.parts)
    for here, folders, files in os.walk(path):
        kept = [name for name in folders if not name.startswith(".") and name not in _NOT_OURS]
        folders[:] = sorted(kept) if len(Path(here).parts) - depth < FOLDERS_DEEP else []
        count += len(files) + len(folders)
        if count > TEMPLATE_FILES:
            advice = "name the folder of the templates, or one of them"
            raise InputError(f"holds more than {TEMPLATE_FILES:,} files and folders", file=path, advice=advice)
        for name in files:
            if name.endswith(_ENDINGS) and (file := Path(here, name)).is_file():
                yield file
