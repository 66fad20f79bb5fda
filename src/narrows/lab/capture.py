"""A packet capture of a run, as one pcapng file: each interface of the path with its name, the last packets of each.

Only packets that open or end a connection are kept (SYN, FIN, RST): they show which SYN was sent again, and after
which hop it was missing. What comes before a kept packet is not lost silently: the file says how many were left out.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import IO

_ETH_P_IP = 0x0800
_ETH_P_ALL = 3
"""What leaves is captured as well as what comes."""
_TIMESTAMPS = 35
"""SO_TIMESTAMPNS: the kernel's own moment of each packet."""
_ATTACH_FILTER = 26
_SNAPSHOT = 96
_LINK_ETHERNET = 1
_SECTION, _INTERFACE, _PACKET, _STATISTICS = 0x0A0D0D0A, 1, 6, 5
_POLL = 0.2
_LONGEST_LABEL = 1000
# Classic BPF: IPv4, TCP, not a later fragment, and one of FIN, SYN, RST among the flags.
_FILTER = (
    (0x28, 0, 0, 12),
    (0x15, 0, 8, _ETH_P_IP),
    (0x30, 0, 0, 23),
    (0x15, 0, 6, 6),
    (0x28, 0, 0, 20),
    (0x45, 4, 0, 0x1FFF),
    (0xB1, 0, 0, 14),
    (0x50, 0, 0, 27),
    (0x45, 0, 1, 0x07),
    (0x06, 0, 0, _SNAPSHOT),
    (0x06, 0, 0, 0),
)


class Capture:
    """Captures on one interface; the namespace that it is in must be entered when this is made."""

    def __init__(self, interface: str, label: str, most: int) -> None:
        self.label = label
        self.packets: deque[tuple[int, int, bytes]] = deque(maxlen=most)
        self.seen = 0
        program = b"".join(struct.pack("=HBBI", *one) for one in _FILTER)
        self._program = ctypes.create_string_buffer(program)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK)
        head = struct.pack("HL", len(_FILTER), ctypes.addressof(self._program))
        self.socket.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, head)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        self.socket.bind((interface, _ETH_P_ALL))

    def read(self) -> bool:
        """Take what has come; whether there was anything."""
        any_came = False
        while True:
            try:
                packet, ancillary, _, _ = self.socket.recvmsg(_SNAPSHOT, 64)
            except BlockingIOError:
                return any_came
            length = struct.unpack_from("!H", packet, 16)[0] + 14
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            self.packets.append((seconds * 1_000_000 + nanoseconds // 1000, length, packet))
            self.seen += 1
            any_came = True


def keep(captures: list[Capture], is_over: Callable[[], bool], file: IO[bytes]) -> None:
    """Capture until the run is over, then write the file."""
    while not is_over():
        came = [one.read() for one in captures]
        if not any(came):
            time.sleep(_POLL)
    for one in captures:
        one.read()
    file.writelines(pcapng(captures))
    file.flush()


def pcapng(captures: list[Capture]) -> Iterator[bytes]:
    """The blocks of a pcapng file, packets of all interfaces in order of time."""
    yield BEGINNING
    for one in captures:
        name = one.label[:_LONGEST_LABEL].encode(errors="replace")
        yield _block(_INTERFACE, struct.pack("<HHI", _LINK_ETHERNET, 0, _SNAPSHOT) + _options({2: name}))
    every = sorted(
        (moment, number, length, data) for number, one in enumerate(captures) for moment, length, data in one.packets
    )
    for moment, number, length, data in every:
        head = struct.pack("<IIIII", number, moment >> 32, moment & 0xFFFFFFFF, len(data), length)
        yield _block(_PACKET, head + _padded(data))
    for number, one in enumerate(captures):
        moment = int(time.time() * 1e6)
        left_out = struct.pack("<Q", one.seen - len(one.packets))
        head = struct.pack("<III", number, moment >> 32, moment & 0xFFFFFFFF)
        yield _block(_STATISTICS, head + _options({4: struct.pack("<Q", one.seen), 5: left_out}))


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _options(values: Mapping[int, bytes]) -> bytes:
    parts = b"".join(struct.pack("<HH", kind, len(value)) + _padded(value) for kind, value in values.items())
    return parts + struct.pack("<HH", 0, 0)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


BEGINNING = _block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options({4: b"narrows lab"}))
"""The first block of every capture: the section's header, with the application that wrote it."""
