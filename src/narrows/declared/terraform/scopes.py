"""What names mean in a module: variables, locals, resources and modules, each worked out once, when asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from narrows.bounds import TERRAFORM_MODULES
from narrows.declared.model import Place, Unknown
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.block_values import META, Data, ModuleValue, Whole
from narrows.declared.terraform.configuration import PLAN_INSTEAD, Configuration, Inner
from narrows.declared.terraform.evaluate import Names
from narrows.declared.terraform.expansions import Expansion, Key, expanded
from narrows.declared.terraform.instances import indexed
from narrows.declared.terraform.regions import alias_of
from narrows.declared.terraform.values import (
    SENSITIVE,
    Found,
    Lazy,
    Uncounted,
    WrongError,
)
from narrows.declared.terraform.variable_types import typed
from narrows.declared.terraform.world import World
from narrows.errors import shown

_FETCH: Final = f"run terraform get, or {PLAN_INSTEAD}"


@dataclass(frozen=True, slots=True)
class Space(Lazy):
    """A first word of references: ``var``, ``local``, a type of resources."""

    find: Callable[[str], Found]

    def get(self, name: str) -> Found:
        """What the word behind it means."""
        return self.find(name)


class Module(Lazy):
    """One instance of a module, the root among them: the scope of its expressions."""

    def __init__(
        self,
        world: World,
        configuration: Configuration,
        *,
        path: str = "",
        inputs: Mapping[str, Callable[[], Found]] | None = None,
        above: tuple[Configuration, ...] = (),
        names: str = "",
        conditional: str = "",
        providers: Mapping[str, str] | None = None,
    ) -> None:
        self.world = world
        self.configuration = configuration
        self.path = path
        """``module.a["x"].``, before the addresses of its resources."""
        self.inputs = {} if inputs is None else inputs
        self.above = (*above, configuration)
        self.names = names
        """Its call, and those above it: ``a.b``."""
        self.conditional = conditional
        self.providers = {} if providers is None else providers
        """The aliases of the root module that its call gives to aliases of its own; empty is the one without."""
        self._known: dict[object, Found] = {}
        self._open: set[object] = set()
        self._expansions: dict[str, Expansion] = {}
        self._children: dict[str, dict[Key, Module] | None] = {}

    def find(self, expression: ex.Expression, names: Names) -> Found:
        """What an expression of this module comes to."""
        return self.world.evaluator.find(expression, self, names)

    def once(self, key: object, place: Place, make: Callable[[], Found]) -> Found:
        """What ``make`` gives, made once. What needs itself is unknown, with a fault at its place."""
        if key in self._known:
            return self._known[key]
        if key in self._open:
            name = ".".join(key) if isinstance(key, tuple) else str(key)
            self.world.reading.fault(place, f"{shown(name)} needs itself")
            return Unknown("it needs itself")
        self._open.add(key)
        try:
            value = self._known[key] = make()
        finally:
            self._open.discard(key)
        return value

    def get(self, name: str) -> Found:
        """The meaning of a first word."""
        match name:
            case "var":
                return Space(self.variable)
            case "local":
                return Space(self.local)
            case "module":
                return Space(self.module)
            case "data":
                return Space(lambda type_: Space(lambda label: self.data(type_, label)))
            case "path":
                return Space(self._path)
            case "terraform":
                return Space(lambda word: Unknown(f"{name}.{word} is not known"))
            case "each" | "count" | "self":
                raise WrongError(f"{name} outside of what is repeated")
        return Space(lambda label: self.resource(name, label))

    def _path(self, word: str) -> Found:
        """``path.module`` or ``path.root``, as seen from the root module's folder."""
        reading = self.world.reading
        folders = {"module": self.configuration.folder, "root": reading.shown_from}
        return reading.name_of(folders[word]) if word in folders else Unknown(f"path.{word} is not known")

    def provider(self, expression: ex.Expression | None) -> str:
        """The root module's alias of the aws provider that an expression of this module names; empty without any."""
        alias = alias_of(expression)
        return self.providers.get(alias, alias)

    def _providers(self, call: Inner) -> dict[str, str]:
        given = call.body.attributes.get("providers")
        named = {"": self.provider(None)}
        for name, value in given.items if isinstance(given, ex.Members) else ():
            if name == ex.Literal("aws") or alias_of(name):
                named[alias_of(name)] = self.provider(value)
        return named

    def variable(self, name: str) -> Found:
        """``var.name``."""
        block = self.configuration.variables.get(name)
        if block is None:
            raise WrongError(f"variable {name} is not declared")
        return self.once(("var", name), block.place, lambda: self._variable(name, block))

    def _variable(self, name: str, block: Inner) -> Found:
        given = self.inputs[name]() if name in self.inputs else None
        attributes = block.body.attributes
        if attributes.get("sensitive") == ex.Literal(True):
            return SENSITIVE
        if name not in self.inputs or (given is None and attributes.get("nullable") == ex.Literal(False)):
            if "default" not in attributes:
                return Unknown(f"variable {name} has no default", f"${{{self.path}var.{name}}}")
            given = self.find(attributes["default"], {})
        return typed(given, attributes.get("type"), self.world.evaluator)

    def local(self, name: str) -> Found:
        """``local.name``."""
        if name not in self.configuration.locals:
            raise WrongError(f"local {name} is not declared")
        place = self.configuration.places_of_locals[name]
        return self.once(("local", name), place, lambda: self.find(self.configuration.locals[name], {}))

    def resource(self, type_: str, label: str) -> Found:
        """``type.label``: one instance, a list or a map of them."""
        block = self.configuration.resources.get(("resource", type_, label))
        if block is None:
            raise WrongError(f"{type_}.{label} is not declared")
        make = partial(Whole, self, block)
        return self.once((type_, label), block.place, lambda: self.expansion(block).of(make))

    def data(self, type_: str, label: str) -> Found:
        """``data.type.label``."""
        block = self.configuration.resources.get(("data", type_, label))
        if block is None:
            raise WrongError(f"data.{type_}.{label} is not declared")
        source = Data(self, block)
        return (
            Uncounted(source, f"data.{type_}.{label} is looked up by terraform plan")
            if {"count", "for_each"} & block.body.attributes.keys()
            else source
        )

    def module(self, name: str) -> Found:
        """``module.name``: one instance, a list or a map of them."""
        if name not in self.configuration.calls:
            raise WrongError(f"module {name} is not declared")
        return self.once(("module", name), self.configuration.calls[name].place, lambda: self._module(name))

    def _module(self, name: str) -> Found:
        children = self.children(name)
        if children is None:
            return Unknown(f"module {name} is not in these files")
        return self.expansion(self.configuration.calls[name]).of(lambda key: ModuleValue(children[key]))

    def expansion(self, block: Inner) -> Expansion:
        """What ``count`` or ``for_each`` makes of a block of this module."""
        key = f"{block.type}.{'.'.join(block.labels)}"
        if key not in self._expansions:
            if key in self._open:
                raise WrongError("a count that needs itself")
            self._open.add(key)
            try:
                expansion = expanded(block.body, lambda expression: self.find(expression, {}))
            finally:
                self._open.discard(key)
            self.world.count(len(expansion.instances))
            self._expansions[key] = expansion
        return self._expansions[key]

    def children(self, name: str) -> dict[Key, Module] | None:
        """The instances of a module call; None, with a fault, where the module is not in the files."""
        if name not in self._children:
            self._children[name] = self._made(name, self.configuration.calls[name])
        return self._children[name]

    def _made(self, name: str, call: Inner) -> dict[Key, Module] | None:
        folder = self._folder(name, call)
        if folder is None:
            return None
        configuration = self.world.reading.configuration(folder)
        if configuration in self.above or len(self.above) > TERRAFORM_MODULES:
            self.world.reading.fault(call.place, f"module {name} stands within itself, or too deep")
            return None
        expansion = self.expansion(call)
        children: dict[Key, Module] = {}
        for key, names in expansion.instances.items():
            children[key] = Module(
                self.world,
                configuration,
                path=f"{indexed(f'{self.path}module.{name}', key)}.",
                inputs={
                    variable: self._input(value, names)
                    for variable, value in call.body.attributes.items()
                    if variable not in META
                },
                above=self.above,
                names=f"{self.names}.{name}".lstrip("."),
                conditional=self.conditional or expansion.why,
                providers=self._providers(call),
            )
        return children

    def declared_child(self, name: str) -> Module | None:
        """The module that a call names, whether or not there are instances of it; None where it is not in the files."""
        call = self.configuration.calls[name]
        folder = self._folder(name, call)
        if folder is None or len(self.above) > TERRAFORM_MODULES:
            return None
        configuration = self.world.reading.configuration(folder)
        return Module(self.world, configuration, above=self.above, names=f"{self.names}.{name}".lstrip("."))

    def _input(self, value: ex.Expression, names: Names) -> Callable[[], Found]:
        return lambda: self.find(value, names)

    def _folder(self, name: str, call: Inner) -> Path | None:
        reading = self.world.reading
        source = call.body.attributes.get("source")
        text = source.value if isinstance(source, ex.Literal) and isinstance(source.value, str) else ""
        installed = self.world.installed.get(f"{self.names}.{name}".lstrip("."))
        if text.startswith(("./", "../")) or text in (".", ".."):
            folder = Path(os.path.normpath(self.configuration.folder / text))
        elif installed is not None:
            folder = installed
        else:
            why = f"is not in these files ({shown(text)}); {_FETCH}" if text else f"has no plain source; {PLAN_INSTEAD}"
            reading.fault(call.place, f"module {name} {why}")
            return None
        real = Path(os.path.realpath(folder))
        if not real.is_relative_to(os.path.realpath(reading.root)):
            where = "stands outside the folder, and no Git work tree is around both"
            reading.fault(call.place, f"module {name} {where}; {PLAN_INSTEAD}")
            return None
        if not folder.is_dir():
            fetched = folder is installed
            gone = shown(reading.name_of(folder) if fetched else text)
            advice = "; run terraform get again" if fetched else ""
            reading.fault(call.place, f"module {name}: there is no folder {gone}{advice}")
            return None
        return folder
