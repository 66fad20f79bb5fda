"""Which of many files DuckDB fails on, and whether it is the file's fault at all."""

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


def breaking(
    db: duckdb.DuckDBPyConnection, files: Sequence[str], query: Callable[[Sequence[str]], str]
) -> dict[str, str]:
    """The files on which a query fails, and why: halves of halves, so that few of many are soon found."""
    try:
        db.execute(query(files)).fetchall()
    except duckdb_errors() as error:
        raise_if_full(error)
        if len(files) == 1:
            return {files[0]: why(error)}
        middle = len(files) // 2
        return breaking(db, files[:middle], query) | breaking(db, files[middle:], query)
    return {}


def listed(files: Sequence[str]) -> str:
    """Names as a list in SQL."""
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in files) + "]"
