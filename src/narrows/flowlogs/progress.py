"""How far a count is, told while the embedded database works."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import duckdb

WHOLE = 1000
"""Progress is told in thousandths."""
_PAUSE = 0.2
"""Seconds between looks."""


class Progress(Protocol):
    """Called with what is done, how much there is in all, and how many records that is (0 while nobody knows)."""

    def __call__(self, done: int, total: int, records: int = 0, /) -> None: ...


@contextlib.contextmanager
def watched(
    db: duckdb.DuckDBPyConnection, progress: Progress | None, begin: float, end: float, records: int = 0
) -> Iterator[None]:
    """Tell how far a statement is that takes the work from ``begin`` to ``end`` (thousandths of the whole)."""
    if progress is None or end <= begin:
        yield
        return
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_PAUSE):
            share = min(100.0, max(0.0, db.query_progress())) / 100
            progress(int(begin + (end - begin) * share), WHOLE, records)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
    progress(int(end), WHOLE, records)
