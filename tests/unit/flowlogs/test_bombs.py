"""Files made to fill the machine: each command stays within a budget of memory and ends with an answer or one line."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.flowlogs.test_bad_input import HEADER, LINES

BUDGET = 4 << 30
"""Of address space; DuckDB may use 1 GB of memory, and reserves more."""
TEXT = "\n".join([HEADER, *LINES]) + "\n"
EVENT = json.dumps({"message": LINES[0]}).encode() + b","


def packed(file: Path, begin: bytes, over_and_over: bytes, megabytes: int, *, members: int = 1) -> None:
    block = over_and_over * (2**20 // len(over_and_over))
    with file.open("wb") as out:
        for member in range(members):
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            out.write(packer.compress(b"" if member else begin))
            for _ in range(megabytes // members):
                out.write(packer.compress(block))
            out.write(packer.flush())


def parquet_of_one_value(file: Path, rows: int) -> None:
    names = ("interface_id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "start", "end")
    values = ("eni-1", "10.0.0.1", "10.0.9.9", 1024, 443, 6, 1_700_000_000, 1_700_000_030)
    table = pa.table({name: pa.array([value]) for name, value in zip(names, values, strict=True)})
    group = table.take(pa.array([0] * 1_000_000))
    with pq.ParquetWriter(file, table.schema, compression="zstd") as writer:
        for _ in range(rows // 1_000_000):
            writer.write_table(group)


def parquet_of_many_columns(file: Path, count: int) -> None:
    names = ["srcaddr", "dstaddr", *(f"c{k}" for k in range(count))]
    pq.write_table(pa.table({name: ["-"] for name in names}), file)


def parquet_of_long_values(file: Path, **how: Any) -> None:
    """One text of 8 MB, or texts that differ from it in a letter: a few kilobytes in the file."""
    rows = 100_000 if how.get("use_dictionary") else 2_000
    begin = "1" * (8_000_000 if how.get("use_dictionary") else 100_000)
    values = [begin] * rows if how.get("use_dictionary") else [f"{begin}{k}" for k in range(rows)]
    names = ("interface_id", "dstaddr", "srcport", "dstport", "protocol", "start", "end")
    others = ("eni-1", "10.0.9.9", 1024, 443, 6, 1_700_000_000, 1_700_000_030)
    columns = {name: pa.array([value] * rows) for name, value in zip(names, others, strict=True)}
    text = pa.array(values[:1]).dictionary_encode().take(pa.array([0] * rows)) if how.get("use_dictionary") else values
    pq.write_table(pa.table({"srcaddr": text, **columns}), file, compression="zstd", **how)


def string_of_escaped_quotes(file: Path) -> None:
    """Where a block begins with a quote that ends no string, as the backslash before it says."""
    begin = b'{"events":[{"message":"'
    block = b"x" * (2**20 - 1) + b"\\"
    file.write_bytes(begin + block[len(begin) :] + (b'"' + block[1:]) * 100 + b'""}]}')


BOMBS: dict[str, Callable[[Path], object]] = {
    "records.log.gz": lambda file: packed(file, TEXT.encode(), LINES[0].encode() + b"\n", 400),
    "junk.log.gz": lambda file: packed(file, TEXT.encode(), b"x\n", 60),
    "words.log.gz": lambda file: packed(file, TEXT.encode(), b"2 " * 500 + b"\n", 60),
    "members.log.gz": lambda file: packed(file, TEXT.encode(), b"x\n", 12, members=12),
    "line.log.gz": lambda file: packed(file, TEXT.encode(), b"x", 400),
    "events.gz": lambda file: packed(file, b'{"logEvents":[' + EVENT, EVENT, 400),
    "empty-events.gz": lambda file: packed(file, b'{"logEvents":[', b"{},", 60),
    "string.gz": lambda file: packed(file, b'{"logEvents":["', b"x", 60),
    "nested.gz": lambda file: packed(file, b'{"logEvents":', b"[", 60),
    "blank.gz": lambda file: packed(file, b"{", b" ", 60),
    "line.log": lambda file: file.write_text(TEXT + "x" * 100_000_000 + "\n" + TEXT),
    "words.log": lambda file: file.write_text(TEXT + ("2 " * 20 + "\n") * 250_000),
    "header.log": lambda file: file.write_text(" ".join(["srcaddr", "dstaddr", "start"] * 40_000) + "\n" + TEXT),
    "headers.log": lambda file: file.write_text((HEADER + "\n" + HEADER.replace("version", "bytes-") + "\n") * 20_000),
    "rows.parquet": lambda file: parquet_of_one_value(file, 40_000_000),
    "columns.parquet": lambda file: parquet_of_many_columns(file, 20_000),
    "value.parquet": lambda file: parquet_of_long_values(file, use_dictionary=True),
    "prefixes.parquet": lambda file: parquet_of_long_values(
        file, use_dictionary=False, column_encoding={"srcaddr": "DELTA_BYTE_ARRAY"}
    ),
    "escaped.json": string_of_escaped_quotes,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_beside_a_sound_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "sound.log").write_text(TEXT)
    BOMBS[name](tmp_path / name)
    run = subprocess.run(
        [sys.executable, "-m", "narrows", "flowlogs", "--json", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BUDGET, BUDGET)),
    )
    assert run.returncode == 0, run.stderr[-500:]
    answer = json.loads(run.stdout)
    assert answer["records"]["used"] >= len(LINES)
    said = " ".join(flag["text"] for flag in answer["quality"])
    assert answer["records"]["dropped"] or name in said or "not flow logs: 1 .log" in said
