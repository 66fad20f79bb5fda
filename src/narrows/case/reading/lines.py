"""Lines of a file of any size, in bounded memory."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from narrows.bounds import LOG_LINE_CHARACTERS
from narrows.errors import InputError
from narrows.opening import reason

_CHUNK = 2**20
_BREAK = re.compile(r"\r\n|\n|\r")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Place(Protocol):
    """What opens files: the folder of a case, or whoever was given their names."""

    def open(self, file: Path) -> BinaryIO:
        """Open a file for reading; raises ``InputError``."""


def read_lines(folder: Place, file: Path) -> Iterator[tuple[int, str, bool]]:
    """Number, text, and whether it was cut at ``LOG_LINE_CHARACTERS``, of every line. Raises ``InputError``."""
    number, head, length = 1, "", 0
    for chunk in read_text(folder, file):
        parts = _BREAK.split(chunk)
        for part in parts[:-1]:
            yield number, head + part[: LOG_LINE_CHARACTERS - len(head)], length + len(part) > LOG_LINE_CHARACTERS
            number, head, length = number + 1, "", 0
        length += len(parts[-1])
        head += parts[-1][: LOG_LINE_CHARACTERS - len(head)]
    if length:
        yield number, head, length > LOG_LINE_CHARACTERS


def read_text(folder: Place, file: Path) -> Iterator[str]:
    """The text of a file in chunks, of which none ends in a carriage return."""
    try:
        with folder.open(file) as stream:
            chunk = stream.read(_CHUNK)
            encoding = next((name for mark, name in _MARKS.items() if chunk.startswith(mark)), "utf-8")
            decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
            held = ""
            while chunk:
                text = held + decoder.decode(chunk)
                chunk = stream.read(_CHUNK)
                held = "\r" if text.endswith("\r") and chunk else ""
                yield text[: len(text) - len(held)]
            yield held + decoder.decode(b"", final=True)
    except OSError as error:
        raise InputError(reason(error), file=file) from None
