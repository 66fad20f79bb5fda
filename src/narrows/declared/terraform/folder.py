"""A folder of Terraform's files, read without running anything: what they say of resources, as far as they say it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from narrows.declared.model import Declared, Place, Unknown, Value
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform import hcl
from narrows.declared.terraform.block_values import Whole
from narrows.declared.terraform.configuration import Configuration, Inner, Reading, listed
from narrows.declared.terraform.expression_syntax import of_node
from narrows.declared.terraform.instances import Instance
from narrows.declared.terraform.mapping import is_mapped, resources_of
from narrows.declared.terraform.regions import region_of
from narrows.declared.terraform.scopes import Module
from narrows.declared.terraform.values import Found, WrongError, settled
from narrows.declared.terraform.variable_files import tell_unused, variables_of
from narrows.declared.terraform.world import World
from narrows.errors import InputError
from narrows.opening import is_folder

_ENDS = (".tf", ".tf.json")
_LOCK = ".terraform.lock.hcl"
_INSTALLED = Path(".terraform") / "modules" / "modules.json"
_PROVIDER = "/hashicorp/aws"


def read_terraform_folder(
    folder: str | os.PathLike[str],
    *,
    within: str | os.PathLike[str] | None = None,
    var_files: Sequence[str | os.PathLike[str]] = (),
) -> Declared:
    """What a root module's ``*.tf`` and ``*.tf.json`` declare.

    Args:
        within: nothing outside of this folder is opened; without it that is the Git work tree around ``folder``, or
            ``folder`` itself: modules may stand beside it (``../modules/x``).
        var_files: more files of variables, as ``-var-file`` takes them.

    Raises:
        InputError: there is no such folder, or no Terraform in it, or more than is read.
    """
    read = FolderOf(folder, within=within, var_files=var_files)
    _refuse_unreadable(read.root.configuration, read.world.reading)
    try:
        instances = list(read.instances())
        default = read.world.region()
    except RecursionError:
        raise InputError("its expressions are nested too deeply", file=folder) from None
    reading = read.world.reading
    region, fault = region_of(instances, default if isinstance(default, str) else None)
    return Declared(
        "terraform",
        resources_of(instances),
        (*reading.faults, *([] if fault is None else [fault])),
        region=region,
        account=None,
        provider_version=read.version(),
        files=tuple(sorted(reading.files.values())),
    )


def places_of(folder: str | os.PathLike[str], within: str | os.PathLike[str] | None = None) -> dict[str, Place]:
    """Where each resource's block stands, by its address without indices (``module.net.aws_subnet.a``).

    Raises:
        InputError: as ``read_terraform_folder`` does.
    """
    read = FolderOf(folder, within=within)
    return {address: block.place for address, block in read.blocks()}


def holds_terraform(folder: Path) -> bool:
    """Whether Terraform's files stand in a folder that can be read."""
    try:
        return any(file.name.endswith(_ENDS) for file in listed(folder))
    except InputError:
        return False


