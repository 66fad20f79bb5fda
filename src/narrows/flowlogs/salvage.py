"""What can be read of a text file that breaks off, or that a reader chokes on."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

from narrows.flowlogs.fields import field_of
from narrows.flowlogs.sources import BROKEN, why

_BLOCK = 1 << 20


def salvage(name: str, copy: Path) -> str | None:
    """Write every whole line of a text file, made plain, to ``copy``. What is wrong with the file; None for nothing.

    A line that a reader chokes on (stray carriage returns, bytes that are no UTF-8) is no reason to lose a file.
    """
    problem = None
    with Path(name).open("rb") as file, copy.open("wb") as out:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if packed else file
        rest = b""
        try:
            while block := source.read1(_BLOCK):
                lines, _, rest = (rest + block).rpartition(b"\n")
                out.write(_plain(lines) + b"\n")
        except BROKEN as error:
            # The last line broke off in the middle.
            problem, rest = why(error), b""
        out.write(_plain(rest) + b"\n")
    return problem


def split_at_headers(name: str, into: Callable[[], Path]) -> list[Path]:
    """A copy of each part of a text file that begins with a header of its own, as files put together have them."""
    parts: list[Path] = []
    out = None
    with Path(name).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            for line in gzip.GzipFile(fileobj=file) if packed else file:
                if out is None or is_header(line.decode("utf-8", "replace").split()):
                    if out is not None:
                        out.close()
                    parts.append(into())
                    out = parts[-1].open("wb")
                out.write(_plain(line.rstrip(b"\r\n")) + b"\n")
        except BROKEN:
            pass  # What is wrong with it has been said when it was read.
        finally:
            if out is not None:
                out.close()
    return parts


def is_header(words: Sequence[str]) -> bool:
    """Whether a line names fields."""
    return len(words) >= 3 and 2 * sum(field_of(word) is not None for word in words) > len(words)


def _plain(text: bytes) -> bytes:
    """Lines as readers take them: UTF-8, no carriage returns."""
    return text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").encode()
