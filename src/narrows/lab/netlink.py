"""Reading nftables' own counters and set sizes over netlink: cheap enough for ten times a second.

A netlink socket stays in the network namespace that it was made in, so one process can read every namespace of the
lab. Of the protocol only what is needed is here: dumps of named counters and of sets.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Container, Iterator

from narrows.errors import NarrowsError

_NETLINK_NETFILTER = 12
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_TYPE_MASK = 0x3FFF
"""Of an attribute's type: the two upper bits are flags (nested, byte order)."""
_REQUEST_DUMP = 0x1 | 0x300
_DONE, _ERROR = 3, 2
_NFTABLES = 10 << 8
_GETSET, _GETSETELEM, _GETOBJ = 10, 13, 19
_FAMILY_IPV4 = 2

_SET_TABLE, _SET_NAME, _SET_COUNT = 1, 2, 20
_ELEMENTS_TABLE, _ELEMENTS_SET, _ELEMENTS = 1, 2, 3
_ELEMENT_KEY, _ELEMENT_DATA, _ELEMENT_EXPRESSION = 1, 2, 7
_VALUE, _EXPRESSION_DATA = 1, 2
_OBJECT_TABLE, _OBJECT_NAME, _OBJECT_TYPE, _OBJECT_DATA = 1, 2, 3, 4
_OBJECT_COUNTER = 1
_COUNTER_BYTES, _COUNTER_PACKETS = 1, 2


class Tables:
    """The nftables of the network namespace that this is made in. A context manager: it owns a socket."""

    def __init__(self, table: str) -> None:
        self._table = table.encode() + b"\0"
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
        self._socket.settimeout(10.0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._sequence = 0

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def counters(self) -> dict[str, tuple[int, int]]:
        """(packets, bytes) of every named counter."""
        found: dict[str, tuple[int, int]] = {}
        wanted = _attribute(_OBJECT_TABLE, self._table) + _attribute(_OBJECT_TYPE, struct.pack(">I", _OBJECT_COUNTER))
        for body in self._dump(_GETOBJ, wanted):
            one = dict(_attributes(body))
            data = dict(_attributes(one[_OBJECT_DATA]))
            packets, size = (struct.unpack(">Q", data[key])[0] for key in (_COUNTER_PACKETS, _COUNTER_BYTES))
            found[_text(one[_OBJECT_NAME])] = (packets, size)
        return found

    def set_sizes(self, wanted: Container[str]) -> dict[str, int]:
        """Elements of sets. Kernels that do not tell (before 6.17 or so) are asked for the elements instead."""
        found: dict[str, int] = {}
        for body in self._dump(_GETSET, _attribute(_SET_TABLE, self._table)):
            one = dict(_attributes(body))
            name = _text(one[_SET_NAME])
            if name in wanted:
                found[name] = struct.unpack(">I", one[_SET_COUNT])[0] if _SET_COUNT in one else -1
        return {name: self._count(name) if size < 0 else size for name, size in found.items()}

    def elements(self, name: str) -> Iterator[tuple[bytes, bytes, int]]:
        """(key, value, packets counted) of every element of a set or map; empty or 0 for what it does not have."""
        for element in self._elements(name):
            parts = dict(_attributes(element))
            key = dict(_attributes(parts[_ELEMENT_KEY]))[_VALUE]
            value = dict(_attributes(parts[_ELEMENT_DATA]))[_VALUE] if _ELEMENT_DATA in parts else b""
            packets = 0
            if _ELEMENT_EXPRESSION in parts:
                counter = dict(_attributes(dict(_attributes(parts[_ELEMENT_EXPRESSION]))[_EXPRESSION_DATA]))
                packets = struct.unpack(">Q", counter[_COUNTER_PACKETS])[0]
            yield key, value, packets

    def _count(self, name: str) -> int:
        return sum(1 for _ in self._elements(name))

    def _elements(self, name: str) -> Iterator[bytes]:
        wanted = _attribute(_ELEMENTS_TABLE, self._table) + _attribute(_ELEMENTS_SET, name.encode() + b"\0")
        for body in self._dump(_GETSETELEM, wanted):
            for _, element in _attributes(dict(_attributes(body)).get(_ELEMENTS, b"")):
                yield element

    def _dump(self, message: int, attributes: bytes) -> Iterator[bytes]:
        self._sequence += 1
        body = struct.pack("=BBH", _FAMILY_IPV4, 0, 0) + attributes
        header = _HEADER.pack(_HEADER.size + len(body), _NFTABLES | message, _REQUEST_DUMP, self._sequence, 0)
        self._socket.send(header + body)
        while True:
            buffer = self._socket.recv(1 << 18)
            at = 0
            while at < len(buffer):
                length, kind, _, sequence, _ = _HEADER.unpack_from(buffer, at)
                if sequence == self._sequence:
                    if kind == _DONE:
                        return
                    if kind == _ERROR:
                        error = -struct.unpack_from("=i", buffer, at + _HEADER.size)[0]
                        raise NarrowsError(f"nftables does not answer: error {error}")
                    yield buffer[at + _HEADER.size + 4 : at + length]
                at += (length + 3) & ~3


def _attribute(kind: int, value: bytes) -> bytes:
    padding = b"\0" * (-len(value) % 4)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + padding


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        yield kind & _TYPE_MASK, data[at + _ATTRIBUTE.size : at + length]
        at += max(_ATTRIBUTE.size, (length + 3) & ~3)


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode()
