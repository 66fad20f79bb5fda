"""Which: the connections of this process, followed from one scan of its descriptors to the next.

What does not change in a socket's life, its addresses, is asked once; each scan then costs a ``fstat`` and a
``getsockopt`` for each.
"""

from __future__ import annotations

import os
import stat

from narrows_lambda.sockets import (
    CLOSED,
    ESTABLISHED,
    LISTENING,
    MOST_SOCKETS,
    SYN_SENT,
    TcpInfo,
    address,
    borrowed,
    brief,
    descriptors,
    socket_inode,
    tcp_info,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

    Peer = tuple[str, int]

_KIND = 0o170000
"""The bits of a mode that say what kind of file it is."""
_TICK = 0.02
"""Seconds: the kernel's idle times are counted in its ticks, of 10 ms at most."""


class Connection:
    """One that came to be."""

    __slots__ = (
        "_monotonic", "_wall", "client", "descriptor", "established", "forgotten", "idle", "inode", "name", "peer",
        "segments", "used",
    )  # fmt: skip

    def __init__(self, descriptor: int, inode: int, peer: Peer) -> None:
        self.descriptor, self.inode, self.peer = descriptor, inode, peer
        self.client: str | None = None
        """Who opened it; None where nobody saw that."""
        self.name: str | None = None
        """That was looked up for it."""
        self.forgotten = False
        """Of a snapshot that was taken elsewhere: nothing on the path knows it, until data goes."""
        self.established = True
        """Held: neither end has closed it."""
        self.idle = 0.0
        """Seconds without data either way, by the clock that saw most."""
        self.used = False
        """Whether data went either way since the last scan."""
        self.segments: tuple[int, ...] | None = None
        self._wall = self._monotonic = 0.0
        """When it was used last."""

    def look(self, wall: float, monotonic: float, since: float) -> None:
        """Ask the kernel of it.

        Args:
            wall: seconds since 1970.
            monotonic: seconds of that clock.
            since: seconds since the invocation began, by the same clock; what went before does not make it used.
        """
        state, idle, segments = brief(self.descriptor)
        self.established = state == ESTABLISHED
        if segments is None or segments != self.segments:
            self.segments = segments
            self._wall, self._monotonic = wall - idle, monotonic - idle
            self.used = idle <= since + _TICK
            if self.used:
                self.forgotten = False
        else:
            self.used = False
        # A freeze stops some clocks, which ones differs from machine to machine; and one may have been set back.
        self.idle = max(idle, wall - self._wall, monotonic - self._monotonic)


class Look:
    """What one scan found."""

    __slots__ = ("dead", "descriptors", "inodes", "opened", "pending", "runtimes", "vanished")

    def __init__(self, descriptors: int) -> None:
        self.descriptors = descriptors
        self.inodes: set[int] = set()
        """Of every socket."""
        self.dead: dict[int, TcpInfo] = {}
        """Those that are not connected: refused, reset, or not connected yet."""
        self.opened: list[Connection] = []
        """That were not there at the last scan."""
        self.pending: set[int] = set()
        """Inodes of those that are being opened."""
        self.vanished: set[int] = set()
        """Inodes of those that were being opened at the last scan, and are gone without having come to be."""
        self.runtimes = 0
        """Connections to the runtime's own API that were not there at the last scan."""


class Connections:
    """All of them, by inode."""

    def __init__(self, runtime: Peer | None) -> None:
        """None is known yet.

        Args:
            runtime: the address of the runtime's own API, whose connections are left out.
        """
        self.known: dict[int, Connection] = {}
        self._runtime = runtime
        self._others: set[int] = set()
        """Sockets that are none of TCP, and those left out."""
        self._listening: set[int] = set()
        self._pending: set[int] = set()
        self._turn = 0

    def leave_out(self) -> None:
        """What is open now belongs to somebody else, as after a fork."""
        self.known.clear()
        self._pending.clear()
        inodes = (socket_inode(number) for number in descriptors() or ())
        self._others = {inode for inode in inodes if inode is not None}

    def scan(self, wall: float, monotonic: float, since: float) -> Look | None:
        """Look at every descriptor; None where they cannot be listed, which is not the same as none.

        Above 256 known connections, each is looked at in turn, and meanwhile counts as it was found last. The arguments
        are those of ``Connection.look``.
        """
        numbers = descriptors()
        if numbers is None:
            return None
        look = Look(max(0, len(numbers) - 1))
        seen = look.inodes
        known, others = self.known, self._others
        again: list[tuple[int, Connection]] = []
        fresh: list[tuple[int, int]] = []
        fstat = os.fstat
        for number in numbers:
            # As socket_inode, of which each descriptor of each invocation would pay the call.
            try:
                status = fstat(number)
            except OSError:
                continue
            if status.st_mode & _KIND != stat.S_IFSOCK:
                continue
            inode = status.st_ino
            # A socket that was duplicated is one socket.
            if inode in seen:
                continue
            seen.add(inode)
            connection = known.get(inode)
            if connection is not None:
                again.append((number, connection))
            elif inode not in others:
                fresh.append((number, inode))
        for number, connection in self._in_turn(again):
            connection.descriptor = number
            try:
                connection.look(wall, monotonic, since)
            except OSError:
                connection.established = False
        for number, inode in fresh:
            try:
                self._first_look(number, inode, look, wall, monotonic, since)
            except OSError:  # noqa: PERF203 - one that fails leaves the others be
                # Closed meanwhile, by another thread or its peer.
                continue
        for inode in known.keys() - seen:
            del known[inode]
        others &= seen
        look.vanished = {inode for inode in self._pending if inode not in look.pending and inode not in known}
        self._pending = look.pending
        return look

    def _in_turn(self, again: list[tuple[int, Connection]]) -> list[tuple[int, Connection]]:
        if len(again) <= MOST_SOCKETS:
            return again
        for _, connection in again:
            connection.used = False
        begin = self._turn % len(again)
        self._turn = begin + MOST_SOCKETS
        return (again[begin:] + again[:begin])[:MOST_SOCKETS]

    def _first_look(self, number: int, inode: int, look: Look, wall: float, monotonic: float, since: float) -> None:
        with borrowed(number) as socket:
            try:
                info = tcp_info(socket)
            except OSError:
                # Not TCP. It stays what it is.
                self._others.add(inode)
                return
            if info.state == SYN_SENT:
                look.pending.add(inode)
            elif info.state == CLOSED:
                # It may be connected later, and is looked at again.
                look.dead[inode] = info
            elif info.state == LISTENING:
                self._listening.add(address(socket.getsockname())[1])
                self._others.add(inode)
            else:
                self._opened(Connection(number, inode, address(socket.getpeername())), socket, look)
                if inode in self.known:
                    self.known[inode].look(wall, monotonic, since)

    def _opened(self, connection: Connection, socket: _socket.socket, look: Look) -> None:
        if connection.peer == self._runtime:
            look.runtimes += 1
            self._others.add(connection.inode)
        elif address(socket.getsockname())[1] in self._listening:
            # Accepted, not opened.
            self._others.add(connection.inode)
        else:
            self.known[connection.inode] = connection
            look.opened.append(connection)
