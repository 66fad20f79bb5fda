"""Where a command writes: whole or not at all, over nothing that narrows did not write, one run at a time.

What is new is made beside its target under a name that nobody else uses (``.narrows-0123456789abcdef.new``), made by
whoever is first and held (``flock``) for as long as the run lasts: a second run sees that at its start and says so. At
the end the two change places in one step, so that whoever is killed, at any moment, leaves the old or the new, whole.
What a dead run left beside a target is removed at the next start of a command that writes into that folder.

The names can be foretold, and nothing follows from that: they are made with O_EXCL or mkdir, which follow no link.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from narrows.errors import InputError
from narrows.opening import reason
from narrows.scratch import hold, remove_dead, remove_if_dead, removed_if_cut_off, spare
from narrows.signals import held

Check = Callable[[Path], None]
"""Raises ``InputError`` where what stands at a path is not narrows' own, so that it may not be replaced."""
Make = Callable[[Path], int]
"""Makes a file or folder that must not be there yet (else ``FileExistsError``), and gives a descriptor of it."""

_NEW = re.compile(r"\.narrows-[0-9a-f]{16}\.new")
_OCTAL = re.compile(r"\\([0-7]{3})")
"""As the kernel writes a space in a name."""
_TRIES = 10
_EXCHANGE, _NO_REPLACE, _HERE = 2, 1, -100
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
"""What a file system says that cannot let two names change places."""


def make_folder(path: Path) -> int:
    """A ``Make`` of a folder."""
    path.mkdir()
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        # Nobody holds it yet, so another start took it for a dead run's.
        raise FileExistsError from None


def make_file(path: Path) -> int:
    """A ``Make`` of an empty file, open for reading and writing."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def make_private_file(path: Path) -> int:
    """A ``Make`` of an empty file that nobody but its owner may read, not for a moment."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def status(target: Path, named: str | os.PathLike[str]) -> os.stat_result | None:
    """What stands at a target, or None.

    Raises:
        InputError: it cannot be looked at (a name that is too long), or is a link, which is neither followed nor
            replaced.
    """
    try:
        found = target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "cannot be written"), file=named) from None
    if stat.S_ISLNK(found.st_mode):
        raise InputError("is a symbolic link", file=named, advice="name what it leads to")
    return found


def check_place(target: Path, named: str | os.PathLike[str]) -> None:
    """See that what stands at a target can change places with something new.

    Raises:
        InputError: it is a mount point (a volume of a container), or whoever started this stands in it.
    """
    if _is_mount_point(target):
        raise InputError("is a mount point, which cannot be replaced", file=named, advice="name something inside it")
    here = Path(os.path.realpath(os.curdir))
    if stat.S_ISDIR(target.lstat().st_mode) and here.is_relative_to(os.path.realpath(target)):
        raise InputError("is where you stand, and would be replaced", file=named, advice="name it from outside")


def _is_mount_point(target: Path) -> bool:
    """A file, or a folder of the same file system, too: only the kernel's list tells these."""
    if os.path.ismount(target):
        return True
    real = os.path.realpath(target)
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return False
    return any(_OCTAL.sub(lambda seen: chr(int(seen[1], 8)), line.split(" ")[4]) == real for line in lines)


@contextmanager
def claimed(
    target: Path, make: Make, named: str | os.PathLike[str], check: Check | None = None
) -> Iterator[tuple[Path, int]]:
    """What is to take the target's place, and a descriptor of it; it is gone at the end of the block.

    Args:
        target: in a folder that is there.
        make: what makes it.
        named: the target as messages name it.
        check: of a folder, so that one that a dead run had moved away can be told from anything else.

    Raises:
        InputError: another run is writing it, or nothing can be made there.
    """
    fresh, old = _beside(target, "new"), _beside(target, "old")
    with ExitStack() as undone:
        with held():
            try:
                holder = _first(fresh, make, named)
            except OSError as error:
                raise InputError(reason(error, "cannot be written"), file=named) from None
            # In this order: until it is gone, it goes with the process too.
            undone.enter_context(removed_if_cut_off(fresh))
            undone.callback(_give_up, fresh, holder)
        if check is not None:
            with suppress(OSError, InputError):
                _put_back(old, target, check)
        yield fresh, holder


