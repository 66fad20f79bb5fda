"""The TCP sockets of this process as the kernel knows them, whoever opened them: gRPC, libpq and uvloop included.

The descriptors are scanned rather than ``/proc/net/tcp`` read: that has a floor of milliseconds and lists sockets that
nobody holds any more.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ESTABLISHED, SYN_SENT, CLOSE_WAIT = 1, 2, 8
"""States, as the kernel numbers them."""
_CLOSED, _LISTENING = 7, 10
MOST_SOCKETS = 256
"""Looked at in one scan: 3 ms for a thousand would be felt by an invocation."""

_DESCRIPTORS = "/proc/self/fd"
_INFO = struct.Struct("=BBBBBBBB24I")
"""``struct tcp_info`` as far as ``tcpi_total_retrans``, which every kernel since 2.6 has."""
_RETRANSMITS, _LAST_DATA_SENT, _LAST_DATA_RECEIVED, _TOTAL_RETRANSMITS = 2, 17, 19, 31
_MAPPED = "::ffff:"


@dataclass(frozen=True)
class TcpSocket:
    """One TCP socket that is open or being opened to a peer."""

    descriptor: int
    inode: int
    """The same as long as the socket lives, whatever its descriptor."""
    state: int
    local: tuple[str, int]
    peer: tuple[str, int] | None
    """Its address and port, an IPv4 address that is mapped into IPv6 as IPv4; None while the connection is being
    opened: the kernel does not tell before it is established."""
    idle: float
    """Seconds since data last went either way, by the kernel's clock."""
    syn_retransmits: int
    """How often the SYN of a connection that is being opened was sent again so far."""
    retransmits: int
    """Segments sent again over its life, SYNs included."""


@dataclass(frozen=True)
class Scan:
    """What a scan of the descriptors found."""

    sockets: tuple[TcpSocket, ...]
    descriptors: int
    """Open descriptors, whatever they are."""
    complete: bool
    """Whether every socket was looked at; otherwise there were more than the scan takes."""


def scan(most: int = MOST_SOCKETS) -> Scan | None:
    """Look at every descriptor of this process.

    Args:
        most: how many sockets to look at.

    Returns:
        The TCP sockets that are open or being opened; None where the descriptors cannot be listed, which is not the
        same as none.
    """
    try:
        numbers = [int(name) for name in os.listdir(_DESCRIPTORS)]  # noqa: PTH208 - four times as fast as pathlib
    except (OSError, ValueError):
        return None
    sockets: list[TcpSocket] = []
    looked = 0
    complete = True
    for descriptor in numbers:
        try:
            status = os.fstat(descriptor)
        except OSError:
            # That of the listing itself, or closed meanwhile.
            continue
        if not stat.S_ISSOCK(status.st_mode):
            continue
        if looked >= most:
            complete = False
            break
        looked += 1
        found = look(descriptor, status.st_ino)
        if found is not None:
            sockets.append(found)
    # One of them is the listing's own.
    return Scan(tuple(sockets), max(0, len(numbers) - 1), complete)


def look(descriptor: int, inode: int) -> TcpSocket | None:
    """One descriptor; None where it is no TCP socket that is open or being opened."""
    try:
        with borrowed(descriptor) as connection:
            state, idle, again, retransmits = tcp_info(connection)
            if state in (_CLOSED, _LISTENING):
                return None
            peer = None if state == SYN_SENT else _address(connection.getpeername())
            return TcpSocket(
                descriptor, inode, state, _address(connection.getsockname()), peer, idle, again, retransmits
            )
    except OSError:
        return None


def tcp_info(connection: socket.socket) -> tuple[int, float, int, int]:
    """(state, seconds idle, SYNs sent again, segments sent again) of a TCP socket.

    Raises:
        OSError: it is not one, or the system does not tell.
    """
    fields = _INFO.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size))
    idle = min(fields[_LAST_DATA_SENT], fields[_LAST_DATA_RECEIVED]) / 1_000
    return fields[0], idle, fields[_RETRANSMITS], fields[_TOTAL_RETRANSMITS]


@contextmanager
def borrowed(descriptor: int) -> Iterator[socket.socket]:
    """A descriptor as a socket for a moment, without a system call and without closing it."""
    connection = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0, descriptor)
    try:
        yield connection
    finally:
        connection.detach()


def _address(name: tuple[str, int] | tuple[str, int, int, int]) -> tuple[str, int]:
    return name[0].removeprefix(_MAPPED), name[1]
