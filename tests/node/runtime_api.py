"""The Lambda Runtime API, as far as a runtime needs it: it hands out invocations and takes the answers."""

from __future__ import annotations

import json
import queue
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

FUNCTION = "storefront"
_PREFIX = "/2018-06-01/runtime/"


@dataclass
class Invocation:
    """One that was asked for, and what came of it."""

    request_id: str
    body: bytes
    deadline: float
    """Seconds since 1970."""
    taken: threading.Event = field(default_factory=threading.Event)
    """Whether the runtime fetched it."""
    answered: threading.Event = field(default_factory=threading.Event)
    result: bytes = b""
    error: bool = False

    def answer(self, seconds: float) -> Any:
        """What the handler returned.

        Raises:
            TimeoutError: nothing, after so many seconds.
            FunctionError: it failed.
        """
        if not self.answered.wait(seconds):
            raise TimeoutError(f"no answer after {seconds} s")
        value = json.loads(self.result) if self.result else None
        if self.error:
            raise FunctionError(value)
        return value


class FunctionError(Exception):
    """The handler failed, as the runtime told it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A runtime that is ended leaves its connections as they are."""


class RuntimeApi:
    """A server on the loopback for one execution environment; a context manager."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._waiting: queue.Queue[Invocation] = queue.Queue()
        self._going_on: dict[str, Invocation] = {}
        self.init_error: Any = None
        """What the runtime reported of its initialization."""
        self.initialized = threading.Event()
        """The runtime asked for an invocation, or reported that it cannot."""
        self._stopped = threading.Event()
        self._count = 0
        self._server = _Server((host, 0), self._handler())
        self.address = f"{host}:{self._server.server_address[1]}"
        """For AWS_LAMBDA_RUNTIME_API."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> RuntimeApi:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def invoke(self, event: object, timeout: float = 10.0) -> Invocation:
        """Hand an event to the runtime, which has so many seconds for it."""
        self._count += 1
        invocation = Invocation(f"request-{self._count}", json.dumps(event).encode(), time.time() + timeout)
        self._waiting.put(invocation)
        return invocation

    def environment(self) -> dict[str, str]:
        """The variables that Lambda sets for a runtime."""
        return {
            "AWS_LAMBDA_RUNTIME_API": self.address,
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/30/[7]0a1b",
            "AWS_REGION": "us-east-1",
        }

    def _next(self) -> Invocation | None:
        self.initialized.set()
        while not self._stopped.is_set():
            try:
                invocation = self._waiting.get(timeout=0.1)
            except queue.Empty:
                continue
            self._going_on[invocation.request_id] = invocation
            invocation.taken.set()
            return invocation
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                invocation = api._next() if self.path == f"{_PREFIX}invocation/next" else None
                if invocation is None:
                    self._say(410)
                    return
                self._say(
                    200,
                    invocation.body,
                    {
                        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                        "Lambda-Runtime-Deadline-Ms": str(round(invocation.deadline * 1000)),
                        "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:us-east-1:1:function:{FUNCTION}",
                        "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
                        "Content-Type": "application/json",
                    },
                )

            def do_POST(self) -> None:
                body = self._body()
                self._say(202)
                if self.path == f"{_PREFIX}init/error":
                    api.init_error = json.loads(body)
                    api.initialized.set()
                    return
                request_id, _, what = unquote(self.path.removeprefix(f"{_PREFIX}invocation/")).partition("/")
                # A runtime that dies between invocations tells so of the last one, which was answered already.
                if (invocation := api._going_on.pop(request_id, None)) is not None:
                    invocation.result, invocation.error = body, what == "error"
                    invocation.answered.set()

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                while self.rfile.readline().strip():
                    pass
                return body

            def _say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
                try:
                    self.send_response(status)
                    for name, value in (headers or {}).items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    # The runtime has ended.
                    self.close_connection = True

        return Handler
