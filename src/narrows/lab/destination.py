"""The destination's listeners.

Connections that stay until the end need no ``accept``: the kernel completes their handshakes and keeps them in the
listener's queue, without a descriptor each. Where connections come and go they are accepted, echoed to, and closed
when the caller closes.
"""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from narrows.lab.blueprint import Destination

_BACKLOG = 2_000_000
_AT_ONCE = 256
_SPARE_DESCRIPTORS = 100


def listeners(destinations: Sequence[Destination]) -> list[socket.socket]:
    """A listener for each destination that answers; the network namespace must be entered."""
    return [_listener(one) for one in destinations if one.answers == "yes"]


def _listener(one: Destination) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((one.address, one.port))
    listener.listen(_BACKLOG)
    return listener


def hold(listening: Sequence[socket.socket]) -> None:
    """Let the kernel complete handshakes, for ever."""
    while listening:
        signal.pause()


def echo(listening: Sequence[socket.socket], descriptors: int) -> None:
    """Accept, send back what comes, close when the caller closes, for ever.

    Args:
        listening: the listeners.
        descriptors: this process's limit on open files; what is above it waits in the listeners' queues.
    """
    poll = select.epoll()
    waiting = {one.fileno(): one for one in listening}
    open_now: dict[int, socket.socket] = {}
    room = descriptors - len(waiting) - _SPARE_DESCRIPTORS
    for file in waiting:
        poll.register(file, select.EPOLLIN)
    paused = False
    while True:
        for file, _ in poll.poll(maxevents=_AT_ONCE):
            if file in waiting:
                _accept(waiting[file], open_now, poll, room - len(open_now))
            elif not _answer(open_now[file]):
                poll.unregister(file)
                open_now.pop(file).close()
        full = len(open_now) >= room
        if full != paused:
            paused = full
            for file in waiting:
                poll.modify(file, 0 if full else select.EPOLLIN)


def _accept(listener: socket.socket, open_now: dict[int, socket.socket], poll: select.epoll, room: int) -> None:
    with suppress(BlockingIOError, ConnectionAbortedError):
        for _ in range(min(_AT_ONCE, room)):
            connection, _ = listener.accept()
            connection.setblocking(False)
            open_now[connection.fileno()] = connection
            poll.register(connection.fileno(), select.EPOLLIN | select.EPOLLRDHUP)


def _answer(connection: socket.socket) -> bool:
    """Send back what came; False when the caller closed."""
    try:
        data = connection.recv(4096)
        if data:
            connection.send(data)
        return bool(data)
    except BlockingIOError:
        return True
    except OSError:
        return False
