"""Writing a text where the user wants it: whole or not at all, and over nothing that narrows did not write itself."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from narrows.errors import InputError


def check_text_file(file: str | os.PathLike[str], begins: str) -> None:
    """See before a long run that the file can be written.

    Args:
        begins: how a file begins that may be replaced; any other that is there is somebody's own.

    Raises:
        InputError: its folder is not there or takes no files, or something else has this name.
    """
    path = Path(file)
    try:
        if path.is_dir():
            raise InputError("is a folder", file=path, advice="name a file")
        if not path.parent.is_dir():
            raise InputError("its folder is not there", file=path)
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise InputError("its folder takes no files", file=path)
        if not path.exists():
            return
        if not path.is_file():
            raise InputError("is no regular file", file=path, advice="name another file")
        with path.open("rb") as there:
            written = there.read(len(begins.encode())).lower() == begins.encode().lower()
    except OSError as error:
        raise InputError((error.strerror or "cannot be written").lower(), file=path) from None
    if not written:
        raise InputError(
            "is there already, and is not what this command writes", file=path, advice="name another file, or remove it"
        )


def write_text_file(file: str | os.PathLike[str], text: str, begins: str) -> None:
    """Write a text to a file; after any error, what was there is untouched.

    Raises:
        InputError: as ``check_text_file`` does, and where writing fails.
    """
    check_text_file(file, begins)
    path = Path(file)
    beside: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        beside = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(path)
    except OSError as error:
        raise InputError((error.strerror or "cannot be written").lower(), file=path) from None
    finally:
        if beside is not None:
            with suppress(OSError):
                beside.unlink()