class FolderOf:
    """A root module's folder with the modules that it calls."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        within: str | os.PathLike[str] | None = None,
        var_files: Sequence[str | os.PathLike[str]] = (),
    ) -> None:
        path = Path(folder)
        if not is_folder(path):
            raise InputError("is no folder", file=folder, advice="name the folder of the root module")
        names = listed(path)
        if not any(file.name.endswith(_ENDS) for file in names):
            raise InputError(
                "holds no Terraform files (*.tf)", file=folder, advice="name the folder of the root module"
            )
        root = _work_tree(path) if within is None else Path(within)
        reading = Reading(root, path)
        self.world = World(reading, installed=_installed(path, reading))
        given = variables_of(names, var_files, reading, self.world)
        configuration = reading.configuration(path)
        tell_unused(configuration, names, var_files, given, reading)
        self.root = Module(self.world, configuration, inputs={name: _constant(value) for name, value in given.items()})
        self.world.region = self._region

    def version(self) -> str | None:
        """The aws provider's version in the lock file, else what the configuration asks for."""
        return _version(self.root.configuration, self.world.reading)

    def instances(self) -> Iterator[Instance]:
        """Every instance of a resource that is mapped, in the order of the files, the root module's first."""
        tags = {alias: self.default_tags(alias) for alias, _ in self._providers()}
        regions = {alias: self._region_of(block) for alias, block in self._providers()}
        for module in self._modules(self.root):
            for (mode, type_, _), block in module.configuration.resources.items():
                if mode == "resource" and is_mapped(type_):
                    yield from self._of(module, block, tags, regions)

    def blocks(self) -> Iterator[tuple[str, Inner]]:
        """The block of each resource with its address without indices, in every module once."""
        yield from self._blocks(self.root.configuration, "", self.root, (self.root.configuration,))

    def _blocks(
        self, configuration: Configuration, path: str, module: Module, above: tuple[Configuration, ...]
    ) -> Iterator[tuple[str, Inner]]:
        for (mode, type_, name), block in configuration.resources.items():
            if mode == "resource":
                yield f"{path}{type_}.{name}", block
        for name in configuration.calls:
            # Places do not depend on how many instances there are: none need to be.
            child = module.declared_child(name)
            if child is not None and child.configuration not in above:
                inner = (*above, child.configuration)
                yield from self._blocks(child.configuration, f"{path}module.{name}.", child, inner)

    def _modules(self, module: Module) -> Iterator[Module]:
        yield module
        for name in module.configuration.calls:
            try:
                children = module.children(name) or {}
            except WrongError as error:
                self.world.reading.fault(module.configuration.calls[name].place, f"module {name}: {error}")
                continue
            for child in children.values():
                yield from self._modules(child)

    def _of(
        self, module: Module, block: Inner, tags: Mapping[str, Value], regions: Mapping[str, Found]
    ) -> Iterator[Instance]:
        try:
            expansion = module.expansion(block)
        except WrongError as error:
            self.world.reading.fault(block.place, f"{'.'.join(block.labels)}: {error}")
            return
        alias = module.provider(block.body.attributes.get("provider"))
        for key in expansion.instances:
            whole = Whole(module, block, key)
            values = {name: settled(value, self.world.budget) for name, value in whole.values().items()}
            region = values.get("region", regions.get(alias))
            yield Instance(
                block.labels[0],
                whole.address,
                block.place,
                values,
                conditional=module.conditional or expansion.why,
                lines=whole.lines(),
                default_tags=tags.get(alias),
                region=region if isinstance(region, str) else None,
            )

    def _providers(self) -> Iterator[tuple[str, Inner]]:
        for block in self.root.configuration.providers:
            alias = block.body.attributes.get("alias")
            yield str(alias.value) if isinstance(alias, ex.Literal) else "", block

    def default_tags(self, alias: str) -> Value:
        """The tags that a provider puts on everything; None where it puts none."""
        for name, provider in self._providers():
            for block in provider.body.blocks if name == alias else ():
                if block.type == "default_tags" and "tags" in block.body.attributes:
                    return settled(self.root.find(block.body.attributes["tags"], {}), self.world.budget)
        return None

    def _region(self) -> Found:
        for alias, block in self._providers():
            if not alias and "region" in block.body.attributes:
                return self.root.once("region", block.place, partial(self._region_of, block))
        return Unknown("no provider block says the Region", "${AWS::Region}")

    def _region_of(self, provider: Inner) -> Found:
        said = provider.body.attributes.get("region")
        return None if said is None else self.root.find(said, {})


def _refuse_unreadable(configuration: Configuration, reading: Reading) -> None:
    """Raises ``InputError`` with the first fault where nothing in the root module's files can be read."""
    if reading.faults and not any(configuration.declares()):
        fault = next(iter(reading.faults))
        text = f"{fault.text}; nothing else is declared there"
        raise InputError(text, file=reading.shown_from, place=str(fault.place))


def _constant(value: Found) -> Callable[[], Found]:
    return lambda: value


def _work_tree(folder: Path) -> Path:
    """The Git work tree around a folder; without any the folder."""
    real = Path(os.path.realpath(folder))
    for above in (real, *real.parents):
        try:
            if (above / ".git").exists():
                return above
        except OSError:
            break
    return real


def _installed(folder: Path, reading: Reading) -> dict[str, Path]:
    """The folders of the modules that ``terraform init`` fetched, by their calls."""
    file = folder / _INSTALLED
    if not file.is_file():
        return {}
    raw = reading.bytes_of(file)
    if raw is None:
        return {}
    from narrows.case.reading.aws_json import parse_json

    try:
        document = parse_json(raw, reading.name_of(file))
    except InputError as error:
        reading.refused(file, error)
        return {}
    modules = document.get("Modules") if isinstance(document, dict) else None
    folders: dict[str, Path] = {}
    for module in modules if isinstance(modules, list) else []:
        key, fetched = (module.get("Key"), module.get("Dir")) if isinstance(module, dict) else (None, None)
        if key and isinstance(key, str) and isinstance(fetched, str):
            folders[key] = Path(os.path.normpath(folder / fetched))
    return folders


def _version(configuration: Configuration, reading: Reading) -> str | None:
    file = configuration.folder / _LOCK
    raw = reading.bytes_of(file) if file.is_file() else None
    for block in () if raw is None else hcl.file_blocks(hcl.parse(raw)):
        if block.type == "provider" and block.labels and block.labels[0].endswith(_PROVIDER):
            version = block.attribute("version")
            number = None if version is None else of_node(version.value)
            if isinstance(number, ex.Literal) and isinstance(number.value, str):
                return number.value
    return configuration.constraint
