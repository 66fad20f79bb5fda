"""Reading Terraform: a folder of its files, a plan's or a state's JSON."""

from __future__ import annotations

import os
from pathlib import Path

from narrows.declared.model import Declared
from narrows.declared.terraform.folder import holds_terraform, places_of, read_terraform_folder
from narrows.declared.terraform.plan_json import read_terraform_json
from narrows.opening import is_folder

__all__ = ["places_of", "read", "read_terraform_folder", "read_terraform_json"]


def read(path: str | os.PathLike[str]) -> Declared:
    """What a folder of Terraform's files declares, or a plan's or state's JSON, with the files beside it.

    Raises:
        InputError: it is none of them.
    """
    if is_folder(path):
        return read_terraform_folder(path)
    beside = Path(path).parent
    return read_terraform_json(path, folder=beside if holds_terraform(beside) else None)
