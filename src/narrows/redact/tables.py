"""Parquet tables: flow logs, and outcomes of callers; row group by row group, with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.case.flow_log_fields import field_of
from narrows.case.reading.folder import CaseFolder
from narrows.errors import one_line
from narrows.redact.columns import change_of
from narrows.redact.redactor import Redactor

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 1 << 17
_OUTCOMES = {"outcome": "value", "function": "function", "destination": "name", "environment": "name"}
"""What the columns of outcomes hold, by the method that replaces it."""


class Tables:
    """Replaces in tables."""

    def __init__(self, redactor: Redactor, folder: CaseFolder) -> None:
        self._redactor, self._folder = redactor, folder
        self.left_out: list[str] = []
        """Columns of kinds that hold no plain text and no numbers."""

    def flow_logs(self, file: Path, out: Path | None) -> str | None:
        """As ``outcomes``, of a table of flow-log records."""
        return self._redact(file, out, lambda name: change_of(self._redactor, field_of(name)))

    def outcomes(self, file: Path, out: Path | None) -> str | None:
        """Write the image of a table of outcomes; why that is not possible, or None. Without ``out``: look through."""

        def change(name: str) -> Callable[[str], str]:
            own: Callable[[str], str] = getattr(self._redactor, _OUTCOMES.get(name, "name"))
            return own

        return self._redact(file, out, change)

    def _redact(self, file: Path, out: Path | None, change_of: Callable[[str], Callable[[str], str]]) -> str | None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with self._folder.open(file) as stream, ExitStack() as opened:
                source = pq.ParquetFile(stream)
                schema = source.schema_arrow
                kept = [field for field in schema if _is_text(field.type) or _is_plain(field.type)]
                self.left_out += [one_line(one.name, 60) for one in schema if one not in kept]
                names = [self._name(field.name) for field in kept]
                changes = {field.name: change_of(field.name) for field in kept if _is_text(field.type)}
                # What else the schema says (pandas writes its columns there) is not carried over.
                image = pa.schema(
                    [pa.field(name, field.type, field.nullable) for name, field in zip(names, kept, strict=True)]
                )
                writer = None if out is None else opened.enter_context(pq.ParquetWriter(out, image, compression="zstd"))
                for batch in source.iter_batches(_ROWS, columns=[field.name for field in kept]):
                    arrays = list(_changed(batch, changes))
                    if writer is not None:
                        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=image))
        except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError, LookupError, RuntimeError) as error:
            return f"is no Parquet that can be read: {one_line(str(error), 120)}"
        return None

    def _name(self, name: str) -> str:
        if field_of(name) is not None or name in (*_OUTCOMES, "time", "seconds"):
            return name
        return self._redactor.member(name)


def _changed(batch: pa.RecordBatch, changes: dict[str, Callable[[str], str]]) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name not in changes:
            yield column
            continue
        change, kind = changes[name], column.type
        encoded = column if pa.types.is_dictionary(kind) else pc.dictionary_encode(column)
        words = [_plain(one) for one in encoded.dictionary.to_pylist()]
        images = pa.array([None if one is None else change(one) for one in words], pa.string())
        # Taken word by word, so that no word stays which no row has.
        yield images.take(encoded.indices).cast(kind)


def _plain(word: Any) -> str | None:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else word


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return any(one(kind) for one in (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary))


def _is_plain(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    return any(
        one(kind)
        for one in (types.is_integer, types.is_floating, types.is_boolean, types.is_temporal, types.is_decimal)
    )
