"""The database reads the files that were named, and nothing else; nothing can change that."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.sources import find_sources
from tests.unit.flowlogs.test_bad_input import HEADER, LINES

FORBIDDEN = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('s3://bucket/key')",
    "SELECT * FROM read_csv('https://127.0.0.1:9/x.csv')",
    "ATTACH '{beside}'",
    "COPY (SELECT 1) TO '{beside}'",
    "SELECT * FROM read_text('{other}')",
    "LOAD httpfs",
    "INSTALL httpfs",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET allowed_paths",
    "SET lock_configuration = false",
    "SET autoload_known_extensions = true",
    "SET memory_limit = '100GB'",
]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DuckDbEngine:
    """With one file read, and another beside it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "a.log").write_text("\n".join([HEADER, *LINES]) + "\n")
    (tmp_path / "other.log").write_text("secret\n")
    engine = DuckDbEngine()
    engine.read(find_sources([tmp_path / "a.log"]))
    return engine


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_nothing_else_can_be_opened_and_no_setting_changed(
    engine: DuckDbEngine, tmp_path: Path, statement: str
) -> None:
    beside = tmp_path / "beside"
    with engine, pytest.raises(duckdb.Error):
        engine.db.execute(statement.format(beside=beside, other=tmp_path / "other.log")).fetchall()
    assert not beside.exists()
    assert not (tmp_path / "home").exists()


def test_the_settings_read_back(engine: DuckDbEngine) -> None:
    with engine:
        told = dict(engine.db.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    for name in (
        "autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions",
        "allow_unsigned_extensions", "allow_persistent_secrets", "enable_external_access",
    ):  # fmt: skip
        assert told[name] == "false", name
    assert told["lock_configuration"] == "true"
    places = [told[name] for name in ("temp_directory", "home_directory", "secret_directory")]
    assert all("narrows-flowlogs-" in place for place in places)


def test_a_python_object_is_no_table(engine: DuckDbEngine) -> None:
    secrets = pa.table({"one": [1]})
    assert len(secrets) == 1
    with engine, pytest.raises(duckdb.Error):
        engine.db.execute("SELECT * FROM secrets").fetchall()


def test_what_a_dead_run_left_is_gone_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "narrows-flowlogs-0123456789abcdef"
    (left / "spill").mkdir(parents=True)
    with DuckDbEngine():
        assert not left.exists()
        assert len(os.listdir(tmp_path)) == 1  # noqa: PTH208
    assert not list(tmp_path.iterdir())
