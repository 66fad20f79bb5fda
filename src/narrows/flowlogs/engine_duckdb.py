"""DuckDB: reads the files and runs the statements, out of core under a memory limit."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from narrows.bounds import COUNTED_ROWS
from narrows.errors import InputError, MachineError, one_line
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.lockdown import connect
from narrows.flowlogs.progress import WHOLE, Progress, watched
from narrows.flowlogs.reading import Reader
from narrows.flowlogs.sources import Sources
from narrows.flowlogs.statements import GROUPED, STAGES, Value, statement
from narrows.flowlogs.stray import time_of_most
from narrows.packages import need
from narrows.scratch import cannot_write, scratch_folder
from narrows.signals import held

if TYPE_CHECKING:
    import duckdb

KEPT = frozenset(
    {
        "pairs",
        "bounds",
        "interfaces",
        "legs",
        "flows",
        "logged",
        "flagless",
        "blind",
        "seen",
        "sided",
        "tuples",
        "timeline",
        "segments",
        "habits",
        "spans",
        "tries",
        "ways",
        "watched",
        "unanswered",
        "entering",
        "leaving",
        "losses",
        "groups",
        "steps",
        "levels",
    }
)
"""Stages whose rows are kept because several others read them; the rest are views."""
_AT_ONCE = 50_000
"""Rows that are fetched together."""
_FIRST = STAGES[: STAGES.index("bounds") + 1]
"""They tell which time the records are of."""
_WORK = {"pairs": 18, "sided": 25, "tuples": 12, "timeline": 25, "segments": 6, "spans": 3, "steps": 11}
"""Where the time goes, in parts of a hundred."""


class DuckDbEngine:
    """One connection to an embedded database that is gone when it is closed."""

    def __init__(self, *, memory_limit: str = "1GB", threads: int | None = None) -> None:
        need("duckdb", "counting connections in flow logs")
        with held():
            # An interrupt that comes while it makes its enumerations goes through C++, which aborts the process.
            import duckdb

        self._held = contextlib.ExitStack()
        try:
            room = self._held.enter_context(scratch_folder("flowlogs"))
        except OSError as error:
            raise cannot_write(error) from None
        try:
            self.db: duckdb.DuckDBPyConnection = self._held.enter_context(connect(room))
            self.db.execute("SET memory_limit = ?", [memory_limit])
            if threads is not None:
                self.db.execute(f"SET threads = {int(threads)}")
            self.reader = Reader(self.db, room)
        except BaseException as error:
            self._held.close()
            if not isinstance(error, duckdb.Error):
                raise
            raise InputError(f"'{memory_limit}' is not a size", place="--memory-limit", advice="write 2GB") from None

    def __enter__(self) -> DuckDbEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    # ---- reading

    def read(self, sources: Sources, window: tuple[int, int] | None = None, progress: Progress | None = None) -> None:
        """Make ``records`` of every file. Files that break while they are read move to ``sources.unreadable``.

        Raises:
            InputError: none can be read.
        """
        with _told_plainly():
            self.reader.read(sources, window, progress)

    @property
    def rejected(self) -> dict[str, int]:
        """Lines that are no records, by reason."""
        return self.reader.rejected

    # ---- running

    def run(
        self, settings: Mapping[str, Value], known: Sequence[KnownInterface], progress: Progress | None = None
    ) -> None:
        """Run every stage over ``records``.

        Raises:
            InputError: memory or disk is not enough.
        """
        self.db.execute(
            "CREATE OR REPLACE TABLE known (interface VARCHAR, kind VARCHAR, name VARCHAR, address VARCHAR)"
        )
        if known:
            rows = [(one.interface, one.kind, one.name, one.address) for one in known]
            self.db.executemany("INSERT INTO known VALUES (?, ?, ?, ?)", rows)
        import duckdb

        with _told_plainly():
            try:
                self._begin(settings, progress)
            except duckdb.Error:
                if not self.reader.drop_broken():
                    raise
                self._begin(settings, progress)

    def _begin(self, settings: Mapping[str, Value], progress: Progress | None) -> None:
        self._stages(_FIRST, settings, progress)
        within = time_of_most(self)
        if within is not None:
            self.reader.keep_within(within)
            self._stages(_FIRST, settings, progress)
        self._stages(STAGES[len(_FIRST) :], settings, progress)

    def regroup(self, settings: Mapping[str, Value]) -> None:
        """Count the same connections together in another way."""
        with _told_plainly():
            self._stages(GROUPED, settings, None)

    def _stages(self, stages: Sequence[str], settings: Mapping[str, Value], progress: Progress | None) -> None:
        done, whole = float(self.reader.share), sum(_WORK.values())
        for stage in stages:
            after = done + (WHOLE - self.reader.share) * _WORK.get(stage, 0) / whole
            with watched(self.db, progress, done, after, self.reader.count):
                kind = "TABLE" if stage in KEPT else "VIEW"
                self.db.execute(f"CREATE OR REPLACE {kind} {stage} AS {statement(stage, settings)}")
            done = after

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, by column.

        Raises:
            InputError: there are more than an answer may hold, or memory or disk is not enough.
        """
        with _told_plainly():
            found = self.db.execute(sql)
            names = [one[0] for one in found.description or ()]
            rows: list[dict[str, Any]] = []
            while some := found.fetchmany(_AT_ONCE):
                rows += (dict(zip(names, row, strict=True)) for row in some)
                if len(rows) > COUNTED_ROWS:
                    raise InputError(
                        f"the answer has more than {COUNTED_ROWS:,} minutes in which something changes",
                        advice="count a shorter time (--from, --to), or with --by eni or nat",
                    )
            return rows


@contextlib.contextmanager
def _told_plainly() -> Iterator[None]:
    """Say in one line that memory or disk is full; an interrupt is one, whatever DuckDB calls it."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        if "temp_directory" in str(error):
            raise cannot_write(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from None
        raise MachineError("is too little memory for this", place="--memory-limit", advice="give it more") from None
    except MemoryError:
        raise MachineError("the machine has not enough memory for this", advice="name less at once") from None
    except OSError as error:
        raise cannot_write(error) from None
    except RuntimeError as error:
        if "interrupted" not in str(error):
            raise
        raise KeyboardInterrupt from None
    except duckdb.IOException as error:
        advice = "free disk space where temporary files go (TMPDIR)"
        raise InputError(one_line(str(error), 160), advice=advice) from None
    except duckdb.Error as error:
        raise InputError(f"the flow logs cannot be counted: {one_line(str(error), 200)}") from error
