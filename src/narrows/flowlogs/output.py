"""An answer minute by minute, as CSV or Parquet."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from narrows.errors import InputError
from narrows.flowlogs.answer import Answer, iso
from narrows.gate import cells

COLUMNS = (
    "minute", "interface", "kind", "destination", "port", "protocol", "address", "low", "high", "opened", "unanswered",
    "most_opened_in_a_second", "limit",
)  # fmt: skip


def clock(moment: int) -> str:
    """A moment as a table shows it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%m-%d %H:%M:%S")


def rows(answer: Answer) -> Iterator[tuple[Any, ...]]:
    """One row for each key and minute of the window, from the first in which something changes to the last."""
    for key in answer.keys:
        changes = {one.minute: one for one in key.minutes}
        limit = None if key.limit is None else key.limit[1]
        end = min(max(changes, default=-60) + 60, answer.window[1] + 1)
        for minute, low, high in key.band(min(changes, default=0), end):
            change = changes.get(minute)
            begun = (0, 0, 0) if change is None else (
                change.opened, change.unanswered, change.most_opened_in_a_second
            )  # fmt: skip
            yield (
                minute, key.interface, key.kind, key.destination, key.port, key.protocol, key.address, low, high,
                *begun, limit,
            )  # fmt: skip


def print_csv(answer: Answer) -> None:
    """Print them with a header line."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    for minute, *rest in rows(answer):
        out.writerow(cells([iso(minute), *rest]))


def write_parquet(answer: Answer, file: Path) -> None:
    """Write them to a file, which is there whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [
        pa.timestamp("s", "UTC"), pa.string(), pa.string(), pa.string(), pa.int32(), pa.string(), pa.string(),
        pa.int64(), pa.int64(), pa.int64(), pa.int64(), pa.int64(), pa.int64(),
    ]  # fmt: skip
    columns = list(zip(*rows(answer), strict=True)) or [()] * len(COLUMNS)
    table = pa.table({name: pa.array(values, kind) for name, kind, values in zip(COLUMNS, kinds, columns, strict=True)})
    fresh = file.with_name(f".{file.name}.new")
    try:
        pq.write_table(table, fresh)
        fresh.replace(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        why = os.strerror(error.errno).lower() if error.errno else "cannot be written"
        raise InputError(why, file=file) from None
