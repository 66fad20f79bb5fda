"""One SQL on every engine: Spark gives the same numbers to the last connection, Athena's statements parse."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot

from narrows.assumptions import Assumptions
from narrows.flowlogs.measure import measure_with_duckdb
from narrows.flowlogs.raw import Raw
from narrows.flowlogs.statements import STAGES, in_dialect, settings, statement
from oracles.flow_networks import random_network
from oracles.traffic import random_traffic, with_options

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
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
        "losses": rows(raw.losses), "reasons": raw.reasons, "bounds": rows([raw.bounds]), "skipped": rows(raw.skipped),
        "counts": (raw.interval, raw.reused, raw.connections, raw.unflagged),
        "blind": sorted(rows(raw.blind), key=lambda row: tuple(row.values())),
    }  # fmt: skip


MODELS: dict[str, tuple[tuple[int, dict[str, Any]], ...]] = {
    "600 s": ((5, {"format": "parquet", "interval": 600}),),
    "ports given out at once, killed sandboxes, version 11": (
        (8, {"format": "text", "port_choice": "at-once", "closes_without_fin": 0.3}),
        (11, {"format": "parquet", "version": 11, "port_choice": "random"}),
    ),
}
"""What is in one folder is counted together; each takes Spark a quarter of a minute, mostly to plan it."""


ODD = "not a record\n2 1 eni-9 10.0.0.1 10.0.0.2  5000 443 6 1 1 9 9 ACCEPT OK\n"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", MODELS)
def test_spark_agrees_with_duckdb(tmp_path: Path, session: SparkSession, model: str) -> None:
    from narrows.flowlogs.engine_spark import measure_with_spark

    for seed, options in MODELS[model]:
        with_options(random_traffic(seed, connections=400), **options).write(tmp_path / str(seed))
    assert plain(measure_with_spark([tmp_path], session=session)) == plain(measure_with_duckdb([tmp_path]))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_finds_what_vanishes_as_duckdb_does(tmp_path: Path, session: SparkSession) -> None:
    from narrows.flowlogs.engine_spark import measure_with_spark

    random_network(107, attempts=800).write(tmp_path)
    expected = measure_with_duckdb([tmp_path])
    assert len({(row["after_hop"], row["outcome"]) for row in expected.losses}) > 3
    assert plain(measure_with_spark([tmp_path], session=session)) == plain(expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_names_what_breaks_and_keeps_the_rest(tmp_path: Path, session: SparkSession) -> None:
    from narrows.flowlogs.engine_spark import measure_with_spark

    """Parquet and text, with and without tcp-flags, SKIPDATA, and lines and files that are no records."""
    with_options(random_traffic(2, connections=300), format="parquet").write(tmp_path / "a")
    with_options(random_traffic(3, connections=300), format="text", version=2, skipdata=0.1).write(tmp_path / "b")
    beside = min(tmp_path.rglob("*.gz")).parent
    (beside / "odd.log").write_text(ODD)
    header = "version account_id interface_id src_addr dst_addr srcport dstport protocol packets bytes start end"
    headed = f"{header} action log-status\n{ODD.splitlines()[1]}\n"
    (beside / "headed.log").write_text(f"{headed}{headed}half a line\n")
    (beside / "events.json").write_text(json.dumps({"events": [{"message": ODD.splitlines()[1]}]}))
    broken = {str(beside / "odd.log")}
    for pattern in ("*.parquet", "*.gz"):
        file = sorted(tmp_path.rglob(pattern))[1]
        data = bytearray(file.read_bytes())
        if pattern == "*.gz":
            data = data[: len(data) // 2]
        else:
            data[len(data) // 4 : len(data) // 3] = b"\xff" * (len(data) // 3 - len(data) // 4)
        file.write_bytes(data)
        broken.add(str(file))
    spark = measure_with_spark([tmp_path], session=session)
    duck = measure_with_duckdb([tmp_path])
    assert plain(spark) == plain(duck)
    assert set(spark.sources.unreadable) == set(duck.sources.unreadable) == broken


@pytest.mark.parametrize("dialect", ["duckdb", "spark", "athena", "trino"])
@pytest.mark.parametrize("stage", STAGES)
def test_every_statement_in_every_dialect(stage: str, dialect: str) -> None:
    sql = statement(stage, settings("key", Assumptions()))
    assert "$" not in sql
    assert sqlglot.parse_one(in_dialect(sql, dialect), read=dialect) is not None


@pytest.mark.slow
def test_sparks_own_processes_speak_to_this_machine_only(tmp_path: Path) -> None:
    """As a user runs it: Spark itself would ask a name server for the machine's name, and listen to the network."""
    for program in ("java", "strace"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    # A record that cannot be used: it runs the first stages, and is refused before the long ones.
    (tmp_path / "a.log").write_text("2 1 eni-9 10.0.0.1 10.0.0.2 x 443 6 1 1 9 9 ACCEPT OK\n")
    seen = tmp_path / "seen"
    environment = {name: value for name, value in os.environ.items() if name != "SPARK_LOCAL_IP"}
    command = [sys.executable, "-m", "narrows", "flowlogs", str(tmp_path / "a.log"), "--engine", "spark"]
    trace = ["strace", "-f", "--seccomp-bpf", "-e", "trace=connect,bind,sendto,sendmsg", "-o", str(seen)]
    run = subprocess.run([*trace, *command], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 2, run.stderr
    refused = run.stderr.rpartition("narrows: ")[2]
    assert refused == "no record can be used: 1 not-a-number; name flow logs of the time in question\n"
    calls = [line for line in seen.read_text(errors="replace").splitlines() if "AF_INET" in line]
    assert calls
    assert [line for line in calls if not re.search(r'"(::ffff:)?127\.0\.0\.1"|"::1"', line)] == []
