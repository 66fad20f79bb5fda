"""The pages of a Parquet file, looked at before DuckDB reads them: a few bytes of one can stand for gigabytes.

A dictionary's one value of megabytes, for a million rows, is in memory as often as there are rows in it. Neither the
footer nor DuckDB's own limit on memory keeps it from that. So each page's header is read, which says how large the page
is unpacked, and each dictionary that is larger than AWS's are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from narrows.bounds import LINE_BYTES, PARQUET_DICTIONARY_BYTES, PARQUET_PAGES, UNPACKED_BYTES, UNPACKED_RATIO
from narrows.flowlogs.unpacking import UnreadableError
from narrows.opening import size

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_HEADER = 64 * 1024
"""Bytes of a page's header that are looked at; it has the least and the largest value in it."""
_SMALL = 4 * LINE_BYTES
"""Bytes of a dictionary whose values need not be looked at: none can be much longer than a line of text."""
_DICTIONARY_PAGE = 2
_PREFIXES = 7
"""The encoding DELTA_BYTE_ARRAY: each value is written as what differs from the one before."""
_TYPE, _UNPACKED, _PACKED, _DATA, _DATA_2 = 1, 2, 3, 5, 8
"""The fields of a page's header, by their numbers in Parquet's definition."""
_ENCODING, _ENCODING_2 = 2, 4
_BOOLEANS, _BYTE, _INTEGERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
"""Types of Thrift's compact protocol."""


def check_pages(file: BinaryIO, about: pq.FileMetaData, columns: frozenset[str], length: int) -> None:
    """See that no page of some columns is made to fill the machine.

    Args:
        columns: the paths of those that are read.
        length: of the file, in bytes.

    Raises:
        UnreadableError: one is, or cannot be understood.
    """
    unpacked, pages = 0, 0
    for group in range(about.num_row_groups):
        for place in range(about.num_columns):
            chunk = about.row_group(group).column(place)
            if chunk.path_in_schema not in columns:
                continue
            for begin, header in _headers(file, chunk):
                unpacked, pages = unpacked + header[_UNPACKED], pages + 1
                if unpacked > max(UNPACKED_BYTES, length * UNPACKED_RATIO):
                    problem = f"unpacks to more than {UNPACKED_RATIO} times its size: that is not a flow log"
                    raise UnreadableError(problem)
                if pages > PARQUET_PAGES:
                    raise UnreadableError(f"has more than {PARQUET_PAGES:,} pages")
                if chunk.physical_type == "BYTE_ARRAY":
                    _check_texts(file, chunk, begin, header)


def _headers(file: BinaryIO, chunk: pq.ColumnChunkMetaData) -> Any:
    """Where each page of a column begins, behind its header, and the header."""
    starts = [chunk.data_page_offset, *([chunk.dictionary_page_offset] if chunk.has_dictionary_page else [])]
    here = min(starts)
    end = here + chunk.total_compressed_size
    while here < end:
        file.seek(here)
        reader = _Compact(file.read(_HEADER))
        header = reader.struct()
        if not all(isinstance(header.get(one), int) and header[one] >= 0 for one in (_TYPE, _UNPACKED, _PACKED)):
            raise UnreadableError("broken Parquet: a page has no header")
        begin = here + reader.place
        yield begin, header
        here = begin + header[_PACKED]


def _check_texts(file: BinaryIO, chunk: pq.ColumnChunkMetaData, begin: int, header: dict[int, Any]) -> None:
    encoding = header.get(_DATA, {}).get(_ENCODING), header.get(_DATA_2, {}).get(_ENCODING_2)
    if _PREFIXES in encoding:
        raise UnreadableError(f"the column {chunk.path_in_schema} is encoded as DELTA_BYTE_ARRAY: write it anew, plain")
    if header[_TYPE] != _DICTIONARY_PAGE or header[_UNPACKED] <= _SMALL:
        return
    if header[_UNPACKED] > PARQUET_DICTIONARY_BYTES:
        raise UnreadableError(f"has a dictionary of more than {size(PARQUET_DICTIONARY_BYTES)}")
    file.seek(begin)
    content = _unpacked(file.read(header[_PACKED]), chunk.compression, header[_UNPACKED])
    place = 0
    while place < len(content):
        long = int.from_bytes(content[place : place + 4], "little")
        if long > LINE_BYTES:
            raise UnreadableError(f"holds a value of {long:,} bytes: that is not a flow log")
        place += 4 + long


def _unpacked(content: bytes, codec: str, length: int) -> bytes:
    import pyarrow as pa

    if codec == "UNCOMPRESSED":
        return content
    try:
        return bytes(pa.Codec(codec.lower()).decompress(content, decompressed_size=length, asbytes=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(f"broken Parquet: a dictionary cannot be unpacked ({codec})") from error


class _Compact:
    """Reads Thrift's compact protocol, in which Parquet writes its headers."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields of a structure, by number.

        Raises:
            UnreadableError: it is none.
        """
        if depth > 8:
            raise UnreadableError("broken Parquet: a page's header is nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while kind := self._byte():
            number = number + (kind >> 4) if kind >> 4 else self._zigzag()
            found[number] = self._value(kind & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _BOOLEANS:
            return kind == _BOOLEANS[0]
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in _LISTS:
            about = self._byte()
            count = about >> 4 if about >> 4 < 15 else self._varint()
            # Each takes a byte at least, so that what there is ends the loop.
            return [self._value(about & 15, depth + 1) for _ in range(min(count, len(self._data)))]
        widths = {_BYTE: 1, _DOUBLE: 8}
        width = self._varint() if kind == _BINARY else widths.get(kind, -1)
        if width < 0 or self.place + width > len(self._data):
            raise UnreadableError("broken Parquet: a page has no header")
        self.place += width
        return None

    def _byte(self) -> int:
        if self.place >= len(self._data):
            raise UnreadableError("broken Parquet: a page has no header")
        self.place += 1
        return self._data[self.place - 1]

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise UnreadableError("broken Parquet: a page has no header")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
