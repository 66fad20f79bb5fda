"""Outcomes as Parquet: one row for each attempt of a caller, counted by minute in batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
from narrows.case.model import CallerOutcome, EachEnvironment
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
_AT_ONCE = 1 << 20
"""Sums of environments that are kept apart before they are put together."""
_WORD_BITS = 16
"""A column of names holds fewer distinct ones than this many bits count."""
OUTCOME_BITS = 4
ENVIRONMENT_BITS = 40
_OUTCOMES = list(CallerOutcome)
_END = 8
"""Bytes behind the footer of a Parquet file: how long it is, and ``PAR1``."""


Pair = tuple[str | None, str | None]
"""A function and a destination."""


def read_outcomes(
    folder: CaseFolder, file: Path, tally: Tally, environments: dict[str, int], each: dict[Pair, EachEnvironment]
) -> None:
    """Count the rows of a file into ``tally``, each function's distinct environments, and what each of them opened.

    Only the column ``outcome`` must be there. Raises ``InputError`` when it is not, or when the file is no Parquet.
    """
    with open_table(folder, file) as table:
        table.read(tally, environments, each)


@contextmanager
def open_table(folder: CaseFolder, file: Path) -> Iterator[OutcomeTable]:
    """The table of a file. Raises ``InputError`` when there is none, or when it turns out to be broken later on."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with folder.open(file) as stream:
        try:
            _check_footer(stream, file)
            about = pq.read_metadata(stream)
            schema = about.schema.to_arrow_schema()
            text = [name for name in _NAMES if schema.names.count(name) == 1 and _is_text(schema.field(name).type)]
            with pq.ParquetFile(stream, metadata=about, read_dictionary=text) as table:
                yield OutcomeTable(folder, file, table)
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


