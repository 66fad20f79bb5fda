"""Outcomes as Parquet: one row for each attempt of a caller, counted by minute in batches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.case.model import CallerOutcome
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.tally import Tally
from narrows.errors import InputError, one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLUMNS = ("time", "function", "environment", "destination", "outcome", "seconds")
_WORDS = ("function", "destination", "outcome")
_BATCH = 1 << 17
_LARGEST_CHUNK = 2**31
"""Bytes of one column in one row group, unpacked."""
_WORD_BITS = 16
"""A column of names holds fewer distinct ones than this many bits count."""
_OUTCOME_BITS = 4
_OUTCOMES = list(CallerOutcome)
_MINUTES = 2**26
"""The year 2097."""


def read_outcomes(folder: CaseFolder, file: Path, tally: Tally, environments: dict[str, int]) -> None:
    """Count the rows of a file into ``tally``, and each function's distinct environments.

    Only the column ``outcome`` must be there. Raises ``InputError`` when it is not, or when the file is no Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.read_metadata(file)
        schema = about.schema.to_arrow_schema()
        text = [name for name in _WORDS if name in schema.names and _is_text(schema.field(name).type)]
        with pq.ParquetFile(file, metadata=about, read_dictionary=text) as table:
            _Reader(folder, file, table).read(tally, environments)
    except (pa.ArrowException, OSError, ValueError, OverflowError, TypeError, LookupError, RuntimeError) as error:
        raise InputError(f"is no Parquet file that can be read: {one_line(str(error), 160)}", file=file) from None


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


class _Reader:
    def __init__(self, folder: CaseFolder, file: Path, table: Any) -> None:
        self._folder = folder
        self._file = file
        self._table = table
        self._words: dict[str, dict[str | None, int]] = {name: {None: 0} for name in (*_WORDS, "environment")}
        names = table.schema_arrow.names
        if "outcome" not in names:
            raise InputError("has no column 'outcome'", file=file, advice=f"the columns are {', '.join(COLUMNS)}")
        self._present = [name for name in COLUMNS if names.count(name) == 1]
        missing = [name for name in COLUMNS if name not in self._present]
        if missing:
            folder.note(file, f"has no column {', '.join(missing)}")

    def read(self, tally: Tally, environments: dict[str, int]) -> None:
        import numpy as np

        self._check_sizes()
        counts: dict[int, int] = {}
        seen: set[int] = set()
        columns = [name for name in self._present if name != "seconds"]
        for batch in self._table.iter_batches(batch_size=_BATCH, columns=columns):
            function, destination, outcome = (self._codes(batch, name) for name in _WORDS)
            key = self._minutes(batch)
            for code, bits in ((function, _WORD_BITS), (destination, _WORD_BITS), (outcome, _OUTCOME_BITS)):
                key = (key << bits) | code
            for packed, count in zip(*(one.tolist() for one in np.unique(key, return_counts=True)), strict=True):
                counts[packed] = counts.get(packed, 0) + count
            if "environment" in self._present:
                of_function = (function << 40) | (self._environments(batch) & (2**40 - 1))
                # With the counts, since without them numpy looks for masked values, and imports all of numpy.ma for it.
                seen.update(np.unique(of_function, return_counts=True)[0].tolist())
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
        for group in range(about.num_row_groups):
            row_group = about.row_group(group)
            for column in range(row_group.num_columns):
                size = row_group.column(column).total_uncompressed_size
                if not 0 <= size <= _LARGEST_CHUNK:
                    raise InputError(
                        f"holds a column of {size:,} bytes", file=self._file, place=f"row group {group}",
                        advice="write smaller row groups",
                    )  # fmt: skip

    def _codes(self, batch: Any, name: str) -> NDArray[np.int64]:
        """A number for each row's word; 0 for none."""
        import numpy as np
        import pyarrow as pa

        if name not in self._present:
            return np.zeros(len(batch), np.int64)
        column = batch.column(name)
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        known = self._words[name]
        most = 2 ** (_OUTCOME_BITS if name == "outcome" else 40 if name == "environment" else _WORD_BITS)
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
            values = column.to_numpy(zero_copy_only=False)
            if values.dtype.kind == "f":
                values = np.nan_to_num(values, nan=-1.0)
            return np.asarray(values).astype(np.int64)
        return self._codes(batch, "environment")

    def _minutes(self, batch: Any) -> NDArray[np.int64]:
        """Minutes since 1970 of each row; 0 where there is no time."""
        import numpy as np
        import pyarrow as pa

        if "time" not in self._present:
            return np.zeros(len(batch), np.int64)
        column = batch.column("time")
        if not pa.types.is_timestamp(column.type):
            raise InputError(
                f"column 'time' is {column.type}, not a timestamp", file=self._file,
                advice="write timestamps in UTC",
            )  # fmt: skip
        moments = np.asarray(column.to_numpy(zero_copy_only=False))
        minutes = moments.astype("datetime64[m]").astype(np.int64)
        usable = ~np.isnat(moments) & (minutes > 0) & (minutes < _MINUTES)
        return np.where(usable, minutes, 0)
