"""Writing the packet capture where the user wants it: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from narrows.errors import InputError


def check_file(name: str) -> None:
    """See before a long run that the file can be written.

    Raises:
        InputError: its folder is not there or takes no files, or it is a folder itself.
    """
    file = Path(name)
    if file.is_dir():
        raise InputError("is a folder", file=name, advice="name a file, such as packets.pcapng")
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise InputError("its folder is not there, or takes no files", file=name)


def keep_file(source: int, name: str) -> None:
    """Copy what an open file holds to ``name``."""
    file = Path(name)
    sibling = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        os.lseek(source, 0, os.SEEK_SET)
        with os.fdopen(os.dup(source), "rb") as read, sibling.open("wb") as written:
            shutil.copyfileobj(read, written)
        sibling.replace(file)
    except OSError as error:
        raise InputError((error.strerror or "cannot be written").lower(), file=name) from None
    finally:
        with suppress(OSError):
            sibling.unlink()
