"""The files of one module's folder as data: its resources, variables, locals, outputs, module calls and providers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from narrows.bounds import TERRAFORM_BYTES, TERRAFORM_FILES, TERRAFORM_FOLDER_BYTES
from narrows.declared.model import Fault, Place
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform import hcl
from narrows.declared.terraform.expression_syntax import of_node
from narrows.declared.terraform.json_syntax import blocks_of_json
from narrows.errors import InputError, shown
from narrows.opening import open_inside, read_at_most, reason, size

_Key = TypeVar("_Key")
_OUTSIDE = "a link leads outside the folder"
_OUTSIDE_ADVICE = "put the file itself there"
_OVERRIDE = ("override.tf", "override.tf.json")
_OVERRIDES = ("_override.tf", "_override.tf.json")
PLAN_INSTEAD: Final = "give the plan's JSON: terraform show -json"
"""What helps where the files are not read as Terraform reads them."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands between the braces of a block."""

    attributes: Mapping[str, ex.Expression]
    blocks: tuple[Inner, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """Of the attributes."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A block with its place."""

    type: str
    labels: tuple[str, ...]
    body: Body
    place: Place


@dataclass
class Configuration:
    """One module's folder."""

    folder: Path
    resources: dict[tuple[str, str, str], Inner] = field(default_factory=dict)
    """By ``resource`` or ``data``, type and name, in the order of the files."""
    variables: dict[str, Inner] = field(default_factory=dict)
    locals: dict[str, ex.Expression] = field(default_factory=dict)
    places_of_locals: dict[str, Place] = field(default_factory=dict)
    outputs: dict[str, Inner] = field(default_factory=dict)
    calls: dict[str, Inner] = field(default_factory=dict)
    """The module blocks."""
    providers: list[Inner] = field(default_factory=list)
    """Those of the aws provider."""
    constraint: str | None = None
    """The version of the aws provider that ``required_providers`` asks for."""

    def declares(self) -> Iterator[object]:
        """All that its files declare."""
        for part in (self.resources, self.variables, self.locals, self.outputs, self.calls, self.providers):
            yield from part


@dataclass
class Reading:
    """What is read of one root: the files so far, and what was wrong with them."""

    root: Path
    """Nothing outside it is opened."""
    shown_from: Path
    """The folder that the user named: places are told from there."""
    files: dict[Path, str] = field(default_factory=dict)
    faults: dict[Fault, None] = field(default_factory=dict)
    """Each once, in their order."""
    bytes_left: int = TERRAFORM_FOLDER_BYTES
    _configurations: dict[Path, Configuration] = field(default_factory=dict)

    def fault(self, place: Place, text: str, *, broken: bool = False) -> None:
        """Remember what was not understood, once."""
        if len(self.faults) < TERRAFORM_FILES:
            self.faults[Fault(place, text, broken)] = None

    def refused(self, file: Path, error: InputError) -> None:
        """Remember that a file is not read, and why."""
        at = f"{error.place}: " if error.place else ""
        self.fault(Place(self.name_of(file)), f"is not read: {at}{error.problem}", broken=True)

    def is_text(self, file: Path, raw: bytes) -> bool:
        """Whether what a file holds is UTF-8; a fault where it is not."""
        try:
            raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.fault(
                Place(self.name_of(file), line), "is not read: it is not UTF-8 text; save it as UTF-8", broken=True
            )
            return False
        return True

    def name_of(self, file: Path) -> str:
        """A file as messages name it."""
        return os.path.relpath(file, self.shown_from)

    def bytes_of(self, file: Path) -> bytes | None:
        """What a file of the root holds; None, with a fault, where it cannot be read."""
        try:
            if file not in self.files and len(self.files) >= TERRAFORM_FILES:
                raise InputError(f"more than {TERRAFORM_FILES:,} files", file=self.shown_from)
            with open_inside(self.root, file, _OUTSIDE, _OUTSIDE_ADVICE) as stream:
                raw = read_at_most(stream, TERRAFORM_BYTES, file)
            self.bytes_left -= len(raw)
            if self.bytes_left < 0:
                raise InputError(f"with it there are more than {size(TERRAFORM_FOLDER_BYTES)}", file=file)
        except InputError as error:
            self.refused(file, error)
            return None
        self.files[file] = self.name_of(file)
        return raw

    def text_of(self, name: str) -> str:
        """What ``file()`` gives: a text in the root, its name as seen from the folder that the user named.

        Raises:
            InputError: it cannot be read, or is no text.
        """
        file = self.shown_from / name
        with open_inside(self.root, file, "it stands outside the folder", _OUTSIDE_ADVICE) as stream:
            raw = read_at_most(stream, TERRAFORM_BYTES, file)
        self.bytes_left -= len(raw)
        if self.bytes_left < 0:
            raise InputError(f"with it there are more than {size(TERRAFORM_FOLDER_BYTES)}", file=file)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise InputError("is not UTF-8 text", file=file) from None

    def configuration(self, folder: Path) -> Configuration:
        """The module in a folder, read once."""
        key = Path(os.path.realpath(folder))
        if key not in self._configurations:
            configuration = self._configurations[key] = Configuration(folder)
            for inner in self._blocks(folder):
                self._take(configuration, inner)
        return self._configurations[key]

    def _blocks(self, folder: Path) -> Iterator[Inner]:
        for file in listed(folder):
            name = file.name
            if name.endswith((".tofu", ".tofu.json")):
                self.fault(Place(self.name_of(file)), "is not read: only OpenTofu reads it; tofu show -json has it all")
            if not name.endswith((".tf", ".tf.json")):
                continue
            if len(self.files) >= TERRAFORM_FILES:
                text = f"is not read, nor is any file after it: more than {TERRAFORM_FILES:,} files"
                self.fault(Place(self.name_of(file)), text)
                return
            raw = self.bytes_of(file)
            if raw is None:
                continue
            blocks = self.json_blocks(file, raw) if name.endswith(".json") else self.hcl_blocks(file, raw)
            if name.endswith(_OVERRIDES) or name in _OVERRIDE:
                for block in blocks:
                    address = ".".join((block.type, *block.labels))
                    self.fault(block.place, f"an override file is not read: it changes {address}; {PLAN_INSTEAD}")
                continue
            yield from blocks

    def hcl_blocks(self, file: Path, raw: bytes) -> Iterator[Inner]:
        """The blocks of a file in Terraform's own syntax, and its broken lines as a fault."""
        name = self.name_of(file)
        if not self.is_text(file, raw):
            return
        tree = hcl.parse(raw)
        line_of_broken = hcl.broken(tree)
        if line_of_broken is not None:
            text = "the syntax is broken: the block around it is not read"
            self.fault(Place(name, line_of_broken), text, broken=True)
        for block in hcl.file_blocks(tree):
            yield _inner(block, name, 0)

    def json_blocks(self, file: Path, raw: bytes) -> Iterator[Inner]:
        """The blocks of a file in JSON's form of the syntax."""
        name = self.name_of(file)
        try:
            for type_, labels, attributes, blocks in blocks_of_json(raw, name):
                inner = tuple(Inner(kind, names, Body(body), Place(name)) for kind, names, body in blocks)
                yield Inner(type_, labels, Body(attributes, inner), Place(name))
        except InputError as error:
            self.refused(file, error)

    def _take(self, to: Configuration, block: Inner) -> None:
        labels = block.labels
        match block.type, len(labels):
            case (("resource" | "data"), 2):
                self._once(to.resources, (block.type, labels[0], labels[1]), block, f"{labels[0]}.{labels[1]}")
            case "variable", 1:
                self._once(to.variables, labels[0], block, f"variable {labels[0]}")
            case "output", 1:
                self._once(to.outputs, labels[0], block, f"output {labels[0]}")
            case "module", 1:
                self._once(to.calls, labels[0], block, f"module {labels[0]}")
            case "locals", 0:
                to.locals.update(block.body.attributes)
                for name in block.body.attributes:
                    to.places_of_locals[name] = Place(block.place.file, block.body.lines.get(name, block.place.line))
            case "provider", 1 if labels[0] == "aws":
                to.providers.append(block)
            case "terraform", 0:
                to.constraint = _constraint(block) or to.constraint

    def _once(self, into: dict[_Key, Inner], key: _Key, block: Inner, name: str) -> None:
        if key in into:
            self.fault(block.place, f"{shown(name)} stands at {into[key].place} already")
        else:
            into[key] = block


def listed(folder: Path) -> list[Path]:
    """The files of a folder in the order of their names. Raises ``InputError`` where it cannot be looked at."""
    try:
        with os.scandir(folder) as entries:
            names = []
            for entry in entries:
                names.append(entry.name)
                if len(names) > 10 * TERRAFORM_FILES:
                    raise InputError(f"more than {10 * TERRAFORM_FILES:,} files in one folder", file=folder)
    except (OSError, ValueError) as error:
        raise InputError(reason(error), file=folder) from None
    return [folder / name for name in sorted(names)]


def _inner(block: hcl.Block, file: str, depth: int) -> Inner:
    attributes = {attribute.name: of_node(attribute.value) for attribute in block.attributes}
    inner = tuple(_inner(below, file, depth + 1) for below in block.blocks) if depth < 16 else ()
    lines = {attribute.name: attribute.line for attribute in block.attributes}
    return Inner(block.type, block.labels, Body(attributes, inner, lines), Place(file, block.line))


def _constraint(block: Inner) -> str | None:
    for inner in block.body.blocks:
        provider = inner.body.attributes.get("aws") if inner.type == "required_providers" else None
        if isinstance(provider, ex.Literal) and isinstance(provider.value, str):
            return provider.value
        if isinstance(provider, ex.Members):
            for key, value in provider.items:
                if key == ex.Literal("version") and isinstance(value, ex.Literal) and isinstance(value.value, str):
                    return value.value
    return None
