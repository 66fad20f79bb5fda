"""Outcomes as Parquet: one row for each attempt of a caller, counted by minute in batches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from narrows.bounds import (
    ENVIRONMENTS,
    OUTCOME_COUNTS,
    OUTCOME_GROUP_BYTES,
    OUTCOME_NAME_BYTES,
    OUTCOME_NAMES,
    OUTCOME_ROWS,
    PARQUET_FOOTER_BYTES,
)
from narrows.case.model import CallerOutcome
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.tally import Tally, too_many_counts
from narrows.errors import InputError, one_line
from narrows.opening import size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLUMNS = ("time", "function", "environment", "destination", "outcome", "seconds")
_WORDS = ("function", "destination", "outcome")
_NAMES = (*_WORDS, "environment")
_BATCH = 1 << 17
_WORD_BITS = 16
"""A column of names holds fewer distinct ones than this many bits count."""
_OUTCOME_BITS = 4
_ENVIRONMENT_BITS = 40
_OUTCOMES = list(CallerOutcome)
_END = 8
"""Bytes behind the footer of a Parquet file: how long it is, and ``PAR1``."""


def read_outcomes(folder: CaseFolder, file: Path, tally: Tally, environments: dict[str, int]) -> None:
    """Count the rows of a file into ``tally``, and each function's distinct environments.

    Only the column ``outcome`` must be there. Raises ``InputError`` when it is not, or when the file is no Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with folder.open(file) as stream:
        try:
            _check_footer(stream, file)
            about = pq.read_metadata(stream)
            schema = about.schema.to_arrow_schema()
            text = [name for name in _NAMES if schema.names.count(name) == 1 and _is_text(schema.field(name).type)]
            with pq.ParquetFile(stream, metadata=about, read_dictionary=text) as table:
                _Reader(folder, file, table).read(tally, environments)
        except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError, LookupError, RuntimeError) as error:
            problem = f"is not a Parquet file that can be read: {one_line(str(error), 160)}"
            raise InputError(problem, file=file) from None


def _check_footer(stream: BinaryIO, file: Path) -> None:
    """See how long the description of the row groups is, before it is made of it what takes far more memory."""
    if stream.seek(0, os.SEEK_END) >= _END:
        stream.seek(-_END, os.SEEK_END)
        footer, mark = int.from_bytes(stream.read(4), "little"), stream.read(4)
        if mark == b"PAR1" and footer > PARQUET_FOOTER_BYTES:
            problem = f"describes its row groups in more than {size(PARQUET_FOOTER_BYTES)}"
            raise InputError(problem, file=file, advice="write fewer, larger row groups")
    stream.seek(0)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        is_kind(kind) for is_kind in (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    )


