"""The end of what processes say, read while they say it, so that none of them ever waits for a reader."""

from __future__ import annotations

import os
import threading
from typing import BinaryIO

_MOST = 1 << 16
"""Bytes that are kept: what is said last tells most."""
_AT_ONCE = 1 << 16
_ENDS = 5.0
"""Seconds in which a pipe reaches its end once all who write to it were killed."""


class Tail:
    """A thread that reads a pipe to its end and keeps the last of it."""

    def __init__(self, stream: BinaryIO, most: int = _MOST) -> None:
        """Begin to read.

        Args:
            stream: the pipe, which is this object's from now on.
            most: bytes that are kept.
        """
        self._stream, self._most = stream, most
        self._kept = bytearray()
        self._left_out = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            while part := os.read(self._stream.fileno(), _AT_ONCE):
                self._kept += part
                too_many = len(self._kept) - self._most
                if too_many > 0:
                    del self._kept[:too_many]
                    self._left_out += too_many

    def text(self) -> str:
        """What was said last, when all who could say something are gone, and how much before it is left out."""
        self._thread.join(_ENDS)
        said = bytes(self._kept).decode(errors="replace").strip()
        return f"({self._left_out:,} bytes before this are left out)\n{said}" if self._left_out else said
