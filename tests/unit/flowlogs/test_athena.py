"""Athena: the statements are those that were looked at, and they run, one after the other, and leave nothing behind."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from narrows.assumptions import Assumptions
from narrows.cli import main
from narrows.errors import InputError
from narrows.flowlogs import athena, count_connections
from narrows.flowlogs.athena_sql import Reads, kept_stages, results, stage_tables
from narrows.flowlogs.statements import settings
from oracles.traffic import random_traffic, with_options
from tests.unit.flowlogs.athena_on_loopback import LoopbackAthena, install
from tests.unit.flowlogs.write_golden import GOLDEN, PLACE, golden

HIVE = "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1"


def test_the_statements_are_those_that_were_looked_at() -> None:
    """``python -m tests.unit.flowlogs.write_golden`` writes the file again."""
    assert golden() == GOLDEN.read_text(encoding="utf-8")


def test_every_statement_parses_in_athenas_and_trinos_dialects() -> None:
    statements = [re.sub(r"^-- .*\n", "", one.strip()) for one in golden().split(";\n") if one.strip()]
    assert len(statements) == 1 + 2 * len(kept_stages()) + 2
    for one in statements:
        (parsed,) = sqlglot.parse(one, read="athena")
        assert parsed is not None
        if not one.startswith(("CREATE EXTERNAL", "DROP")):
            (parsed,) = sqlglot.parse(one, read="trino")
            assert parsed is not None


def test_no_statement_reads_the_flow_logs_more_than_once() -> None:
    told, reads = settings("key", Assumptions()), Reads()
    counts: Counter[str] = Counter()
    for name, sql in (*stage_tables(told, reads), *results(told, reads)):
        counts[name] += len(re.findall("narrows_flow_logs", sql))
    assert max(counts.values()) == 1
    assert sum(counts.values()) <= 3


@pytest.fixture
def run(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[LoopbackAthena, Callable[..., Any]]:
    """Athena over random traffic, and what runs it."""
    import boto3

    bucket = boto3.resource("s3").create_bucket(Bucket=f"results-{uuid.uuid4().hex[:12]}")
    with_options(random_traffic(2, connections=400), format="parquet", version=11).write(tmp_path / "plain")
    for file in (tmp_path / "plain").rglob("*.parquet"):
        year, month, day, hour = re.search(r"_(\d{4})(\d\d)(\d\d)T(\d\d)\d\dZ_", file.name).groups()  # type: ignore[union-attr]
        place = tmp_path / "hive" / HIVE / f"year={year}" / f"month={month}" / f"day={day}" / f"hour={hour}"
        place.mkdir(parents=True, exist_ok=True)
        file.rename(place / file.name)
    loopback = LoopbackAthena(tmp_path / "hive", bucket)
    install(monkeypatch, loopback)

    def count(**options: Any) -> Any:
        target = athena.Target(results=f"s3://{bucket.name}/answers/", scan_limit=options.pop("scan_limit", 100))
        return athena.count_with_athena([f"s3://logs/{HIVE}/"], target, **options)

    return loopback, count


def left(loopback: LoopbackAthena) -> list[str]:
    tables = loopback.db.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    files = [one.key for one in loopback.bucket.objects.all() if one.key.startswith("tables/")]
    return [*(name for (name,) in tables), *files]


@pytest.mark.slow
@pytest.mark.parametrize("by", ["key", "eni"])
def test_the_same_numbers_as_the_embedded_database(
    run: tuple[LoopbackAthena, Callable[..., Any]], tmp_path: Path, by: str
) -> None:
    loopback, count = run
    steps: list[tuple[int, int]] = []
    expected = count_connections([tmp_path / "hive"], by=by)
    found = count(by=by, progress=lambda done, total, _records=0, /: steps.append((done, total)))
    assert found.keys == expected.keys
    assert found.raw.losses == expected.raw.losses != []
    assert found.to_json()["records"] == expected.to_json()["records"]
    assert found.to_json()["window"] == expected.to_json()["window"]
    assert left(loopback) == []
    assert len(loopback.manifests) == len(kept_stages()) == len(steps)


@pytest.mark.slow
def test_from_the_command_line(
    run: tuple[LoopbackAthena, Callable[..., Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    loopback, _ = run
    options = ["--engine", "athena", "--by", "eni", "--json", "--results", f"s3://{loopback.bucket.name}/answers/"]
    with pytest.raises(SystemExit) as left_with:
        main(["flowlogs", f"s3://logs/{HIVE}/", *options])
    assert left_with.value.code == 0
    assert json.loads(capsys.readouterr().out)["records"]["used"] > 400
    assert left(loopback) == []


@pytest.mark.slow
def test_only_the_partitions_of_the_window_are_named(run: tuple[LoopbackAthena, Callable[..., Any]]) -> None:
    loopback, count = run
    noon = 1_795_176_000
    assert count(window=(noon, noon + 3000)).keys
    reading = [one for one in loopback.asked if "narrows_flow_logs" in one and one.startswith("CREATE TABLE")]
    assert reading
    for statement in reading:
        flat = " ".join(statement.split())
        assert "\"aws-account-id\" = '111122223333' AND \"aws-region\" = 'us-east-1'" in flat
        for condition in (
            "\"year\" IN ('2026')", "\"month\" IN ('11')", "\"day\" IN ('20')", "\"hour\" IN ('12', '13')",
            "BETWEEN '2026112012' AND '2026112013'",
        ):  # fmt: skip
            assert condition in flat
    assert left(loopback) == []


def test_a_scan_that_grows_too_large_ends(run: tuple[LoopbackAthena, Callable[..., Any]]) -> None:
    loopback, count = run
    loopback.scans = 300_000_000
    with pytest.raises(InputError, match=r"scanned 1\.2 GB, more than the 1 GB they may; name a shorter time"):
        count(scan_limit=1)
    assert len([one for one in loopback.asked if one.startswith("CREATE")]) == 4
    assert left(loopback) == []


def test_what_athena_refuses_is_one_line(run: tuple[LoopbackAthena, Callable[..., Any]]) -> None:
    assert run
    with pytest.raises(InputError, match="account and Region"):
        athena.count_with_athena(["s3://logs/AWSLogs/"], athena.Target())
    with pytest.raises(InputError, match="not an s3"):
        athena.script(["/local/folder"])
    with pytest.raises(InputError, match="not an s3"):
        athena.script(["s3://logs/it's/AWSLogs/"])


def test_the_place_of_the_golden_file_is_one_account_and_region() -> None:
    assert "'111122223333'" in golden()
    assert PLACE.startswith("s3://")
