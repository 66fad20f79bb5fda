"""The proof of a fix: ten invocations of a handler, before and after it, counted by a real server."""

from __future__ import annotations

import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from narrows_lambda.lint import fixed

REDIS = """
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def handler(event, context):
    cache = redis.Redis(port=PORT, socket_timeout=5, retry=Retry(NoBackoff(), 1))
    try:
        cache.incr("seen")
    finally:
        cache.close()
"""
HTTPX = """
import httpx


def handler(event, context):
    with httpx.Client(timeout=5) as client:
        assert client.get("http://127.0.0.1:PORT/").status_code == 200
"""
REQUESTS = """
import requests

# A call to localhost that says so is an extension's, and left alone.
SERVER = "127.0.0.1"


def handler(event, context):
    assert requests.get(f"http://{SERVER}:PORT/", timeout=5).ok
"""
URLLIB3 = """
import urllib3


def fetch():
    http = urllib3.PoolManager(timeout=5)
    return http.request("GET", "http://127.0.0.1:PORT/")


def handler(event, context):
    assert fetch().status == 200
"""
GRPC = """
import grpc


def handler(event, context):
    with grpc.insecure_channel("127.0.0.1:PORT") as channel:
        assert channel.unary_unary("/echo/echo")(b"x", timeout=5) == b"x"
"""
HANDLERS = {"httpx": HTTPX, "requests": REQUESTS, "urllib3": URLLIB3, "grpc": GRPC, "redis": REDIS}
DRIVER = "\nfor number in range(10):\n    handler({}, None)\n"


class Counting(ThreadingHTTPServer):
    """Counts the connections that it accepts."""

    accepted = 0
    daemon_threads = True

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        self.accepted += 1
        super().process_request(request, client_address)


class Answer(BaseHTTPRequestHandler):
    """Keeps its connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Pass(socketserver.BaseRequestHandler):
    """Hands every byte on to the server behind, both ways."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Relay)
        with socket.create_connection(("127.0.0.1", server.behind), 5) as behind:
            back = threading.Thread(target=copy, args=(behind, self.request))
            back.start()
            copy(self.request, behind)
            back.join()


class Relay(socketserver.ThreadingTCPServer):
    """Counts the connections to a server that does not itself."""

    accepted = 0
    behind = 0
    daemon_threads = True

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        self.accepted += 1
        super().process_request(request, client_address)


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def serving(server: Counting | Relay) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def grpc_server() -> Iterator[int]:
    import grpc

    method = grpc.unary_unary_rpc_method_handler(lambda request, context: request)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("echo", {"echo": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert any("Ready to accept" in line for line in process.stdout)
            yield port
        finally:
            process.terminate()


def connections(source: bytes, counter: Counting | Relay, folder: Path) -> int:
    file = folder / "invoked.py"
    file.write_bytes(source + DRIVER.encode())
    before = counter.accepted
    subprocess.run([sys.executable, str(file)], check=True, timeout=60)
    return counter.accepted - before


def before_and_after(name: str, counter: Counting | Relay, folder: Path) -> tuple[int, int]:
    with serving(counter) as port:
        source = HANDLERS[name].replace("PORT", str(port)).encode()
        return connections(source, counter, folder), connections(fixed(source), counter, folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["httpx", "requests", "urllib3"])
def test_ten_invocations_open_one_connection_to_an_http_server(name: str, tmp_path: Path) -> None:
    assert before_and_after(name, Counting(("127.0.0.1", 0), Answer), tmp_path) == (10, 1)


@pytest.mark.slow
def test_ten_invocations_open_one_grpc_connection(tmp_path: Path) -> None:
    relay = Relay(("127.0.0.1", 0), Pass)
    with grpc_server() as relay.behind:
        # gRPC keeps a closed channel's connection for a while, and a new channel to the same place may find it.
        before, after = before_and_after("grpc", relay, tmp_path)
    assert before > after == 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server")
def test_ten_invocations_open_one_connection_to_redis(tmp_path: Path) -> None:
    relay = Relay(("127.0.0.1", 0), Pass)
    with redis_server(tmp_path) as relay.behind:
        assert before_and_after("redis", relay, tmp_path) == (10, 1)