class _Opened:
    """Attempts of each execution environment to each destination, added up batch by batch."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], int] = {}
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        """(Packed pair and environment, rising; established; failed)."""
        self._waiting = 0

    def add(
        self,
        function: NDArray[np.int64],
        destination: NDArray[np.int64],
        environment: NDArray[np.int64],
        established: NDArray[np.int64],
    ) -> None:
        import numpy as np

        both, place = np.unique((function << _WORD_BITS) | destination, return_inverse=True)
        numbers = [
            self._pairs.setdefault((int(one) >> _WORD_BITS, int(one) & (2**_WORD_BITS - 1)), len(self._pairs))
            for one in both.tolist()
        ]
        if not numbers:
            return
        pair = np.array(numbers, np.int64)[place]
        self._add((pair << ENVIRONMENT_BITS) | environment, established == 1, established == 0)

    def _add(self, key: NDArray[np.int64], good: NDArray[Any], bad: NDArray[Any]) -> None:
        import numpy as np

        keys, place = np.unique(key, return_inverse=True)
        counted = (np.bincount(place, one, len(keys)).astype(np.int64) for one in (good, bad))
        self._parts.append((keys, *counted))  # type: ignore[arg-type]
        self._waiting += len(keys)
        if self._waiting > _AT_ONCE and len(self._parts) > 1:
            merged = self._merged()
            self._parts, self._waiting = [merged], len(merged[0]) // 2

    def _merged(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        import numpy as np

        keys, place = np.unique(np.concatenate([part[0] for part in self._parts]), return_inverse=True)
        good, bad = (
            np.bincount(place, np.concatenate([part[at] for part in self._parts]), len(keys)).astype(np.int64)
            for at in (1, 2)
        )
        return keys, good, bad

    def result(self) -> dict[tuple[int, int], EachEnvironment]:
        """By the codes of function and destination."""
        if not self._parts:
            return {}
        keys, good, bad = self._merged()
        pair, found = keys >> ENVIRONMENT_BITS, {}
        for codes, number in self._pairs.items():
            tried = (pair == number) & (good + bad > 0)
            if not tried.any():
                continue
            unfailing = good[tried & (bad == 0)]
            found[codes] = EachEnvironment(
                environments=int(tried.sum()),
                most_tried=int((good + bad)[tried].max()),
                unfailing=len(unfailing),
                least=int(unfailing.min(initial=2**62)) if len(unfailing) else 0,
                most=int(unfailing.max(initial=0)),
            )
        return found


class OutcomeTable:
    """A table of outcomes, read in batches."""

    def __init__(self, folder: CaseFolder, file: Path, table: Any) -> None:
        self._folder = folder
        self._file = file
        self._table = table
        self.words: dict[str, dict[str | None, int]] = {name: {None: 0} for name in _NAMES}
        """Of each column of names the numbers that stand for them."""
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

    def read(self, tally: Tally, environments: dict[str, int], each: dict[Pair, EachEnvironment]) -> None:
        import numpy as np

        columns = [name for name in self._present if name != "seconds"]
        self.check_sizes()
        counts: dict[int, int] = {}
        seen: set[int] = set()
        opened = _Opened()
        rows = 0
        for batch in self.batches(columns):
            rows += len(batch)
            if rows > OUTCOME_ROWS:
                raise self._too_many(f"more than {OUTCOME_ROWS:,} rows")
            function, destination, outcome = (self.codes(batch, name) for name in _WORDS)
            key, inside = self._minutes(batch, tally)
            if "environment" in self._present:
                numbers = self.environment_numbers(batch)
                of_function = (function << ENVIRONMENT_BITS) | numbers
                opened.add(*(column[inside] for column in (function, destination, numbers, self._established(outcome))))
                # With the counts, since without them numpy looks for masked values, and imports all of numpy.ma for it.
                seen.update(np.unique(of_function, return_counts=True)[0].tolist())
                if len(seen) > ENVIRONMENTS:
                    raise self._too_many(f"more than {ENVIRONMENTS:,} different environments")
            for code, bits in ((function, _WORD_BITS), (destination, _WORD_BITS), (outcome, OUTCOME_BITS)):
                key = (key << bits) | code
            tally.left_out += int(len(inside) - inside.sum())
            for packed, count in zip(
                *(one.tolist() for one in np.unique(key[inside], return_counts=True)), strict=True
            ):
                counts[packed] = counts.get(packed, 0) + count
            if len(counts) > OUTCOME_COUNTS:
                raise too_many_counts(self._folder)
        self._tell(tally, counts)
        functions = {code: word for word, code in self.words["function"].items()}
        for packed in seen:
            name = functions[packed >> 40]
            if name is not None:
                environments[name] = environments.get(name, 0) + 1
        destinations = {code: word for word, code in self.words["destination"].items()}
        for (function_code, destination_code), found in opened.result().items():
            each[functions[function_code], destinations[destination_code]] = found

    def batches(self, columns: list[str]) -> Iterator[Any]:
        """Its rows, some at a time."""
        yield from self._table.iter_batches(batch_size=_BATCH, columns=columns)

    def has(self, *columns: str) -> bool:
        """Whether these columns are there."""
        return all(name in self._present for name in columns)

    def _established(self, outcome: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of each row 1 where the attempt was established, 0 where it failed, and -1 where it is no attempt."""
        import numpy as np

        kinds = np.full(len(self.words["outcome"]), -1, np.int64)
        for word, code in self.words["outcome"].items():
            known = (word or "").lower()
            if known == CallerOutcome.ESTABLISHED:
                kinds[code] = 1
            elif known in set(CallerOutcome) and CallerOutcome(known).about.of == "connect":
                kinds[code] = 0
        return kinds[outcome]

    def _tell(self, tally: Tally, counts: dict[int, int]) -> None:
        functions, destinations, outcomes = ({code: word for word, code in self.words[name].items()} for name in _WORDS)
        known = {one.value: one for one in _OUTCOMES}
        unknown: dict[str, int] = {}
        source = self._folder.source(self._file)
        for packed, count in sorted(counts.items()):
            word = outcomes[packed & (2**OUTCOME_BITS - 1)]
            outcome = known.get((word or "").lower())
            rest = packed >> OUTCOME_BITS
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

    def check_sizes(self) -> None:
        """Raise ``InputError`` where there is more in it than can be meant."""
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

    def codes(self, batch: Any, name: str) -> NDArray[np.int64]:
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
        known = self.words[name]
        most = {"outcome": 2**OUTCOME_BITS, "environment": ENVIRONMENTS}.get(name, OUTCOME_NAMES + 1)
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

    def environment_numbers(self, batch: Any) -> NDArray[np.int64]:
        """A number for each row's environment."""
        import numpy as np
        import pyarrow as pa

        column = batch.column("environment")
        if pa.types.is_integer(column.type):
            values = column.fill_null(pa.scalar(0, column.type)).to_numpy(zero_copy_only=False)
            numbers: NDArray[np.int64] = values.astype(np.int64) & (2**ENVIRONMENT_BITS - 1)
            return numbers
        return self.codes(batch, "environment")

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
