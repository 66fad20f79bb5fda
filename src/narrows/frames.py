"""Answers as tables for other tools: Arrow, and pandas where it is installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from narrows.errors import MachineError, did_you_mean, shown

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    """Microseconds since 1970 or a ``datetime``; a timestamp in UTC."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    unit: str = ""
    """Of its numbers; stands in the metadata of the field."""


def text(name: str) -> Column:
    """A column of texts."""
    return Column(name, Kind.TEXT)


def whole(name: str, unit: str = "") -> Column:
    """A column of whole numbers."""
    return Column(name, Kind.WHOLE, unit)


def number(name: str, unit: str = "") -> Column:
    """A column of numbers."""
    return Column(name, Kind.NUMBER, unit)


def flag(name: str) -> Column:
    """A column of yes and no."""
    return Column(name, Kind.FLAG)


def moment(name: str) -> Column:
    """A column of moments."""
    return Column(name, Kind.MOMENT)


def arrow_of_rows(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> pa.Table:
    """A table from rows; None is null."""
    listed = list(rows)
    return arrow_of_columns(columns, [[row[place] for row in listed] for place in range(len(columns))])


def arrow_of_columns(columns: Sequence[Column], values: Sequence[object]) -> pa.Table:
    """A table from the values of each column: lists, or arrays of numpy or Arrow."""
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(),
        Kind.WHOLE: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.FLAG: pa.bool_(),
        Kind.MOMENT: pa.timestamp("us", "UTC"),
    }
    schema = pa.schema(
        [pa.field(one.name, types[one.kind], metadata={"unit": one.unit} if one.unit else None) for one in columns]
    )
    arrays = [
        its.cast(field.type) if isinstance(its, pa.Array) else pa.array(its, field.type)
        for its, field in zip(values, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def pandas_of(table: pa.Table) -> pd.DataFrame:
    """The same as a data frame.

    Raises:
        MachineError: pandas is not installed.
    """
    try:
        import pandas  # noqa: F401
    except ImportError:
        raise MachineError("to_pandas() needs pandas", advice="pip install pandas") from None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def check_rows(what: str, known: Sequence[str]) -> None:
    """Raise ``ValueError`` where an answer has no rows of that name."""
    if what not in known:
        raise ValueError(f"there are no rows called {shown(what)}; {did_you_mean(str(what), known)}")
