"""The user's files of Terraform: the modules of a folder, their blocks, and what is to become of each file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from narrows.bounds import TERRAFORM_BYTES, TERRAFORM_FILES
from narrows.declared.terraform.hcl import Block, broken, file_blocks
from narrows.errors import InputError
from narrows.opening import open_inside, read_at_most, reason
from narrows.patch.model import FileChange
from narrows.patch.terraform.editing import Edited, attribute_value

_OUTSIDE = "a link leads outside the folder"
_ADVICE = "put the file itself there"
OWN_FILE = "narrows.tf"
"""Where blocks go that stand beside nothing of the user's."""
_STEP = re.compile(r'\.?([A-Za-z_][\w-]*)(?:\[(?:(\d+)|"((?:[^"\\]|\\.)*)")\])?')


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a resource, in parts."""

    modules: tuple[tuple[str, int | str | None], ...]
    type: str
    label: str
    key: int | str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The modules that it is in, without their keys."""
        return tuple(name for name, _ in self.modules)


def parsed(address: str) -> Address | None:
    """An address as Terraform prints it; None where it is none of a resource."""
    steps: list[tuple[str, int | str | None]] = []
    at = 0
    while at < len(address):
        step = _STEP.match(address, at)
        if step is None or step.end() == at:
            return None
        steps.append((step[1], int(step[2]) if step[2] else step[3]))
        at = step.end()
    modules: list[tuple[str, int | str | None]] = []
    while len(steps) >= 4 and steps[0] == ("module", None):
        modules.append(steps[1])
        del steps[:2]
    if len(steps) != 2 or steps[0][1] is not None:
        return None
    return Address(tuple(modules), steps[0][0], steps[1][0], steps[1][1])


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with the file that it is in."""

    file: str
    block: Block

    @property
    def place(self) -> str:
        """As messages name it."""
        return f"{self.file}:{self.block.line}"


@dataclass
class Module:
    """One module: the root or a local one below it."""

    names: tuple[str, ...]
    """The calls that lead to it; empty for the root."""
    folder: str
    """Relative to the root's; empty for the root."""
    several: str = ""
    """Why its blocks make several of everything, with the place; empty where they do not."""
    files: dict[str, Edited] = field(default_factory=dict)
    resources: dict[tuple[str, str], Placed] = field(default_factory=dict)
    calls: dict[str, Placed] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """(``aws_eip``, label) of every resource, (``variable``, label), (``output``, label)."""
    required: list[Placed] = field(default_factory=list)
    """The ``terraform`` blocks."""
    own: list[str] = field(default_factory=list)
    """Blocks for a file of narrows' own."""

    def fresh(self, kind: str, label: str) -> str:
        """A label that nothing of that kind has, and which is taken from now on."""
        base = re.sub(r"[^A-Za-z0-9_-]", "_", label) or "narrows"
        if not (base[0].isalpha() or base[0] == "_"):
            base = f"_{base}"
        free, number = base, 2
        while (kind, free) in self.taken:
            free, number = f"{base}_{number}", number + 1
        self.taken.add((kind, free))
        return free


