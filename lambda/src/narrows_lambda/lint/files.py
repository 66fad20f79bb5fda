"""The Python files under a path, within bounds; reading one and writing it back whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

LARGEST = 2 * 1024 * 1024
"""Bytes of a file: what people write is far below, and parsing takes a hundred times as much memory."""
MOST = 20_000
"""Files of a folder."""
_NOT_OURS = {"site-packages", "dist-packages", "node_modules", "__pycache__", "venv", "env", "build", "dist", "cdk.out"}


class PathError(ValueError):
    """The path cannot be read, or holds too much."""


def python_files(path: Path) -> Iterator[Path]:
    """The file itself; or the ``.py`` files under a folder, in order, without those of packages and environments.

    Links are followed to files inside of the folder only. Raises ``PathError``.
    """
    if not path.is_dir():
        if not path.exists():
            raise PathError("no such file or folder")
        yield path
        return
    root, count = path.resolve(), 0
    for folder, folders, files in os.walk(path):
        here = Path(folder)
        folders[:] = sorted(one for one in folders if _ours(here / one))
        for name in sorted(files):
            file = here / name
            if name.startswith(".") or not name.endswith(".py") or (file.is_symlink() and not _inside(file, root)):
                continue
            count += 1
            if count > MOST:
                raise PathError(f"holds more than {MOST:,} Python files: name a smaller folder")
            yield file


def read(file: Path) -> bytes:
    """The bytes of a regular file. Raises ``PathError``."""
    try:
        # Never waits for the other end of a pipe.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise PathError("is no regular file")
            source = opened.read(LARGEST + 1)
    except OSError as error:
        raise PathError((error.strerror or str(error)).lower()) from error
    if len(source) > LARGEST:
        raise PathError(f"is larger than {LARGEST // 1024 // 1024} MiB: nobody wrote it, leave it out")
    return source


def write(file: Path, source: bytes) -> None:
    """Replace a file in one step, keeping its permissions and its owner. Raises ``PathError``.

    A link stays one: what it leads to is replaced. What is read-only stays as it is, whoever runs this.
    """
    target = file.resolve()
    temporary = ""
    try:
        before = target.stat()
        if not before.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise PathError("is read-only: nothing is written")
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:60]}.")
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(source)
            with contextlib.suppress(PermissionError):
                os.fchown(opened.fileno(), before.st_uid, before.st_gid)
            os.fchmod(opened.fileno(), stat.S_IMODE(before.st_mode))
        Path(temporary).replace(target)
        temporary = ""
    except OSError as error:
        raise PathError(f"cannot be written: {(error.strerror or str(error)).lower()}") from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _ours(folder: Path) -> bool:
    name = folder.name
    return not (name.startswith(".") or name in _NOT_OURS or folder.is_symlink() or (folder / "pyvenv.cfg").exists())


def _inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False
