"""Infrastructure as code, whichever it is: files and folders, told apart by what they hold."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from narrows.declared.model import Declared
from narrows.errors import InputError
from narrows.opening import is_folder, open_regular

TERRAFORM_ENDS = (".tf", ".tf.json")
"""Endings of files that are one with the others of their folder."""
PLAN_FILE = b"PK"
"""How the file that ``terraform plan -out`` writes begins: it is an archive, and what it means is to be asked for."""
_STATE = ".tfstate"
_LOOKED_AT = 2**16
"""Bytes at the beginning of a file that say whose it is: Terraform writes its version first."""
_TERRAFORM = re.compile(rb'\s*\{.{0,200}?"(?:terraform_version|format_version)"\s*:', re.DOTALL)


def read_declared(path: str | os.PathLike[str], parameters: Mapping[str, str] | None = None) -> Declared:
    """What a file or folder declares.

    Args:
        path: a folder of Terraform's files, or its plan or state as JSON; a template, a folder of templates, or what
            CDK synthesised.
        parameters: of templates.

    Raises:
        InputError: it cannot be read, holds nothing of both, or holds both.
    """
    everything = all_declared(path, parameters)
    if len(everything) > 1:
        advice = "name the folder or file of one of them"
        raise InputError("holds Terraform's files and CloudFormation's templates", file=path, advice=advice)
    return everything[0]


def all_declared(path: str | os.PathLike[str], parameters: Mapping[str, str] | None = None) -> list[Declared]:
    """What a file or folder declares, that of Terraform before that of CloudFormation. Raises as ``read_declared``."""
    path = Path(path)
    if not is_folder(path):
        return [_read_file(path, parameters)]
    from narrows.declared.cloudformation.folder import read_folder

    everything: list[Declared] = []
    if _has_terraform(path):
        everything.append(_terraform(path))
    templates = read_folder(path, parameters)
    if templates is not None:
        everything.append(templates)
    if not everything:
        advice = "name a folder of .tf files, templates of CloudFormation or SAM, or CDK's cdk.out"
        raise InputError("declares nothing that is read", file=path, advice=advice)
    return everything


def _read_file(path: Path, parameters: Mapping[str, str] | None) -> Declared:
    if path.name.endswith(TERRAFORM_ENDS):
        return _terraform(path.parent)
    if path.name.endswith(_STATE):
        return _terraform(path)
    with open_regular(path) as stream:
        head = stream.read(_LOOKED_AT)
    if head.startswith(PLAN_FILE) or _TERRAFORM.match(head):
        return _terraform(path)
    from narrows.declared.cloudformation import read

    return read(path, parameters)


def _has_terraform(folder: Path) -> bool:
    try:
        return any(file.name.endswith(TERRAFORM_ENDS) for file in folder.iterdir())
    except OSError as error:
        raise InputError((error.strerror or "cannot be read").lower(), file=folder) from None


def _terraform(path: Path) -> Declared:
    from narrows.declared.terraform import read

    return read(path)
