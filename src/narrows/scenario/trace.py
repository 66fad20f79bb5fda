"""Trace files: environments, and invocations per second, as they were measured."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from narrows.bounds import TRACE_BYTES, TRACE_ROWS
from narrows.demand import Curve
from narrows.errors import InputError, shown
from narrows.opening import read_at_most

ENVIRONMENTS, INVOCATIONS = "environments", "invocations_per_second"
"""The columns beside ``seconds``."""

_SECONDS = "seconds"
_LARGEST = 1e9


@dataclass(frozen=True)
class Trace:
    """The curves in a trace file, by column."""

    file: Path
    curves: Mapping[str, Curve]

    def curve(self, column: str) -> Curve:
        """One of them.

        Raises:
            InputError: the file has no such column.
        """
        if column not in self.curves:
            raise _no_column(self.file, column)
        return self.curves[column]


def read_trace(file: Path, stream: BinaryIO) -> Trace:
    """Read a CSV file with a header: ``seconds``, and ``environments`` or ``invocations_per_second`` or both.

    Args:
        file: how errors name it.
        stream: its content.

    Raises:
        InputError: names the file, the line and the column.
    """
    content = read_at_most(stream, TRACE_BYTES, file, "keep one row a second")
    try:
        # Universal newlines: a file from a Mac or from Windows has the same lines.
        return _read(file, csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=None)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is not CSV text: {error}", file=file) from None


def _read(file: Path, rows: csv.DictReader[str]) -> Trace:
    columns = [name.strip() for name in rows.fieldnames or []]
    wanted = [name for name in (ENVIRONMENTS, INVOCATIONS) if name in columns]
    for needed in (_SECONDS, *(wanted or [ENVIRONMENTS])):
        if columns.count(needed) > 1:
            raise InputError(f"has two columns '{needed}'", file=file, place="line 1")
        if needed not in columns:
            raise _no_column(file, needed)
    rows.fieldnames = columns
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in wanted}
    before = 0.0
    for row in rows:
        line = rows.line_num
        if line > TRACE_ROWS:
            raise InputError(f"has more than {TRACE_ROWS:,} lines", file=file, advice="keep one row a second")
        moment = _cell(file, line, row, _SECONDS)
        if moment < before:
            raise InputError("goes back in time", file=file, place=f"line {line}, {_SECONDS}")
        before = moment
        for name in wanted:
            points[name].append((moment, _cell(file, line, row, name)))
    if not points[wanted[0]]:
        raise InputError("has no rows", file=file, advice="write one for each second")
    return Trace(file, {name: Curve(tuple(found)) for name, found in points.items()})


def _no_column(file: Path, column: str) -> InputError:
    return InputError(
        f"has no column '{column}'",
        file=file,
        place="line 1",
        advice=f"begin the file with {_SECONDS},{ENVIRONMENTS},{INVOCATIONS}",
    )


def _cell(file: Path, line: int, row: Mapping[str, Any], column: str) -> float:
    text, place = row.get(column), f"line {line}, {column}"
    if text is None or not text.strip():
        raise InputError("there is no number", file=file, place=place)
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{shown(text)} is not a number", file=file, place=place) from None
    if not 0 <= value <= _LARGEST:
        raise InputError(f"{shown(text)} is out of range: 0 to {_LARGEST:,.0f}", file=file, place=place)
    return value