def _give_up(fresh: Path, holder: int) -> None:
    with held():
        with suppress(OSError):
            # Once it has taken its place, the name is free for the next run.
            if os.path.samestat(os.fstat(holder), fresh.lstat()):
                _remove(fresh)
        spare(fresh)
        os.close(holder)


def take_place(fresh: Path, target: Path, check: Check, named: str | os.PathLike[str]) -> None:
    """Put what was made in the target's place; what stood there is gone.

    Raises:
        InputError: what stands there is not narrows' own, or it cannot be done. All is as it was before.
    """
    spare(fresh)
    try:
        if not os.path.lexists(target) or _is_empty_folder(target):
            _keep_mode(target, fresh)
            with held():
                _move(fresh, target)
            return
        check(target)
        _keep_mode(target, fresh)
        # Held, so that no other start takes it for a dead run's once it has changed places.
        holder = hold(target)
        if holder is None:
            raise _is_busy(named)
        try:
            with held():
                _replace(fresh, target, check)
        finally:
            os.close(holder)
    except OSError as error:
        raise InputError(reason(error, "cannot be written"), file=named) from None


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(f".narrows-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}.{suffix}")


def _first(fresh: Path, make: Make, named: str | os.PathLike[str]) -> int:
    """Make it and hold it; whoever does both is the one that writes."""
    remove_dead(fresh.parent, _NEW)
    for _ in range(_TRIES):
        try:
            holder = make(fresh)
        except FileExistsError:
            if remove_if_dead(fresh) or (left := _looked_at(fresh)) is None:
                continue
            if left.st_uid == os.geteuid() and not stat.S_ISLNK(left.st_mode):
                break
            problem = f"{fresh.name}, which is no run's of this user, stands beside it"
            raise InputError(problem, file=named, advice="remove that, or name another place") from None
        if _holds(holder, fresh):
            return holder
        os.close(holder)
    raise _is_busy(named)


def _looked_at(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _holds(holder: int, fresh: Path) -> bool:
    """Lock what was made; False where another start was quicker, and took it for a dead run's."""
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # No locks on this file system: then its name alone says that somebody writes there.
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(holder), fresh.lstat())
    return False


def _is_busy(named: str | os.PathLike[str]) -> InputError:
    return InputError("another run of narrows is writing it", file=named, advice="wait until it has ended")


def _put_back(old: Path, target: Path, check: Check) -> None:
    """Where there is no exchange, a run may have died after it had moved the old one away."""
    if not os.path.lexists(old) or old.lstat().st_uid != os.geteuid():
        return
    if os.path.lexists(target):
        _remove(old)
    else:
        check(old)
        old.rename(target)


def _keep_mode(target: Path, fresh: Path) -> None:
    """Who may read the old one may read the new one, and nobody else; where there is none, the umask says who may."""
    with suppress(FileNotFoundError):
        old = target.lstat()
        with suppress(PermissionError):
            os.chown(fresh, old.st_uid, old.st_gid)
        fresh.chmod(stat.S_IMODE(old.st_mode))


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _move(fresh: Path, target: Path) -> None:
    """To where nothing stands but perhaps an empty folder, and nowhere else."""
    if fresh.is_dir():
        fresh.rename(target)  # Fails where anything else has come to stand there.
    elif not _renameat2(fresh, target, _NO_REPLACE):
        os.link(fresh, target, follow_symlinks=False)


def _replace(fresh: Path, target: Path, check: Check) -> None:
    if _renameat2(fresh, target, _EXCHANGE):
        try:
            check(fresh)
        except BaseException:
            # Somebody put something of their own there at the last moment.
            _renameat2(fresh, target, _EXCHANGE)
            raise
        _remove(fresh)
    elif fresh.is_dir():
        old = _beside(target, "old")
        target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            old.rename(target)
            raise
        _remove(old)
    else:
        fresh.replace(target)


def _renameat2(source: Path, target: Path, how: int) -> bool:
    """Rename without replacing, or exchange two names; False where the system or the file system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    if call(_HERE, os.fsencode(source), _HERE, os.fsencode(target), how) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), os.fspath(target))


def _remove(path: Path) -> None:
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
