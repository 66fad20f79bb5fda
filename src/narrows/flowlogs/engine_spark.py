"""Spark: reads the files with its own readers and runs the same statements, in its dialect."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs.fields import INT_32, INT_64, field_of
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.measure import Raw, check_any_used, collect
from narrows.flowlogs.records import projection
from narrows.flowlogs.settings import settings
from narrows.flowlogs.sources import BROKEN, Shape, Sources, find_sources, messages, nothing_to_read, why
from narrows.flowlogs.statements import STAGES, Value, in_dialect, statement

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

    def read(self, sources: Sources, window: tuple[int, int] | None = None) -> None:
        """Make ``records`` of every file. A file that breaks off gives what could be read of it."""
        frames: list[DataFrame] = []
        for number, (shape, files) in enumerate(sources.files.items()):
            name = f"narrows_source_{number}"
            if shape.kind == "parquet":
                columns, typed = self._parquet(shape, files, name)
            else:
                columns, typed = self._lines(shape, files, name, sources)
            sql = f"SELECT {projection(columns, window, typed=typed)} FROM {name}"
            frames.append(self.session.sql(in_dialect(sql, "spark")))
        if not frames:
            raise nothing_to_read(sources)
        together = frames[0]
        for frame in frames[1:]:
            together = together.unionByName(frame)
        together.createOrReplaceTempView("records")

    def _parquet(self, shape: Shape, files: list[str], name: str) -> tuple[dict[str, str], frozenset[str]]:
        self.session.read.option("ignoreCorruptFiles", "true").parquet(*files).createOrReplaceTempView(name)
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
            frame = self.session.read.option("ignoreCorruptFiles", "true").text(list(files))
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
    try:
        return (
            SparkSession.builder.appName("narrows")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1)))
            .config("spark.sql.ansi.enabled", "true")
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
