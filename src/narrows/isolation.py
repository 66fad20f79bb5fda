"""Nothing that lies in the current folder is run: it may be a stranger's case, and the user may be root.

Python looks for modules in the folder that it stands in (``-m``, ``-c``, an empty entry of PYTHONPATH), the system for
programs (an empty or relative entry of PATH), numba for its settings. The command line leaves all of these out; the
Python API is a guest in somebody else's process and changes nothing there, but what it starts is isolated as well.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin")
"""Where system programs are, and often not in a user's PATH."""
_RUN = "import sys; sys.path.append(sys.argv.pop(1)); from {module} import main; sys.exit(main(*sys.argv[1:]))"
_is_own_process = False


def be_own_process() -> None:
    """Leave the current folder out of where this process looks for code; of the command line's own process only."""
    global _is_own_process
    _is_own_process = True
    os.environ["PATH"] = program_path()
    here = _current_folder()
    sys.path[:] = [one for one in sys.path if Path(one).is_absolute() and (one != here or _is_library(one))]


def _current_folder() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:
        return None


def _is_library(folder: str) -> bool:
    """Whether Python itself is there, or what is installed: somebody may stand even there."""
    return folder == str(Path(os.__file__).parent) or folder.endswith(("site-packages", "dist-packages"))


def program_path(*more: str) -> str:
    """PATH without the entries that depend on the current folder, and with more folders after its own."""
    own = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(one for one in dict.fromkeys((*own, *more)) if Path(one).is_absolute())


def system_program_path() -> str:
    """``program_path`` with the folders of system programs."""
    return program_path(*_SBIN)


def python_command(module: str, *arguments: str) -> list[str]:
    """A command that calls ``main(*arguments)`` of a module of narrows.

    It finds the standard library and narrows, and nothing that is installed beside them or lies in the current folder,
    and it reads no variable for Python in the environment.
    """
    source = str(Path(__file__).absolute().parents[1])
    return [sys.executable, "-I", "-S", "-c", _RUN.format(module=module), source, *arguments]


@contextmanager
def outside_current_folder() -> Iterator[None]:
    """In the command line's own process: stand elsewhere for a while, for an import that reads the current folder."""
    if not _is_own_process:
        yield
        return
    try:
        here = os.open(".", os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY))
    except OSError:
        # The folder is gone, or cannot be looked into: then nothing in it can be read either.
        yield
        return
    try:
        os.chdir("/")
        yield
    finally:
        os.fchdir(here)
        os.close(here)


def is_own_process() -> bool:
    """Whether this is the command line's own process."""
    return _is_own_process


def is_trusted(folder: Path) -> bool:
    """Whether code may be kept in a folder and run from there: it is this user's, root's or that of the sources."""
    if not folder.is_absolute():
        return False
    status = folder.stat()
    own = (os.geteuid(), 0, Path(__file__).stat().st_uid)
    return status.st_uid in own and not status.st_mode & stat.S_IWOTH


def cache_folder() -> Path:
    """The user's cache folder for narrows, which may not be there.

    Raises:
        RuntimeError: nobody knows a home.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    # A relative one would be read from the current folder; its specification has it ignored.
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".cache") / "narrows"
