"""DuckDB reads the files: each shape with its own reader, into one relation of records.

A file that breaks is named and left out, and what can be read of it is kept. Only where a read of many files fails are
they looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.flowlogs.broken import breaking, duckdb_errors, listed, query_fails
from narrows.flowlogs.columns import sql_columns
from narrows.flowlogs.lockdown import lock
from narrows.flowlogs.names import PlainNames, plain_files
from narrows.flowlogs.progress import Progress, watched
from narrows.flowlogs.records import COLUMNS, projection
from narrows.flowlogs.several import one_flow_log_each
from narrows.flowlogs.shapes import Shape
from narrows.flowlogs.sources import Sources, nothing_to_read
from narrows.flowlogs.stray import only_within
from narrows.flowlogs.text import TextReader

if TYPE_CHECKING:
    import duckdb

_TEXT_SHARE = 400
"""Thousandths of all the work that reading text takes; Parquet is read while it is counted."""


class Reader:
    """Makes the relation ``records`` in a database.

    Args:
        room: a folder for copies, which the caller removes.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, room: Path) -> None:
        self.db, self.room = db, room
        self.rejected: dict[str, int] = {}
        """Lines that are no records, by reason."""
        self.count = 0
        """Records, those that are dropped too."""
        self.share = 0
        """Thousandths of all the work that reading was."""
        self._names = PlainNames(room)
        self._texts: list[tuple[str, str]] = []
        """(table, flow log)"""
        self._parquet: dict[Shape, list[str]] = {}
        """By their plain names."""
        self._sources = Sources()
        self._window: tuple[int, int] | None = None
        self._within: tuple[int, int] | None = None

    def read(self, sources: Sources, window: tuple[int, int] | None = None, progress: Progress | None = None) -> None:
        """Make ``records`` of every file. Files that break while they are read move to ``sources.unreadable``.

        From then on the database reads nothing else.

        Raises:
            InputError: none can be read.
            OSError: temporary files cannot be written.
        """
        self._sources, self._window = sources, window
        plain = plain_files(sources, self._names)
        self._parquet = {shape: files for shape, files in plain.items() if shape.kind == "parquet"}
        lock(self.db, self.room, self._names.allowed)
        self._read_texts({shape: files for shape, files in plain.items() if shape.kind == "text"}, progress)
        self._keep_sound(lambda shape, files: f"SELECT count(*) FROM {_parquet(files)}")
        try:
            self._make_view()
        except duckdb_errors():
            if not self.drop_broken():
                raise

    def drop_broken(self) -> bool:
        """Leave out the Parquet files whose pages are broken: that shows only when they are read. True if one is."""

        def whole(shape: Shape, files: Sequence[str]) -> str:
            # Of the columns as they stand: of what is worked out with them, the file's own statistics may settle so
            # much that a column is not read.
            columns, _ = sql_columns(shape.columns)
            return f"SELECT {', '.join(f'bit_xor(hash({one}))' for one in columns.values())} FROM {_parquet(files)}"

        if not self._keep_sound(whole):
            return False
        self._make_view()
        return True

    def keep_within(self, within: tuple[int, int]) -> None:
        """From now on no record is used that does not lie within some time."""
        self._within = within
        self._make_view()

    def _read_texts(self, texts: dict[Shape, list[str]], progress: Progress | None) -> None:
        self.share = _TEXT_SHARE if texts else 0
        reader = TextReader(self.db, self._names, self._sources, self._window)
        for number, (shape, files) in enumerate(texts.items()):
            begin, end = (self.share * part / len(texts) for part in (number, number + 1))
            with watched(self.db, progress, begin, end):
                reader.read(shape, files)
        self._texts = reader.tables
        self.rejected = {reason: count for reason, count in reader.dropped.items() if count}

    def _make_view(self) -> None:
        parts = [(f"SELECT {', '.join(COLUMNS)} FROM {name}", flow_log) for name, flow_log in self._texts]
        parts += [(self._of(shape, files), shape.flow_log) for shape, files in self._parquet.items() if files]
        if not parts:
            raise nothing_to_read(self._sources)
        chosen = [sql for sql, _ in parts]
        if len({flow_log for _, flow_log in parts if flow_log}) > 1:
            chosen = one_flow_log_each(self.db, parts)
        records = " UNION ALL ".join(chosen)
        if self._within is not None:
            records = only_within(records, self._within)
        self.db.execute(f"CREATE OR REPLACE VIEW records AS {records}")
        self.count = sum(self._number(f"SELECT count(*) FROM {name}") for name, _ in self._texts)
        self.count += sum(
            self._number(f"SELECT count(*) FROM {_parquet(files)}") for files in self._parquet.values() if files
        )
        if not self.count and not self.rejected:
            raise nothing_to_read(self._sources)

    def _number(self, sql: str) -> int:
        row = self.db.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _of(self, shape: Shape, files: Sequence[str]) -> str:
        """The records of Parquet files of one shape."""
        columns, typed = sql_columns(shape.columns)
        return f"SELECT {projection(columns, self._window, typed=typed)} FROM {_parquet(files)}"

    def _keep_sound(self, query: Callable[[Shape, Sequence[str]], str]) -> bool:
        """Keep the Parquet files on which a query runs; True if that leaves some out."""
        found = False
        for shape, files in self._parquet.items():
            if not files:
                continue
            broken = breaking(files, lambda some, shape=shape: query_fails(self.db, query(shape, some)))  # type: ignore[misc]
            found = found or bool(broken)
            for file, problem in broken.items():
                name = self._names.true(file)
                self._sources.unreadable[name] = f"broken Parquet: {problem.replace(file, name)}"
            self._parquet[shape] = [file for file in files if file not in broken]
        return found


def _parquet(files: Sequence[str]) -> str:
    # Hive partitions are in the path, not in the records, and none of their names is a field's.
    return f"read_parquet({listed(files)}, hive_partitioning = false)"
