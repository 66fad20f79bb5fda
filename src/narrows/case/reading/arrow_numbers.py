"""Numbers of an Arrow column as numpy has them. Arrow's own ``to_numpy`` imports pandas where that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def numbers_of(column: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The numbers of a column of numbers or timestamps, and where there is one; what stands elsewhere means nothing.

    Timestamps are as numpy has them, in the column's own unit.
    """
    import numpy as np
    import pyarrow as pa

    kind, length = column.type, len(column)
    if pa.types.is_timestamp(kind):
        name = f"datetime64[{kind.unit}]"
    else:
        letter = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
        name = f"{letter}{kind.bit_width // 8}"
    present, data = column.buffers()
    stop = column.offset + length
    values = np.frombuffer(data, name, stop)[column.offset :] if data is not None and length else np.zeros(length, name)
    if present is None or not column.null_count:
        return values, np.ones(length, np.bool_)
    bits = np.unpackbits(np.frombuffer(present, np.uint8), count=stop, bitorder="little")
    return values, bits[column.offset :].astype(np.bool_)
