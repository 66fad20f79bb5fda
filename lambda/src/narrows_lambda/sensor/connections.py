"""Which: the connections of this process, followed from one scan of its descriptors to the next.

What does not change in a socket's life, its addresses, is asked once. Where the kernel has begun and accepted no
connection since the last scan, those that are known are all that there can be: each is then asked whether it is still
the one it was, and what went over it, and no other descriptor is looked at.
"""

from __future__ import annotations

import os
import stat

from narrows_lambda.sockets import (
    CLOSED,
    COOKIE,
    ESTABLISHED,
    LISTENING,
    SYN_SENT,
    TOLD,
    Borrowed,
    TcpInfo,
    address,
    brief,
    count_descriptors,
    descriptors,
    socket_inode,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    Peer = tuple[str, int]

MOST_SOCKETS = 256
"""Looked at in one scan: 3 ms for a thousand would be felt by an invocation."""
_KIND = 0o170000
"""The bits of a mode that say what kind of file it is."""
_TICK = 0.02
"""Seconds: the kernel's idle times are counted in its ticks, of 10 ms at most."""


class Connection:
    """One that came to be."""

    __slots__ = (
        "_ask", "_cookie", "_monotonic", "_wall", "client", "descriptor", "established", "forgotten", "idle",
        "inode", "name", "peer", "segments", "used",
    )  # fmt: skip

    def __init__(self, descriptor: int, inode: int, peer: Peer, socket: Borrowed) -> None:
        self.descriptor, self.inode, self.peer = descriptor, inode, peer
        self._ask = socket.getsockopt
        self._cookie = _cookie(socket)
        """None where the kernel has none to give: its inode says the same, and takes longer."""
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

    def is_there(self) -> bool:
        """Whether its descriptor is still this socket."""
        if self._cookie is None:
            return socket_inode(self.descriptor) == self.inode
        try:
            return self._ask(*COOKIE) == self._cookie
        except OSError:
            return False

    def move(self, descriptor: int) -> None:
        """It is found under another number: its owner duplicated it.

        Raises:
            OSError: there is no socket under that.
        """
        self._ask = Borrowed(descriptor).getsockopt
        self.descriptor = descriptor

    def look(self, wall: float, monotonic: float, since: float) -> None:
        """Ask the kernel of it; one that was closed meanwhile, by another thread, is no longer established.

        Args:
            wall: seconds since 1970.
            monotonic: seconds of that clock.
            since: seconds since the invocation began, by the same clock; what went before does not make it used.
        """
        try:
            state, idle, segments = brief(self._ask(*TOLD))
        except OSError:
            self.established = self.used = False
            return
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
        for seconds in (wall - self._wall, monotonic - self._monotonic):
            if seconds > idle:
                idle = seconds
        self.idle = idle


def _cookie(socket: Borrowed) -> bytes | None:
    try:
        return socket.getsockopt(*COOKIE)
    except OSError:
        return None


class Look:
    """What one scan found."""

    __slots__ = ("dead", "descriptors", "inodes", "opened", "pending", "runtimes", "vanished")

    def __init__(self, descriptors: int, inodes: set[int]) -> None:
        self.descriptors = descriptors
        self.inodes = inodes
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
        self._last: Look | None = None
        self._turn = 0

    def leave_out(self) -> None:
        """What is open now belongs to somebody else, as after a fork."""
        self.known.clear()
        self._pending.clear()
        self._last = None
        inodes = (socket_inode(number) for number in descriptors() or ())
        self._others = {inode for inode in inodes if inode is not None}

    def rescan(self, wall: float, monotonic: float, since: float) -> Look | None:
        """As ``scan``, of the known connections alone; to be called where the kernel began and accepted none since.

        Returns:
            None where it cannot tell, and has to be a scan: the last one found more than it looks at, or a connection
            that was being opened; the descriptors are others, or more or fewer, than they were.
        """
        last = self._last
        if last is None or last.pending or len(self.known) > MOST_SOCKETS:
            return None
        if count_descriptors(last.descriptors) != last.descriptors:
            return None
        connections = self.known.values()
        for connection in connections:
            if not connection.is_there():
                return None
        for connection in connections:
            connection.look(wall, monotonic, since)
        return Look(last.descriptors, last.inodes)

    def scan(self, wall: float, monotonic: float, since: float) -> Look | None:
        """Look at every descriptor; None where they cannot be listed, which is not the same as none.

        Above 256 known connections, each is looked at in turn, and meanwhile counts as it was found last. The arguments
        are those of ``Connection.look``.
        """
        self._last = None
        numbers = descriptors()
        if numbers is None:
            return None
        look = Look(max(0, len(numbers) - 1), set())
        seen = look.inodes
        known, others = self.known, self._others
        again: list[Connection] = []
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
                try:
                    if connection.descriptor != number:
                        connection.move(number)
                    again.append(connection)
                except OSError:
                    connection.established = False
            elif inode not in others:
                fresh.append((number, inode))
        for connection in self._in_turn(again):
            connection.look(wall, monotonic, since)
        whole = True
        for number, inode in fresh:
            try:
                self._first_look(number, inode, look, wall, monotonic, since)
            except OSError:  # noqa: PERF203 - one that fails leaves the others be
                # Closed meanwhile, by another thread or its peer.
                whole = False
        for inode in known.keys() - seen:
            del known[inode]
        others &= seen
        look.vanished = {inode for inode in self._pending if inode not in look.pending and inode not in known}
        self._pending = look.pending
        self._last = look if whole else None
        return look

    def _in_turn(self, again: list[Connection]) -> list[Connection]:
        if len(again) <= MOST_SOCKETS:
            return again
        for connection in again:
            connection.used = False
        begin = self._turn % len(again)
        self._turn = begin + MOST_SOCKETS
        return (again[begin:] + again[:begin])[:MOST_SOCKETS]

    def _first_look(self, number: int, inode: int, look: Look, wall: float, monotonic: float, since: float) -> None:
        socket = Borrowed(number)
        try:
            info = socket.info()
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
            self._opened(Connection(number, inode, address(socket.getpeername()), socket), socket, look)
            if inode in self.known:
                self.known[inode].look(wall, monotonic, since)

    def _opened(self, connection: Connection, socket: Borrowed, look: Look) -> None:
        if connection.peer == self._runtime:
            look.runtimes += 1
            self._others.add(connection.inode)
        elif address(socket.getsockname())[1] in self._listening:
            # Accepted, not opened.
            self._others.add(connection.inode)
        else:
            self.known[connection.inode] = connection
            look.opened.append(connection)
