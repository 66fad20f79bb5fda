"""Failing inputs made small: files, lines and bytes are left out for as long as it fails the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.fuzz.corpus import Files

_Part = TypeVar("_Part")


def minimised(files: Files, fails: Callable[[Files], bool], seconds: float) -> Files:
    """The smallest input that is found in that time and still fails."""
    until = time.monotonic() + seconds
    if not fails(files):
        return files
    names = _fewer(list(files), lambda some: fails({name: files[name] for name in some}), until)
    files = {name: files[name] for name in names}
    for name in names:

        def fails_with(content: bytes, name: str = name, others: Files = files) -> bool:
            return fails({**others, name: content})

        lines = _fewer(files[name].splitlines(keepends=True), lambda some: fails_with(b"".join(some)), until)
        content = b"".join(lines)
        pieces = _fewer(
            [content[at : at + 1] for at in range(len(content))], lambda some: fails_with(b"".join(some)), until
        )
        files = {**files, name: b"".join(pieces)}
    return files


def _fewer(parts: Sequence[_Part], fails: Callable[[Sequence[_Part]], bool], until: float) -> Sequence[_Part]:
    """Without every run of parts that is not needed: long runs first."""
    size = max(1, len(parts) // 2)
    while True:
        at = 0
        while at < len(parts):
            if time.monotonic() > until:
                return parts
            fewer = [*parts[:at], *parts[at + size :]]
            if fails(fewer):
                parts = fewer
            else:
                at += size
        if size == 1:
            return parts
        size //= 2
