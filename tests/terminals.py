"""The command line as somebody sees it who sits at a terminal of so many columns, and as a pipe gets it."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
import threading
from contextlib import suppress
from typing import TextIO

import pytest

from narrows.cli import main

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(*arguments: object, columns: int = 80, **environment: str) -> str:
    """What ``narrows`` writes to a terminal, its colours among it; stderr, where bars move, is left out."""
    ours, theirs = pty.openpty()
    parts: list[bytes] = []
    reader = threading.Thread(target=_read, args=(ours, parts))
    reader.start()
    try:
        with os.fdopen(theirs, "w", encoding="utf-8") as stream:
            _run(stream, arguments, {"COLUMNS": str(columns), "TERM": "xterm-256color", **environment})
    finally:
        reader.join(timeout=60)
        os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def piped(*arguments: object, **environment: str) -> str:
    """What ``narrows`` writes into a pipe."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    _run(stream, arguments, environment)
    written = stream.detach()
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()


def _read(ours: int, parts: list[bytes]) -> None:
    with suppress(OSError):  # EIO: the other end is closed, which is how a terminal says that all was read.
        while part := os.read(ours, 65_536):
            parts.append(part)


def _run(stream: TextIO, arguments: tuple[object, ...], environment: dict[str, str]) -> None:
    before = sys.stdout, sys.stderr
    said = io.BytesIO()
    complaints = io.TextIOWrapper(said, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI"):
            patch.delenv(name, raising=False)
        for name, text in environment.items():
            patch.setenv(name, text)
        sys.stdout, sys.stderr = stream, complaints
        try:
            with pytest.raises(SystemExit) as left:
                main([str(argument) for argument in arguments])
            stream.flush()
            complaints.flush()
        finally:
            sys.stdout, sys.stderr = before
    assert left.value.code in (0, 1), said.getvalue().decode()
