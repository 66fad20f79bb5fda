"""The files of a patch in their place: all of them or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.errors import InputError
from narrows.opening import inside, read_whole, reason
from narrows.scratch import folders_above
from narrows.signals import held
from narrows.target import check_place, claimed, make_file, status, take_place

if TYPE_CHECKING:
    from narrows.patch.model import FileChange

_OUTSIDE = "leads out of the folder that is patched"


@dataclass(frozen=True, slots=True)
class _Staged:
    """A new content that waits beside its target."""

    change: FileChange
    target: Path
    fresh: Path

    def check(self, path: Path) -> None:
        """Raise ``InputError`` where what stands there is not what was read."""
        _check_unchanged(self.change, path, self.target)


def write_all(files: Sequence[FileChange], folder: str | os.PathLike[str]) -> None:
    """Write every file, or change nothing at all; whoever is interrupted meanwhile has the old or the new ones.

    Raises:
        InputError: a file changed since it was read, or cannot be written.
    """
    changed = [file for file in files if file.before != file.after]
    with ExitStack() as undone:
        staged = [undone.enter_context(_staged(file, Path(folder))) for file in changed]
        for file in staged:
            _check_unchanged(file.change, file.target, file.target)
        with held():
            _take_places(staged)


@contextmanager
def _staged(change: FileChange, folder: Path) -> Iterator[_Staged]:
    target = folder.joinpath(*change.path.split("/"))
    try:
        inside(folder, target, _OUTSIDE, "copy it into the folder")
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "cannot be written"), file=target) from None
    standing = status(target, target)
    if standing is not None:
        check_place(target, target)
        if not os.access(target, os.W_OK) or not standing.st_mode & 0o222:
            raise InputError("is read-only", file=target, advice="let it be written, or take the diff without --write")
    with ExitStack() as undone:
        try:
            undone.enter_context(folders_above(target))
        except OSError as error:
            raise InputError(reason(error, "cannot be written"), file=target.parent) from None
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise InputError("its folder takes no files", file=target)
        fresh, holder = undone.enter_context(claimed(target, make_file, target))
        try:
            with open(holder, "wb", closefd=False) as stream:
                stream.write(change.after)
            os.fsync(holder)
        except OSError as error:
            raise InputError(reason(error, "cannot be written"), file=target) from None
        yield _Staged(change, target, fresh)


def _check_unchanged(change: FileChange, path: Path, named: Path) -> None:
    standing = status(path, named)
    if change.before is None:
        if standing is not None:
            raise InputError("has come to be there since the folder was read", file=named, advice="run it again")
        return
    if standing is None:
        raise InputError("is gone since it was read", file=named, advice="run it again")
    if standing.st_size != len(change.before) or read_whole(path, len(change.before)) != change.before:
        raise InputError("has changed since it was read", file=named, advice="run it again")


def _take_places(staged: Sequence[_Staged]) -> None:
    """One after the other; where one cannot, those before it go back."""
    done: list[tuple[_Staged, Path | None]] = []
    try:
        for file in staged:
            kept = _kept(file)
            done.append((file, kept))
            take_place(file.fresh, file.target, file.check, file.target)
    except BaseException:
        for file, kept in reversed(done):
            _give_back(file, kept)
        raise
    for _, kept in done:
        if kept is not None:
            with suppress(OSError):
                kept.unlink()


def _kept(file: _Staged) -> Path | None:
    """The old file under a second name until all is done; None where there is none."""
    if file.change.before is None:
        return None
    kept = file.fresh.with_suffix(".old")
    try:
        kept.unlink(missing_ok=True)
        try:
            os.link(file.target, kept, follow_symlinks=False)
        except OSError:  # A file system without second names.
            shutil.copy2(file.target, kept, follow_symlinks=False)
    except OSError as error:
        raise InputError(reason(error, "cannot be written"), file=file.target) from None
    return kept


def _give_back(file: _Staged, kept: Path | None) -> None:
    with suppress(OSError):
        if kept is not None:
            kept.replace(file.target)
            kept.unlink(missing_ok=True)  # Two names of one file do not replace each other.
        elif file.target.is_file() and file.target.read_bytes() == file.change.after:
            file.target.unlink()
