"""``written.json``: what narrows wrote into a case, so that it replaces this and nothing else.

The list comes with a case, so it may be a stranger's. It is only ever asked whether a file that is there is on it: no
name in it is opened, followed or removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from narrows import bounds
from narrows.errors import InputError
from narrows.opening import open_regular, read_whole

FILE = "written.json"
_ADVICE = "move it elsewhere, or name a new folder"


def list_written(folder: Path) -> None:
    """Write the list of everything in a folder into it."""
    files = {name: _described(path) for name, path in _entries(folder) if path.is_file()}
    text = json.dumps({"schema": 1, "files": files}, indent=1, ensure_ascii=True)
    (folder / FILE).write_text(text + "\n", encoding="ascii")


def check_written(folder: Path, named: str | os.PathLike[str]) -> None:
    """See that a folder holds nothing but what narrows listed there, as it wrote it.

    Raises:
        InputError: it has no list, or something in it is not on the list or was changed since; the error names that.
    """
    listed = _listed(folder, named)
    holding = {above.as_posix() for name in listed for above in Path(name).parents}
    for count, (name, path) in enumerate(_entries(folder)):
        if count > bounds.CASE_FILES:
            raise InputError(f"holds more than {bounds.CASE_FILES:,} files", file=named)
        mode, shown = path.lstat().st_mode, Path(named) / name
        if name == FILE and stat.S_ISREG(mode):
            continue
        if stat.S_ISDIR(mode):
            if name not in holding:
                raise InputError("is a folder that narrows did not make", file=shown, advice=_ADVICE)
        elif name not in listed or not stat.S_ISREG(mode):
            raise InputError("is not what narrows wrote into this case", file=shown, advice=_ADVICE)
        elif listed[name] != _described(path):
            raise InputError("was changed since narrows wrote it", file=shown, advice=_ADVICE)


def _listed(folder: Path, named: str | os.PathLike[str]) -> dict[str, Any]:
    file = folder / FILE
    if not os.path.lexists(file):
        raise InputError(
            f"holds no {FILE}, which says what narrows wrote there",
            file=named,
            advice="remove it, or name a new folder",
        )
    shown = Path(named) / FILE
    try:
        content = json.loads(read_whole(file, bounds.JSON_BYTES))
    except InputError as error:
        raise InputError(error.problem, file=shown) from None
    except (ValueError, RecursionError):
        content = None
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict):
        raise InputError("is not the list of what narrows wrote", file=shown, advice=_ADVICE)
    return files


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything in a folder, links not followed: its name in the folder, and where it is."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                yield path.relative_to(folder).as_posix(), path
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)


def _described(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with open_regular(path) as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
            size += len(part)
    return {"bytes": size, "sha256": digest.hexdigest()}
