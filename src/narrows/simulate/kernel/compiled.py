"""Compiling the kernel, and keeping what was compiled until any of its sources changes.

Numba keeps compiled code with the file of a function and does not see that a constant in another file changed; code
compiled for an older layout of the records would then corrupt memory. So the folder is named after all the sources.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from narrows import recording, units
from narrows.isolation import cache_folder, is_own_process, is_trusted, outside_current_folder
from narrows.packages import need
from narrows.scratch import share

need("numba", "simulating")

with outside_current_folder():
    import numba

if is_own_process():
    # It reads settings from the current folder when it is imported and before each compilation.
    numba.config._config_fname = os.devnull

Function = TypeVar("Function", bound=Callable[..., Any])


def _fingerprint() -> str:
    room = Path(__file__).parent.parent
    sources = [*sorted(room.rglob("*.py")), Path(recording.__file__), Path(units.__file__)]
    digest = hashlib.sha256(f"numba {numba.__version__} numpy {np.__version__}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _beside_sources() -> Path:
    return Path(__file__).parent / "__pycache__"


def _folder() -> str | None:
    """The first place that can be written to: beside the sources, the user's cache; None where neither can."""
    for base in (_beside_sources, cache_folder):
        try:
            folder = base() / f"kernel-{_fingerprint()}"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                if is_trusted(folder):
                    _remove_dead_parts(folder)
                    return str(folder)
        except (OSError, RuntimeError):  # The latter where nobody knows a home.
            continue
    return None


def _remove_dead_parts(folder: Path) -> None:
    """Remove what compilations that were killed left half written, unless another process may be at it now."""
    global _holder
    with suppress(OSError):
        _holder = share(folder, alone=lambda: _unlink(folder.rglob("*.tmp.*")))


def _unlink(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()


_holder: int | None = None
"""Holds the folder while this process lives."""
_CACHE = _folder()
keeps_compiled = _CACHE is not None
"""Whether the next run finds what this one compiles."""


def is_compiled() -> bool:
    """Whether the kernel was compiled before and needs only to be loaded."""
    return _CACHE is not None and any(Path(_CACHE).rglob("loop.advance-*.nbi"))


def compiled(function: Function) -> Function:
    """Compile a function of the kernel when it is first called, without the interpreter's lock.

    Everything becomes one piece of code: handing the arrays from function to function took half of the time. They come
    from the caller and stay alive as long as a call lasts, so that counting references to them, which numba does with
    an atomic instruction for each use, is left out: that took two thirds of the time.
    """
    config: Any = numba.config
    njit: Any = numba.njit
    before = config.CACHE_DIR
    config.CACHE_DIR = _CACHE or before
    try:
        result: Function = njit(cache=keeps_compiled, nogil=True, forceinline=True, _nrt=False)(function)
    finally:
        config.CACHE_DIR = before
    return result
