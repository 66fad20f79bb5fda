"""The folder of a case: which files are there, and none that leads outside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from narrows.case.model import Note
from narrows.errors import InputError, one_line

_MOST_FILES = 1_000_000
"""A folder with more files than this is no case."""


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
            self._inside = self.root.resolve(strict=True)
        except (OSError, ValueError) as error:
            raise InputError(_why(error), file=self.root) from None

    def source(self, file: Path) -> str:
        """A file as notes and evidence name it: its path inside the case."""
        return file.relative_to(self.root).as_posix()

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
            if not os.path.lexists(file):
                return False
            self._check_inside(file)
            mode = file.stat().st_mode
        except FileNotFoundError:
            return False
        except (OSError, ValueError) as error:
            raise InputError(_why(error), file=file) from None
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise InputError("is no regular file", file=file)
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
                        if seen > _MOST_FILES:
                            raise InputError(f"holds more than {_MOST_FILES:,} files", file=top)
                        if entry.name.startswith("."):
                            continue
                        path = Path(entry.path)
                        if entry.is_symlink():
                            self._check_inside(path)
                        if entry.is_dir(follow_symlinks=False):
                            if deep:
                                waiting.append(path)
                            elif top != self.root:
                                self.note(path, "passed over: a folder inside this one is not looked into")
                        elif stat.S_ISREG(entry.stat().st_mode):
                            yield path
                        else:
                            self.note(path, "passed over: no regular file")
            except OSError as error:
                raise InputError(_why(error), file=here) from None

    def _check_inside(self, file: Path) -> None:
        real = Path(os.path.realpath(file))
        if not real.is_relative_to(self._inside):
            raise InputError("leads outside the case", file=file, advice="copy what it points to into the case")


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "cannot be read").lower()
    return "is no file name"
