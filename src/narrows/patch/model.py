"""A patch: new contents of the user's files, as a diff or written in their place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file with its new content."""

    path: str
    """Relative to the folder of the user's files, with ``/`` between parts."""
    before: bytes | None
    """None for a new file."""
    after: bytes


@dataclass(frozen=True, slots=True)
class ToDo:
    """What the patch cannot do, or must be answered first."""

    text: str
    place: str = ""
    """``network.tf:12`` where it is about a place in the user's files."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Everything that a plan changes in the user's files."""

    files: tuple[FileChange, ...]
    todo: tuple[ToDo, ...] = ()
    risks: tuple[str, ...] = ()
    """What interrupts, what costs, what changes egress addresses: a line each."""
    outputs: tuple[str, ...] = ()
    """Names of the outputs that hold new egress addresses."""


def as_diff(patch: Patch, above: str = "") -> str:
    """The patch as ``git apply`` takes it. Newlines are kept as they are, a file without one at its end too; bytes that
    are no UTF-8 are as ``surrogateescape`` has them.

    Args:
        above: the folder of the user's files in their repository, where it is not its top: git reads the paths of a
            diff from there, wherever it runs.
    """
    from narrows.patch.diff import diff

    return "".join(diff(file, above) for file in patch.files)


def write(patch: Patch, folder: str) -> None:
    """Write every file in its place: all of them or none, and none that changed since it was read.

    Raises:
        InputError: a file changed, is not the user's to write, or its folder takes none. Then nothing has changed.
    """
    from narrows.patch.writing import write_all

    write_all(patch.files, folder)
