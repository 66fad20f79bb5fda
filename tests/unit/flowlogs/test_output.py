"""An answer minute by minute, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from narrows.errors import InputError
from narrows.flowlogs import print_csv, write_parquet
from narrows.flowlogs.output import COLUMNS, rows
from tests.unit.flowlogs.test_renewed import KEY, KNOWN, NEW, NOON, answer, connections


def test_every_minute_stands_there_also_those_without_a_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = connections(NEW, "10.0.0.9", NOON, 25, 5, "203.0.113.10")
    found = answer(tmp_path, lines, by="key", known=KNOWN)
    print_csv(found)
    read = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["minute"] for row in read] == [f"2026-11-20T12:0{minute}:00Z" for minute in range(5)]
    assert [(row["low"], row["high"]) for row in read] == [("25", "25")] * 5
    assert [row["opened"] for row in read] == ["25", "0", "0", "0", "0"]
    assert {(row["interface"], row["destination"], row["port"], row["limit"]) for row in read} == {
        (NEW, "203.0.113.10", "443", "65000")
    }
    write_parquet(found, tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert tuple(table.column_names) == COLUMNS
    assert table.column("high").to_pylist() == [25] * 5
    assert table.num_rows == len(list(rows(found)))
    assert not list(tmp_path.glob(".out*"))
    assert found.keys[0].resource == KEY


def test_more_minutes_than_anybody_reads(tmp_path: Path) -> None:
    """Forty destinations, each seen on two days a year from each other: a few kilobytes that would be 20 million."""
    moments = (NOON, NOON + 364 * 86_400)
    lines = [connections(NEW, "10.0.0.9", at, 1, 1, f"203.0.113.{k}") for k in range(40) for at in moments]
    found = answer(tmp_path, *lines, by="key")
    with pytest.raises(InputError, match="more than 20,000,000 minutes, over all keys; count a shorter time"):
        print_csv(found)
    with pytest.raises(InputError, match="more than 20,000,000 minutes"):
        write_parquet(found, tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    found = answer(tmp_path, connections(NEW, "10.0.0.9", NOON, 2, 2, "203.0.113.10"))
    with pytest.raises(InputError, match=r"nowhere/out\.parquet: its folder is not there$"):
        write_parquet(found, tmp_path / "nowhere" / "out.parquet")
