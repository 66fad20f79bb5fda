"""From flow-log files to open connections per hop."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.progress import Progress
from narrows.flowlogs.raw import Raw, check_any_used, collect
from narrows.flowlogs.sources import find_sources
from narrows.flowlogs.statements import GROUPINGS, settings

if TYPE_CHECKING:
    from narrows.flowlogs.s3 import Fetched


def measure_with_duckdb(
    paths: Sequence[str | os.PathLike[str]],
    *,
    by: str = "key",
    window: tuple[int, int] | None = None,
    known: Sequence[KnownInterface] = (),
    declared: Sequence[str] | None = None,
    fetched: Fetched | None = None,
    assumed: Assumptions | None = None,
    memory_limit: str = "1GB",
    progress: Progress | None = None,
) -> Raw:
    """Count with the embedded database.

    Raises:
        InputError: nothing can be read.
    """
    if by not in GROUPINGS:
        raise InputError(f"cannot count by '{by}'", advice=f"one of {', '.join(GROUPINGS)}")
    sources = find_sources(paths, declared, fetched)
    with DuckDbEngine(memory_limit=memory_limit) as engine:
        engine.read(sources, window, progress)
        engine.run(settings(by, assumed or Assumptions(), window), known, progress)
        raw = collect(engine, sources)
    check_any_used(raw)
    return raw
