"""Which files hold flow logs: every file is looked at, and counted where it holds none."""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.bounds import FLOW_LOG_FILES, FOLDERS_DEEP
from narrows.errors import InputError, one_line
from narrows.flowlogs.shapes import Shape, shape_of
from narrows.flowlogs.unpacking import UnreadableError
from narrows.opening import reason

if TYPE_CHECKING:
    from narrows.flowlogs.s3 import Fetched

_DELIVERED = re.compile(r"(\d{12}_vpcflowlogs_[^/]+_fl-[0-9a-f]+_\d{8}T\d{4}Z_[0-9a-f]+)\.log(?:\.gz|\.parquet)?$")
"""A name that AWS gives to one file only: a copy of it holds the same records, unpacked or not."""
_NAMED = 20
"""UnreadableError files that an answer names; the others are counted."""
_PASSED_OVER = (".", "_")
"""Hidden files, and what Spark and Athena leave beside their results."""


@dataclass
class Sources:
    """The files to read, by shape, and those that are not."""

    files: dict[Shape, list[str]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Why, by file."""
    others: Counter[str] = field(default_factory=Counter)
    """Files that are no flow logs, by kind."""
    twice: int = 0
    """Files with the same records as one that is read, under this path or another."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a file is called in an answer, where it is a copy."""

    def __len__(self) -> int:
        return sum(len(files) for files in self.files.values())

    def is_other(self, name: str) -> None:
        """Count a file that is not a flow log."""
        suffix = "".join(Path(name).suffixes[-2:]) or Path(name).name
        self.others[one_line(suffix, 40)] += 1

    def unreadable_lines(self) -> list[str]:
        """The first of the unreadable files, one line each."""
        first = list(self.unreadable.items())[:_NAMED]
        lines = [one_line(f"{self.names.get(name, name)}: {why}") for name, why in first]
        more = len(self.unreadable) - len(lines)
        return [*lines, f"and {more:,} more files that could not be read"] if more > 0 else lines


def nothing_to_read(found: Sources) -> InputError:
    """The error where there is nothing to read, with what is there instead."""
    broken = found.unreadable_lines()[:3]
    others = [f"{number:,} {kind}" for kind, number in found.others.most_common(5)]
    there = "; ".join([*broken, *([f"no flow logs: {', '.join(others)}"] if others else [])])
    return InputError(
        f"no flow logs can be read ({there})" if there else "no flow logs can be read: there are no files",
        advice="name files or folders as AWS delivers them, and --format for text without a header",
    )


def find_sources(
    paths: Sequence[str | os.PathLike[str]], declared: Sequence[str] | None = None, fetched: Fetched | None = None
) -> Sources:
    """Look at every file in ``paths`` (files, or folders with everything in them).

    Args:
        declared: the fields of text files without a header; AWS's default format when left out.
        fetched: of what some of them are copies.

    Raises:
        InputError: a path is not there.
    """
    found = Sources() if fetched is None else Sources(unreadable=dict(fetched.failed), names=fetched.names)
    same: dict[str, list[str]] = {}
    for path in paths:
        for name in _walk(os.fspath(path), found):
            own = _DELIVERED.search(name)
            same.setdefault(own[1] if own else os.path.realpath(name), []).append(name)
    for names in same.values():
        _look_at_one(names, found, declared)
    return found


def _look_at_one(names: list[str], found: Sources, declared: Sequence[str] | None) -> None:
    """Of files with the same records the largest that can be read: a download that broke off is smaller."""
    if len(names) > 1:
        names.sort(key=_size, reverse=True)
    for count, name in enumerate(names, start=1):
        if _look_at(name, found, declared):
            found.twice += len(names) - count
            return


def _size(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError:
        return 0


def _walk(named: str, found: Sources) -> Iterator[str]:
    """A file, or every file below a folder; what cannot be looked into is said.

    Raises:
        InputError: it is not there, or there are too many.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(named).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        raise InputError("no such file or folder", file=named or "''") from None
    except (OSError, ValueError) as error:
        raise InputError(reason(error), file=named) from None
    if not is_folder:
        yield named
        return
    looked_at = 0
    waiting = [(named, 1)]
    while waiting:
        folder, depth = waiting.pop()
        folders = []
        for entry in _entries(folder, found):
            looked_at += 1
            if looked_at > FLOW_LOG_FILES:
                raise InputError(
                    f"holds more than {FLOW_LOG_FILES:,} files and folders", file=named, advice="name parts of it"
                )
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, depth + 1))
            elif entry.is_symlink() and not _leads_inside(entry.path, named):
                found.unreadable[entry.path] = "is a link that leads outside the folder: name what it leads to"
            elif entry.is_symlink() and Path(entry.path).is_dir():
                found.unreadable[entry.path] = "is a link to a folder: name that folder itself"
            else:
                yield entry.path
        if folders and depth >= FOLDERS_DEEP:
            found.unreadable[folder] = f"is {FOLDERS_DEEP} folders deep, and deeper ones are not read"
        else:
            waiting += reversed(folders)


def _leads_inside(link: str, folder: str) -> bool:
    """Whether a link ends within the folder that the user named: whoever filled that may not name other places."""
    return Path(os.path.realpath(link)).is_relative_to(os.path.realpath(folder))


def _entries(folder: str, found: Sources) -> list[os.DirEntry[str]]:
    """What stands in a folder, by name, but for what is hidden."""
    try:
        with os.scandir(folder) as entries:
            every = list(itertools.islice(entries, FLOW_LOG_FILES + 1))
    except OSError as error:
        found.unreadable[folder] = reason(error)
        return []
    shown = sorted((one for one in every if not one.name.startswith(_PASSED_OVER)), key=lambda one: one.name)
    if len(shown) < len(every):
        found.others[f"hidden (names that begin with {' or '.join(_PASSED_OVER)})"] += len(every) - len(shown)
    return shown


def _look_at(name: str, found: Sources, declared: Sequence[str] | None) -> bool:
    """Whether a file is one to read."""
    try:
        shape = shape_of(name, declared)
    except UnreadableError as error:
        found.unreadable[name] = str(error)
        return False
    if shape is None:
        found.is_other(name)
        return False
    found.files.setdefault(shape, []).append(name)
    return True
