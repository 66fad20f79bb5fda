"""What befalls connections on a path of our own, most of them unused for long: a relay, and the packet filter.

Works in a network namespace of its own and as root there, see ``isolate``: nothing in it reaches another machine.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from enum import Enum

_ISOLATED = "NARROWS_NODE_ISOLATED"


class Fault(Enum):
    """What a client finds when it takes up a connection again after a freeze, the last one without a freeze.

    The value is how the table calls it.
    """

    FIN = "peer's FIN already here"
    RESET = "RST after our bytes"
    DROP = "silent drop"
    SYN = "SYN dropped"
    VANISH = "silent drop in use"


class Relay:
    """A port in front of a server: it counts what is opened, and can bring a fault over it; a context manager."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._table = f"inet narrows_{self.port}"
        self.opened = 0
        """Connections that came from clients so far."""
        self._clients: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Relay:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        # The port will be another's.
        _nft(f"add table {self._table}\ndelete table {self._table}\n")
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            _shut(client)
        for thread in self._threads:
            thread.join(2)

    def bring(self, fault: Fault) -> None:
        """Bring it over the connections that are open now; those that are opened later fare well, unless by SYN."""
        with self._lock:
            clients = list(self._clients)
        if fault is Fault.FIN:
            for client in clients:
                _shut(client)
            return
        if fault is Fault.SYN:
            self._filter(f"tcp dport {self.port} tcp flags & (syn | ack) == syn drop")
            return
        ports = ", ".join(str(client.getpeername()[1]) for client in clients)
        if fault is Fault.RESET:
            self._filter(f"tcp dport {self.port} tcp sport {{ {ports} }} reject with tcp reset")
            return
        self._filter(f"tcp dport {self.port} tcp sport {{ {ports} }} drop")
        self._filter(f"tcp sport {self.port} tcp dport {{ {ports} }} drop")

    def _filter(self, rule: str) -> None:
        chain = f"add chain {self._table} arriving {{ type filter hook input priority 0 ; }}"
        _nft(f"add table {self._table}\n{chain}\nadd rule {self._table} arriving {rule}\n")

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.opened += 1
                self._clients.append(client)
            self._run(self._pass_on, client, server, client)
            self._run(self._pass_on, server, client, client)

    def _pass_on(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        _shut(source)
        _shut(target)
        with self._lock:
            if source is client and client in self._clients:
                self._clients.remove(client)
        source.close()


def isolate() -> None:
    """Start this command again in a namespace of its own, unless it is in one: as root, and for good."""
    if os.environ.get(_ISOLATED) != "1":
        os.environ[_ISOLATED] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.orig_argv[1:]])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _nft(commands: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=commands, text=True, check=True)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
