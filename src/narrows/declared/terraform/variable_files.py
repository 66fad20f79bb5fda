"""Files that give values to the root module's variables (``*.tfvars``), in the order in which Terraform reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from narrows.declared.model import Place
from narrows.declared.terraform import hcl
from narrows.declared.terraform.configuration import Configuration, Reading
from narrows.declared.terraform.expression_syntax import of_node
from narrows.declared.terraform.scopes import Module
from narrows.declared.terraform.values import Found, from_json
from narrows.declared.terraform.world import World
from narrows.errors import InputError, shown


def variables_of(
    names: Sequence[Path],
    more: Sequence[str | os.PathLike[str]],
    reading: Reading,
    world: World,
) -> dict[str, Found]:
    """The values that files give to the root's variables, the last one that says it."""
    main = [file for file in names if file.name in ("terraform.tfvars", "terraform.tfvars.json")]
    auto = [file for file in names if file.name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    values: dict[str, Found] = {}
    for file in (*main, *auto, *(Path(name) for name in more)):
        raw = reading.bytes_of(file)
        if raw is not None:
            values |= _values(file, raw, reading, world)
    return values


def _values(file: Path, raw: bytes, reading: Reading, world: World) -> dict[str, Found]:
    name = reading.name_of(file)
    if file.name.endswith(".json"):
        from narrows.case.reading.aws_json import parse_json

        try:
            document = from_json(parse_json(raw, name))
        except InputError as error:
            reading.refused(file, error)
            return {}
        if not isinstance(document, Mapping):
            reading.fault(Place(name), "is not read: no object of variables is at its top")
            return {}
        return dict(document)
    if not reading.is_text(file, raw):
        return {}
    tree = hcl.parse(raw)
    line = hcl.broken(tree)
    if line is not None:
        reading.fault(Place(name, line), "the syntax is broken", broken=True)
    body = hcl.top(tree)
    given = [] if body is None else list(hcl.attributes(body))
    scope = Module(world, Configuration(file.parent))
    return {attribute.name: scope.find(of_node(attribute.value), {}) for attribute in given}


def tell_unused(
    configuration: Configuration,
    names: Sequence[Path],
    used: Sequence[str | os.PathLike[str]],
    given: Mapping[str, Found],
    reading: Reading,
) -> None:
    """A fault where variables have no value and files of variables stand there that Terraform reads only when told."""
    without_default = [
        name for name, block in configuration.variables.items() if "default" not in block.body.attributes
    ]
    missing = [name for name in without_default if name not in given]
    ends = (".tfvars", ".tfvars.json")
    unread = [file.name for file in names if file.name.endswith(ends) and ".auto." not in file.name]
    unread = [
        name for name in unread if not name.startswith("terraform.tfvars") and name not in map(os.path.basename, used)
    ]
    if missing and unread:
        place = configuration.variables[missing[0]].place
        files = ", ".join(shown(name) for name in unread[:4])
        reading.fault(place, f"variable {missing[0]} has no value here; Terraform reads {files} only with -var-file")
