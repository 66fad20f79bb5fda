"""Parquet whose columns have other types, names, nulls and nesting than they should, and whose bytes are damaged."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz import hostile, mutate_bytes

_SCALARS: tuple[Any, ...] = (
    pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float16(),
    pa.float32(),
    pa.float64(), pa.string(), pa.large_string(), pa.binary(), pa.binary(4), pa.bool_(), pa.null(), pa.date32(),
    pa.date64(),
    pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us", "UTC"), pa.timestamp("ns"), pa.time32("s"),
    pa.time64("us"),
    pa.duration("s"), pa.decimal128(20, 2), pa.decimal256(50, 0),
)  # fmt: skip


def mutated(rng: random.Random, rows: Sequence[Mapping[str, Any]], types: Mapping[str, Any]) -> bytes:
    """A file of such rows, with some columns changed, and a quarter of the time with some bytes changed.

    Args:
        types: what each column should be.
    """
    names = list(types)
    if rng.random() < 0.2:
        rng.shuffle(names)
    odd = set(rng.sample(names, rng.choice((0, 1, 1, 2, min(5, len(names))))))
    chosen = [rng.choice(rows) for _ in range(rng.choice((0, 1, 3, 12)))]
    columns, titles = [], []
    for name in names:
        if name in odd and rng.random() < 0.15:
            continue
        title = name
        if name in odd and rng.random() < 0.15:
            title = rng.choice(
                (hostile.word(rng), name.upper(), name.replace("_", "-"), rng.choice(names), f"{name} ", f"x.{name}")
            )
        values = [row.get(name) for row in chosen]
        columns.append(_odd(rng, values, types[name]) if name in odd else _array(values, types[name]))
        titles.append(title.encode("utf-8", "replace").decode())
    data = _written(rng, pa.Table.from_arrays(columns, names=titles))
    return mutate_bytes.mutated(rng, data) if rng.random() < 0.25 else data


def _odd(rng: random.Random, values: list[Any], kind: Any) -> Any:
    """A column with wild values of its own type, or of another type."""
    if rng.random() < 0.5:
        return _array([_wild(rng) if rng.random() < 0.5 else one for one in values], kind)
    kind = rng.choice(_SCALARS)
    column = _array([_wild(rng) if rng.random() < 0.3 else one for one in values], kind)
    nesting = rng.random()
    if nesting < 0.15:
        return pa.ListArray.from_arrays(pa.array(range(len(column) + 1), pa.int32()), column)
    if nesting < 0.25:
        return pa.StructArray.from_arrays([column, column], ["a", rng.choice(("b", "element", "srcaddr"))])
    if nesting < 0.4 and not pa.types.is_null(kind):
        return column.dictionary_encode()
    return column


def _wild(rng: random.Random) -> Any:
    return rng.choice((None, hostile.number(rng), hostile.word(rng)))


def _array(values: list[Any], kind: Any) -> Any:
    """Each value as the type has it; what it cannot hold becomes null."""
    return pa.array([_as(one, kind) for one in values], kind)


def _as(value: Any, kind: Any) -> Any:
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()
    attempts: list[Any] = [value]
    if isinstance(value, int | float):
        attempts += [str(value), str(value).encode()]
    elif isinstance(value, str):
        attempts += [value.encode(), value.encode()[:4].ljust(4)]
        attempts += [int(value)] if value.isascii() and value.isdigit() and len(value) < 30 else []
    for one in attempts:
        with suppress(pa.ArrowException, ValueError, TypeError, OverflowError):
            pa.array([one], kind)
            return one
    return None


def _written(rng: random.Random, table: Any) -> bytes:
    out = io.BytesIO()
    options = {
        "compression": rng.choice(("none", "snappy", "gzip", "zstd", "lz4", "brotli")),
        "use_dictionary": rng.random() < 0.5,
        "version": rng.choice(("1.0", "2.4", "2.6")),
        "data_page_version": rng.choice(("1.0", "2.0")),
        "row_group_size": rng.choice((1, 5, 1000)),
        "write_statistics": rng.random() < 0.7,
        "store_schema": rng.random() < 0.5,
    }
    try:
        pq.write_table(table, out, **options)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        out = io.BytesIO()
        pq.write_table(table.select([]), out)
    return out.getvalue()