class _Reader:
    def __init__(self, folder: CaseFolder, file: Path, table: Any) -> None:
        self._folder = folder
        self._file = file
        self._table = table
        self._words: dict[str, dict[str | None, int]] = {name: {None: 0} for name in _NAMES}
        names = table.schema_arrow.names
        if "outcome" not in names:
            raise InputError("has no column 'outcome'", file=file, advice=f"the columns are {', '.join(COLUMNS)}")
        self._present = [name for name in COLUMNS if names.count(name) == 1]
        missing = [name for name in COLUMNS if name not in self._present]
        if missing:
            folder.note(file, f"has no column {', '.join(missing)}")
        self._check_types()

    def _check_types(self) -> None:
        """Of other types a few bytes in a file can stand for any number in memory."""
        import pyarrow as pa

        for name in self._present:
            kind = self._table.schema_arrow.field(name).type
            if name == "time":
                if not pa.types.is_timestamp(kind):
                    self._refuse_type(name, kind, "a timestamp", "write timestamps in UTC")
            elif name in _WORDS:
                if not _is_text(kind):
                    self._refuse_type(name, kind, "text", "write strings")
            elif name == "environment" and not _is_text(kind) and not pa.types.is_integer(kind):
                self._refuse_type(name, kind, "a number or text", "write whole numbers or strings")

    def _refuse_type(self, name: str, kind: Any, wanted: str, advice: str) -> None:
        problem = f"column '{name}' is {one_line(str(kind), 80)}, not {wanted}"
        raise InputError(problem, file=self._file, advice=advice)

    def read(self, tally: Tally, environments: dict[str, int]) -> None:
        import numpy as np

        columns = [name for name in self._present if name != "seconds"]
        self._check_sizes()
        counts: dict[int, int] = {}
        seen: set[int] = set()
        rows = 0
        for batch in self._table.iter_batches(batch_size=_BATCH, columns=columns):
            rows += len(batch)
            if rows > OUTCOME_ROWS:
                raise self._too_many(f"more than {OUTCOME_ROWS:,} rows")
            function, destination, outcome = (self._codes(batch, name) for name in _WORDS)
            if "environment" in self._present:
                of_function = (function << _ENVIRONMENT_BITS) | self._environments(batch)
                # With the counts, since without them numpy looks for masked values, and imports all of numpy.ma for it.
                seen.update(np.unique(of_function, return_counts=True)[0].tolist())
                if len(seen) > ENVIRONMENTS:
                    raise self._too_many(f"more than {ENVIRONMENTS:,} different environments")
            key, inside = self._minutes(batch, tally)
            for code, bits in ((function, _WORD_BITS), (destination, _WORD_BITS), (outcome, _OUTCOME_BITS)):
                key = (key << bits) | code
            tally.left_out += int(len(inside) - inside.sum())
            for packed, count in zip(
                *(one.tolist() for one in np.unique(key[inside], return_counts=True)), strict=True
            ):
                counts[packed] = counts.get(packed, 0) + count
            if len(counts) > OUTCOME_COUNTS:
                raise too_many_counts(self._folder)
        self._tell(tally, counts)
        functions = {code: word for word, code in self._words["function"].items()}
        for packed in seen:
            name = functions[packed >> 40]
            if name is not None:
                environments[name] = environments.get(name, 0) + 1

    def _tell(self, tally: Tally, counts: dict[int, int]) -> None:
        functions, destinations, outcomes = (
            {code: word for word, code in self._words[name].items()} for name in _WORDS
        )
        known = {one.value: one for one in _OUTCOMES}
        unknown: dict[str, int] = {}
        source = self._folder.source(self._file)
        for packed, count in sorted(counts.items()):
            word = outcomes[packed & (2**_OUTCOME_BITS - 1)]
            outcome = known.get((word or "").lower())
            rest = packed >> _OUTCOME_BITS
            destination = destinations[rest & (2**_WORD_BITS - 1)]
            rest >>= _WORD_BITS
            function, minute = functions[rest & (2**_WORD_BITS - 1)], rest >> _WORD_BITS
            if outcome is None:
                unknown[word or "nothing"] = unknown.get(word or "nothing", 0) + count
                continue
            tally.add(minute * 60 if minute else None, function, destination, outcome, source, count)
        for word, count in unknown.items():
            known_words = ", ".join(known)
            self._folder.note(source, f"{count:,} rows with the outcome '{word}' passed over: known are {known_words}")

    def _check_sizes(self) -> None:
        about = self._table.metadata
        if about.num_rows > OUTCOME_ROWS:
            raise self._too_many(f"more than {OUTCOME_ROWS:,} rows")
        for number in range(about.num_row_groups):
            # Of the group and not of its columns: what describes a column, where it is broken, ends the process.
            if not 0 <= about.row_group(number).total_byte_size <= OUTCOME_GROUP_BYTES:
                raise InputError(
                    f"is not of 0 to {size(OUTCOME_GROUP_BYTES)}, unpacked", file=self._file,
                    place=f"row group {number}", advice="write smaller row groups",
                )  # fmt: skip

    def _too_many(self, what: str) -> InputError:
        return InputError(f"holds {what}", file=self._file, advice="write a file for each hour, or fewer hours")

    def _codes(self, batch: Any, name: str) -> NDArray[np.int64]:
        """A number for each row's word; 0 for none."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if name not in self._present:
            return np.zeros(len(batch), np.int64)
        column = batch.column(name)
        words = column.dictionary if isinstance(column, pa.DictionaryArray) else column
        longest = pc.max(pc.binary_length(words)).as_py() or 0
        if longest > OUTCOME_NAME_BYTES:
            problem = f"column '{name}' holds a name of {longest:,} bytes, more than {OUTCOME_NAME_BYTES}"
            raise InputError(problem, file=self._file)
        if words is column or len(words) > len(column):
            # Of a dictionary for a whole row group only what these rows have of it.
            column = column.cast(pa.large_binary()).dictionary_encode()
        known = self._words[name]
        most = {"outcome": 2**_OUTCOME_BITS, "environment": ENVIRONMENTS}.get(name, OUTCOME_NAMES + 1)
        codes = [0]
        for word in column.dictionary.to_pylist():
            text = word.decode(errors="replace") if isinstance(word, bytes) else None if word is None else str(word)
            code = known.setdefault(text, len(known))
            if code >= most:
                raise InputError(f"column '{name}' holds more than {most - 1:,} different names", file=self._file)
            codes.append(code)
        indices = column.indices.to_numpy(zero_copy_only=False)
        if indices.dtype.kind == "f":
            indices = np.nan_to_num(indices, nan=-1.0)
        found: NDArray[np.int64] = np.array(codes, np.int64)[indices.astype(np.int64) + 1]
        return found

    def _environments(self, batch: Any) -> NDArray[np.int64]:
        """A number for each row's environment."""
        import numpy as np
        import pyarrow as pa

        column = batch.column("environment")
        if pa.types.is_integer(column.type):
            values = column.fill_null(pa.scalar(0, column.type)).to_numpy(zero_copy_only=False)
            numbers: NDArray[np.int64] = values.astype(np.int64) & (2**_ENVIRONMENT_BITS - 1)
            return numbers
        return self._codes(batch, "environment")

    def _minutes(self, batch: Any, tally: Tally) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Minutes since 1970 of each row, 0 where there is no time, and whether the row counts."""
        import numpy as np

        if "time" not in self._present:
            return np.zeros(len(batch), np.int64), np.ones(len(batch), np.bool_)
        moments = np.asarray(batch.column("time").to_numpy(zero_copy_only=False))
        minutes = moments.astype("datetime64[m]").astype(np.int64)
        first, end = (moment // 60 for moment in tally.minutes)
        untimed = np.isnat(moments)
        return np.where(untimed, 0, minutes), untimed | ((minutes >= first) & (minutes < end))
