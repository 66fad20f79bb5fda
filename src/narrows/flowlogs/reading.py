"""DuckDB reads the files: each shape with its own reader, into one relation of records.

A file that breaks is named and left out, and what can be read of it is kept. Only where a read of many files fails are
they looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.errors import InputError
from narrows.flowlogs.fields import INT_32, INT_64, NOTHING, field_of
from narrows.flowlogs.progress import Progress, watched
from narrows.flowlogs.records import projection
from narrows.flowlogs.salvage import is_header, salvage, split_at_headers
from narrows.flowlogs.several import one_flow_log_each
from narrows.flowlogs.sources import BROKEN, Shape, Sources, find_sources, messages, nothing_to_read, why

if TYPE_CHECKING:
    import duckdb

_TEXT_SHARE = 400
"""Thousandths of all the work that reading text takes; Parquet is read while it is counted."""
_NUMBERS = INT_32 | INT_64


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
        self._copies = self._tables = 0
        self._texts: list[tuple[str, str]] = []
        """(table, flow log)"""
        self._parquet: dict[Shape, list[str]] = {}
        self._sources = Sources()
        self._window: tuple[int, int] | None = None

    def read(self, sources: Sources, window: tuple[int, int] | None = None, progress: Progress | None = None) -> None:
        """Make ``records`` of every file. Files that break while they are read move to ``sources.unreadable``.

        Raises:
            InputError: none can be read.
        """
        self._sources, self._window = sources, window
        self._parquet = {shape: list(files) for shape, files in sources.files.items() if shape.kind == "parquet"}
        texts = [(shape, list(files)) for shape, files in sources.files.items() if shape.kind != "parquet"]
        self.share = _TEXT_SHARE if texts else 0
        for number, (shape, files) in enumerate(texts):
            begin, end = (self.share * part / len(texts) for part in (number, number + 1))
            with watched(self.db, progress, begin, end):
                self._text(shape, files if shape.kind == "text" else [self._messages(files)])
        self._keep_sound(lambda shape, files: f"SELECT count(*) FROM {_parquet(files)}")
        try:
            self._make_view()
        except _errors():
            if not self.drop_broken():
                raise

    def drop_broken(self) -> bool:
        """Leave out the Parquet files whose pages are broken: that shows only when they are read. True if one is."""
        if not self._keep_sound(lambda shape, files: f"SELECT bit_xor(hash(one)) FROM ({self._of(shape, files)}) one"):
            return False
        self._make_view()
        return True

    def _make_view(self) -> None:
        parts = [(f"SELECT * FROM {name}", flow_log) for name, flow_log in self._texts]
        parts += [(self._of(shape, files), shape.flow_log) for shape, files in self._parquet.items()]
        if not parts:
            raise nothing_to_read(self._sources)
        chosen = [sql for sql, _ in parts]
        if len({flow_log for _, flow_log in parts if flow_log}) > 1:
            chosen = one_flow_log_each(self.db, parts)
        self.db.execute(f"CREATE OR REPLACE VIEW records AS {' UNION ALL '.join(chosen)}")
        self.count = sum(self._number(f"SELECT count(*) FROM {name}") for name, _ in self._texts)
        self.count += sum(self._number(f"SELECT count(*) FROM {_parquet(files)}") for files in self._parquet.values())
        if not self.count and not self.rejected:
            raise nothing_to_read(self._sources)

    def _number(self, sql: str) -> int:
        row = self.db.execute(sql).fetchone()
        return int(row[0]) if row else 0

    # ---- Parquet

    def _of(self, shape: Shape, files: Sequence[str]) -> str:
        """The records of Parquet files of one shape."""
        columns, typed = {}, set()
        for one in shape.columns:
            name, _, kind = one.rpartition(":")
            field = field_of(name)
            if field is not None and field not in columns:
                columns[field] = '"' + name.replace('"', '""') + '"'
                if kind == "number":
                    typed.add(field)
        for field in typed - _NUMBERS:
            columns[field] = f"CAST({columns[field]} AS VARCHAR)"
        return f"SELECT {projection(columns, self._window, typed=frozenset(typed & _NUMBERS))} FROM {_parquet(files)}"

    def _keep_sound(self, query: Callable[[Shape, Sequence[str]], str]) -> bool:
        """Keep the Parquet files on which a query runs; True if that leaves some out."""
        found = False
        for shape, files in list(self._parquet.items()):
            broken = self._breaking(files, lambda some, shape=shape: query(shape, some))  # type: ignore[misc]
            if not broken:
                continue
            found = True
            for name, problem in broken.items():
                self._sources.unreadable[name] = f"broken Parquet: {problem}"
            self._parquet[shape] = [name for name in files if name not in broken]
            if not self._parquet[shape]:
                del self._parquet[shape]
        return found

    def _breaking(self, files: Sequence[str], query: Callable[[Sequence[str]], str]) -> dict[str, str]:
        """The files on which a query fails, and why: halves of halves, so that few of many are soon found."""
        try:
            self.db.execute(query(files)).fetchall()
        except _errors() as error:
            _raise_if_full(error)
            if len(files) == 1:
                return {files[0]: why(error)}
            middle = len(files) // 2
            return self._breaking(files[:middle], query) | self._breaking(files[middle:], query)
        return {}

    # ---- text

    def _text(self, shape: Shape, files: list[str]) -> None:
        self._tables += 1
        table = f"text_{self._tables}"
        names = [f"c{k}" for k in range(len(shape.columns))]
        types = {
            name: "BIGINT" if field in _NUMBERS else "VARCHAR" for name, field in zip(names, shape.columns, strict=True)
        }
        options = (
            f"delim = ' ', header = false, columns = {types!r}, nullstr = {list(NOTHING)!r}, quote = '', escape = '',"
            " comment = '', auto_detect = false, strict_mode = true, max_line_size = 1048576"
        )
        columns = {field: name for name, field in zip(names, shape.columns, strict=True) if field != "*"}
        typed = frozenset(columns.keys() & _NUMBERS)
        # Where a format has no numbers, a header line looks like any other.
        words = [(name, field) for field, name in columns.items() if field not in _NUMBERS]
        no_header = f"{words[0][0]} IS DISTINCT FROM '{words[0][1]}'" if words and not typed else "TRUE"
        while files:
            try:
                self.db.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
                self.db.execute(
                    f"CREATE OR REPLACE TABLE {table} AS SELECT {projection(columns, self._window, typed=typed)} FROM"
                    f" read_csv({_listed(files)}, {options}, store_rejects = true, rejects_limit = 0) WHERE {no_header}"
                )
            except _errors() as error:
                _raise_if_full(error)
                files = self._mended(files, options, error)
                continue
            mixed = self._mixed(shape)
            if not mixed:
                self._mend_lines(table, shape)
                self._texts.append((table, shape.flow_log))
                break
            files = [name for name in files if name not in mixed]
            self._unmix(mixed)
        self.db.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")

    def _mixed(self, shape: Shape) -> set[str]:
        """The files in which another format follows, with a header of its own."""
        rows = self.db.execute(
            "SELECT DISTINCT file_path, csv_line FROM reject_errors JOIN reject_scans USING (scan_id, file_id)"
            " WHERE line > 1 AND (contains(csv_line, 'srcaddr') OR contains(csv_line, 'interface-id'))"
        ).fetchall()
        headers = ((name, text.split()) for name, text in rows)
        width = len([one for one in shape.columns if one != "*"])
        return {
            name
            for name, words in headers
            if is_header(words) and tuple(map(field_of, words[-width:])) != tuple(shape.columns[-width:])
        }

    def _unmix(self, files: set[str]) -> None:
        """Read each part of such files in its own format."""
        parts = [str(part) for name in sorted(files) for part in split_at_headers(name, self._copy)]
        found = find_sources(parts)
        for shape, names in found.files.items():
            self._text(shape, names)

    def _mend_lines(self, table: str, shape: Shape) -> None:
        """Read the lines that are not as the others: double spaces, a header in mid-file, what is no record."""
        width = len(shape.columns)
        self.db.execute(
            "CREATE OR REPLACE TEMP TABLE odd AS SELECT line AS place,"
            " list_filter(string_split(trim(replace(ANY_VALUE(csv_line), chr(13), '')), ' '), lambda word: word <> '')"
            " AS words FROM reject_errors GROUP BY scan_id, file_id, line"
        )
        header = "list_contains(words, 'srcaddr') OR list_contains(words, 'interface-id')"
        # The header that a file begins with is no record, and is not counted as one.
        self.reject("header", self._number(f"SELECT count(*) FROM odd WHERE place > 1 AND ({header})"))
        broken = f"SELECT count(*) FROM odd WHERE len(words) <> {width} AND len(words) > 0 AND NOT ({header})"
        self.reject("wrong-number-of-fields", self._number(broken))
        columns = {field: f"words[{k + 1}]" for k, field in enumerate(shape.columns) if field != "*"}
        self.db.execute(
            f"INSERT INTO {table} SELECT {projection(columns, self._window)} FROM odd"
            f" WHERE len(words) = {width} AND NOT ({header})"
        )
        self.db.execute("DROP TABLE odd")

    def _messages(self, files: Sequence[str]) -> str:
        """The messages of CloudWatch Logs' JSON as a text file."""
        lines = self._copy()
        with lines.open("w", encoding="utf-8") as out:
            for name in files:
                found = False
                try:
                    for message in messages(name):
                        found = True
                        out.write(" ".join(message.split()) + "\n")
                except BROKEN as error:
                    found = True
                    self._sources.unreadable[name] = why(error)
                if not found:
                    self._sources.is_other(name)
        return str(lines)

    def _mended(self, files: Sequence[str], options: str, error: Exception) -> list[str]:
        """The files with those that break replaced by what can be read of them."""
        breaking = self._breaking(
            files, lambda some: f"SELECT count(*) FROM read_csv({_listed(some)}, {options}, ignore_errors = true)"
        )
        if not breaking:
            raise InputError(f"cannot be read: {why(error)}", file=files[0]) from error
        whole = []
        for name in files:
            if name not in breaking:
                whole.append(name)
                continue
            copy = self._copy()
            problem = salvage(name, copy)
            if problem is not None:
                self._sources.unreadable[name] = problem
            if copy.stat().st_size > 1:
                whole.append(str(copy))
        return whole

    def _copy(self) -> Path:
        self._copies += 1
        return self.room / f"copy-{self._copies}.log"

    def reject(self, reason: str, count: int) -> None:
        """Count lines that are no records."""
        if count:
            self.rejected[reason] = self.rejected.get(reason, 0) + count


def _errors() -> type[Exception]:
    import duckdb

    found: type[Exception] = duckdb.Error
    return found


def _raise_if_full(error: Exception) -> None:
    """Too little memory is no fault of a file."""
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        raise error


def _parquet(files: Sequence[str]) -> str:
    # Hive partitions are in the path, not in the records, and none of their names is a field's.
    return f"read_parquet({_listed(files)}, hive_partitioning = false)"


def _listed(files: Sequence[str]) -> str:
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in files) + "]"
