"""Real Lambda runtimes that a test invokes, freezes and ends: they ask the Runtime API that the lab's runtimes ask."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from narrows.lab.runtimes import api as lab
from narrows.lab.runtimes.api import INIT_ERROR, Answer

PATIENCE = 20.0
"""Seconds for anything a runtime does; nothing here waits for them to pass."""
_LOOK_EVERY = 0.02
FUNCTION = "storefront"
_ARN = f"arn:aws:lambda:us-east-1:111122223333:function:{FUNCTION}"


class FunctionError(Exception):
    """The handler failed, as the runtime told it."""


class Invocation:
    """One that was asked for, and what comes of it."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self._answer = Answer("")

    def end(self, answer: Answer) -> None:
        """The runtime answered."""
        self._answer = answer
        self.answered.set()

    def answer(self, seconds: float = PATIENCE, process: subprocess.Popen[bytes] | None = None) -> Answer:
        """What the runtime said; of kind ``exit`` where its process ended and had said nothing.

        Raises:
            TimeoutError: nothing, after so many seconds.
        """
        until = time.monotonic() + seconds
        while not self.answered.wait(_LOOK_EVERY):
            if process is not None and process.poll() is not None and not self.answered.wait(_LOOK_EVERY):
                return Answer("exit")
            if time.monotonic() > until:
                raise TimeoutError(f"no answer after {seconds} s")
        return self._answer

    def value(self, seconds: float = PATIENCE) -> Any:
        """What the handler returned; errors as of ``answer``, and FunctionError where it failed."""
        answer = self.answer(seconds)
        value = json.loads(answer.body) if answer.body else None
        if answer.kind != "response":
            raise FunctionError(value)
        return value


class RuntimeApi:
    """The lab's Runtime API on loopback, in a thread of its own; a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._api = lab.RuntimeApi(self._asks, self._answers)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        """For AWS_LAMBDA_RUNTIME_API."""
        self._asking = threading.Semaphore(0)
        self._invocations: dict[str, Invocation] = {}
        self.init_error: Answer | None = None
        """Why the runtime could not begin."""

    def __enter__(self) -> RuntimeApi:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._api.listen(self._listening), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(self, event: object = None, seconds: float = 30.0) -> Invocation:
        """Give an invocation to whoever asks for one; the function has so many seconds for it."""
        request, invocation = f"request-{len(self._invocations) + 1}", Invocation()
        self._invocations[request] = invocation
        given = lab.Event(request, _ARN, round((time.time() + seconds) * 1000), json.dumps(event).encode())
        self._loop.call_soon_threadsafe(self._api.hand_out, given)
        return invocation

    def asked(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until a runtime asks for an invocation; False where the process ended instead."""
        until = time.monotonic() + PATIENCE
        while not self._asking.acquire(timeout=_LOOK_EVERY):
            if process.poll() is not None:
                return False
            if time.monotonic() > until:
                raise TimeoutError("no runtime asked")
        return True

    async def _close(self) -> None:
        # A connection that is only now taken begins to be answered while the others end.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            self._api.close()
            await asyncio.wait(others, timeout=_LOOK_EVERY)
        self._api.close()
        for _ in range(3):
            # What ends a connection comes after the task that spoke on it.
            await asyncio.sleep(0)

    def _asks(self) -> None:
        self._asking.release()

    def _answers(self, answer: Answer) -> None:
        if answer.kind == INIT_ERROR:
            self.init_error = answer
        elif answer.request in self._invocations:
            self._invocations[answer.request].end(answer)


class Runtime:
    """One real runtime in a process group of its own; a context manager."""

    def __init__(self, api: RuntimeApi, command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
        self.api = api
        self._command, self._folder = command, folder
        self._environ = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/30/[7]0a1b",
            "AWS_REGION": "us-east-1",
            **environ,
        }
        self._said = b""
        self._written = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self.running = False
        """Whether it has asked for an invocation since it began, and since its last one."""

    def __enter__(self) -> Runtime:
        self.process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=self._written,
            stderr=self._written,
            start_new_session=True,
        )
        try:
            self.running = self.api.asked(self.process)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self._signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._said = self._read()
        self._written.close()

    def send(self, event: object = None, seconds: float = 30.0) -> Invocation:
        """Hand it an event, and do not wait for what comes of it."""
        return self.api.send(event, seconds)

    def invoke(self, event: object = None) -> Answer:
        """Play one invocation, and wait until the runtime asks for the next, or has ended."""
        answer = self.send(event).answer(process=self.process)
        self.running = self.api.asked(self.process)
        return answer

    def freeze(self) -> None:
        """Stop it, as Lambda does between invocations."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of it runs within this."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def log(self) -> str:
        """All that it wrote."""
        return (self._said if self._written.closed else self._read()).decode(errors="replace")

    def _read(self) -> bytes:
        file = self._written.fileno()
        return os.pread(file, os.fstat(file).st_size, 0)

    def lines(self) -> list[dict[str, Any]]:
        """The sensor's lines that are whole."""
        return [json.loads(line) for line in self.log().split("\n")[:-1] if _is_ours(line)]

    def other_lines(self) -> list[str]:
        """All others."""
        return [line for line in self.log().splitlines() if not _is_ours(line)]

    def _signal(self, number: int) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)


def _is_ours(line: str) -> bool:
    return line.startswith('{"') and '"narrows":' in line


def runtime(
    api: RuntimeApi,
    folder: Path,
    *,
    handler: str = "app.handler",
    wrapper: Path | None,
    environ: Mapping[str, str] | None = None,
    python: str = sys.executable,
    before: tuple[str, ...] = (),
) -> Runtime:
    """A Python runtime for the function in a folder.

    Args:
        api: that it asks.
        folder: has the function's modules.
        handler: as in a function's configuration.
        wrapper: ``AWS_LAMBDA_EXEC_WRAPPER``: it gets the runtime's command; None for none.
        environ: more environment variables.
        python: that runs it.
        before: a command that runs the wrapper.
    """
    command = [*before, *([str(wrapper)] if wrapper else []), python, "-m", "awslambdaric", handler]
    return Runtime(api, command, folder, {"HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})})
