"""Writing the folder of a case so that it is there whole or not at all, and over nothing but a case of narrows."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from narrows.errors import InputError
from narrows.opening import reason
from narrows.scratch import folders_above
from narrows.target import check_place, claimed, make_folder, status, take_place
from narrows.writing.written import check_written, list_written

_CASE = "case.yaml"
_TRUTH = "truth.json"
_LOOKS = 100
_ADVICE = "name a new or empty folder"


def check_target(folder: str | os.PathLike[str]) -> None:
    """Check that a case can be written to a folder, before the work that makes one.

    It may be absent, empty, or hold a case with a ``truth.json`` in which every file is as narrows wrote it: one that
    was simulated or came from the lab, and can be made again. Evidence of a real incident is not overwritten, nor is
    anything that somebody put into such a folder or changed there.

    Raises:
        InputError: it holds something else, is a file or a link, or cannot be made.
    """
    target = _absolute(folder)
    for looks_left in reversed(range(_LOOKS)):
        before = status(target, folder)
        if before is None:
            _nearest_parent(target)
            return
        try:
            _check_replaceable(target, folder)
            return
        except InputError:
            # Another run may have put a new one there meanwhile, and this one has looked at some of both.
            if not looks_left or not _is_replaced(target, before):
                raise


def _is_replaced(target: Path, before: os.stat_result) -> bool:
    try:
        now = target.lstat()
    except OSError:
        return True
    # The new one may have the number of one that is gone, but it was moved there later.
    return not os.path.samestat(before, now) or before.st_ctime_ns != now.st_ctime_ns


def _absolute(folder: str | os.PathLike[str]) -> Path:
    """The folder with the folders above it as they really are; it may be a link itself."""
    path = Path(folder)
    try:
        # Its own name is that of a link, so that a link can be told; '.' and '..' have none.
        return path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        why = "is a circle of links" if isinstance(error, RuntimeError) else reason(error, "cannot be written")
        raise InputError(why, file=folder) from None


def _check_replaceable(path: Path, named: str | os.PathLike[str]) -> None:
    try:
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise InputError("is not a folder", file=named, advice=_ADVICE)
        check_place(path, named)
        if not any(path.iterdir()):
            return
        if not (path / _CASE).is_file():
            raise InputError("is not empty, and holds no case", file=named, advice=_ADVICE)
        if not (path / _TRUTH).is_file():
            raise InputError("holds evidence that was collected", file=named, advice=_ADVICE)
        check_written(path, named)
    except OSError as error:
        raise InputError(reason(error, "cannot be written"), file=named) from None


def _nearest_parent(path: Path) -> None:
    """The folder above must be a folder that can be written to, or one must be."""
    parent = next((one for one in path.parents if os.path.lexists(one)), Path(path.anchor or "/"))
    if not parent.is_dir():
        raise InputError("is not a folder", file=parent)
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError("permission denied", file=parent)


@contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A new folder beside ``folder`` that takes its place at the end; after any error, Ctrl-C too, nothing changed.

    Open it before a long run: what cannot be written is then known at once, and nobody else writes there meanwhile.

    Raises ``InputError`` as ``check_target`` does, where another run is writing there, and where writing fails.
    """
    check_target(folder)
    target = _absolute(folder)
    with ExitStack() as undone:
        with written_to(folder):
            undone.enter_context(folders_above(target))
        check = partial(_check_replaceable, named=folder)
        fresh, _ = undone.enter_context(claimed(target, make_folder, folder, check))
        check_target(folder)
        yield fresh
        with written_to(folder):
            list_written(fresh)
        take_place(fresh, target, check, folder)


@contextmanager
def written_to(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Say of what fails in this block that the folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise InputError(reason(error, "cannot be written"), file=folder) from None


def write_json(file: Path, content: Any) -> None:
    """Write JSON as AWS's command line prints it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=4, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
