"""The sockets of this process as the kernel knows them, whoever opened them: gRPC, libpq and uvloop included.

The descriptors are listed rather than ``/proc/net/tcp`` read: that has a floor of milliseconds and lists sockets that
nobody holds any more. ``socket`` is not imported, which costs a cold start 10 ms.
"""

from __future__ import annotations

import _socket
import os
import stat
import struct

ESTABLISHED, SYN_SENT, CLOSED, CLOSE_WAIT, LISTENING = 1, 2, 7, 8, 10
"""States, as the kernel numbers them."""

_DESCRIPTORS = "/proc/self/fd"
_INFO = struct.Struct("=BBBBBBBB24I")
"""``struct tcp_info`` as far as ``tcpi_total_retrans``, which every kernel since 2.6 has."""
_SEGMENTS = struct.Struct("=II")
_SEGMENTS_AT = 152
"""``tcpi_data_segs_in`` and ``tcpi_data_segs_out``, which every kernel since 4.6 has."""
_BRIEF = struct.Struct("=B43xI4xI96xII")
_BRIEF_SIZE = _SEGMENTS_AT + _SEGMENTS.size
_RETRANSMITS, _OPTIONS, _LAST_DATA_SENT, _LAST_DATA_RECEIVED, _TOTAL_RETRANSMITS = 2, 5, 17, 19, 31
_MAPPED = "::ffff:"
TOLD = _socket.IPPROTO_TCP, _socket.TCP_INFO, _BRIEF_SIZE
"""What ``getsockopt`` is asked for ``TcpInfo`` and ``brief``."""
COOKIE = _socket.SOL_SOCKET, 57, 8
"""SO_COOKIE, which every kernel since 4.12 has."""


class Borrowed(_socket.socket):
    """A descriptor as a socket, which stays its owner's: whatever becomes of this, the descriptor is not closed.

    It is of the descriptor's number: once the owner has closed that, it is whatever has the number then.
    """

    __slots__ = ()

    def __init__(self, descriptor: int) -> None:
        """Borrow it.

        Raises:
            OSError: it is closed, or no socket.
        """
        super().__init__(_socket.AF_INET6, _socket.SOCK_STREAM, 0, descriptor)

    def __del__(self) -> None:
        """In place of that of its base, which closes the descriptor."""

    def info(self) -> TcpInfo:
        """What the kernel tells of it.

        Raises:
            OSError: it is not of TCP, or the system does not tell.
        """
        told = self.getsockopt(*TOLD)
        if len(told) < _INFO.size:
            raise OSError("the kernel tells too little of a socket")
        return TcpInfo(told)


class TcpInfo:
    """What the kernel tells of one TCP socket."""

    __slots__ = ("answered", "idle", "retransmits", "segments", "state", "syn_retransmits")

    def __init__(self, told: bytes) -> None:
        fields = _INFO.unpack_from(told)
        self.state: int = fields[0]
        self.answered = fields[_OPTIONS] != 0
        """Whether a SYN of it was ever answered by a SYN: then options were agreed on, and are still known after it
        was reset."""
        self.idle = min(fields[_LAST_DATA_SENT], fields[_LAST_DATA_RECEIVED]) / 1_000
        """Seconds since data last went either way; for a new one since the kernel made it."""
        self.syn_retransmits: int = fields[_RETRANSMITS]
        self.retransmits: int = fields[_TOTAL_RETRANSMITS]
        self.segments: tuple[int, ...] | None = None
        """Segments with data that came and went; None where the kernel is too old to tell."""
        if len(told) >= _SEGMENTS_AT + _SEGMENTS.size:
            self.segments = _SEGMENTS.unpack_from(told, _SEGMENTS_AT)


def brief(told: bytes) -> tuple[int, float, tuple[int, ...] | None]:
    """(state, seconds idle, segments with data) of ``TcpInfo``, in a fifth of its time: for what is asked each time.

    Raises:
        OSError: the kernel tells too little.
    """
    if len(told) == _BRIEF_SIZE:
        state, sent, received, came, went = _BRIEF.unpack(told)
        return state, (sent if sent < received else received) / 1_000, (came, went)
    if len(told) < _INFO.size:
        raise OSError("the kernel tells too little of a socket")
    info = TcpInfo(told)
    return info.state, info.idle, None


def descriptors() -> list[int] | None:
    """The numbers of the open descriptors, that of the listing itself among them; None where they cannot be listed."""
    try:
        return [int(name) for name in os.listdir(_DESCRIPTORS)]  # noqa: PTH208 - four times as fast as pathlib
    except (OSError, ValueError):
        return None


def count_descriptors(before: int, path: str = _DESCRIPTORS) -> int | None:
    """How many descriptors are open.

    Since Linux 6.2 that is the size of their folder, and need not be counted.

    Args:
        before: what they were the last time, when they were listed. A size that is the same is taken to be their
            number: an older kernel says 0.
        path: their folder.

    Returns:
        None where they cannot be counted.
    """
    try:
        if before > 0 and os.stat(path).st_size == before:  # noqa: PTH116 - pathlib is slow
            return before
        # One of them is the listing's own.
        return len(os.listdir(path)) - 1  # noqa: PTH208
    except OSError:
        return None


def socket_inode(descriptor: int) -> int | None:
    """The inode of a socket; None where the descriptor is something else, or closed."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_ino if stat.S_ISSOCK(status.st_mode) else None


def address(name: tuple[str, int] | tuple[str, int, int, int]) -> tuple[str, int]:
    """A socket's name as an address and a port; an IPv4 address that is mapped into IPv6 as IPv4."""
    return name[0].removeprefix(_MAPPED), name[1]


def endpoint(text: str) -> tuple[str, int] | None:
    """The address of ``host:port``, such as AWS_LAMBDA_RUNTIME_API; None where it is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        return None
    return ("127.0.0.1" if host == "localhost" else host.strip("[]")), int(port)
