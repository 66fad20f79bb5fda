"""The pages of a Parquet file, looked at before DuckDB reads them: a few bytes of one can stand for gigabytes.

A dictionary's one value of megabytes, for a million rows, is in memory as often as there are rows in it. Neither the
footer nor DuckDB's own limit on memory keeps it from that. So each page's header is read, which says how large the page
is unpacked, and each dictionary that is larger than AWS's are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from narrows.bounds import (
    LINE_BYTES,
    PARQUET_DICTIONARY_BYTES,
    PARQUET_PAGES,
    PARQUET_VALUES,
    UNPACKED_BYTES,
    UNPACKED_RATIO,
)
from narrows.errors import shown
from narrows.flowlogs.unpacking import UnreadableError
from narrows.opening import size

_HEADER = 64 * 1024
"""Bytes of a page's header that are looked at; it has the least and the largest value in it."""
_SMALL = 4 * LINE_BYTES
"""Bytes of a dictionary whose values need not be looked at: none can be much longer than a line of text."""
_DICTIONARY_PAGE = 2
_PREFIXES = 7
"""The encoding DELTA_BYTE_ARRAY: each value is written as what differs from the one before."""
_TYPE, _UNPACKED, _PACKED = 1, 2, 3
"""The fields of a page's header, by their numbers in Parquet's definition."""
_ENCODINGS = ((5, 2), (8, 4))
"""Where it names the encoding: field of a field, in both kinds of data pages."""
_GROUPS, _COLUMNS, _ABOUT = 4, 1, 3
"""The footer's row groups, a row group's columns, and what a column is."""
_KIND, _PATH, _CODEC, _LENGTH, _DATA_BEGIN, _DICTIONARY_BEGIN = 1, 3, 4, 7, 9, 11
_BYTE_ARRAY = 6
_CODECS = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw")
"""By their numbers; pyarrow's names."""
_NO_HEADER = "broken Parquet: a page has no header"
_LONGEST_NAME = 512
_Kind = TypeVar("_Kind")
_BOOLEANS, _BYTE, _INTEGERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
"""Types of Thrift's compact protocol."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The pages of one column in one row group."""

    column: str
    is_text: bool
    codec: str
    begin: int
    end: int


def check_pages(file: BinaryIO, columns: frozenset[str]) -> None:
    """See that no page of some columns is made to fill the machine.

    Args:
        file: a whole Parquet file.
        columns: the paths of those that are read.

    Raises:
        UnreadableError: one is, or cannot be understood.
    """
    try:
        _check_pages(file, columns)
    except IndexError:
        raise UnreadableError(_NO_HEADER) from None


def _check_pages(file: BinaryIO, columns: frozenset[str]) -> None:
    length = file.seek(0, 2)
    unpacked, pages = 0, 0
    for chunk in _chunks(file, length):
        if chunk.column not in columns:
            continue
        for begin, header in _headers(file, chunk):
            unpacked, pages = unpacked + header[_UNPACKED], pages + 1
            if unpacked > max(UNPACKED_BYTES, length * UNPACKED_RATIO):
                raise UnreadableError(f"unpacks to more than {UNPACKED_RATIO} times its size: that is not a flow log")
            if pages > PARQUET_PAGES:
                raise UnreadableError(f"has more than {PARQUET_PAGES:,} pages")
            if chunk.is_text:
                _check_texts(file, chunk, begin, header)


def _chunks(file: BinaryIO, length: int) -> Iterator[_Chunk]:
    """By the footer; pyarrow would end the process where one part of it contradicts another."""
    file.seek(max(0, length - 8))
    footer = int.from_bytes(file.read(4), "little")
    file.seek(max(0, length - 8 - footer))
    for group in _field(_Compact(file.read(footer)).struct(), _GROUPS, list):
        for column in _field(group, _COLUMNS, list):
            about = _field(column, _ABOUT, dict)
            starts = [_field(about, _DATA_BEGIN, int), about.get(_DICTIONARY_BEGIN)]
            begin = min((one for one in starts if isinstance(one, int) and one > 0), default=0)
            codec = _field(about, _CODEC, int)
            yield _Chunk(
                b".".join(one for one in _field(about, _PATH, list) if isinstance(one, bytes)).decode(errors="replace"),
                about.get(_KIND) == _BYTE_ARRAY,
                _CODECS[codec] if codec in range(len(_CODECS)) else str(codec),
                begin,
                begin + _field(about, _LENGTH, int),
            )


