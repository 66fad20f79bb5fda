"""What can be read of a text file that breaks off, or that a reader chokes on."""

from __future__ import annotations

import gzip
from pathlib import Path

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


def _plain(text: bytes) -> bytes:
    """Lines as readers take them: UTF-8, no carriage returns."""
    return text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").encode()
