"""A plan as edits of Terraform's files: ``patch_terraform``."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.patch.model import Patch
from narrows.plan.model import Plan

if TYPE_CHECKING:
    from narrows.declared.model import Declared


def patch_terraform(
    plan: Plan, folder: str | os.PathLike[str], *, state: str | os.PathLike[str] | None = None
) -> Patch:
    """The plan as a patch of the Terraform in a folder; as a module beside it where none of its resources is there.

    Args:
        state: ``terraform show -json`` of the state, which says the address of each id.

    Raises:
        InputError: the files cannot be read, or two resources could be meant.
    """
    from narrows.declared.model import Declared
    from narrows.declared.terraform import read_terraform_folder
    from narrows.declared.terraform.configuration import listed
    from narrows.patch.terraform.beside import module_beside
    from narrows.patch.terraform.patching import patch

    where = Path(folder)
    if any(file.name.endswith((".tf", ".tf.json")) for file in listed(where)):
        declared = read_terraform_folder(where)
    else:
        declared = Declared("terraform", ())
    in_place = patch(plan, where, declared if state is None else _with_ids(declared, state))
    return module_beside(plan, where) if in_place is None else in_place


def _with_ids(declared: Declared, state: str | os.PathLike[str]) -> Declared:
    """With the ids that a state has, and what only the state has: the resources of modules that are not installed."""
    from narrows.declared.terraform import read_terraform_json

    deployed = {(resource.type, resource.address): resource for resource in read_terraform_json(state).resources}
    resources = [
        resource
        if (known := deployed.pop((resource.type, resource.address), None)) is None
        else replace(resource, id=known.id)
        for resource in declared.resources
    ]
    return replace(declared, resources=(*resources, *deployed.values()))
