"""Spark: reads the files with its own readers and runs the same statements, in its dialect."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs.fields import INT_32, INT_64, field_of
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.measure import Raw, check_any_used, collect
from narrows.flowlogs.records import projection
from narrows.flowlogs.salvage import salvage
from narrows.flowlogs.settings import settings
from narrows.flowlogs.sources import BROKEN, Shape, Sources, find_sources, messages, nothing_to_read, why
from narrows.flowlogs.statements import STAGES, Value, in_dialect, statement
from narrows.isolation import is_own_process
from narrows.scratch import scratch_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from narrows.flowlogs.s3 import Fetched

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
        self._closing = ExitStack()
        self._room = self._closing.enter_context(scratch_folder("spark"))

    def read(self, sources: Sources, window: tuple[int, int] | None = None) -> None:
        """Make ``records`` of every file. Files that break while they are read move to ``sources.unreadable``.

        Raises:
            InputError: none can be read.
        """
        self._sources, self._window = sources, window
        self._files = {shape: list(files) for shape, files in sources.files.items()}
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
                columns, typed = self._lines(shape, files, name, self._sources)
            sql = f"SELECT {projection(columns, self._window, typed=typed)} FROM {name}"
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
            broken = self._breaking(files, kind)
            found = found or bool(broken)
            kept = [name for name in files if name not in broken]
            for name, problem in broken.items():
                copy = self._room / f"copy-{len(self._sources.unreadable)}.log"
                if kind == "parquet":
                    self._sources.unreadable[name] = f"broken Parquet: {problem}"
                    continue
                self._sources.unreadable[name] = salvage(name, copy) or problem
                kept.append(str(copy))
            self._files[shape] = kept
            if not kept:
                del self._files[shape]
        return found

    def _breaking(self, files: Sequence[str], kind: str) -> dict[str, str]:
        """The files that cannot be read whole, and why: halves of halves, so that few of many are soon found."""
        try:
            frame = self.session.read.text(list(files)) if kind == "text" else self.session.read.parquet(*files)
            frame.write.format("noop").mode("overwrite").save()
        except _spark_errors() as error:
            if len(files) == 1:
                return {files[0]: why(error)}
            middle = len(files) // 2
            return self._breaking(files[:middle], kind) | self._breaking(files[middle:], kind)
        return {}

    def _parquet(self, shape: Shape, files: list[str], name: str) -> tuple[dict[str, str], frozenset[str]]:
        self.session.read.parquet(*files).createOrReplaceTempView(name)
        columns, typed = {}, set()
        for one in shape.columns:
            column, _, kind = one.rpartition(":")
            field = field_of(column)
            if field is not None and field not in columns:
                columns[field] = '"' + column.replace('"', '""') + '"'
                if kind == "number":
                    typed.add(field)
        for field in typed - (INT_32 | INT_64):
            columns[field] = f"CAST({columns[field]} AS VARCHAR)"
        return columns, frozenset(typed & (INT_32 | INT_64))

    def _lines(
        self, shape: Shape, files: list[str], name: str, sources: Sources
    ) -> tuple[dict[str, str], frozenset[str]]:
        if shape.kind == "json":
            lines: list[tuple[str]] = []
            for file in files:
                try:
                    lines += [(message,) for message in messages(file)]
                except BROKEN as error:
                    sources.unreadable[file] = why(error)
            frame = self.session.createDataFrame(lines, "value string")
        else:
            frame = self.session.read.text(list(files))
        frame.createOrReplaceTempView(f"{name}_lines")
        width = len(shape.columns)
        words = self.session.sql(
            f"SELECT filter(split(trim(value), '[ \\\\t\\\\r]+'), word -> word <> '') AS words FROM {name}_lines"
        )
        words.createOrReplaceTempView(f"{name}_words")
        header = "array_contains(words, 'srcaddr') OR array_contains(words, 'interface-id')"
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
        return {field: f"words[{k + 1}]" for k, field in enumerate(shape.columns) if field != "*"}, frozenset()

    def run(self, told: Mapping[str, Value], known: Sequence[KnownInterface]) -> None:
        """Run every stage over ``records``."""
        rows = [(one.interface, one.kind, one.name, one.address) for one in known]
        schema = "interface string, kind string, name string, address string"
        self.session.createDataFrame(rows, schema).createOrReplaceTempView("known")
        try:
            self._stages(told)
        except _spark_errors():
            if not self._replace_broken("parquet"):
                raise
            self._make_view()
            self._stages(told)

    def _stages(self, told: Mapping[str, Value]) -> None:
        for stage in STAGES:
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
        self._closing.close()


def _spark_errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


def spark_session() -> SparkSession:
    """The session that there is, or a local one on all cores.

    Raises:
        InputError: PySpark or Java is not there.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError("Spark needs PySpark", advice="pip install 'narrows[spark]'") from None
    if is_own_process():
        # Its gateway logs the traceback of every interrupt.
        logging.getLogger().addHandler(logging.NullHandler())
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
    engine = SparkEngine(session or spark_session())
    try:
        engine.read(sources, window)
        engine.run(settings(by, assumed or Assumptions()), known)
        raw = collect(engine, sources)
    finally:
        engine.close()
    check_any_used(raw)
    return raw
