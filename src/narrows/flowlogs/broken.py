"""Which of many files an engine fails on, and whether it is the file's fault at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from narrows.flowlogs.unpacking import why

if TYPE_CHECKING:
    import duckdb

_OWN = ("No space left", "Disk quota exceeded", "temp_directory", "duckdb_temp")
"""In messages of DuckDB about what it writes itself."""


def duckdb_errors() -> type[Exception]:
    """The base of all errors of DuckDB, which is not imported before it is needed."""
    import duckdb

    found: type[Exception] = duckdb.Error
    return found


def raise_if_full(error: Exception) -> None:
    """Too little memory or disk is no fault of a file."""
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException) or any(words in str(error) for words in _OWN):
        raise error


def breaking(files: Sequence[str], fails: Callable[[Sequence[str]], Exception | None]) -> dict[str, str]:
    """The files on which an engine fails, and why: halves of halves, so that few of many are soon found.

    Args:
        fails: reads some of them, and gives the error that this ends with.
    """
    error = fails(files)
    if error is None:
        return {}
    if len(files) == 1:
        return {files[0]: why(error)}
    middle = len(files) // 2
    return breaking(files[:middle], fails) | breaking(files[middle:], fails)


def query_fails(db: duckdb.DuckDBPyConnection, query: str) -> Exception | None:
    """The error that a query of DuckDB ends with; one that says that memory or disk is full is raised."""
    try:
        db.execute(query).fetchall()
    except duckdb_errors() as error:
        raise_if_full(error)
        return error
    return None


def listed(files: Sequence[str]) -> str:
    """Names as a list in SQL."""
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in files) + "]"
