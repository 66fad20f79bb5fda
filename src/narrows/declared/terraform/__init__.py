"""Reading Terraform: a folder of its files, a plan's or a state's JSON."""

from __future__ import annotations

import os

from narrows.declared.model import Declared
from narrows.declared.terraform.folder import places_of, read_terraform_folder
from narrows.declared.terraform.plan_json import read_terraform_json
from narrows.opening import is_folder

__all__ = ["places_of", "read", "read_terraform_folder", "read_terraform_json"]


def read(path: str | os.PathLike[str]) -> Declared:
    """What a folder of Terraform's files declares, or a plan's or state's JSON.

    Raises:
        InputError: it is none of them.
    """
    return read_terraform_folder(path) if is_folder(path) else read_terraform_json(path)
