"""Lambda's Runtime API on loopback, and real runtimes (awslambdaric) that it plays invocations to."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PATIENCE = 10.0
"""Seconds for anything a runtime does; nothing here waits for them to pass."""


@dataclass(frozen=True)
class Answer:
    """What a runtime posted, or that it ended."""

    kind: str
    """``response``, ``error``, ``init-error`` or ``exit``."""
    body: bytes = b""
    fault: str = ""
    """The X-Ray fault that comes with an error."""
    by: int = 0
    """The port of the connection that it came on: one for each worker."""


class RuntimeApi:
    """The server; use it as a context manager."""

    def __init__(self) -> None:
        self._events: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        self._answers: queue.Queue[Answer] = queue.Queue()
        self._asking = threading.Semaphore(0)
        self._number = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one packet: else the client's delayed acknowledgement costs each invocation 40 ms.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                if self.path.endswith("/restore/next"):
                    self._answer(200, b"", "")
                    return
                api._asking.release()
                event = api._events.get()
                if event is None:
                    self.close_connection = True
                    return
                self._answer(200, event[1], event[0])

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kind = "init-error" if "/init/" in self.path else self.path.rpartition("/")[2]
                fault = self.headers.get("Lambda-Runtime-Function-XRay-Error-Cause", "")
                self._answer(202, b"", "")
                api._answers.put(Answer(kind, body, fault, self.client_address[1]))

            def _answer(self, status: int, body: bytes, request: str) -> None:
                self.send_response(status)
                for name, value in {
                    "Lambda-Runtime-Aws-Request-Id": request,
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 30) * 1_000)),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:f",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_: Any) -> None:
                pass  # A runtime that was killed.

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for _worker in range(64):
            self._events.put(None)
        self._server.shutdown()
        self._server.server_close()

    def send(self, event: object = None) -> None:
        """Give an invocation to whoever asks for one."""
        self._number += 1
        self._events.put((f"request-{self._number}", json.dumps(event).encode()))

    def answer(self, process: subprocess.Popen[bytes] | None = None) -> Answer:
        """The next that is posted; or the end of a process that posted nothing."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                return self._answers.get(timeout=0.02)
            except queue.Empty:
                if process is not None and process.poll() is not None and self._answers.empty():
                    return Answer("exit")
        raise TimeoutError("no runtime answered")

    def asked(self, process: subprocess.Popen[bytes] | None = None) -> bool:
        """Wait until a runtime asks for an invocation; False where the process ended instead."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._asking.acquire(timeout=0.02):
                return True
            if process is not None and process.poll() is not None:
                return False
        raise TimeoutError("no runtime asked")


class Runtime:
    """One real runtime with a function, in a process group of its own."""

    def __init__(self, api: RuntimeApi, process: subprocess.Popen[bytes], log: Path) -> None:
        self._api = api
        self.process = process
        self._log = log
        self.running = api.asked(process)

    def invoke(self, event: object = None) -> Answer:
        """Play one invocation, and wait until the runtime asks for the next, or has ended."""
        self._api.send(event)
        answer = self._api.answer(self.process)
        self.running = self._api.asked(self.process)
        return answer

    def log(self) -> str:
        """All that it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """The sensor's lines."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith('{"') and '"narrows":' in line]

    def other_lines(self) -> list[str]:
        """All others."""
        return [line for line in self.log().splitlines() if '"narrows":' not in line]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of it runs, as between two invocations."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


@contextmanager
def runtime(
    api: RuntimeApi,
    folder: Path,
    *,
    handler: str = "app.handler",
    wrapper: Path | None,
    environ: Mapping[str, str] | None = None,
    python: str = sys.executable,
    before: tuple[str, ...] = (),
) -> Iterator[Runtime]:
    """A runtime for the function in a folder.

    Args:
        api: that it asks.
        folder: has the function's modules.
        handler: as in a function's configuration.
        wrapper: ``AWS_LAMBDA_EXEC_WRAPPER``: it gets the runtime's command; None for none.
        environ: more environment variables.
        python: that runs it.
        before: a command that runs the wrapper.
    """
    log = folder / "log"
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "storefront",
        "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/30/[7]0a1b",
        "PYTHONDONTWRITEBYTECODE": "1",
    } | dict(environ or {})
    command = [*before, *([str(wrapper)] if wrapper else []), python, "-m", "awslambdaric", handler]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=folder, env=settings, stdin=subprocess.DEVNULL, stdout=written, stderr=written,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield Runtime(api, process, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
