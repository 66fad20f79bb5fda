"""The one entry: paths in, answer out, with any engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs.answer import Answer, answer
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.measure import measure_with_duckdb
from narrows.flowlogs.raw import Raw
from narrows.given import given_paths

if TYPE_CHECKING:
    from narrows.flowlogs.progress import Progress


def count_connections(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    by: str = "key",
    window: tuple[int, int] | None = None,
    known: Sequence[KnownInterface] = (),
    declared: Sequence[str] | None = None,
    assumed: Assumptions | None = None,
    engine: str = "duckdb",
    memory_limit: str = "1GB",
    progress: Progress | None = None,
) -> Answer:
    """Open connections per hop from flow logs.

    Args:
        paths: files, folders with files as AWS delivers them, or ``s3://`` addresses; one or several.
        by: ``key`` (interface and unique destination), ``eni``, ``nat``, ``destination`` or ``nat-address``.
        window: from and to, seconds since 1970.
        known: what is known of interfaces, see ``known_interfaces``.
        declared: the fields of text files without a header.
        assumed: what the bounds rest on; the defaults when left out.
        engine: ``duckdb`` or ``spark``.
        memory_limit: what the embedded database may use before it spills to disk.

    Raises:
        InputError: nothing can be read, or the engine is not there.
    """
    paths = given_paths(paths, "count_connections")
    if engine == "spark":
        from narrows.flowlogs.engine_spark import measure_with_spark

        measure: Callable[..., Raw] = measure_with_spark
    elif engine == "duckdb":
        measure = measure_with_duckdb
    else:
        raise InputError(f"no engine is called '{engine}'", advice="duckdb, spark or athena")
    from narrows.flowlogs.s3 import local_copies

    with local_copies(paths, window, progress=progress) as fetched:
        raw = measure(
            fetched.paths, by=by, window=window, known=known, declared=declared, fetched=fetched, assumed=assumed,
            memory_limit=memory_limit, progress=progress,
        )  # fmt: skip
        return answer(raw, by, known, assumed or Assumptions())
