"""Which Python the lab's commands can run: root's lab runs as somebody else, who may not get to root's own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from narrows.lab.namespaces import LabError
from narrows.lab.privileges import outside_ids
from narrows.lab.runtimes.plan import Interpreter


def interpreter_for(*modules: str, extra: str) -> Interpreter:
    """This Python, or the system's of the same version where whoever the lab runs as cannot run this one.

    Args:
        modules: what must be installed, as it is imported.
        extra: what to install when it is not.

    Raises:
        LabError: a module is not installed, or no such Python can be run.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise LabError(f"the Python package of '{module}' is not installed", advice=f"pip install {extra}")
    own = Interpreter(sys.executable)
    if not is_somebody_else() or anybody_gets_to(os.path.realpath(sys.executable)):
        return own
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = shutil.which(version, path="/usr/bin:/usr/local/bin:/bin")
    packages = tuple(
        one for one in sys.path if one.endswith(("site-packages", "dist-packages", "src")) and anybody_gets_to(one)
    )
    if found is None or not anybody_gets_to(os.path.realpath(found)) or not packages:
        raise LabError(
            f"{sys.executable} cannot be run by others than root, and the lab's commands run as somebody else",
            advice="start narrows as an ordinary user",
        )
    return Interpreter(found, packages)


def is_somebody_else() -> bool:
    """Whether the lab runs as another user than the one who asked for it."""
    return outside_ids() != (os.geteuid(), os.getegid())


def check_readable(folder: str) -> None:
    """Check that the lab's commands can read a folder; LabError where they cannot."""
    if is_somebody_else() and not anybody_gets_to(folder):
        raise LabError(
            f"{folder} cannot be read by others than root, and the lab's commands run as somebody else",
            advice="chmod -R o+rX, for it and the folders above it; or start narrows as an ordinary user",
        )


def anybody_gets_to(path: str) -> bool:
    """Whether all others may read and search it, by the mode of each folder above."""
    try:
        return all(Path(one).stat().st_mode & 0o005 == 0o005 for one in (path, *map(str, Path(path).parents)))
    except OSError:
        return False
