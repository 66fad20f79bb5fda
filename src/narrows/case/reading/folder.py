"""The folder of a case: which files are there, and none that leads outside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from narrows.bounds import CASE_FILES
from narrows.case.model import Note
from narrows.errors import InputError, one_line
from narrows.opening import check_regular, inside, open_inside, read_at_most, reason

_OUTSIDE = "leads outside the case", "copy what it points to into the case"


class CaseFolder:
    """A case's folder, and what is to be said about the evidence in it."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Raises ``InputError`` where there is no such folder."""
        self.root = Path(folder)
        self._notes: dict[Note, None] = {}
        try:
            if not self.root.is_dir():
                problem = "is a file, not the folder of a case" if self.root.exists() else "no such folder"
                raise InputError(problem, file=self.root, advice="name a folder that holds a case.yaml")
        except (OSError, ValueError) as error:
            raise InputError(reason(error), file=self.root) from None

    def source(self, file: Path) -> str:
        """A file as notes and evidence name it: its path inside the case, as text that can be printed and written."""
        return os.fsencode(file.relative_to(self.root)).decode("utf-8", "replace")

    def open(self, file: Path) -> BinaryIO:
        """Open a file of the case for reading.

        A link is followed as far as it stays inside the case. Nothing outside is ever opened, not even where somebody
        moves links about meanwhile.

        Raises:
            InputError: it leads outside the case, cannot be read, or is not a regular file.
        """
        return open_inside(self.root, file, *_OUTSIDE)

    def read(self, file: Path, largest: int, advice: str | None = None) -> bytes:
        """All bytes of a file of the case. Raises as ``open`` does, and where there are more than ``largest``."""
        with self.open(file) as stream:
            return read_at_most(stream, largest, file, advice)

    def note(self, source: str | Path, text: str) -> None:
        """Say something about the evidence."""
        name = source if isinstance(source, str) else self.source(source)
        self._notes[Note(name, one_line(text))] = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was said, each once, in order."""
        return tuple(self._notes)

    def files(self, folder: str, *suffixes: str, deep: bool = False) -> list[Path]:
        """The files of a folder of the case whose names end in one of ``suffixes`` (all, when none is given), by name.

        Hidden files are passed over. Raises ``InputError`` for anything that leads outside the case.
        """
        top = self.root / folder
        if not self.exists(top):
            return []
        found = [file for file in self._walk(top, deep) if not suffixes or file.name.lower().endswith(suffixes)]
        return sorted(found)

    def exists(self, file: Path) -> bool:
        """Whether a file or folder is there.

        Raises ``InputError`` where it leads outside the case, cannot be looked at, or is a pipe or a device.
        """
        try:
            file.lstat()
            inside(self.root, file, *_OUTSIDE)
            mode = file.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (OSError, ValueError) as error:
            raise InputError(reason(error), file=file) from None
        if not stat.S_ISDIR(mode):
            check_regular(mode, file)
        return True

    def _walk(self, top: Path, deep: bool) -> Iterator[Path]:
        seen = 0
        waiting = [top]
        while waiting:
            here = waiting.pop()
            try:
                with os.scandir(here) as entries:
                    for entry in entries:
                        seen += 1
                        if seen > CASE_FILES:
                            raise InputError(f"holds more than {CASE_FILES:,} files", file=top)
                        if entry.name.startswith("."):
                            continue
                        path = Path(entry.path)
                        if entry.is_symlink():
                            inside(self.root, path, *_OUTSIDE)
                        if entry.is_dir(follow_symlinks=False):
                            if deep:
                                waiting.append(path)
                            elif top != self.root:
                                self.note(path, "passed over: a folder inside this one is not looked into")
                        elif path.exists() and stat.S_ISREG(path.stat().st_mode):
                            yield path
                        else:
                            self.note(path, "passed over: not a regular file")
            except OSError as error:
                raise InputError(reason(error), file=here) from None
