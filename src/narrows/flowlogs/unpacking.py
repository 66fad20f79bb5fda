"""A stranger's text file, plain or gzip, read piece by piece: whatever is in it, only a piece of it is in memory.

What is wrong with the file itself is ``UnreadableError``, so that it is never taken for trouble with what is written.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from typing import BinaryIO

from narrows.bounds import LINE_BYTES, UNPACKED_BYTES, UNPACKED_RATIO
from narrows.errors import InputError, one_line
from narrows.opening import open_regular, reason

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
TOO_LONG = b"(too long)"
"""Stands for a line of more than ``LINE_BYTES``: it is not a record."""


class UnreadableError(Exception):
    """A file cannot be read, or not to its end; ``str`` is why, in a few words."""


class TooLargeError(UnreadableError):
    """A file unpacks to more than a flow log does."""


def blocks(name: str, *, unpack: bool = True) -> Iterator[bytes]:
    """The content of a file, a piece at a time.

    Raises:
        UnreadableError: it cannot be opened or read on, or it is made to fill the machine.
    """
    with _opened(name) as file:
        packed = os.fstat(file.fileno()).st_size
        source = _unpacked(file) if unpack else file
        done = 0
        while block := _read(source):
            done += len(block)
            if source is not file and _is_too_much(packed, done):
                raise TooLargeError(f"unpacks to more than {UNPACKED_RATIO} times its size: that is not a flow log")
            yield block


def lines(name: str) -> Iterator[bytes]:
    """The lines of a file without their ends; ``TOO_LONG`` in the place of each that is.

    Raises:
        UnreadableError: as ``blocks`` does. The line that breaks off in the middle is not given.
    """
    rest, too_long = b"", False
    for block in blocks(name):
        *whole, rest = (rest + block).split(b"\n")
        if whole and too_long:
            whole[0], too_long = TOO_LONG, False
        yield from (line if len(line) <= LINE_BYTES else TOO_LONG for line in whole)
        if len(rest) > LINE_BYTES:
            rest, too_long = b"", True
    if rest or too_long:
        yield TOO_LONG if too_long else rest


def head(name: str, most: int) -> tuple[bytes, UnreadableError | None]:
    """The first bytes of a file, and what keeps it from being read on.

    Raises:
        UnreadableError: there is nothing that can be read, or it is made to fill the machine.
    """
    with _opened(name) as file:
        source = _unpacked(file)
        if source is not file and _claims_too_much(file):
            _check_unpacked(name)
        data = b""
        try:
            while len(data) < most and (block := _read(source, most)):
                data += block
        except UnreadableError as error:
            if not data:
                raise
            return data, error
    return data, None


def why(error: Exception) -> str:
    """What is wrong with a file, in a few words."""
    if isinstance(error, InputError):
        return error.problem
    if isinstance(error, EOFError):
        return "ends in the middle (truncated gzip)"
    if isinstance(error, OSError) and error.strerror:
        return reason(error)
    return one_line(str(error).partition("\n")[0], 160) or type(error).__name__


def _opened(name: str) -> BinaryIO:
    try:
        return open_regular(name)
    except InputError as error:
        raise UnreadableError(error.problem) from None


def _unpacked(file: BinaryIO) -> BinaryIO | gzip.GzipFile:
    packed = _read(file, len(_GZIP)) == _GZIP
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if packed else file


def _claims_too_much(file: BinaryIO) -> bool:
    """Whether a gzip file says at its end that it unpacks to more than a flow log does. Of one that breaks off, that is
    any number."""
    packed = file.seek(0, os.SEEK_END)
    file.seek(max(0, packed - 4))
    claim = int.from_bytes(file.read(4), "little")
    file.seek(0)
    return _is_too_much(packed, claim)


def _check_unpacked(name: str) -> None:
    """Raise ``TooLargeError`` where a file really unpacks to more than a flow log does."""
    try:
        for _ in blocks(name):
            pass
    except TooLargeError:
        raise
    except UnreadableError:
        pass  # It is read as far as it goes.


def _is_too_much(packed: int, unpacked: int) -> bool:
    return unpacked > UNPACKED_BYTES and unpacked > packed * UNPACKED_RATIO


def _read(source: BufferedIOBase | BinaryIO | gzip.GzipFile, most: int = _BLOCK) -> bytes:
    try:
        return source.read1(most) if isinstance(source, BufferedIOBase) else source.read(most)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UnreadableError(why(error)) from None
