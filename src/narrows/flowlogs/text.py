"""DuckDB reads text: first as it ought to be, fast; and where a line is otherwise, as words, which takes any line.

DuckDB could keep the lines that do not fit by itself (``store_rejects``), but takes a kilobyte of memory for each word
of each, under no limit: ten megabytes of junk would be four gigabytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.bounds import LINE_BYTES
from narrows.case.flow_log_fields import NOTHING, field_of
from narrows.errors import InputError
from narrows.flowlogs.broken import breaking, duckdb_errors, listed, query_fails, raise_if_full
from narrows.flowlogs.columns import NUMBERS
from narrows.flowlogs.names import PlainNames
from narrows.flowlogs.records import USED, projection
from narrows.flowlogs.salvage import salvage, split_at_headers
from narrows.flowlogs.shapes import HEADER_WORD, PASSED_OVER, Shape, is_header
from narrows.flowlogs.sources import Sources
from narrows.flowlogs.unpacking import why

if TYPE_CHECKING:
    import duckdb

_OPTIONS = (
    f"quote = '', escape = '', comment = '', auto_detect = false, max_line_size = {4 * LINE_BYTES},"
    " buffer_size = 33554432, hive_partitioning = false"
)
"""A line whose bytes are no UTF-8 is up to three times as long when they are replaced. A folder ``c6=22`` is a name."""
_HEADER = rf"regexp_matches(line, '(^|\s){HEADER_WORD}(\s|$)')"
"""That a line names fields."""
_HEADERS = 10_000
"""Different headers in mid-file that are looked at: where there are more, every such file is read line by line."""


class TextReader:
    """Makes a table of the records of text files, for each shape."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, names: PlainNames, sources: Sources, window: tuple[int, int] | None
    ) -> None:
        self._db, self._names, self._sources, self._window = db, names, sources, window
        self.tables: list[tuple[str, str]] = []
        """(table, flow log)"""
        self.dropped: Counter[str] = Counter()
        """Lines that are no records, by reason."""
        self._salvaged: set[str] = set()

    def read(self, shape: Shape, files: Sequence[str]) -> None:
        """Read files of one shape, by their plain names; what cannot be read of them is said in the sources.

        Raises:
            InputError: they cannot be read, and no one of them is the reason.
            OSError: copies cannot be written.
            duckdb.Error: memory or disk is full.
        """
        self._read(shape, files, is_part=False)

    def _read(self, shape: Shape, files: Sequence[str], *, is_part: bool) -> None:
        table = f"text_{len(self.tables) + 1}"
        self.tables.append((table, shape.flow_log))
        try:
            self._db.execute(f"CREATE OR REPLACE TABLE {table} AS {self._clean(shape, files)}")
        except duckdb_errors() as error:
            raise_if_full(error)
            self._read_odd(table, shape, list(files), is_part=is_part)

    def _clean(self, shape: Shape, files: Sequence[str]) -> str:
        names = [f"c{place}" for place in range(len(shape.columns))]
        types = {
            name: "BIGINT" if field in NUMBERS else "VARCHAR" for name, field in zip(names, shape.columns, strict=True)
        }
        columns = _fields(shape, names)
        header = "true" if shape.has_header else "false"
        return (
            f"SELECT {projection(columns, self._window, typed=frozenset(columns.keys() & NUMBERS))}"
            f" FROM read_csv({listed(files)}, delim = ' ', {_OPTIONS}, columns = {types!r}, header = {header},"
            f" nullstr = {list(NOTHING)!r}, strict_mode = true)"
        )

    # ---- files with lines that are not as the others

    def _read_odd(self, table: str, shape: Shape, files: list[str], *, is_part: bool) -> None:
        mixed: set[str] = set()
        while True:
            try:
                counts = self._counts(shape, files)
                if counts[0] and not is_part and not mixed:
                    mixed = self._mixed(shape, files)
                    files = [name for name in files if name not in mixed]
                    counts = self._counts(shape, files) if mixed else counts
                self._read_words(table, shape, files, counts)
            except duckdb_errors() as error:
                raise_if_full(error)
                files = self._mended(shape, files, error)
                continue
            break
        self._split(shape, sorted(mixed))

    def _counts(self, shape: Shape, files: Sequence[str]) -> tuple[int, int]:
        """Headers in mid-file, and lines that have not as many words as a record."""
        if not files:
            return 0, 0
        row = self._db.execute(
            f"SELECT count(*) FILTER (WHERE {_HEADER}), count(*) FILTER (WHERE NOT {_HEADER} AND"
            f" len(words) NOT IN (0, {len(shape.columns)})) FROM ({_words(files)})"
        ).fetchone()
        headers, broken = row or (0, 0)
        # The header that a file begins with is not a record, and is not counted as one.
        return max(0, headers - (len(files) if shape.has_header else 0)), broken

    def _read_words(self, table: str, shape: Shape, files: Sequence[str], counts: tuple[int, int]) -> None:
        """Read the lines that have as many words as a record; the others are counted, and never kept."""
        words = _fields(shape, [f"words[{place + 1}]" for place in range(len(shape.columns))])
        self._db.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {projection({}, None)} WHERE false")
        if files:
            self._db.execute(
                f"INSERT INTO {table} SELECT {projection(words, self._window)} FROM ({_words(files)})"
                f" WHERE len(words) = {len(shape.columns)} AND NOT {_HEADER}"
            )
        self.dropped["header"] += counts[0]
        self.dropped["wrong-number-of-fields"] += counts[1]

    def _mixed(self, shape: Shape, files: Sequence[str]) -> set[str]:
        """The files in which another format follows, with a header of its own."""
        rows = self._db.execute(
            f"SELECT DISTINCT filename, words FROM ({_words(files)}) WHERE {_HEADER} LIMIT {_HEADERS}"
        ).fetchall()
        if len(rows) == _HEADERS:
            return set(files)
        return {
            file
            for file, words in rows
            if is_header(words) and tuple(field_of(one) or PASSED_OVER for one in words) != shape.columns
        }

    def _split(self, shape: Shape, files: Sequence[str]) -> None:
        """Read each part of such files in its own format."""
        for file in files:
            name = self._names.true(file)
            parts, problem = split_at_headers(file, shape.columns, lambda name=name: self._copy(name), self.dropped)  # type: ignore[misc]
            if problem is not None:
                self._sources.unreadable[name] = problem
            for part in parts:
                if not part.copy.stat().st_size:
                    continue
                self._read(Shape("text", part.columns, shape.flow_log), [str(part.copy)], is_part=True)

    # ---- files that break

    def _mended(self, shape: Shape, files: Sequence[str], error: Exception) -> list[str]:
        """The files with those that break replaced by what can be read of them."""
        broken = breaking(
            files, lambda some: query_fails(self._db, f"SELECT bit_xor(hash(line, words)) FROM ({_words(some)})")
        )
        if not broken:
            one = self._names.true(files[0]) if len(files) == 1 else None
            raise InputError(f"cannot be read: {why(error)}", file=one) from error
        whole = []
        for file in files:
            name = self._names.true(file)
            if file not in broken:
                whole.append(file)
            elif file in self._salvaged:
                self._sources.unreadable[name] = broken[file]
            else:
                copy = self._copy(name)
                problem = salvage(file, copy)
                if problem is not None:
                    self._sources.unreadable[name] = problem
                if copy.stat().st_size > 1:
                    whole.append(str(copy))
                    self._salvaged.add(str(copy))
        return whole

    def _copy(self, name: str) -> Path:
        return self._names.copy(name, packed=False)


def _words(files: Sequence[str]) -> str:
    """Every line, and its words, whatever stands between them."""
    return (
        "SELECT filename, line, CASE WHEN more IS NOT NULL THEN ['?']"
        " WHEN contains(line, '  ') OR starts_with(line, ' ') OR ends_with(line, ' ') OR contains(line, chr(13)) THEN"
        " list_filter(string_split(replace(line, chr(13), ' '), ' '), lambda word: word <> '')"
        " ELSE string_split(line, ' ') END AS words"
        # The delimiter is one that no record has: a line with it is none.
        f" FROM read_csv({listed(files)}, delim = chr(1), {_OPTIONS},"
        " columns = {'line': 'VARCHAR', 'more': 'VARCHAR'}, header = false, strict_mode = false, null_padding = true,"
        " filename = true)"
    )


def _fields(shape: Shape, expressions: Sequence[str]) -> dict[str, str]:
    """The SQL expression of each field that is read."""
    return {field: one for field, one in zip(shape.columns, expressions, strict=True) if field in USED}
