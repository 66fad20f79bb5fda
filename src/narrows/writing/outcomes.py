"""What the callers saw, as Parquet: one row for each attempt of a function, in row groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.case.model import CallerOutcome
from narrows.recording import Outcome, Recording

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 1 << 18
"""Of a row group."""


def write_outcomes(recording: Recording, file: Path) -> None:
    """Write the ended attempts of the functions; other clients' sockets are not the callers in question."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    outcomes = recording.outcomes
    words = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            ("time", pa.timestamp("us", tz="UTC")),
            ("function", words),
            ("environment", pa.int32()),
            ("destination", words),
            ("outcome", words),
            ("seconds", pa.float32()),
        ]
    )
    is_function = np.array([name in recording.functions for name in outcomes.clients], np.bool_)
    start = round(recording.start.timestamp() * 1_000_000)
    clients = pa.array(outcomes.clients, pa.string())
    destinations = pa.array(outcomes.destinations, pa.string())
    seen = pa.array([CallerOutcome[one.name].value for one in Outcome], pa.string())
    with pq.ParquetWriter(
        file, schema, compression="zstd", use_dictionary=["function", "destination", "outcome"]
    ) as writer:
        for first in range(0, len(outcomes.ended), _ROWS):
            rows = first + np.flatnonzero(is_function[outcomes.client[first : first + _ROWS]])
            columns = [
                pa.array(outcomes.ended[rows] + start, pa.int64()).view(schema.field("time").type),
                _named(outcomes.client[rows], clients),
                pa.array(outcomes.environment[rows], pa.int32()),
                _named(outcomes.destination[rows], destinations),
                _named(outcomes.outcome[rows], seen),
                pa.array(outcomes.seconds[rows], pa.float32()),
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema), row_group_size=_ROWS)


def _named(codes: NDArray[Any], names: Any) -> Any:
    """Names by their codes."""
    import numpy as np
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)
