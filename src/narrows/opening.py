"""Opening a file that somebody else named: only a regular file, and never one that keeps the reader waiting.

A pipe or a socket in a case would block for ever, a device may act when it is opened. Each is refused before it is
opened; what takes the file's place between the look and the opening is refused right after, unread. What stands in a
folder of somebody else is opened beneath it, and nowhere else.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from narrows.errors import InputError

_TO_PASS = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_TO_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
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
        return _stream(os.open(file, _TO_READ), file)
    except (OSError, ValueError) as error:
        raise InputError(reason(error), file=file) from None


def open_inside(folder: Path, file: Path, outside: str, advice: str) -> BinaryIO:
    """Open a regular file of a folder; links in it are followed as far as they stay inside.

    Where the file really stands is looked up first. Then each part of that way is opened from the one above it, so
    that whoever puts a link in the place of one of them meanwhile leads nowhere: nothing outside is ever opened.

    Args:
        outside: the problem of a file that stands elsewhere.
        advice: what to do about that.

    Raises:
        InputError: as ``open_regular`` does, or it stands elsewhere.
    """
    here: int | None = None
    try:
        way = inside(folder, file, outside, advice)
        here = os.open(os.path.realpath(folder), _TO_PASS)
        for name in way[:-1]:
            above, here = here, os.open(name, _TO_PASS | os.O_NOFOLLOW, dir_fd=here)
            os.close(above)
        last = way[-1] if way else "."
        check_regular(os.stat(last, dir_fd=here, follow_symlinks=False).st_mode, file)
        return _stream(os.open(last, _TO_READ | os.O_NOFOLLOW, dir_fd=here), file)
    except (OSError, ValueError) as error:
        raise InputError(reason(error), file=file) from None
    finally:
        if here is not None:
            os.close(here)


def inside(folder: Path, file: Path, outside: str, advice: str) -> tuple[str, ...]:
    """The way from a folder down to where a file of it really stands, every link followed.

    Raises:
        InputError: it stands elsewhere.
        OSError, ValueError: it cannot be looked at.
    """
    real, root = Path(os.path.realpath(file)), Path(os.path.realpath(folder))
    if not real.is_relative_to(root):
        raise InputError(outside, file=file, advice=advice)
    return real.relative_to(root).parts


def _stream(handle: int, file: str | os.PathLike[str]) -> BinaryIO:
    try:
        check_regular(os.fstat(handle).st_mode, file)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_whole(file: str | os.PathLike[str], largest: int, advice: str | None = None) -> bytes:
    """All bytes of a regular file of at most ``largest`` bytes, also where it grows while it is read.

    Raises:
        InputError: as ``open_regular`` does, or the file is larger.
    """
    with open_regular(file) as stream:
        return read_at_most(stream, largest, file, advice)


def read_at_most(stream: BinaryIO, largest: int, file: str | os.PathLike[str], advice: str | None = None) -> bytes:
    """All bytes of an open file; raises ``InputError`` where there are more than ``largest``, or it cannot be read."""
    try:
        content = stream.read(largest + 1)
    except OSError as error:
        raise InputError(reason(error), file=file) from None
    if len(content) > largest:
        raise InputError(f"is larger than {size(largest)}, the most that is read", file=file, advice=advice)
    return content


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is there, links followed; raises ``InputError`` where that cannot be seen."""
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise InputError(reason(error), file=path) from None


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
