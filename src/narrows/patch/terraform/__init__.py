"""A plan as edits of Terraform's files: ``patch_terraform``."""

from __future__ import annotations

import os
from pathlib import Path

from narrows.patch.model import Patch
from narrows.plan.model import Plan


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
    from narrows.patch.terraform.beside import module_beside
    from narrows.patch.terraform.patching import patch
    from narrows.patch.terraform.state import addresses_of

    ids = {} if state is None else addresses_of(state)
    where = Path(folder)
    names = {one.name for one in where.iterdir()} if where.is_dir() else set()
    if any(name.endswith((".tf", ".tf.json")) for name in names):
        from narrows.declared.terraform import read_terraform_folder

        declared = read_terraform_folder(where)
    else:
        declared = Declared("terraform", ())
    found = patch(plan, where, declared, ids)
    return module_beside(plan, where) if found is None else found
