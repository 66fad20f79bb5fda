"""An answer minute by minute, as CSV or Parquet."""

from __future__ import annotations

import csv
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from narrows.bounds import MINUTE_ROWS
from narrows.errors import InputError
from narrows.flowlogs.answer import Answer
from narrows.flowlogs.keys import Key, iso
from narrows.gate import cells
from narrows.target_file import new_file

COLUMNS = (
    "minute", "interface", "kind", "destination", "port", "protocol", "address", "low", "high", "opened", "unanswered",
    "most_opened_in_a_second", "limit",
)  # fmt: skip

_MARK = {b"narrows": b"open connections by minute"}
"""In the metadata of a Parquet file."""
_AT_ONCE = 100_000
"""Rows that are in memory while they are written."""


def rows(answer: Answer) -> Iterator[tuple[Any, ...]]:
    """One row for each key and minute of the window, from the first in which something changes to the last.

    Raises:
        InputError: there are more than anybody reads.
    """
    spans = [_span(key, answer) for key in answer.keys]
    if sum(max(0, end - begin) // 60 for begin, end in spans) > MINUTE_ROWS:
        raise InputError(
            f"the answer has more than {MINUTE_ROWS:,} minutes, over all keys",
            advice="count a shorter time (--from, --to), or with --by eni or nat",
        )
    for key, (begin, end) in zip(answer.keys, spans, strict=True):
        changes = {one.minute: one for one in key.minutes}
        limit = None if key.limit is None else key.limit[1]
        for minute, low, high in key.band(begin, end):
            change = changes.get(minute)
            begun = (0, 0, 0) if change is None else (
                change.opened, change.unanswered, change.most_opened_in_a_second
            )  # fmt: skip
            yield (
                minute, key.interface, key.kind, key.destination, key.port, key.protocol, key.address, low, high,
                *begun, limit,
            )  # fmt: skip


def _span(key: Key, answer: Answer) -> tuple[int, int]:
    minutes = [one.minute for one in key.minutes]
    return min(minutes, default=0), min(max(minutes, default=-60) + 60, answer.window[1] + 1)


def print_csv(answer: Answer) -> None:
    """Print them with a header line."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    for minute, *rest in rows(answer):
        out.writerow(cells([iso(minute), *rest]))


@contextmanager
def new_parquet(file: str | os.PathLike[str]) -> Iterator[Callable[[Answer], None]]:
    """Take a file for an answer before it is worked out; what this gives is called with the answer.

    It is there whole at the end of the block, or not at all. Only such a file is replaced.

    Raises:
        InputError: it cannot be written.
    """
    with new_file(file, _is_ours) as stream:
        yield lambda answer: _write(answer, stream)


def write_parquet(answer: Answer, file: str | os.PathLike[str]) -> None:
    """Write every minute to a file; see ``new_parquet``."""
    with new_parquet(file) as write:
        write(answer)


def _write(answer: Answer, stream: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [
        pa.timestamp("s", "UTC"), pa.string(), pa.string(), pa.string(), pa.int32(), pa.string(), pa.string(),
        pa.int64(), pa.int64(), pa.int64(), pa.int64(), pa.int64(), pa.int64(),
    ]  # fmt: skip
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)), metadata=_MARK)
    every = rows(answer)
    with pq.ParquetWriter(stream, schema) as writer:
        while some := list(itertools.islice(every, _AT_ONCE)):
            columns = [pa.array(values, kind) for values, kind in zip(zip(*some, strict=True), kinds, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _is_ours(stream: BinaryIO) -> bool:
    """By what narrows writes into the file's metadata: its columns may be anybody's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return (pq.read_metadata(stream).metadata or {}).items() >= _MARK.items()
    except (pa.ArrowException, ValueError):
        return False
