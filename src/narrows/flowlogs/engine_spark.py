"""Spark: reads the files with its own readers and runs the same statements, in its dialect."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs.broken import breaking
from narrows.flowlogs.columns import sql_columns
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.names import PlainNames, plain_files
from narrows.flowlogs.raw import Raw, collect, none_used, reasons_of
from narrows.flowlogs.records import USED, projection
from narrows.flowlogs.salvage import salvage
from narrows.flowlogs.shapes import HEADER_WORD, Shape
from narrows.flowlogs.sources import Sources, find_sources, nothing_to_read
from narrows.flowlogs.statements import STAGES, Value, in_dialect, settings, statement
from narrows.flowlogs.stray import only_within, time_of_most
from narrows.flowlogs.unpacking import why
from narrows.isolation import is_own_process
from narrows.packages import need
from narrows.scratch import cannot_write, scratch_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from narrows.flowlogs.s3 import Fetched

_FIRST = STAGES[: STAGES.index("bounds") + 1]
"""They tell which time the records are of."""
_KEPT = frozenset(STAGES) - {"sure", "minutes", "peaks"}
"""Stages that several others read: Spark computes the others again for each reader."""


class SparkEngine:
    """One run in a Spark session."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.rejected: dict[str, int] = {}
        self._kept: list[DataFrame] = []
        self._sources = Sources()
        self._window: tuple[int, int] | None = None
        self._files: dict[Shape, list[str]] = {}
        self._within: tuple[int, int] | None = None
        self._held = contextlib.ExitStack()
        self._names = PlainNames(self._held.enter_context(scratch_folder("flowlogs")))

    def read(self, sources: Sources, window: tuple[int, int] | None = None) -> None:
        """Make ``records`` of every file. Files that break while they are read move to ``sources.unreadable``.

        Raises:
            InputError: none can be read.
        """
        self._sources, self._window = sources, window
        self._files = plain_files(sources, self._names)
        try:
            self._make_view()
        except _spark_errors():
            if not self._replace_broken("text"):
                raise
            self._make_view()

    def _make_view(self) -> None:
        self.rejected.clear()
        frames: list[DataFrame] = []
        for number, (shape, files) in enumerate(self._files.items()):
            name = f"narrows_source_{number}"
            if shape.kind == "parquet":
                columns, typed = self._parquet(shape, files, name)
            else:
                columns, typed = self._lines(shape, files, name)
            sql = f"SELECT {projection(columns, self._window, typed=typed)} FROM {name}"
            if self._within is not None:
                sql = only_within(sql, self._within)
            frames.append(self.session.sql(in_dialect(sql, "spark")))
        if not frames:
            raise nothing_to_read(self._sources)
        together = frames[0]
        for frame in frames[1:]:
            together = together.unionByName(frame)
        together.createOrReplaceTempView("records")

    def _replace_broken(self, kind: str) -> bool:
        """Name the files that break, and go on with what can be read of them; True if there are any."""
        found = False
        for shape, files in list(self._files.items()):
            if shape.kind != kind:
                continue
            broken = breaking(files, lambda some: self._fails(some, kind))
            found = found or bool(broken)
            kept = [name for name in files if name not in broken]
            for file, problem in broken.items():
                name = self._names.true(file)
                if kind == "parquet":
                    self._sources.unreadable[name] = f"broken Parquet: {problem}"
                    continue
                copy = self._names.copy(name, packed=False)
                self._sources.unreadable[name] = salvage(file, copy) or problem
                kept.append(str(copy))
            self._files[shape] = kept
            if not kept:
                del self._files[shape]
        return found

    def _fails(self, files: Sequence[str], kind: str) -> Exception | None:
        """The error that reading files whole ends with."""
        try:
            frame = self.session.read.text(list(files)) if kind == "text" else self.session.read.parquet(*files)
            frame.write.format("noop").mode("overwrite").save()
        except _spark_errors() as error:
            return error
        return None

    def _parquet(self, shape: Shape, files: list[str], name: str) -> tuple[dict[str, str], frozenset[str]]:
        self.session.read.parquet(*files).createOrReplaceTempView(name)
        return sql_columns(shape.columns)

    def _lines(self, shape: Shape, files: list[str], name: str) -> tuple[dict[str, str], frozenset[str]]:
        frame = self.session.read.text(list(files))
        frame.createOrReplaceTempView(f"{name}_lines")
        width = len(shape.columns)
        words = self.session.sql(
            f"SELECT filter(split(trim(value), '[ \\\\t\\\\r]+'), word -> word <> '') AS words FROM {name}_lines"
        )
        words.createOrReplaceTempView(f"{name}_words")
        header = f"exists(words, word -> word RLIKE '^{HEADER_WORD}$')"
        odd = f"size(words) <> {width} AND size(words) > 0 AND NOT ({header})"
        broken = self.session.sql(f"SELECT count(*) AS n FROM {name}_words WHERE {odd}").first()
        headers = self.session.sql(f"SELECT count(*) AS n FROM {name}_words WHERE {header}").first()
        count = 0 if headers is None else max(0, int(headers["n"]) - len(files))
        for reason, number in (
            ("wrong-number-of-fields", 0 if broken is None else int(broken["n"])),
            ("header", count),
        ):
            if number:
                self.rejected[reason] = self.rejected.get(reason, 0) + number
        self.session.sql(
            f"SELECT words FROM {name}_words WHERE size(words) = {width} AND NOT ({header})"
        ).createOrReplaceTempView(name)
        # The statements are written in DuckDB's dialect, whose lists begin at 1.
        return {field: f"words[{k + 1}]" for k, field in enumerate(shape.columns) if field in USED}, frozenset()

    def run(self, told: Mapping[str, Value], known: Sequence[KnownInterface]) -> None:
        """Run every stage over ``records``."""
        rows = [(one.interface, one.kind, one.name, one.address) for one in known]
        schema = "interface string, kind string, name string, address string"
        self.session.createDataFrame(rows, schema).createOrReplaceTempView("known")
        try:
            self._begin(told)
        except _spark_errors():
            if not self._replace_broken("parquet"):
                raise
            self._make_view()
            self._begin(told)

    def _begin(self, told: Mapping[str, Value]) -> None:
        self._stages(_FIRST, told)
        if self.rows("SELECT begin_s FROM bounds")[0]["begin_s"] is None:
            # The other stages would take a minute to say the same.
            raise none_used(reasons_of(self))
        self._within = time_of_most(self)
        if self._within is not None:
            self._make_view()
            self._stages(_FIRST, told)
        self._stages(STAGES[len(_FIRST) :], told)

    def _stages(self, stages: Sequence[str], told: Mapping[str, Value]) -> None:
        for stage in stages:
            frame = self.session.sql(in_dialect(statement(stage, told), "spark"))
            if stage in _KEPT:
                # Not just kept: cut off from the statements before it, which Spark would plan again for each reader.
                frame = frame.localCheckpoint()
                self._kept.append(frame)
            frame.createOrReplaceTempView(stage)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query in DuckDB's dialect, by column."""
        return [row.asDict() for row in self.session.sql(in_dialect(sql, "spark")).collect()]

    def close(self) -> None:
        """Give back what was kept."""
        for frame in self._kept:
            frame.unpersist()
        self._held.close()


