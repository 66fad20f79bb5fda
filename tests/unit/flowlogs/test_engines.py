"""One SQL on every engine: Spark gives the same numbers to the last connection, Athena's statements parse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs import athena
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.measure import Raw, measure_with_duckdb
from narrows.flowlogs.settings import settings
from narrows.flowlogs.statements import STAGES, in_dialect, statement
from narrows.flowlogs.writing.traffic import random_traffic, with_options

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

GOLDEN = Path(__file__).parent / "athena.golden.sql"
PLACE = "s3://logs/narrows/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/"
KNOWN = (KnownInterface("eni-1", "hyperplane-eni", "subnet-1/sg-1", "10.0.0.4"),)


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    if shutil.which("java") is None:
        pytest.skip("needs a Java runtime")
    from pyspark.sql import SparkSession

    # Few rows: planning and compiling would take nearly all of the time.
    found = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.ansi.enabled", "true")
        .getOrCreate()
    )
    yield found
    found.stop()


def plain(raw: Raw) -> dict[str, Any]:
    """Everything that an engine says, with whole numbers as such."""

    def value(one: Any) -> Any:
        return one if one is None or isinstance(one, str) else int(one)

    def rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value(one) for name, one in row.items()} for row in found]

    return {
        "peaks": rows(raw.peaks), "minutes": rows(raw.minutes), "interfaces": rows(raw.interfaces),
        "reasons": raw.reasons, "bounds": rows([raw.bounds]), "skipped": rows(raw.skipped),
        "counts": (raw.interval, raw.reused, raw.connections, raw.unflagged, raw.gaps),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_agrees_with_duckdb(tmp_path: Path, session: SparkSession) -> None:
    from narrows.flowlogs.engine_spark import measure_with_spark

    with_options(random_traffic(2, connections=400), format="parquet").write(tmp_path / "a")
    with_options(random_traffic(3, connections=400), format="text", version=2, skipdata=0.1).write(tmp_path / "b")
    text = next((tmp_path / "b").rglob("*.gz"))
    (text.parent / "odd.log").write_text("not a record\n2 1 eni-9 10.0.0.1 10.0.0.2  5000 443 6 1 1 9 9 ACCEPT OK\n")
    paths = [tmp_path / "a", tmp_path / "b"]
    assert plain(measure_with_spark(paths, session=session)) == plain(measure_with_duckdb(paths))


def test_the_statements_for_athena_are_those_that_were_looked_at() -> None:
    script = athena.script([PLACE], window=(1_795_176_000, 1_795_179_600), known=KNOWN)
    assert script + "\n" == GOLDEN.read_text(encoding="utf-8")
    statements = [one for one in script.split(";\n") if one.strip()]
    assert len(statements) == 3
    for one in statements:
        text = one.strip().rstrip(";")
        (parsed,) = sqlglot.parse(text, read="athena")
        assert parsed is not None
        if "CREATE EXTERNAL" not in text:
            (parsed,) = sqlglot.parse(text, read="trino")
            assert parsed is not None


@pytest.mark.parametrize("dialect", ["duckdb", "spark", "athena", "trino"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_statement_in_every_dialect(stage: str, dialect: str) -> None:
    sql = statement(stage, settings("key", Assumptions()))
    assert "$" not in sql
    assert sqlglot.parse_one(in_dialect(sql, dialect), read=dialect) is not None


def test_athena_runs_the_statements_it_prints(tmp_path: Path) -> None:
    """Through a DB-API connection: DuckDB stands in for the service, so only the calls are proved, not the dialect."""
    asked: list[str] = []

    class Cursor:
        description: Any = ()
        data_scanned_in_bytes = 5 * 10**9

        def execute(self, sql: str) -> None:
            asked.append(sql)

        def fetchall(self) -> list[Any]:
            return []

    class Connection:
        def cursor(self) -> Cursor:
            return Cursor()

    with pytest.raises(InputError, match="scanned 5 GB, more than the 1 GB"):
        athena.count_with_athena([PLACE], athena.Target(scan_limit=1), connection=Connection())
    assert asked[0].startswith("CREATE EXTERNAL TABLE")
    assert "\"aws-account-id\" = '111122223333'" in asked[1]
    with pytest.raises(InputError, match="account and the Region"):
        athena.count_with_athena(["s3://logs/AWSLogs/"], athena.Target(), connection=Connection())
    with pytest.raises(InputError, match="no s3"):
        athena.script(["/local/folder"])
