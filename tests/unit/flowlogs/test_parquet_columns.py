"""Parquet as others write it anew: whatever type a column has, its file is read rightly or refused by itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows.errors import InputError
from narrows.flowlogs import count_connections

COUNT = 5
SOUND: dict[str, Any] = {
    "interface_id": ["eni-1"] * COUNT,
    "srcaddr": ["10.0.0.1"] * COUNT,
    "dstaddr": ["10.0.9.9"] * COUNT,
    "srcport": pa.array([1024 + k for k in range(COUNT)], pa.int32()),
    "dstport": pa.array([443] * COUNT, pa.int32()),
    "protocol": pa.array([6] * COUNT, pa.int32()),
    "start": pa.array([1_700_000_000] * COUNT, pa.int64()),
    "end": pa.array([1_700_000_030] * COUNT, pa.int64()),
}


def records(folder: Path, **columns: Any) -> dict[str, Any]:
    """Of a file with some columns otherwise, beside a sound one, of which all must count."""
    pq.write_table(pa.table(SOUND), folder / "sound.parquet")
    pq.write_table(pa.table({**SOUND, **columns}), folder / "odd.parquet")
    found = count_connections([folder])
    read: dict[str, Any] = dict(found.to_json()["records"])
    read["said"] = " ".join(flag["text"] for flag in found.quality if flag["id"] == "unreadable")
    return read


@pytest.mark.parametrize(
    "columns",
    [
        {"srcaddr": pa.array([b"10.0.0.1"] * COUNT, pa.binary()), "interface_id": pa.array([b"eni-1"] * COUNT)},
        {"srcaddr": pa.array([b"10.0.0.1"] * COUNT, pa.binary(8))},
        {"srcaddr": pa.array(["10.0.0.1"] * COUNT).dictionary_encode()},
        {"dstaddr": pa.array(["10.0.9.9"] * COUNT, pa.large_string())},
        {"end": pa.array([1_700_000_030] * COUNT, pa.uint64()), "srcport": pa.array(range(COUNT), pa.uint16())},
        {"srcport": pa.array([1024.0] * COUNT), "start": pa.array([1_700_000_000.5] * COUNT)},
        {"srcport": pa.array([Decimal(1024)] * COUNT, pa.decimal128(20, 0))},
        {"end": pa.array([b"1700000030"] * COUNT), "srcport": ["1024"] * COUNT},
        {"tcp_flags": pa.nulls(COUNT), "account_id": pa.array([[1]] * COUNT), "version": [True] * COUNT},
    ],
)  # fmt: skip
def test_other_types_that_say_the_same(tmp_path: Path, columns: dict[str, Any]) -> None:
    assert records(tmp_path, **columns) == {"read": 2 * COUNT, "used": 2 * COUNT, "dropped": {}, "said": ""}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"end": pa.array([2**64 - 1] * COUNT, pa.uint64())}, "impossible-time"),
        ({"end": pa.array([float("inf")] * COUNT)}, "impossible-time"),
        ({"end": pa.array([float("nan")] * COUNT)}, "impossible-time"),
        ({"start": pa.array([Decimal(10) ** 30] * COUNT, pa.decimal128(38, 0))}, "impossible-time"),
        ({"srcport": pa.array([1024.5] * COUNT)}, "impossible-number"),
        ({"srcport": pa.array([-1e300] * COUNT)}, "impossible-number"),
        ({"srcport": pa.array([2**31] * COUNT, pa.uint32())}, "impossible-number"),
        ({"end": pa.array([None] * COUNT, pa.float64())}, "no-time"),
        ({"end": pa.nulls(COUNT)}, "no-time"),
        ({"srcaddr": pa.nulls(COUNT)}, "no-address"),
    ],
)
def test_numbers_that_no_field_has(tmp_path: Path, columns: dict[str, Any], reason: str) -> None:
    assert records(tmp_path, **columns) == {
        "read": 2 * COUNT, "used": COUNT, "dropped": {reason: COUNT}, "said": ""
    }  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"srcport": [True] * COUNT}, "'srcport' is BOOLEAN"),
        ({"start": pa.array([1] * COUNT, pa.timestamp("us"))}, "'start' is TIMESTAMP"),
        ({"srcaddr": pa.array([["10.0.0.1"]] * COUNT)}, "'srcaddr' is LIST or STRUCT"),
        ({"dstport": pa.array([{"a": 1}] * COUNT)}, "'dstport' is LIST or STRUCT"),
        ({"SRCADDR": ["10.0.0.2"] * COUNT}, "2 columns 'srcaddr'"),
        ({"srcAddr": ["10.0.0.2"] * COUNT}, "2 columns"),
        ({"src-addr": ["10.0.0.2"] * COUNT}, "2 columns of srcaddr"),
        ({f"c{k}": [0] * COUNT for k in range(1_001)}, "1,009 columns"),
        ({"start": pa.array([1.7e9] * COUNT, pa.float32())}, "'start' is FLOAT"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_with_the_reason(
    tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    found = records(tmp_path, **columns)
    assert found["used"] == COUNT
    assert "odd.parquet" in found["said"]
    assert said in found["said"]


@pytest.mark.parametrize(
    "columns",
    [
        {"start": pa.array([1_700_000_000_000] * COUNT), "end": pa.array([1_700_000_030_000] * COUNT)},
        {"srcport": pa.array([1024] * COUNT, pa.int64()), "dstport": pa.array([443] * COUNT, pa.int16())},
        {"protocol": pa.array([6.0] * COUNT, pa.float32()), "srcport": pa.array([1024.0] * COUNT)},
    ],
)
@pytest.mark.parametrize("first", ["a", "z"])
def test_files_whose_columns_have_other_widths(tmp_path: Path, first: str, columns: dict[str, Any]) -> None:
    """DuckDB reads files together by the types of the first: milliseconds do not fit where seconds do."""
    narrow = {name: SOUND[name].cast(pa.int32()) for name in ("start", "end")}
    pq.write_table(pa.table({**SOUND, **narrow}), tmp_path / "m.parquet")
    pq.write_table(pa.table({**SOUND, **columns}), tmp_path / f"{first}.parquet")
    found = count_connections([tmp_path])
    assert found.to_json()["records"] == {"read": 2 * COUNT, "used": 2 * COUNT, "dropped": {}}
    assert (found.window[1] - found.window[0]) == 30


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(one) for one in (*SOUND.values(), SOUND["srcaddr"])], [*SOUND, "srcaddr"])
    pq.write_table(table, tmp_path / "odd.parquet")
    with pytest.raises(InputError, match="2 columns 'srcaddr'"):
        count_connections([tmp_path])
