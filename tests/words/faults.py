"""A network namespace in which every address is one fault, on the usual ports of every protocol, and names lead there.

Nothing in it reaches another machine: it has no interface but its own loopback.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

FAULTS = {
    "black-hole": "203.0.113.10",
    "refused": "203.0.113.11",
    "reset": "203.0.113.12",
    "reset-later": "203.0.113.13",
    "closed": "203.0.113.14",
    "closed-later": "203.0.113.15",
    "silent": "203.0.113.16",
    "full": "203.0.113.17",
}
"""The address of each fault: names of documentation, RFC 5737."""
DOMAIN = "example.test"
NAMES = {**{f"{fault}.{DOMAIN}": address for fault, address in FAULTS.items()}, f"unreachable.{DOMAIN}": "198.51.100.9"}
PORTS = (22, 80, 443, 636, 1521, 3306, 5432, 5672, 6379, 7687, 9042, 9092, 27017)

_PG_ERROR = (
    b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0Fproc.c\0L353\0RInitProcess\0\0"
)  # fmt: skip
_FULL: dict[int, bytes] = {
    3306: b"\xff" + struct.pack("<H", 1040) + b"#08004Too many connections",
    5432: b"E" + struct.pack(">I", len(_PG_ERROR) + 4) + _PG_ERROR,
    6379: b"-ERR max number of clients reached\r\n",
}
_TLS_REQUEST = struct.pack(">II", 8, 80877103)
_GSS_REQUEST = struct.pack(">II", 8, 80877104)


def serve() -> None:
    """Start a server for every fault, and the names that lead to them."""
    for fault, address in FAULTS.items():
        if fault == "refused":
            continue
        for port in PORTS:
            listening = socket.create_server((address, port), backlog=0 if fault == "black-hole" else 64)
            if fault == "black-hole":
                _fill(listening)
            else:
                threading.Thread(target=_accept, args=(listening, fault, port), daemon=True).start()
    threading.Thread(target=_answer_names, daemon=True).start()


_kept: list[socket.socket] = []


def _fill(listening: socket.socket) -> None:
    """Fill the queue of a socket that nobody accepts from: Linux drops every SYN that comes after."""
    _kept.append(listening)
    for _ in range(3):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listening.getsockname())
        _kept.append(one)
    time.sleep(0.01)


def _accept(listening: socket.socket, fault: str, port: int) -> None:
    while True:
        one, _ = listening.accept()
        threading.Thread(target=_HOW[fault], args=(one, port), daemon=True).start()


def _reset(one: socket.socket, port: int) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def _reset_later(one: socket.socket, port: int) -> None:
    _greet(one, port)
    one.recv(4096)
    _reset(one, port)


def _close(one: socket.socket, port: int) -> None:
    one.close()


def _close_later(one: socket.socket, port: int) -> None:
    _greet(one, port)
    one.recv(65536)
    one.close()


def _say_nothing(one: socket.socket, port: int) -> None:
    _kept.append(one)


def _turn_away(one: socket.socket, port: int) -> None:
    """Say that there are too many connections, in the protocol's own bytes."""
    said = _FULL.get(port, b"")
    if port == 3306:
        said = len(said).to_bytes(3, "little") + b"\0" + said
    elif port == 5432:
        while (asked := one.recv(4096)) in (_TLS_REQUEST, _GSS_REQUEST):
            one.sendall(b"N")
        if not asked:
            return
    one.sendall(said)
    one.shutdown(socket.SHUT_WR)
    while one.recv(4096):
        pass
    one.close()


def _greet(one: socket.socket, port: int) -> None:
    """MySQL's server speaks first."""
    if port == 3306:
        body = (
            b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"abcdefgh\0" + b"\xff\xf7\xff\x02\x00\xff\xdf\x15" + b"\0" * 10
            + b"abcdefghijkl\0" + b"mysql_native_password\0"
        )  # fmt: skip
        one.sendall(len(body).to_bytes(3, "little") + b"\0" + body)


_HOW: dict[str, Callable[[socket.socket, int], None]] = {
    "reset": _reset,
    "reset-later": _reset_later,
    "closed": _close,
    "closed-later": _close_later,
    "silent": _say_nothing,
    "full": _turn_away,
}


def _answer_names() -> None:
    """A name server: known names, NXDOMAIN for any other, SERVFAIL for ``servfail.``, nothing for ``unanswered.``"""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        asked, asker = server.recvfrom(4096)
        labels, at = [], 12
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode("latin-1"))
            at += asked[at] + 1
        name, kind, end = ".".join(labels).lower(), asked[at + 1 : at + 3], at + 5
        if labels[0] == "unanswered":
            continue
        address = NAMES.get(name)
        code = 2 if labels[0] == "servfail" else 0 if address else 3
        found = address is not None and kind == b"\0\1"
        head = asked[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, int(found), 0, 0)
        said = head + asked[12:end]
        if address is not None and found:
            said += b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 60, 4) + socket.inet_aton(address)
        server.sendto(said, asker)


def isolate() -> None:
    """Start this command again in a namespace of its own, unless it is in one: as root, and for good."""
    if os.environ.get("NARROWS_WORDS") != "isolated":
        os.environ["NARROWS_WORDS"] = "isolated"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.orig_argv[1:]])


def build(folder: Path) -> None:
    """Give the namespace its addresses and its names, and start the servers."""
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n")
    for command in (
        "mount --make-rprivate /",
        f"mount --bind {resolver} /etc/resolv.conf",
        "ip link set lo up",
        *(f"ip address add {address}/32 dev lo" for address in FAULTS.values()),
    ):
        subprocess.run(command.split(), check=True)
    serve()
