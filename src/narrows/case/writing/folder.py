"""Writing a folder so that it is there whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from narrows.errors import InputError
from narrows.signals import held

_CASE = "case.yaml"
_TRUTH = "truth.json"


def check_target(folder: str | os.PathLike[str]) -> None:
    """Check that a case can be written to a folder, before the work that makes one.

    It may be absent, empty, or hold a case with a ``truth.json``: one that was simulated or came from the lab, and
    can be made again. Evidence of a real incident is not overwritten.

    Raises:
        InputError: it holds something else, is a file, or cannot be made.
    """
    path = Path(folder)
    advice = "name a new or empty folder"
    try:
        if not os.path.lexists(path):
            _nearest_parent(path)
        elif not path.is_dir():
            raise InputError("is no folder", file=path, advice=advice)
        elif any(path.iterdir()):
            if not (path / _CASE).is_file():
                raise InputError("is not empty, and holds no case", file=path, advice=advice)
            if not (path / _TRUTH).is_file():
                raise InputError("holds evidence that was collected", file=path, advice=advice)
    except OSError as error:
        raise InputError((error.strerror or "cannot be written").lower(), file=path) from None


def _nearest_parent(path: Path) -> None:
    """The folder above must be a folder that can be written to, or one must be."""
    parent = next((one for one in path.absolute().parents if os.path.lexists(one)), Path(path.anchor or "/"))
    if not parent.is_dir():
        raise InputError("is no folder", file=parent)
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError("permission denied", file=parent)


@contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A new folder beside ``folder`` that takes its place at the end; after any error, Ctrl-C too, nothing changed.

    Raises ``InputError`` as ``check_target`` does, and where writing fails.
    """
    check_target(folder)
    target = Path(folder).resolve()
    mark = secrets.token_hex(4)
    fresh = target.with_name(f".{target.name}.{mark}.new")
    old = target.with_name(f".{target.name}.{mark}.old")
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        try:
            fresh.mkdir(parents=True)
            yield fresh
            with held():
                if target.exists():
                    target.rename(old)
                fresh.rename(target)
                shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise InputError((error.strerror or "cannot be written").lower(), file=folder) from None
    except BaseException:
        with held():
            if old.exists() and not target.exists():
                old.rename(target)
            shutil.rmtree(fresh, ignore_errors=True)
            for parent in made:
                with suppress(OSError):
                    parent.rmdir()
        raise


def write_json(file: Path, content: Any) -> None:
    """Write JSON as AWS's command line prints it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=4, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
