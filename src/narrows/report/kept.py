"""Texts that take long to make, kept in the user's cache folder. What goes wrong there costs time, nothing else."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from hashlib import sha256

from narrows.isolation import cache_folder, is_trusted
from narrows.scratch import held_file, remove_dead

_PARTS = re.compile(r"\.[0-9a-f]{16}\.part")


def cached_text(name: str) -> str | None:
    """The text that was kept under this name, or None; one that was cut or changed is as good as none."""
    try:
        folder = cache_folder()
        if not is_trusted(folder):
            return None
        digest, _, text = (folder / name).read_text(encoding="utf-8").partition("\n")
    except (OSError, RuntimeError, UnicodeDecodeError):
        return None
    return text if digest == _digest(text) else None


def keep_text(name: str, text: str) -> None:
    """Keep a text under a name."""
    with suppress(OSError, RuntimeError):
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        remove_dead(folder, _PARTS)
        file, holder = held_file(lambda: folder / f".{secrets.token_hex(8)}.part")
        try:
            file.write_text(f"{_digest(text)}\n{text}", encoding="utf-8", newline="\n")
            file.replace(folder / name)
        finally:
            file.unlink(missing_ok=True)
            os.close(holder)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