def _spark_errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


def spark_session() -> SparkSession:
    """The session that there is, or a local one on all cores.

    Raises:
        InputError: PySpark or Java is not there.
    """
    need("pyspark", "--engine spark")
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if is_own_process():
        # Its gateway logs the traceback of every interrupt.
        logging.getLogger().addHandler(logging.NullHandler())
        # Else it asks a name server for the machine's own name, and listens to the network.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        return (
            SparkSession.builder.appName("narrows")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
            .config("spark.sql.ansi.enabled", "true")
            # Workers in Python are not used here; one that starts after all looks for nothing in the current folder.
            .config("spark.executorEnv.PYTHONSAFEPATH", "1")
            .getOrCreate()
        )
    except (PySparkException, OSError, RuntimeError) as error:
        raise InputError(f"Spark does not start: {error}", advice="it needs a Java runtime of 17 or newer") from None


def measure_with_spark(
    paths: Sequence[str | os.PathLike[str]],
    *,
    by: str = "key",
    window: tuple[int, int] | None = None,
    known: Sequence[KnownInterface] = (),
    declared: Sequence[str] | None = None,
    fetched: Fetched | None = None,
    assumed: Assumptions | None = None,
    session: SparkSession | None = None,
    **_: object,
) -> Raw:
    """Count with Spark.

    Raises:
        InputError: nothing can be read, or there is no Spark.
    """
    sources = find_sources(paths, declared, fetched)
    found = session or spark_session()
    try:
        engine = SparkEngine(found)
        try:
            engine.read(sources, window)
            engine.run(settings(by, assumed or Assumptions(), window), known)
            return collect(engine, sources)
        finally:
            engine.close()
    except OSError as error:
        raise cannot_write(error) from None
    except _spark_errors() as error:
        raise InputError(f"the flow logs cannot be counted: {why(error)}") from error
