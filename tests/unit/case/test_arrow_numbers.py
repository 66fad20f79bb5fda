"""Arrow's numbers without Arrow's help."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.case.reading.arrow_numbers import numbers_of

_TYPES = [
    pa.int8(),
    pa.uint16(),
    pa.int32(),
    pa.int64(),
    pa.float32(),
    pa.float64(),
    pa.timestamp("ms"),
    pa.timestamp("us", "UTC"),
]


@pytest.mark.parametrize("kind", _TYPES, ids=str)
@given(values=st.lists(st.none() | st.integers(0, 100), max_size=40), begin=st.integers(0, 40))
def test_they_are_the_same_with_holes_and_in_slices(kind: pa.DataType, values: list[int | None], begin: int) -> None:
    column = pa.array(values, kind).slice(begin)
    found, present = numbers_of(column)
    assert present.tolist() == [value is not None for value in values[begin:]]
    known = found[present]
    assert known.astype(np.int64).tolist() == [value for value in values[begin:] if value is not None]
    if pa.types.is_timestamp(kind):
        assert known.dtype == np.dtype(f"datetime64[{kind.unit}]")


def test_a_case_is_read_without_pandas() -> None:
    code = (
        "import sys, pyarrow as pa, narrows.case.reading.outcome_tables as t;"
        "from narrows.case.reading.arrow_numbers import numbers_of;"
        "numbers_of(pa.nulls(3, pa.int32())); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
