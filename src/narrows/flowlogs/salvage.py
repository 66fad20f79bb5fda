"""What can be read of a text file that breaks off, or that a reader chokes on, or that has several formats.

What goes wrong with a copy is an ``OSError``, and no fault of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from narrows.bounds import TEXT_PARTS
from narrows.flowlogs.shapes import columns_of, is_header
from narrows.flowlogs.unpacking import UnreadableError, lines


def salvage(name: str, copy: Path) -> str | None:
    """Write every whole line of a text file, made plain, to ``copy``. What is wrong with the file; None for nothing.

    A line that a reader chokes on (stray carriage returns, bytes that are no UTF-8) is no reason to lose a file.

    Raises:
        OSError: ``copy`` cannot be written.
    """
    with copy.open("wb") as out:
        try:
            for line in lines(name):
                out.write(_plain(line) + b"\n")
        except UnreadableError as error:
            return str(error)
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text file in one format."""

    copy: Path
    columns: tuple[str, ...]


def split_at_headers(
    name: str, columns: tuple[str, ...], into: Callable[[], Path], dropped: Counter[str]
) -> tuple[list[Part], str | None]:
    """A copy of each part of a text file that begins with a header of its own, as files put together have them.

    The copies have records only: each header, and what has not as many words as the one before it, is left out.

    Args:
        columns: of the lines before the first header.
        dropped: lines that are left out are counted here, by reason.

    Returns:
        The parts, and why the file is not whole; None where it is.

    Raises:
        OSError: a copy cannot be written.
    """
    parts = [Part(into(), columns)]
    out = parts[0].copy.open("wb")
    begun = False
    try:
        for line in lines(name):
            words = line.decode("utf-8", "replace").replace("\0", " ").split()
            if is_header(words):
                dropped["header"] += begun
                if columns_of(words) != parts[-1].columns:
                    if len(parts) == TEXT_PARTS:
                        return parts, f"changes its format more than {TEXT_PARTS:,} times"
                    out.close()
                    parts.append(Part(into(), columns_of(words)))
                    out = parts[-1].copy.open("wb")
            elif words and len(words) != len(parts[-1].columns):
                dropped["wrong-number-of-fields"] += 1
            elif words:
                out.write(" ".join(words).encode() + b"\n")
            begun = begun or bool(words)
    except UnreadableError as error:
        return parts, str(error)
    finally:
        out.close()
    return parts, None


def _plain(text: bytes) -> bytes:
    """Lines as readers take them: UTF-8, no carriage returns."""
    return text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").encode()
