"""DuckDB: reads the files and runs the statements, out of core under a memory limit."""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from narrows.errors import InputError
from narrows.flowlogs.fields import INT_32, INT_64, field_of
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.records import projection
from narrows.flowlogs.sources import BROKEN, Shape, Sources, messages, why
from narrows.flowlogs.statements import GROUPED, STAGES, Value, statement

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[int, int], None]
"""Called with what is done and how much there is in all, in thousandths."""

KEPT = frozenset(
    {
        "pairs",
        "bounds",
        "interfaces",
        "legs",
        "sided",
        "tuples",
        "timeline",
        "segments",
        "habits",
        "groups",
        "steps",
        "levels",
    }
)
"""Stages whose rows are kept because several others read them; the rest are views."""
_WORK = {"pairs": 20, "sided": 30, "tuples": 15, "timeline": 10, "segments": 10, "steps": 13, "levels": 2}
"""Where the time goes, in parts of a hundred."""


_BLOCK = 1 << 20
_MADE_PLAIN = "made plain"
"""A file of which nothing is lost, though it had to be copied."""


class DuckDbEngine:
    """One connection to an embedded database that is gone when it is closed."""

    def __init__(self, *, memory_limit: str = "2GB", threads: int | None = None) -> None:
        import duckdb

        self._room = tempfile.TemporaryDirectory(prefix="narrows-flowlogs-")
        self.db: duckdb.DuckDBPyConnection = duckdb.connect(str(Path(self._room.name, "work.duckdb")))
        self.db.execute("SET memory_limit = ?", [memory_limit])
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute("SET temp_directory = ?", [str(Path(self._room.name, "spill"))])
        if threads is not None:
            self.db.execute(f"SET threads = {int(threads)}")
        self._copies = 0
        self.rejected: dict[str, int] = {}
        """Lines that are no records, by reason."""

    def __enter__(self) -> DuckDbEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.db.close()
        self._room.cleanup()

    # ---- reading

    def read(self, sources: Sources, window: tuple[int, int] | None = None) -> None:
        """Make ``records`` of every file. Files that break while they are read move to ``sources.unreadable``."""
        parts: list[str] = []
        for shape, files in list(sources.files.items()):
            if shape.kind == "parquet":
                part = self._parquet(len(parts), shape, files, window, sources)
            elif shape.kind == "json":
                part = self._json(len(parts), shape, files, window, sources)
            else:
                part = self._text(len(parts), shape, files, window, sources)
            if part is not None:
                parts.append(part)
        if not parts:
            raise InputError(
                "holds no flow logs that can be read",
                advice="; ".join(sources.unreadable_lines()[:3]) or "name files or folders as AWS delivers them",
            )
        self.db.execute(f"CREATE VIEW records AS {' UNION ALL '.join(parts)}")

    def _parquet(
        self, number: int, shape: Shape, files: list[str], window: tuple[int, int] | None, sources: Sources
    ) -> str | None:
        columns, typed = {}, set()
        for one in shape.columns:
            name, _, kind = one.rpartition(":")
            field = field_of(name)
            if field is not None and field not in columns:
                columns[field] = '"' + name.replace('"', '""') + '"'
                if kind == "number":
                    typed.add(field)
        columns = {
            field: f"CAST({sql} AS VARCHAR)" if field in typed and field not in INT_32 | INT_64 else sql
            for field, sql in columns.items()
        }
        selected = projection(columns, window, typed=frozenset(typed & (INT_32 | INT_64)))
        while files:
            self.db.execute(f"CREATE OR REPLACE TEMP TABLE files_{number} AS SELECT UNNEST(?) AS name", [files])
            relation = f"read_parquet({_sql_list(files)}, hive_partitioning = false)"
            try:
                # Every file's pages are only read later; its columns are looked at here.
                self.db.execute(f"DESCRIBE SELECT * FROM {relation}")
                return f"SELECT {selected} FROM {relation}"
            except Exception as error:
                files = self._without_broken(files, sources, error, self._parquet_breaks)
        return None

    def _text(
        self, number: int, shape: Shape, files: list[str], window: tuple[int, int] | None, sources: Sources
    ) -> str | None:
        names = [f"c{k}" for k in range(len(shape.columns))]
        numbers = INT_32 | INT_64
        types = {
            name: "BIGINT" if field in numbers else "VARCHAR" for name, field in zip(names, shape.columns, strict=True)
        }
        columns = {field: name for name, field in zip(names, shape.columns, strict=True) if field != "*"}
        typed = frozenset(columns.keys() & numbers)
        selected = projection(columns, window, typed=typed)
        # Where a format has no numbers, a header line looks like any other.
        words = [(name, field) for field, name in columns.items() if field not in numbers]
        no_header = f"{words[0][0]} IS DISTINCT FROM '{words[0][1]}'" if words and not typed else "TRUE"
        while files:
            try:
                self.db.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
                self.db.execute(
                    f"CREATE OR REPLACE TABLE text_{number} AS SELECT {selected} FROM read_csv({_sql_list(files)},"
                    f" delim = ' ', header = false, columns = {types!r}, nullstr = ['-', 'None', ''], quote = '',"
                    " escape = '', comment = '', auto_detect = false, store_rejects = true, rejects_limit = 0,"
                    f" strict_mode = true, max_line_size = 1048576) WHERE {no_header}"
                )
                break
            except Exception as error:
                files = self._without_broken(files, sources, error, self._text_breaks)
        else:
            return None
        self._mend(number, shape, window)
        return f"SELECT * FROM text_{number}"

    def _mend(self, number: int, shape: Shape, window: tuple[int, int] | None) -> None:
        """Read the lines that are not as the others: double spaces, a header in mid-file, what is no record."""
        width = len(shape.columns)
        self.db.execute(
            f"CREATE OR REPLACE TABLE odd_{number} AS SELECT line AS place,"
            " list_filter(string_split(trim(replace(ANY_VALUE(csv_line), chr(13), '')), ' '), lambda word: word <> '')"
            " AS words FROM reject_errors GROUP BY scan_id, file_id, line"
        )
        header = "list_contains(words, 'srcaddr') OR list_contains(words, 'interface-id')"
        # The header that a file begins with is no record, and is not counted as one.
        self._reject("header", self._count(f"SELECT count(*) FROM odd_{number} WHERE place > 1 AND ({header})"))
        broken = f"SELECT count(*) FROM odd_{number} WHERE len(words) <> {width} AND len(words) > 0 AND NOT ({header})"
        self._reject("wrong-number-of-fields", self._count(broken))
        columns = {field: f"words[{k + 1}]" for k, field in enumerate(shape.columns) if field != "*"}
        self.db.execute(
            f"INSERT INTO text_{number} SELECT {projection(columns, window)} FROM odd_{number}"
            f" WHERE len(words) = {width} AND NOT ({header})"
        )
        self.db.execute(f"DROP TABLE odd_{number}")

    def _json(
        self, number: int, shape: Shape, files: list[str], window: tuple[int, int] | None, sources: Sources
    ) -> str | None:
        lines = Path(self._room.name, f"messages-{number}.txt")
        with lines.open("w", encoding="utf-8") as out:
            for name in files:
                try:
                    for message in messages(name):
                        out.write(" ".join(message.split()) + "\n")
                except BROKEN as error:
                    sources.unreadable[name] = why(error)
        return self._text(number, Shape("text", shape.columns), [str(lines)], window, sources)

    def _without_broken(
        self,
        files: list[str],
        sources: Sources,
        error: Exception,
        breaks: Callable[[str], tuple[str, str | None] | None],
    ) -> list[str]:
        """The files without those that break; of a truncated one what could be read takes its place."""
        whole, found = [], False
        for name in files:
            broken = breaks(name)
            if broken is None:
                whole.append(name)
                continue
            found = True
            problem, rest = broken
            if problem != _MADE_PLAIN:
                sources.unreadable[name] = problem
            if rest is not None:
                whole.append(rest)
        if not found:
            raise InputError(f"cannot be read: {why(error)}", file=files[0]) from error
        return whole

    def _parquet_breaks(self, name: str) -> tuple[str, str | None] | None:
        try:
            self.db.execute(f"SELECT count(*) FROM read_parquet({_sql_list([name])})").fetchall()
        except Exception as error:
            return why(error), None
        return None

    def _text_breaks(self, name: str) -> tuple[str, str | None] | None:
        """What is wrong with a text file, and a copy of what can be read of it; None where it is whole.

        A line that DuckDB's reader chokes on (stray carriage returns, bytes that are no UTF-8) is no reason to lose a
        file: then the copy has every line, made plain.
        """
        self._copies += 1
        copy = Path(self._room.name, f"copy-{self._copies}.log")
        problem: str | None = None
        with Path(name).open("rb") as file, copy.open("wb") as out:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            source = gzip.GzipFile(fileobj=file) if packed else file
            rest = b""
            try:
                while block := source.read1(_BLOCK):
                    lines, _, rest = (rest + block).rpartition(b"\n")
                    out.write(_plain(lines) + b"\n")
            except BROKEN as error:
                # The last line broke off in the middle.
                problem, rest = why(error), b""
            out.write(_plain(rest) + b"\n")
        if problem is None and self._can_read(name):
            copy.unlink()
            return None
        return problem or _MADE_PLAIN, str(copy) if copy.stat().st_size > 1 else None

    def _can_read(self, name: str) -> bool:
        try:
            self.db.execute(
                f"SELECT count(*) FROM read_csv({_sql_list([name])}, delim = ' ', header = false,"
                " columns = {'line': 'VARCHAR'}, quote = '', escape = '', auto_detect = false, ignore_errors = true)"
            ).fetchall()
        except Exception:
            return False
        return True

    def _reject(self, reason: str, count: int = 1) -> None:
        if count:
            self.rejected[reason] = self.rejected.get(reason, 0) + count

    # ---- running

    def run(
        self, settings: Mapping[str, Value], known: Sequence[KnownInterface], progress: Progress | None = None
    ) -> None:
        """Run every stage over ``records``."""
        self.db.execute(
            "CREATE OR REPLACE TABLE known (interface VARCHAR, kind VARCHAR, name VARCHAR, address VARCHAR)"
        )
        if known:
            rows = [(one.interface, one.kind, one.name, one.address) for one in known]
            self.db.executemany("INSERT INTO known VALUES (?, ?, ?, ?)", rows)
        self._stages(STAGES, settings, progress)

    def regroup(self, settings: Mapping[str, Value]) -> None:
        """Count the same connections together in another way."""
        self._stages(GROUPED, settings, None)

    def _stages(self, stages: Sequence[str], settings: Mapping[str, Value], progress: Progress | None) -> None:
        done = 0
        for stage in stages:
            share = _WORK.get(stage, 0)
            with self._watched(progress, done * 10, share * 10):
                kind = "TABLE" if stage in KEPT else "VIEW"
                self.db.execute(f"CREATE OR REPLACE {kind} {stage} AS {statement(stage, settings)}")
            done += share

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, by column."""
        found = self.db.execute(sql)
        names = [one[0] for one in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _count(self, sql: str) -> int:
        row = self.db.execute(sql).fetchone()
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def _watched(self, progress: Progress | None, done: int, share: int) -> Iterator[None]:
        if progress is None or share == 0:
            yield
            return
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.2):
                percent = max(0.0, self.db.query_progress())
                progress(done + int(share * percent / 100), 1000)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
            progress(done + share, 1000)


def _plain(text: bytes) -> bytes:
    """Lines as the reader takes them: UTF-8, no carriage returns."""
    return text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").encode()


def _sql_list(files: Sequence[str]) -> str:
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in files) + "]"