class Files:
    """The folder of the user's files, as it is read and as it is to be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.json: list[str] = []
        """Files in JSON's form of the syntax: they are not edited."""
        self.left_out: list[tuple[str, str]] = []
        """(File, why) of those that are not read."""
        self._modules: dict[tuple[str, ...], Module | None] = {}
        self.root = self._read((), "", "")
        self._modules[()] = self.root
        self._look_at_every_call()

    def module(self, names: tuple[str, ...]) -> Module | None:
        """The module that calls lead to; None where it is none of the folder (a registry's, or one that is missing)."""
        if names not in self._modules:
            self._modules[names] = self._called(names)
        return self._modules[names]

    def modules(self) -> Iterator[Module]:
        """Those of the folder, one for each of the calls that were looked at."""
        return (module for module in self._modules.values() if module is not None)

    def call(self, names: tuple[str, ...]) -> tuple[Module, Placed] | None:
        """The module block that makes a module, with the module it stands in."""
        caller = self.module(names[:-1])
        placed = None if caller is None else caller.calls.get(names[-1])
        return None if caller is None or placed is None else (caller, placed)

    def _look_at_every_call(self) -> None:
        """What two calls share is known as such before anything in it is edited, whichever of them a plan names."""
        calls: list[tuple[str, ...]] = [(name,) for name in self.root.calls]
        walked = {id(self.root)}
        for names in calls:
            try:
                module = self.module(names)
            except InputError:
                continue  # Said when the plan asks for something in it.
            if module is not None and id(module) not in walked:
                walked.add(id(module))
                calls += [(*names, name) for name in module.calls]
        for names in sorted(self._modules, key=len):
            module = self._modules[names]
            caller = self._modules.get(names[:-1])
            if module is not None and caller is not None:
                module.several = module.several or caller.several

    def changes(self) -> tuple[FileChange, ...]:
        """Every file that becomes another, and the new ones."""
        changes: dict[str, FileChange] = {}
        for module in self.modules():
            for name, edited in module.files.items():
                after = edited.result()
                if after != edited.source:
                    changes[name] = FileChange(name, edited.source, after)
            if module.own and (name := self._own_file(module)) not in changes:
                text = "\n\n".join(module.own) + "\n"
                changes[name] = FileChange(name, None, text.encode())
        return tuple(changes[name] for name in sorted(changes))

    def _own_file(self, module: Module) -> str:
        number, name = 2, OWN_FILE
        while os.path.lexists(self.folder / module.folder / name):
            name, number = f"narrows-{number}.tf", number + 1
        return str(PurePosixPath(module.folder) / name) if module.folder else name

    def _called(self, names: tuple[str, ...]) -> Module | None:
        called = self.call(names) if names else None
        if called is None:
            return None
        caller, placed = called
        source = attribute_value(placed.block, "source")
        text = b"" if source is None or source.text is None else source.text
        path = text.decode("utf-8", "replace").strip('"')
        if not path.startswith(("./", "../")):
            return None
        folder = os.path.normpath(PurePosixPath(caller.folder) / path)
        if folder.startswith(".."):
            self.left_out.append((placed.place, "its source is outside of the folder"))
            return None
        several = caller.several
        for name in ("count", "for_each"):
            if placed.block.attribute(name) is not None:
                several = f"the module at {placed.place} has {name}"
        for calls, module in self._modules.items():
            if module is not None and module.folder == folder and calls != names:
                several = f"the module in {folder} is called more than once"
                module.several = several
                return module
        return self._read(names, folder, several)

    def _read(self, names: tuple[str, ...], folder: str, several: str) -> Module:
        module = Module(names, folder, several)
        where = self.folder / folder
        try:
            with os.scandir(where) as entries:
                entry_names = sorted(entry.name for entry in entries)
        except (OSError, ValueError) as error:
            raise InputError(reason(error), file=where) from None
        for name in entry_names:
            path = f"{folder}/{name}" if folder else name
            if name.endswith(".tf.json"):
                self.json.append(path)
            elif name.endswith(".tf") and not name.startswith("."):
                self._take(module, path)
        return module

    def _take(self, module: Module, path: str) -> None:
        self.count += 1
        if self.count > TERRAFORM_FILES:
            raise InputError(f"more than {TERRAFORM_FILES:,} files of Terraform", file=self.folder)
        file = self.folder / path
        with open_inside(self.folder, file, _OUTSIDE, _ADVICE) as stream:
            source = read_at_most(stream, TERRAFORM_BYTES, file)
        try:
            source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = source.count(b"\n", 0, error.start) + 1
            raise InputError("is no UTF-8 text", file=file, place=f"line {line}") from None
        # A link is not what git patches: what it leads to is.
        real = os.path.realpath(file)
        path = PurePosixPath(os.path.relpath(real, os.path.realpath(self.folder))).as_posix()
        edited = Edited(source)
        line_of_broken = broken(edited.tree)
        if line_of_broken is not None:
            advice = "terraform validate says more; nothing was changed"
            raise InputError(
                "is no valid syntax of Terraform", file=file, place=f"line {line_of_broken}", advice=advice
            )
        module.files[path] = edited
        for block in file_blocks(edited.tree):
            placed = Placed(path, block)
            match block.type, block.labels:
                case "resource", (type_, label):
                    module.resources[type_, label] = placed
                    module.taken.add((type_, label))
                case (("variable" | "output"), (label,)):
                    module.taken.add((block.type, label))
                case "module", (label,):
                    module.calls[label] = placed
                case "terraform", ():
                    module.required.append(placed)
