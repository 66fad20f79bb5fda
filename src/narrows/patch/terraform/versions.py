"""The version of Terraform's aws provider that a folder uses, and what it must be for what a patch writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from narrows.bounds import TERRAFORM_BYTES
from narrows.errors import InputError
from narrows.opening import read_whole
from narrows.patch.terraform.files import Files

ASSOCIATION: Final = (6, 6, 0)
"""``aws_nat_gateway_eip_association`` is there from this one: 2025-07-28."""
INLINE: Final = (6, 11, 0)
"""From this one a change of ``secondary_allocation_ids`` is planned as what it is: 2025-08-28 (issue 43265)."""
REGIONAL: Final = (6, 24, 0)
"""``availability_mode = "regional"``."""
TOO_OLD: Final = "an older one does not know it, and terraform validate says so; upgrade it first"
_LOCK: Final = ".terraform.lock.hcl"
_LOCKED: Final = re.compile(
    r'provider\s+"registry\.(?:terraform\.io|opentofu\.org)/hashicorp/aws"\s*\{[^}]*?\bversion\s*=\s*"([^"]+)"'
)
_CONSTRAINT: Final = re.compile(r'\baws\s*=\s*(?:\{[^}]*?\bversion\s*=\s*"([^"]*)"|"([^"]*)")')
_PART: Final = re.compile(r"\s*(>=|<=|!=|~>|>|<|=|)\s*v?(\d+(?:\.\d+){0,2})(?:-[\w.]+)?\s*")
Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ProviderVersion:
    """What is known of it."""

    least: Version | None
    """It is this one or a later one; None where nothing says so."""
    exact: bool
    source: str
    """Where that is from, for people: ``.terraform.lock.hcl has 6.22.0``."""

    def has(self, wanted: Version) -> bool:
        """Whether it is certain that it has what came with that version."""
        return self.least is not None and self.least >= wanted


def provider_version(files: Files) -> ProviderVersion:
    """The version in the lock file, else the oldest that the constraint allows."""
    lock = files.folder / _LOCK
    try:
        locked = _LOCKED.search(read_whole(lock, TERRAFORM_BYTES).decode("utf-8", "replace"))
    except InputError:
        locked = None
    if locked is not None and (part := _PART.fullmatch(locked[1])) is not None:
        return ProviderVersion(_version(part[2]), True, f"{_LOCK} has {locked[1]}")
    for placed in files.root.required:
        match = _CONSTRAINT.search((placed.block.node.text or b"").decode("utf-8", "replace"))
        constraint = match and (match[1] or match[2])
        if constraint:
            return ProviderVersion(_least(constraint), False, f'{placed.place} allows "{constraint}"')
    return ProviderVersion(None, False, f"{Path(files.folder).name or 'the folder'} does not say which")


def _least(constraint: str) -> Version | None:
    least: Version | None = None
    for text in constraint.split(","):
        part = _PART.fullmatch(text)
        if part is None:
            return None
        if part[1] in (">=", "~>", ">", "=", ""):
            least = max(least or (0, 0, 0), _version(part[2]))
    return least


def _version(text: str) -> Version:
    major, minor, patch = [*(int(number) for number in text.split(".")), 0, 0][:3]
    return major, minor, patch


def shown_version(version: Version) -> str:
    """``6.11.0``."""
    return ".".join(map(str, version))
