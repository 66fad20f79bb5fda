"""The columns of Parquet files: which types can hold a field of a flow log, and how each becomes what the SQL works on.

AWS writes numbers and strings. Whoever writes the files anew may leave strings without their UTF-8 mark, and numbers as
decimals or, where some are missing, as floating point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from narrows.bounds import PARQUET_COLUMNS, PARQUET_FOOTER_BYTES, PARQUET_ROWS, PARQUET_ROWS_PER_BYTE
from narrows.case.flow_log_fields import INT_32, INT_64, field_of
from narrows.errors import InputError, one_line, shown
from narrows.flowlogs.pages import check_pages
from narrows.flowlogs.records import USED
from narrows.flowlogs.unpacking import UnreadableError, why
from narrows.opening import open_regular, size

if TYPE_CHECKING:
    from typing import BinaryIO

NUMBERS = INT_32 | INT_64
_PLAIN = {"INT32": "number", "INT64": "number", "FLOAT": "real", "DOUBLE": "real"}
_PLAIN |= dict.fromkeys(("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"), "bytes")
"""The kind by the type in the file, where nothing more is said of it."""
_LOGICAL = {"STRING": "text", "ENUM": "text", "DECIMAL": "real", "INT": "number"}
_LOGICAL |= dict.fromkeys(("NULL", "UNKNOWN"), "nothing")
_FAR = 10**15
"""Stands for every number beyond: no field has one."""


def parquet_columns(name: str) -> tuple[str, ...] | None:
    """``name:kind:type`` of each column of a Parquet file; None where they are not those of flow logs.

    The type is part of it, as DuckDB reads files together by the types of the first.

    Raises:
        UnreadableError: it is broken, made to fill the machine, or has a field as what none can be.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with open_regular(name) as file:
            length = _check_footer(file)
            about = pq.ParquetFile(file).metadata
            _check_rows(about.num_rows, length)
            schema = [about.schema.column(place) for place in range(len(about.schema))]
            tops = [one.path if one.path == one.name else str(one.path).partition(".")[0] for one in schema]
            known = {field_of(top) for top in tops} - {None}
            if not ({"srcaddr", "dstaddr"} & known or len(known) >= 3):
                return None
            _check_names([top for top, one in zip(tops, schema, strict=True) if one.path == one.name])
            columns = tuple(f"{top}:{_kind(top, one)}:{_width(one)}" for top, one in zip(tops, schema, strict=True))
            read = [one.path for top, one in zip(tops, schema, strict=True) if field_of(top) in USED]
            check_pages(file, frozenset(read))
    except (pa.ArrowException, OSError, ValueError, InputError) as error:
        raise UnreadableError(f"broken Parquet: {one_line(why(error), 100)}") from None
    return columns


def sql_columns(columns: Sequence[str]) -> tuple[dict[str, str], frozenset[str]]:
    """From ``name:kind:type`` of each column: the SQL expression of each field, and which of them are whole numbers."""
    found: dict[str, str] = {}
    typed = set()
    for one in columns:
        name, kind, _ = one.rsplit(":", 2)
        field = field_of(name)
        if field not in USED or kind == "nothing":
            continue
        column = '"' + name.replace('"', '""') + '"'
        if field in NUMBERS and kind not in ("text", "bytes"):
            typed.add(field)
            found[field] = _number(column, kind, field)
        else:
            found[field] = column if kind == "text" else f"CAST({column} AS VARCHAR)"
    return found, frozenset(typed)


def check_once(fields: Sequence[str]) -> None:
    """Raise ``UnreadableError`` where two columns are the same field."""
    field, count = next(iter(Counter(fields).most_common(1)), ("", 0))
    if count > 1:
        raise UnreadableError(f"has {count:,} columns of {field}")


def _number(column: str, kind: str, field: str) -> str:
    if kind == "number":
        return column
    if kind == "unsigned":
        return f"CASE WHEN {column} <= {_FAR} THEN CAST({column} AS BIGINT) WHEN {column} > {_FAR} THEN {_FAR} END"
    # A part of a second changes nothing; a part of a port is not a port.
    no_port = f"WHEN {column} <> FLOOR({column}) THEN -1 " if field in INT_32 else ""
    whole = f"WHEN {column} BETWEEN -{_FAR} AND {_FAR} THEN CAST(FLOOR({column}) AS BIGINT)"
    return f"CASE {no_port}{whole} WHEN {column} IS NOT NULL THEN {_FAR} END"


def _kind(name: str, column: Any) -> str:
    """What a column holds; ``column`` is as pyarrow describes it in a file's own schema."""
    logical = str(column.logical_type.type)
    kind = _PLAIN.get(column.physical_type) if logical == "NONE" else _LOGICAL.get(logical)
    if column.path != column.name or column.max_repetition_level:
        kind, logical = None, "LIST or STRUCT"
    if str(column.converted_type) == "UINT_64":
        kind = "unsigned"
    field = field_of(name)
    if column.physical_type == "FLOAT" and field in ("start", "end"):
        kind = None  # It tells times apart that are two minutes from each other.
    if kind is None and field in USED:
        told = column.physical_type if logical == "NONE" else logical
        raise UnreadableError(f"the column {shown(name)} is {told}: no flow log has it so")
    return kind or "other"


def _width(column: Any) -> str:
    return f"{column.physical_type} {column.logical_type}".replace(":", " ")


def _check_footer(file: BinaryIO) -> int:
    """The length of a file whose footer is no larger than is read."""
    length = file.seek(0, 2)
    file.seek(max(0, length - 8))
    footer = int.from_bytes(file.read(4), "little")
    file.seek(0)
    if footer > PARQUET_FOOTER_BYTES:
        raise ValueError(f"has a footer of more than {size(PARQUET_FOOTER_BYTES)}")
    return length


def _check_rows(rows: int, length: int) -> None:
    if rows > PARQUET_ROWS and rows > length * PARQUET_ROWS_PER_BYTE:
        raise UnreadableError(f"has {rows:,} rows in {length:,} bytes: that is not a flow log")


def _check_names(names: Sequence[str]) -> None:
    if len(names) > PARQUET_COLUMNS:
        raise UnreadableError(f"has {len(names):,} columns: more than {PARQUET_COLUMNS:,} are not read")
    name, count = next(iter(Counter(one.casefold() for one in names).most_common(1)), ("", 0))
    if count > 1:
        raise UnreadableError(f"has {count:,} columns {shown(name)}")
    check_once([field for name in names if (field := field_of(name)) in USED])
