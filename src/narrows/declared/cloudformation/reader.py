"""Templates as declared resources."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from narrows.bounds import DECLARED_RESOURCES
from narrows.declared.cloudformation.assembly import MANIFEST, OUTPUT, assembly_in, is_assembly, stacks_of
from narrows.declared.cloudformation.circles import circle_in
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.source import Folder
from narrows.declared.cloudformation.stack import Stack
from narrows.declared.cloudformation.template import read_template
from narrows.declared.cloudformation.world import World
from narrows.declared.model import Declared, Fault
from narrows.errors import InputError, did_you_mean, shown
from narrows.opening import is_folder

_PSEUDO = "AWS::"


@dataclass(frozen=True)
class Wanted:
    """A template to read."""

    path: Path
    parameters: Mapping[str, str]
    """Its own, before those that the user gives."""
    name: str
    """What its addresses begin with, where another template has the same."""
    root: Node | None = None
    """What it holds, where it was read before."""


def read(file: str | os.PathLike[str], parameters: Mapping[str, str] | None = None) -> Declared:
    """What a template declares, or the templates in CDK's output folder.

    Args:
        file: a template in YAML or JSON, CDK's ``cdk.out``, the folder that it is in or the manifest in it.
        parameters: values of parameters, as users give them; of pseudo parameters (``AWS::Region``) too.

    Raises:
        InputError: something cannot be read, is no template, or has no such parameter.
    """
    path = Path(file)
    if is_folder(path) or (path.name == MANIFEST and is_assembly(path.parent)):
        root = assembly_in(path) if is_folder(path) else path.parent
        if root is None:
            raise InputError(f"holds no {MANIFEST} of CDK", file=path, advice=f"name a template, or a folder {OUTPUT}")
        return read_assembly(Folder(root), root, parameters)
    return read_together(Folder(path.parent), [Wanted(path, {}, path.name)], parameters)


def read_assembly(folder: Folder, root: Path, parameters: Mapping[str, str] | None = None) -> Declared:
    """What the stacks of CDK's output folder declare, together. Raises as ``read`` does."""
    stacks = [Wanted(stack.template, stack.parameters, stack.name) for stack in stacks_of(folder, root)]
    if not stacks:
        raise InputError("names no stacks", file=root / MANIFEST)
    return read_together(folder, stacks, parameters)


def read_together(
    folder: Folder,
    wanted: Iterable[Wanted],
    parameters: Mapping[str, str] | None = None,
    faults: Iterable[Fault] = (),
) -> Declared:
    """What several templates declare, one importing what another exports. Raises as ``read`` does.

    Args:
        faults: what was not understood before.
    """
    world = World(folder)
    try:
        return _read_together(world, wanted, parameters or {}, faults)
    except RecursionError:
        file = next(reversed(world.read), None) or folder.path
        raise InputError("its values or conditions are made of each other too deeply", file=file) from None


def _read_together(
    world: World, wanted: Iterable[Wanted], given: Mapping[str, str], faults: Iterable[Fault]
) -> Declared:
    for fault in faults:
        world.fault(fault.place, fault.text, broken=fault.broken)
    names: list[str] = []
    for entry in wanted:
        template = read_template(world.folder, entry.path, entry.root)
        world.stacks.append(Stack(world, template, {**entry.parameters, **given}))
        names.append(entry.name)
    _check_parameters(world, given)
    counts = Counter(name for stack in world.stacks for name in stack.declared if stack.is_kept(name))
    for stack, name in zip(world.stacks, names, strict=True):
        if any(counts[logical_id] > 1 for logical_id in stack.declared):
            stack.scope.prefix = f"{name}/"
    declared = (resource for stack in world.stacks for resource in stack.resources())
    resources = tuple(islice(declared, DECLARED_RESOURCES + 1))
    if len(resources) > DECLARED_RESOURCES:
        raise InputError(f"declares more than {DECLARED_RESOURCES:,} resources", file=world.folder.path)
    circle = circle_in(resources)
    if circle is not None:
        world.fault(circle.place, circle.text)
    regions = {stack.parameters.region for stack in world.stacks}
    accounts = {stack.parameters.account for stack in world.stacks}
    return Declared(
        "cloudformation",
        resources,
        faults=world.faults,
        region=regions.pop() if len(regions) == 1 else None,
        account=accounts.pop() if len(accounts) == 1 else None,
        files=tuple(world.read),
        left_out=tuple(world.left_out[:DECLARED_RESOURCES]),
    )


def _check_parameters(world: World, given: Mapping[str, str]) -> None:
    known = {name for stack in world.stacks for name in stack.parameters.names}
    for name in given:
        if name not in known:
            own = sorted(parameter for parameter in known if not parameter.startswith(_PSEUDO))
            file = world.stacks[0].template.path if len(world.stacks) == 1 else world.folder.path
            advice = did_you_mean(name, own, "its parameters") if own else "it has none"
            raise InputError(f"has no parameter {shown(name)}", file=file, advice=advice)
    for stack in world.stacks:
        stack.parameters.check(given, str(stack.template.path))
