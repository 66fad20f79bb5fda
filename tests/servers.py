"""Real servers on loopback for real clients, each with and without TLS, on ports of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

_POSTGRES = Path("/usr/lib/postgresql/15/bin")
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """A certificate that is its own authority, for 127.0.0.1."""

    certificate: Path
    key: Path

    @classmethod
    def made(cls, folder: Path) -> Authority:
        """Make one."""
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        return cls(certificate, key)

    def context(self) -> ssl.SSLContext:
        """For a server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@contextmanager
def echo(authority: Authority, folder: Path) -> Iterator[tuple[int, int]]:
    """Sends back what it gets."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while text := self.request.recv(4096):
                self.request.sendall(text)

    with _threads(authority, Handler) as ports:
        yield ports


@contextmanager
def http(authority: Authority, folder: Path) -> Iterator[tuple[int, int]]:
    """Answers every request with ``{}``, and keeps the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with _threads(authority, Handler) as ports:
        yield ports


@contextmanager
def _threads(authority: Authority, handler: type[socketserver.BaseRequestHandler]) -> Iterator[tuple[int, int]]:
    """A thread for each connection; the ports, without and with TLS."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            """A client that went away."""

    class TlsServer(Server):
        def get_request(self) -> tuple[socket.socket, Any]:
            accepted, peer = super().get_request()
            # The handshake comes with the first read: in the connection's own thread.
            return context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False), peer

    context = authority.context()
    with ExitStack() as stack:
        ports = []
        for kind in (Server, TlsServer):
            server = stack.enter_context(kind((HOST, 0), handler))
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.shutdown)
            ports.append(int(server.server_address[1]))
        yield ports[0], ports[1]


@contextmanager
def redis(authority: Authority, folder: Path) -> Iterator[tuple[int, int]]:
    """A real redis-server."""
    plain, tls = _free(), _free()
    command = [
        "redis-server", "--port", plain, "--tls-port", tls, "--tls-cert-file", authority.certificate,
        "--tls-key-file", authority.key, "--tls-ca-cert-file", authority.certificate, "--tls-auth-clients", "no",
        "--save", "", "--daemonize", "no", "--dir", folder,
    ]  # fmt: skip
    with _process([str(part) for part in command], plain):
        yield plain, tls


@contextmanager
def postgres(authority: Authority, folder: Path) -> Iterator[tuple[int, int]]:
    """A real PostgreSQL, which refuses to run as root; one port for both."""
    user = "postgres" if os.geteuid() == 0 else None
    data, port = folder / "data", _free()
    own_key = folder / "postgres.pem"
    shutil.copy(authority.key, own_key)
    own_key.chmod(0o600)
    if user is not None:
        folder.chmod(0o755)
        data.mkdir()
        for path in (data, own_key):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)
    subprocess.run(
        [_POSTGRES / "initdb", "-D", data, "-A", "trust", "-U", "f", "--no-sync"],
        check=True, capture_output=True, user=user, cwd=folder,
    )  # fmt: skip
    command = [
        _POSTGRES / "postgres", "-D", data, "-p", port, "-k", data, "-F", "-h", HOST,
        "-c", "ssl=on", "-c", f"ssl_cert_file={authority.certificate}", "-c", f"ssl_key_file={own_key}",
    ]  # fmt: skip
    with _process([str(part) for part in command], port, user=user, cwd=folder):
        yield port, port


@contextmanager
def grpc(authority: Authority, folder: Path) -> Iterator[tuple[int, int]]:
    """A gRPC server with one method, which sends back what it gets."""
    import grpc

    method = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
    handlers = (grpc.method_handlers_generic_handler("echo.Echo", {"Say": method}),)
    with _grpc_server(authority, lambda server: server.add_generic_rpc_handlers(handlers)) as ports:
        yield ports


def add_cache(server: Any) -> None:
    """As much of Momento's cache as a client needs to set and get, to a gRPC server."""
    from momento_wire_types import cacheclient_pb2 as wire
    from momento_wire_types import cacheclient_pb2_grpc as service

    kept: dict[bytes, bytes] = {}

    class Cache(service.ScsServicer):
        def Get(self, request: Any, context: Any) -> Any:  # noqa: N802
            found = kept.get(request.cache_key)
            result = wire.ECacheResult.Miss if found is None else wire.ECacheResult.Hit
            return wire._GetResponse(result=result, cache_body=found or b"")

        def Set(self, request: Any, context: Any) -> Any:  # noqa: N802
            kept[request.cache_key] = request.cache_body
            return wire._SetResponse(result=wire.ECacheResult.Ok)

    add: Any = service.add_ScsServicer_to_server
    add(Cache(), server)


@contextmanager
def cache(authority: Authority, folder: Path, tls: int = 0) -> Iterator[tuple[int, int]]:
    """As much of Momento's cache as a client needs to set and get.

    Args:
        authority: whose certificate it has.
        folder: not needed.
        tls: the port with TLS; 0 for any. Momento's client speaks TLS to 443 and to no other.
    """
    with _grpc_server(authority, add_cache, tls) as ports:
        yield ports


@contextmanager
def _grpc_server(authority: Authority, add: Any, tls: int = 0) -> Iterator[tuple[int, int]]:
    import grpc

    server = grpc.server(ThreadPoolExecutor(8))
    add(server)
    pair = authority.key.read_bytes(), authority.certificate.read_bytes()
    plain = server.add_insecure_port(f"{HOST}:0")
    tls = server.add_secure_port(f"{HOST}:{tls}", grpc.ssl_server_credentials([pair]))
    server.start()
    try:
        yield plain, tls
    finally:
        server.stop(None).wait()


def _free() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@contextmanager
def _process(command: list[str], port: int, **more: Any) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise TimeoutError(f"{command[0]} does not answer")
        # PostgreSQL answers before it lets anybody in.
        time.sleep(0.5)
        yield
    finally:
        # PostgreSQL waits for its clients after a SIGTERM.
        process.send_signal(signal.SIGINT)
        process.wait(20)


BY_NAME = {"echo": echo, "http": http, "redis": redis, "grpc": grpc, "cache": cache, "postgres": postgres}


def missing(name: str) -> str | None:
    """Why a server cannot be run here; None where it can."""
    needed = {"redis": "redis-server", "postgres": str(_POSTGRES / "initdb")}.get(name, "openssl")
    if shutil.which(needed) is None or shutil.which("openssl") is None:
        return f"{needed} is not installed"
    if name == "postgres" and os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split()[2] == "1":
        return "PostgreSQL refuses to run as the root of a user namespace"
    return None
