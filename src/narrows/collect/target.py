"""The folder of a case that is being collected: each answer is there whole or not at all, and nothing is overwritten.

Unlike the case of a simulation, one of a live account grows: what was read stays when a run is interrupted, and the
next run goes on from there.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from narrows.bounds import COLLECTED_BYTES
from narrows.case.collected import FILE, Collected, read_lines
from narrows.errors import InputError
from narrows.opening import open_inside, read_at_most, reason
from narrows.scratch import folders_above, hold, removed_if_cut_off

_CASE, _TRUTH = "case.yaml", "truth.json"
_PART = ".collecting-"
"""What the name of a file begins with until it is whole: readers pass over it."""
_FOLDERS = frozenset({"lambda", "ec2", "elasticache", "rds", "cloudwatch", "callers", "sensor", "flow-logs"})


class Target:
    """One case, open for more evidence."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self.asked: dict[str, Collected] = {one.key: one for one in self._read()}
        """Every request that was made for this case, by its key."""

    def has(self, path: str) -> bool:
        """Whether a file of the case is there."""
        return os.path.lexists(self.root / path)

    def write(self, path: str, content: bytes) -> None:
        """A new file, or a new content of one. Raises ``InputError`` where it cannot be written."""
        with self.writing(path) as stream:
            stream.write(content)

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """A file that takes its place at the end of the block; after any error nothing of it is there."""
        target = self.root / path
        fresh = target.with_name(f"{_PART}{target.name}")
        try:
            with removed_if_cut_off(fresh):
                self._make_folder(target.parent)
                fresh.unlink(missing_ok=True)
                handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
                try:
                    with os.fdopen(handle, "wb") as stream:
                        yield stream
                    fresh.replace(target)
                except BaseException:
                    with suppress(OSError):
                        fresh.unlink()
                    raise
        except OSError as error:
            raise InputError(reason(error, "cannot be written"), file=target) from None

    def log(self, one: Collected) -> None:
        """Remember what came of a request."""
        with self._lock:
            self.asked[one.key] = one
            try:
                handle = os.open(
                    self.root / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666
                )
                with os.fdopen(handle, "ab") as stream:
                    stream.write(one.line().encode())
            except OSError as error:
                raise InputError(reason(error, "cannot be written"), file=self.root / FILE) from None

    def _make_folder(self, folder: Path) -> None:
        """A folder of the case, and those it stands in: no link leads out of the case."""
        for above in reversed(folder.relative_to(self.root).parents[:-1]):
            self._make_one(self.root / above)
        if folder != self.root:
            self._make_one(folder)

    def _make_one(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise InputError("is not a folder", file=folder, advice="name a new or empty folder with --out")

    def _read(self) -> list[Collected]:
        file = self.root / FILE
        if not os.path.lexists(file):
            return []
        with open_inside(self.root, file, "leads outside the case", "name a new or empty folder") as stream:
            return list(read_lines(read_at_most(stream, COLLECTED_BYTES, file)))


@contextmanager
def open_target(folder: str | os.PathLike[str]) -> Iterator[Target]:
    """A case that evidence is added to: a new folder, an empty one, or one that holds a case that was collected.

    A new folder is gone again where nothing was put into it.

    Raises:
        InputError: it holds something else or a case that was simulated, another run is collecting into it, or it
            cannot be made.
    """
    root = Path(folder)
    if os.path.lexists(root) and not root.is_dir():
        raise InputError("is not a folder", file=folder, advice="name a new or empty folder")
    root = root.resolve()
    is_new = not root.exists()
    try:
        with folders_above(root):
            root.mkdir(exist_ok=True)
            try:
                holder = hold(root)
                if holder is None:
                    raise InputError("another run is collecting into it", file=folder, advice="wait until it is done")
                try:
                    _check(root, folder)
                    yield Target(root)
                finally:
                    os.close(holder)
            finally:
                if is_new:
                    with suppress(OSError):
                        root.rmdir()
    except OSError as error:
        raise InputError(reason(error, "cannot be written"), file=folder) from None


def _check(root: Path, named: str | os.PathLike[str]) -> None:
    names = {one.name for one in root.iterdir() if not one.name.startswith(".")}
    if _TRUTH in names:
        problem = "holds a case that was simulated, which is no evidence of a live account"
        raise InputError(problem, file=named, advice="name a new or empty folder")
    if names - {_CASE, FILE, *_FOLDERS} and not names & {_CASE, FILE}:
        raise InputError("is not empty, and holds no case", file=named, advice="name a new or empty folder")
