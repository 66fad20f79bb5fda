"""Opening a file that somebody else named: only a regular file, and never one that keeps the reader waiting.

A pipe or a socket in a case would block for ever, a device may act when it is opened. Each is refused before it is
opened; what takes the file's place between the look and the opening is refused right after, unread.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from narrows.errors import InputError

_KINDS = (
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISFIFO, "is a pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)


def open_regular(file: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file for reading, unbuffered work left to the caller.

    Raises:
        InputError: it is not there, may not be read, or is a folder, a pipe, a socket or a device.
    """
    try:
        check_regular(Path(file).stat().st_mode, file)
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            check_regular(os.fstat(handle).st_mode, file)
        except BaseException:
            os.close(handle)
            raise
        return os.fdopen(handle, "rb")
    except (OSError, ValueError) as error:
        raise InputError(reason(error), file=file) from None


def read_whole(file: str | os.PathLike[str], largest: int, advice: str | None = None) -> bytes:
    """All bytes of a regular file of at most ``largest`` bytes, also where it grows while it is read.

    Raises:
        InputError: as ``open_regular`` does, or the file is larger.
    """
    with open_regular(file) as stream:
        try:
            content = stream.read(largest + 1)
        except OSError as error:
            raise InputError(reason(error), file=file) from None
    if len(content) > largest:
        raise InputError(f"is larger than {size(largest)}, the most that is read", file=file, advice=advice)
    return content


def check_regular(mode: int, file: str | os.PathLike[str] | None = None) -> None:
    """Raise ``InputError`` where a file's mode (of ``stat``) is not that of a regular file."""
    if not stat.S_ISREG(mode):
        problem = next((words for is_kind, words in _KINDS if is_kind(mode)), "is not a regular file")
        raise InputError(problem, file=file)


def reason(error: OSError | ValueError, otherwise: str = "cannot be read") -> str:
    """Why the system refused, as messages say it."""
    if isinstance(error, OSError):
        return (error.strerror or otherwise).lower()
    return "is not a valid file name"


def size(count: int) -> str:
    """A number of bytes as messages show it: ``256 MiB``."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= factor and count % factor == 0:
            return f"{count // factor:,} {unit}"
    return f"{count:,} bytes"
