"""The TCP sockets of this process as the kernel knows them, whoever opened them: gRPC, libpq and uvloop included.

The descriptors are scanned rather than ``/proc/net/tcp`` read: that has a floor of milliseconds and lists sockets that
nobody holds any more. Neither dataclasses nor ``socket`` are imported, which cost a cold start 20 ms and 10.
"""

from __future__ import annotations

import _socket
import os
import stat
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

ESTABLISHED, SYN_SENT, CLOSED, CLOSE_WAIT, LISTENING = 1, 2, 7, 8, 10
"""States, as the kernel numbers them."""
MOST_SOCKETS = 256
"""Looked at in one scan: 3 ms for a thousand would be felt by an invocation."""

_DESCRIPTORS = "/proc/self/fd"
_INFO = struct.Struct("=BBBBBBBB24I")
"""``struct tcp_info`` as far as ``tcpi_total_retrans``, which every kernel since 2.6 has."""
_SEGMENTS = struct.Struct("=II")
_SEGMENTS_AT = 152
"""``tcpi_data_segs_in`` and ``tcpi_data_segs_out``, which every kernel since 4.6 has."""
_BRIEF = struct.Struct("=B43xI4xI96xII")
_BRIEF_SIZE = _SEGMENTS_AT + _SEGMENTS.size
_IS_SOCKET = stat.S_IFSOCK
_RETRANSMITS, _OPTIONS, _LAST_DATA_SENT, _LAST_DATA_RECEIVED, _TOTAL_RETRANSMITS = 2, 5, 17, 19, 31
_MAPPED = "::ffff:"


class TcpSocket:
    """One TCP socket that is open or being opened to a peer."""

    __slots__ = ("descriptor", "idle", "inode", "local", "peer", "retransmits", "state", "syn_retransmits")

    def __init__(
        self, descriptor: int, inode: int, info: TcpInfo, local: tuple[str, int], peer: tuple[str, int] | None
    ) -> None:
        self.descriptor = descriptor
        self.inode = inode
        """The same as long as the socket lives, whatever its descriptor."""
        self.state = info.state
        self.local = local
        self.peer = peer
        """Its address and port, an IPv4 address that is mapped into IPv6 as IPv4; None while the connection is being
        opened: the kernel does not tell before it is established."""
        self.idle = info.idle
        """Seconds since data last went either way, by the kernel's clock."""
        self.syn_retransmits = info.syn_retransmits
        """How often the SYN of a connection that is being opened was sent again so far."""
        self.retransmits = info.retransmits
        """Segments sent again over its life, SYNs included."""


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


class Scan:
    """What a scan of the descriptors found."""

    __slots__ = ("complete", "descriptors", "sockets")

    def __init__(self, sockets: tuple[TcpSocket, ...], descriptors: int, complete: bool) -> None:
        self.sockets = sockets
        self.descriptors = descriptors
        """Open descriptors, whatever they are."""
        self.complete = complete
        """Whether every socket was looked at; otherwise there were more than the scan takes."""


def scan(most: int = MOST_SOCKETS) -> Scan | None:
    """Look at every descriptor of this process.

    Args:
        most: how many sockets to look at.

    Returns:
        The TCP sockets that are open or being opened; None where the descriptors cannot be listed, which is not the
        same as none.
    """
    numbers = descriptors()
    if numbers is None:
        return None
    sockets: list[TcpSocket] = []
    looked = 0
    complete = True
    for descriptor in numbers:
        inode = socket_inode(descriptor)
        if inode is None:
            continue
        if looked >= most:
            complete = False
            break
        looked += 1
        found = look(descriptor, inode)
        if found is not None:
            sockets.append(found)
    # One of them is the listing's own.
    return Scan(tuple(sockets), max(0, len(numbers) - 1), complete)


def descriptors() -> list[int] | None:
    """The numbers of the open descriptors, that of the listing itself among them; None where they cannot be listed."""
    try:
        return [int(name) for name in os.listdir(_DESCRIPTORS)]  # noqa: PTH208 - four times as fast as pathlib
    except (OSError, ValueError):
        return None


def socket_inode(descriptor: int) -> int | None:
    """The inode of a socket; None where the descriptor is something else, or closed."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_ino if status.st_mode & 0o170000 == _IS_SOCKET else None


def look(descriptor: int, inode: int) -> TcpSocket | None:
    """One descriptor; None where it is no TCP socket that is open or being opened."""
    try:
        with borrowed(descriptor) as connection:
            info = tcp_info(connection)
            if info.state in (CLOSED, LISTENING):
                return None
            peer = None if info.state == SYN_SENT else address(connection.getpeername())
            return TcpSocket(descriptor, inode, info, address(connection.getsockname()), peer)
    except OSError:
        return None


def tcp_info(connection: _socket.socket) -> TcpInfo:
    """What the kernel tells of a TCP socket.

    Raises:
        OSError: it is not one, or the system does not tell.
    """
    told = connection.getsockopt(_socket.IPPROTO_TCP, _socket.TCP_INFO, _SEGMENTS_AT + _SEGMENTS.size)
    if len(told) < _INFO.size:
        raise OSError("the kernel tells too little of a socket")
    return TcpInfo(told)


def brief(descriptor: int) -> tuple[int, float, tuple[int, int] | None]:
    """(state, seconds idle, segments with data) of ``tcp_info``, in a fifth of its time: for sockets asked each time.

    Raises:
        OSError: it is no TCP socket, or the system does not tell.
    """
    connection = _socket.socket(_socket.AF_INET6, _socket.SOCK_STREAM, 0, descriptor)
    try:
        told = connection.getsockopt(_socket.IPPROTO_TCP, _socket.TCP_INFO, _BRIEF_SIZE)
    finally:
        connection.detach()
    if len(told) == _BRIEF_SIZE:
        state, sent, received, came, went = _BRIEF.unpack(told)
        return state, (sent if sent < received else received) / 1_000, (came, went)
    info = TcpInfo(told)
    return info.state, info.idle, None


class borrowed:  # noqa: N801 - used as a function
    """A descriptor as a socket for a moment, without closing it."""

    __slots__ = ("_connection",)

    def __init__(self, descriptor: int) -> None:
        self._connection = _socket.socket(_socket.AF_INET6, _socket.SOCK_STREAM, 0, descriptor)

    def __enter__(self) -> _socket.socket:
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.detach()


def address(name: tuple[str, int] | tuple[str, int, int, int]) -> tuple[str, int]:
    """A socket's name as an address and a port."""
    return name[0].removeprefix(_MAPPED), name[1]


def endpoint(text: str) -> tuple[str, int] | None:
    """The address of ``host:port``, such as AWS_LAMBDA_RUNTIME_API; None where it is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        return None
    return ("127.0.0.1" if host == "localhost" else host.strip("[]")), int(port)
