"""Files by names that an engine takes for nothing but names.

DuckDB and Spark read patterns: to them ``a[1].log`` is ``a1.log``, and ``*.log`` every file. A name with anything of
that kind gets a plain one in the room for copies, as a link.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from narrows.errors import InputError
from narrows.flowlogs.cloudwatch import write_messages
from narrows.flowlogs.shapes import Shape
from narrows.flowlogs.sources import Sources
from narrows.flowlogs.unpacking import UnreadableError, blocks

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


def plain_files(sources: Sources, names: PlainNames) -> dict[Shape, list[str]]:
    """The files of each shape by names to read them by; the log lines of all that are JSON are text, like any other.

    A file that cannot be copied moves to ``sources.unreadable``.

    Raises:
        OSError: a link or copy cannot be made.
    """
    plain: dict[Shape, list[str]] = {}
    for shape, files in sources.files.items():
        if shape.kind == "json":
            lines = names.copy("CloudWatch Logs", packed=False)
            write_messages(files, lines, sources)
            plain.setdefault(Shape("text", shape.columns, shape.flow_log), []).append(str(lines))
            continue
        for name in files:
            try:
                plain.setdefault(shape, []).append(names.of(name))
            except UnreadableError as error:
                sources.unreadable[name] = str(error)
    return {shape: files for shape, files in plain.items() if files}
