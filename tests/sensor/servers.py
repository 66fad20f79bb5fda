"""Real servers on loopback for real clients, each on a port of its own: for a network namespace of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.reuse.servers import add_cache

ECHO, HTTP, REDIS, GRPC, CACHE, POSTGRES, HTTPS = 7000, 7001, 7002, 7003, 7004, 7005, 7006
"""Their ports."""
PORTS = frozenset((ECHO, HTTP, REDIS, GRPC, CACHE, POSTGRES, HTTPS))
_POSTGRES = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def echo() -> Iterator[None]:
    """Sends back what it gets."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while text := self.request.recv(4096):
                self.request.sendall(text)

    with _threads(socketserver.ThreadingTCPServer, ECHO, Handler):
        yield


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def http() -> Iterator[None]:
    """Answers every request with ``{}``, and keeps the connection."""
    with _threads(ThreadingHTTPServer, HTTP, _Answers):
        yield


@contextmanager
def https() -> Iterator[None]:
    """The same over TLS, with a certificate that nobody signed."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key", f"{folder}/certificate"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        class Server(ThreadingHTTPServer):
            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                return context.wrap_socket(connection, server_side=True), address

        with _threads(Server, HTTPS, _Answers):
            yield


@contextmanager
def _threads(kind: Callable[..., socketserver.TCPServer], port: int, handler: type) -> Iterator[None]:
    with kind(("127.0.0.1", port), handler) as server:
        vars(server)["daemon_threads"] = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def redis() -> Iterator[None]:
    """A real redis-server."""
    with _process(["redis-server", "--port", str(REDIS), "--save", "", "--daemonize", "no"], REDIS):
        yield


@contextmanager
def postgres() -> Iterator[None]:
    """A real PostgreSQL, which refuses to run as root."""
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        data = Path(folder) / "data"
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        subprocess.run(
            [_POSTGRES / "initdb", "-D", data, "-A", "trust", "-U", "f", "--no-sync"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        command = [str(_POSTGRES / "postgres"), "-D", str(data), "-p", str(POSTGRES), "-k", folder, "-F"]
        with _process(command, POSTGRES, user=user, cwd=folder):
            yield


@contextmanager
def grpc() -> Iterator[None]:
    """A gRPC server with one method, which sends back what it gets."""
    import grpc

    method = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
    with _grpc_server(GRPC, lambda server: server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("echo.Echo", {"Say": method}),
    ))):  # fmt: skip
        yield


@contextmanager
def cache() -> Iterator[None]:
    """As much of Momento's cache as a client needs to set and get."""
    with _grpc_server(CACHE, add_cache):
        yield


@contextmanager
def _grpc_server(port: int, add: Callable[[Any], object]) -> Iterator[None]:
    import grpc

    server = grpc.server(ThreadPoolExecutor(8))
    add(server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    yield
    server.stop(None).wait()


@contextmanager
def _process(command: list[str], port: int, **more: Any) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise TimeoutError(f"{command[0]} does not answer")
        # PostgreSQL answers before it lets anybody in.
        time.sleep(0.3)
        yield
    finally:
        process.terminate()
        process.wait(20)


BY_NAME = {
    "echo": echo,
    "http": http,
    "https": https,
    "redis": redis,
    "grpc": grpc,
    "cache": cache,
    "postgres": postgres,
}


def missing(name: str) -> str | None:
    """Why a server cannot be run here; None where it can."""
    if name == "redis" and shutil.which("redis-server") is None:
        return "redis-server is not installed"
    if name == "https" and shutil.which("openssl") is None:
        return "openssl is not installed"
    if name == "postgres":
        if not (_POSTGRES / "initdb").exists():
            return "PostgreSQL 15 is not installed"
        outside = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
        if os.geteuid() == 0 and outside[2] == "1":
            return "PostgreSQL refuses to run as the root of a user namespace"
    return None


@contextmanager
def running(names: set[str]) -> Iterator[None]:
    """All of them that are named."""
    with ExitStack() as stack:
        for name in sorted(names):
            stack.enter_context(BY_NAME[name]())
        yield
