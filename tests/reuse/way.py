"""What stands between a server and its clients, and can be broken."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.servers import HOST


class Way:
    """The way to one server: it passes bytes on, whoever's, and can be broken."""

    def __init__(self, port: int, to: int) -> None:
        self._listening = socket.create_server((HOST, port), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self.opened = 0
        """Connections to the server that it opened: they are not the client's."""
        self._to = to
        self._pairs: list[tuple[int, socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def ports(self) -> list[int]:
        """The clients' own, of every connection so far."""
        with self._lock:
            return [port for port, _, _ in self._pairs]

    def end(self) -> None:
        """Say goodbye to every client."""
        with self._lock:
            for _, *pair in self._pairs:
                for one in pair:
                    # One may be over already.
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Be gone."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for _, *pair in self._pairs:
                for one in pair:
                    one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, (_, port) = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self.opened += 1
            far = socket.create_connection((HOST, self._to))
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs.append((port, near, far))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while said := source.recv(65_536):
                target.sendall(said)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for one in (source, target):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
