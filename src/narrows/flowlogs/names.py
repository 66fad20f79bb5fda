"""Files by names that an engine takes for nothing but names.

DuckDB and Spark read patterns: to them ``a[1].log`` is ``a1.log``, and ``*.log`` every file. A name with anything of
that kind gets a plain one in the room for copies, as a link.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from narrows.errors import InputError
from narrows.flowlogs.unpacking import blocks

_PLAIN = re.compile(r"[^*?\[\]{}\\\x00-\x1f\x7f\ud800-\udfff]+")
"""Names that no engine reads anything into, and that are UTF-8."""
_BEYOND = re.compile(r"[\\\ud800-\udfff]")
"""What no engine can be told: bytes that are no UTF-8, and what DuckDB takes for a slash."""


class PlainNames:
    """The names to read files by, and back.

    Args:
        room: a folder for links and copies, which the caller removes.

    Raises:
        InputError: the room's own name is not plain.
    """

    def __init__(self, room: Path) -> None:
        if not _PLAIN.fullmatch(str(room)):
            raise InputError(
                "temporary files cannot lie in a folder of that name", file=room, advice="set TMPDIR to another"
            )
        self._room = room
        self._true: dict[str, str] = {}
        self._count = 0
        self.allowed: list[str] = []
        """Where the files really are; copies lie in the room."""

    def of(self, name: str) -> str:
        """The name to read a file by.

        Raises:
            OSError: the link or copy cannot be made.
            UnreadableError: the file cannot be copied.
        """
        path, real = os.path.abspath(name), os.path.realpath(name)  # noqa: PTH100
        if _BEYOND.search(real):
            copy = self.copy(name)
            with copy.open("wb") as out:
                for block in blocks(name, unpack=False):
                    out.write(block)
            return str(copy)
        self.allowed.append(real)
        if not _PLAIN.fullmatch(path):
            link = self.copy(name)
            link.symlink_to(real)
            return str(link)
        self._true[path] = name
        return path

    def copy(self, name: str, *, packed: bool | None = None) -> Path:
        """A new name in the room for what stands for a file; an engine tells by its end whether it is compressed."""
        self._count += 1
        end = ".gz" if (name.endswith(".gz") if packed is None else packed) else ".log"
        path = self._room / f"copy-{self._count}{end}"
        self._true[str(path)] = self.true(name)
        return path

    def true(self, path: str) -> str:
        """The name that the user knows a file by."""
        return self._true.get(path, path)
