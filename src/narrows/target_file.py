"""One file where the user wants it: whole or not at all, and over nothing that narrows did not write itself."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from narrows.errors import InputError
from narrows.opening import open_regular, reason
from narrows.target import Make, check_place, claimed, make_file, status, take_place

IsOurs = Callable[[BinaryIO], bool]
"""Whether a file, open at its beginning, is what the command writes."""


def begins_with(beginning: bytes) -> IsOurs:
    """Files that begin so."""
    return lambda stream: stream.read(len(beginning)) == beginning


@contextmanager
def new_file(file: str | os.PathLike[str], is_ours: IsOurs, make: Make = make_file) -> Iterator[BinaryIO]:
    """A new file, open for writing, that takes its place at the end of the block; after any error nothing changed.

    Open it before a long run: what cannot be written is then known at once, and nobody else writes there meanwhile.

    Args:
        file: where it is to be.
        is_ours: tells a file that may be replaced; any other is somebody's own.
        make: what makes it: ``make_private_file`` where nobody else is to read it.

    Raises:
        InputError: its folder is not there or takes no files, something else has this name, another run is writing
            it, or writing fails.
    """
    target = Path(file)

    def check(path: Path) -> None:
        _check_ours(path, is_ours, file)

    _check_folder(target, file)
    if status(target, file) is not None:
        check(target)
    with claimed(target, make, file) as (fresh, holder):
        if status(target, file) is not None:
            check(target)
        stream = io.BufferedWriter(_Written(os.dup(holder), file))
        try:
            yield cast(BinaryIO, stream)
            stream.flush()
            stream.raw.sync()
        finally:
            stream.raw.close()
        take_place(fresh, target, check, file)


def _check_folder(target: Path, named: str | os.PathLike[str]) -> None:
    try:
        if not target.parent.is_dir():
            raise InputError("its folder is not there", file=named)
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise InputError("its folder takes no files", file=named)
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "cannot be written"), file=named) from None


def _check_ours(path: Path, is_ours: IsOurs, named: str | os.PathLike[str]) -> None:
    found = status(path, named)
    if found is None:
        return
    if stat.S_ISDIR(found.st_mode):
        raise InputError("is a folder", file=named, advice="name a file")
    if not stat.S_ISREG(found.st_mode):
        raise InputError("is not a regular file", file=named, advice="name another file")
    check_place(path, named)
    with open_regular(path) as stream:
        try:
            ours = is_ours(stream)
        except OSError as error:
            raise InputError(reason(error), file=named) from None
    if not ours:
        raise InputError(
            "is there already, and is not what this command writes",
            file=named,
            advice="name another file, or remove it",
        )


class _Written(io.FileIO):
    """A file whose errors name what the user asked for."""

    def __init__(self, handle: int, named: str | os.PathLike[str]) -> None:
        super().__init__(handle, "r+b")
        self._named = named

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            raise InputError(reason(error, "cannot be written"), file=self._named) from None

    def sync(self) -> None:
        """Let it be on the disk before it takes the place of what is there."""
        try:
            os.fsync(self.fileno())
        except OSError as error:
            raise InputError(reason(error, "cannot be written"), file=self._named) from None