def _field(found: Any, number: int, kind: type[_Kind]) -> _Kind:
    value = found.get(number) if isinstance(found, dict) else None
    if not isinstance(value, kind):
        raise UnreadableError("broken Parquet: its columns are not described")
    return value


def _headers(file: BinaryIO, chunk: _Chunk) -> Iterator[tuple[int, dict[int, Any]]]:
    """Where each page of a column begins, behind its header, and the header."""
    here, length = chunk.begin, file.seek(0, 2)
    while here < chunk.end:
        if here > length:
            raise UnreadableError(_NO_HEADER)
        file.seek(here)
        reader = _Compact(file.read(_HEADER))
        header = reader.struct()
        if not all(isinstance(header.get(one), int) and header[one] >= 0 for one in (_TYPE, _UNPACKED, _PACKED)):
            raise UnreadableError(_NO_HEADER)
        if reader.place + header[_PACKED] > length - here:
            raise UnreadableError("broken Parquet: a page breaks off")
        begin = here + reader.place
        yield begin, header
        here = begin + header[_PACKED]


def _check_texts(file: BinaryIO, chunk: _Chunk, begin: int, header: dict[int, Any]) -> None:
    encodings = [about.get(place) for one, place in _ENCODINGS if isinstance(about := header.get(one), dict)]
    if _PREFIXES in encodings:
        raise UnreadableError(f"the column {shown(chunk.column)} is encoded as DELTA_BYTE_ARRAY: write it anew, plain")
    if header[_TYPE] != _DICTIONARY_PAGE or header[_UNPACKED] <= _SMALL:
        return
    if header[_UNPACKED] > PARQUET_DICTIONARY_BYTES:
        raise UnreadableError(f"has a dictionary of more than {size(PARQUET_DICTIONARY_BYTES)}")
    file.seek(begin)
    content = _unpacked(file.read(header[_PACKED]), chunk.codec, header[_UNPACKED])
    place = 0
    while place < len(content):
        long = int.from_bytes(content[place : place + 4], "little")
        if long > LINE_BYTES:
            raise UnreadableError(f"holds a value of {long:,} bytes: that is not a flow log")
        place += 4 + long


def _unpacked(content: bytes, codec: str, length: int) -> bytes:
    import pyarrow as pa

    if codec == "none":
        return content
    try:
        return bytes(pa.Codec(codec).decompress(content, decompressed_size=length, asbytes=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(f"broken Parquet: a dictionary cannot be unpacked ({codec})") from error


class _Compact:
    """Reads Thrift's compact protocol, in which Parquet writes its headers."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0
        self._values = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields of a structure, by number.

        Raises:
            IndexError: it breaks off.
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
        self._values += 1
        if self._values > PARQUET_VALUES:
            raise UnreadableError(f"is described in more than {PARQUET_VALUES:,} values")
        if kind in _BOOLEANS:
            return kind == _BOOLEANS[0]
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in _LISTS:
            about = self._byte()
            count = about >> 4 if about >> 4 < 15 else self._varint()
            return [self._item(about & 15, depth) for _ in range(min(count, PARQUET_VALUES + 1))]
        widths = {_BYTE: 1, _DOUBLE: 8}
        width = self._varint() if kind == _BINARY else widths.get(kind, -1)
        if width < 0 or self.place + width > len(self._data):
            raise UnreadableError(_NO_HEADER)
        self.place += width
        # Names are short; what else is text here (the least value, the largest) is of no use.
        return self._data[self.place - width : self.place] if kind == _BINARY and width <= _LONGEST_NAME else None

    def _item(self, kind: int, depth: int) -> Any:
        # In a list a boolean is a byte of its own.
        return self._byte() if kind in _BOOLEANS else self._value(kind, depth + 1)

    def _byte(self) -> int:
        byte = self._data[self.place]
        self.place += 1
        return byte

    def _varint(self) -> int:
        value = self._byte()
        if value < 128:
            return value
        value, shift = value & 127, 7
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise UnreadableError(_NO_HEADER)

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
