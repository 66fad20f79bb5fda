"""Temporary files and folders that no run leaves behind, not even one that is killed.

Whoever makes one holds a lock on it (``flock``) for as long as it lives; the kernel lets go of the lock when the
process is gone, however it went. So what has such a name and no holder is left over from a dead run, and the next start
removes it. Only what this user owns, and no link, is ever removed.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from narrows.errors import MachineError
from narrows.opening import reason

_PREFIX = "narrows-"
_NAMES = re.compile(r"narrows-[a-z]+-[0-9a-f]{16}")
"""Names of scratch folders: ``narrows-flowlogs-0123456789abcdef``."""
_MOST_ENTRIES = 100_000
"""Entries of a folder that are looked at: nobody waits for more."""
_own: set[Path] = set()
"""What this process removes even where it ends before its stack unwinds."""
_above: list[Path] = []
"""Folders that it made only for that to stand in, each before the one above it: those that are empty then go too."""
_cutting_off = threading.Lock()


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder for temporary files (below TMPDIR), gone at the end of the block; ``purpose`` is one lower-case word.

    Raises:
        OSError: there is no place for one.
    """
    above = Path(tempfile.gettempdir())
    remove_dead(above, _NAMES)
    with ExitStack() as until_gone:

        def name() -> Path:
            path = above / f"{_PREFIX}{purpose}-{secrets.token_hex(8)}"
            # From before it is there until it is gone, it goes with the process.
            until_gone.enter_context(removed_if_cut_off(path))
            return path

        folder, holder = held_folder(name)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(holder)


@contextmanager
def removed_if_cut_off(path: Path) -> Iterator[None]:
    """Within this, a file or folder goes with the process also where that ends before its stack unwinds."""
    _own.add(path)
    try:
        yield
    finally:
        # Where an interrupt came in the middle of its removal, it is still there, and goes with the process.
        if not os.path.lexists(path):
            _own.discard(path)


@contextmanager
def folders_above(path: Path) -> Iterator[None]:
    """The folders that a path is to stand in, made where they are missing; after an error the empty ones are gone.

    Raises:
        OSError: one cannot be made.
    """
    made = [parent for parent in path.parents if not parent.exists()]
    # Before they are there, as ``removed_if_cut_off``.
    _above.extend(made)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        _remove_empty(made)
        raise
    finally:
        for parent in made:
            _above.remove(parent)


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def spare(path: Path) -> None:
    """From here on it stays: it is about to take its place. Waits for ever where the process is being ended."""
    with _cutting_off:
        _own.discard(path)


def remove_own() -> None:
    """Remove what goes with this process, which is about to end where it is, and must."""
    _cutting_off.acquire()
    for path in tuple(_own):
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    _remove_empty(tuple(_above))


def remove_dead_folders() -> None:
    """Remove the scratch folders that dead runs left; nothing where there is no place for any."""
    with suppress(OSError):
        remove_dead(Path(tempfile.gettempdir()), _NAMES)


def cannot_write(error: OSError) -> MachineError:
    """What is said where temporary files cannot be written: no fault of what is read."""
    return MachineError(
        f"temporary files cannot be written: {reason(error, 'the system refuses')}",
        advice="free disk space, or set TMPDIR to a folder with more",
    )


def held_folder(name: Callable[[], Path]) -> tuple[Path, int]:
    """Make a folder of a new name and hold it: the folder, and the descriptor that holds it.

    Raises:
        OSError: it cannot be made there.
    """
    return _held(name, lambda path: path.mkdir(mode=0o700), lambda path: shutil.rmtree(path, ignore_errors=True))


def held_file(name: Callable[[], Path]) -> tuple[Path, int]:
    """Make an empty file of a new name and hold it, as ``held_folder`` does."""
    return _held(name, lambda path: path.touch(mode=0o600, exist_ok=False), lambda path: path.unlink(missing_ok=True))


def _held(
    name: Callable[[], Path], make: Callable[[Path], object], remove: Callable[[Path], object]
) -> tuple[Path, int]:
    while True:
        path = name()
        make(path)
        try:
            holder = hold(path)
            # Another start may have taken it for a dead run's before it was held.
            if holder is not None and os.path.samestat(os.fstat(holder), path.lstat()):
                return path, holder
        except FileNotFoundError:
            holder = None
        except BaseException:
            remove(path)
            raise
        if holder is not None:
            os.close(holder)


def hold(path: Path) -> int | None:
    """Lock a file or folder for this process and its forks: a descriptor to close; None where another holds it.

    Raises:
        OSError: it is not there, or its file system has no locks.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle


def share(path: Path, alone: Callable[[], object]) -> int:
    """Hold a file or folder together with others that do: a descriptor.

    Where nobody else does, ``alone`` is called first.

    Raises:
        OSError: it is not there, or its file system has no locks.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            alone()
        fcntl.flock(handle, fcntl.LOCK_SH)
    except BaseException:
        os.close(handle)
        raise
    return handle


def remove_dead(folder: Path, names: re.Pattern[str]) -> None:
    """Remove what dead runs left in a folder: entries whose whole name matches, of this user, that nobody holds."""
    with suppress(OSError), os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number > _MOST_ENTRIES:
                return
            if names.fullmatch(entry.name):
                with suppress(OSError):
                    remove_if_dead(Path(entry.path))


def remove_if_dead(path: Path) -> bool:
    """Remove what nobody holds; whether it is gone. What is another user's, or a link, stays.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        status = path.lstat()
        if status.st_uid != os.geteuid() or not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
            return False
        holder = hold(path)
    except FileNotFoundError:
        return True
    if holder is None:
        return False
    try:
        # Another run may have put its own there since.
        if os.path.samestat(os.fstat(holder), path.lstat()):
            if stat.S_ISDIR(status.st_mode):
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        return not os.path.lexists(path)
    except FileNotFoundError:
        return True
    finally:
        os.close(holder)
