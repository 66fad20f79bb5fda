"""Which client, which name, and what became of it: connections that Python code opens, from the moment it does.

An audit hook sees each ``connect`` and each lookup of a name. What became of a connection that no scan of descriptors
ever saw is read from the kernel just before its descriptor is closed. gRPC, libpq and uvloop do neither through Python:
nothing of theirs is seen here.
"""

from __future__ import annotations

import _socket
import os
import sys
from _thread import get_ident

from narrows_lambda.sensor.clients import opener
from narrows_lambda.sockets import CLOSED, SYN_SENT, Borrowed, TcpInfo, address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Peer = tuple[str, int]

MOST_NAMES = 256
"""Kept of each kind: a function that looks up more at random is not followed by name."""
MOST_ATTEMPTS = 4_096
"""Followed at a time; there cannot be more descriptors in a function than 1,024."""
_LONGEST_NAME = 255


class Attempt:
    """One connection that Python code opens."""

    __slots__ = ("client", "descriptor", "inode", "name", "peer")

    def __init__(self, descriptor: int, inode: int, peer: Peer, name: str | None, client: str) -> None:
        self.descriptor, self.inode = descriptor, inode
        self.peer = peer
        self.name = name
        """That was looked up for the address."""
        self.client = client


class Openings:
    """The attempts of this process that are not yet over."""

    def __init__(self, on_close: Callable[[Attempt, TcpInfo | None], None]) -> None:
        """Nothing is seen before ``watch``.

        Args:
            on_close: told of each attempt when it is over, with what the kernel knows of its socket; None where it does
                not tell.
        """
        self.attempts: dict[int, Attempt] = {}
        """By descriptor."""
        self.seen = 0
        """How many so far."""
        self._on_close = on_close
        self._names: dict[Peer, str] = {}
        self._looked_up: dict[int, dict[str, None]] = {}
        self._last: dict[int, tuple[str, int]] = {}
        self._closes = False

    def watch(self) -> None:
        """Begin; an audit hook stays as long as the process."""
        global _WATCHING
        first = _WATCHING is None
        _WATCHING = self
        if first:
            sys.addaudithook(_hook)

    def connecting(self, connection: Any, name: object) -> None:
        """A ``connect`` is about to be made."""
        if type(name) is not tuple or not connection.type & _socket.SOCK_STREAM or len(self.attempts) >= MOST_ATTEMPTS:
            return
        descriptor = connection.fileno()
        inode = os.fstat(descriptor).st_ino
        before = self.attempts.get(descriptor)
        if before is not None:
            if before.inode == inode:
                # A connect that does not block is often asked again what became of it.
                return
            self._on_close(before, None)
        host, port = address(name)
        self.seen += 1
        client, told = opener(sys._getframe(2))
        self.attempts[descriptor] = Attempt(descriptor, inode, (host, port), self._name(host, port, told), client)
        self._watch_closes()

    def looking_up(self, host: object, port: object) -> None:
        """A name is about to be looked up."""
        if isinstance(host, (bytes, bytearray)):
            host = host.decode("ascii", "replace")
        if not isinstance(host, str) or not 0 < len(host) <= _LONGEST_NAME or _is_address(host):
            return
        number = int(port) if isinstance(port, (int, str, bytes)) and str(port).isdigit() else 0
        names = self._looked_up.setdefault(number, {})
        if len(names) < MOST_NAMES and len(self._looked_up) < MOST_NAMES:
            names[host] = None
        if len(self._last) >= MOST_NAMES:
            self._last.clear()
        self._last[get_ident()] = host, number

    def closing(self, descriptor: int) -> None:
        """A socket is about to be closed."""
        attempt = self.attempts.pop(descriptor, None)
        if attempt is None:
            return
        info = None
        try:
            if os.fstat(descriptor).st_ino == attempt.inode:
                info = Borrowed(descriptor).info()
        except OSError:
            pass
        self._on_close(attempt, info)

    def gone(self, inodes: set[int], dead: dict[int, TcpInfo]) -> None:
        """Attempts that are over although nobody saw their sockets closed.

        Args:
            inodes: of all sockets that are there; others were closed where nobody looked.
            dead: what the kernel says of those that are there and lead nowhere any more.
        """
        for attempt in tuple(self.attempts.values()):
            over = attempt.inode not in inodes or attempt.inode in dead
            if over and self.attempts.get(attempt.descriptor) is attempt:
                del self.attempts[attempt.descriptor]
                self._on_close(attempt, dead.get(attempt.inode))

    def _name(self, host: str, port: int, told: str | None) -> str | None:
        if not _is_address(host):
            return host[:_LONGEST_NAME]
        if told is None:
            last = self._last.get(get_ident())
            if last is not None and last[1] in (port, 0):
                told = last[0]
            elif (host, port) not in self._names:
                # Looked up in another thread: only where there is no doubt.
                names = self._looked_up.get(port) or self._looked_up.get(0) or {}
                told = next(iter(names)) if len(names) == 1 else None
        if told is not None and told != host and not _is_address(told):
            if len(self._names) >= MOST_NAMES:
                self._names.clear()
            self._names[host, port] = told[:_LONGEST_NAME]
        return self._names.get((host, port))

    def _watch_closes(self) -> None:
        # Only now: whoever connects has imported it already, and a function that never does need not pay for it.
        module = sys.modules.get("socket")
        if self._closes or module is None:
            return
        self._closes = True
        plain = module.socket
        close = plain._real_close

        def _real_close(self: Any, *rest: Any, **named: Any) -> Any:
            watching = _WATCHING
            if watching is not None and watching.attempts:
                try:  # noqa: SIM105 - contextlib would cost each close more than the look
                    watching.closing(self.fileno())
                except Exception:
                    pass
            return close(self, *rest, **named)

        plain._real_close = _real_close


_WATCHING: Openings | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Called for every audited event of the process: this comparison is all that most of them cost.
    if event == "socket.connect":
        try:
            if _WATCHING is not None:
                _WATCHING.connecting(arguments[0], arguments[1])
        except Exception:
            pass
    elif event == "socket.getaddrinfo":
        try:
            if _WATCHING is not None:
                _WATCHING.looking_up(arguments[0], arguments[1])
        except Exception:
            pass


def was_established(info: TcpInfo) -> bool:
    """Whether a connection ever came to be, also after it was reset."""
    return info.state != SYN_SENT and (info.state != CLOSED or info.answered)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
