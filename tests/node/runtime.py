"""A real Node.js runtime: ``aws-lambda-ric`` with a function of ours, loaded as the layer loads it."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from tests.node.plain import PACKAGE
from tests.node.runtime_api import Invocation, RuntimeApi

INSTALLED = PACKAGE.parents[1] / "build/node"
"""Where ``make test-node`` puts the clients and the runtimes."""
FUNCTION = Path(__file__).parent / "function"

OLDER, NEWER = "aws-lambda-ric", "aws-lambda-ric-4"
"""The runtime interface clients: that of Node.js 20 and before, and the one that has several invocations at once."""


@cache
def layer() -> Path:
    """The file that a layer loads, made of the package as it stands."""
    made = INSTALLED / f"register-{os.getpid()}.mjs"
    subprocess.run([sys.executable, str(PACKAGE / "bundle.py"), str(made)], check=True)
    atexit.register(made.unlink, missing_ok=True)
    return made


class Runtime:
    """One execution environment; a context manager."""

    def __init__(
        self,
        handler: str = "index.handler",
        *,
        narrows: bool = True,
        client: str = OLDER,
        root: Path = FUNCTION,
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self._api = RuntimeApi()
        options = f"--import {layer().as_uri()}" if narrows else ""
        self._environment = {
            "PATH": os.environ["PATH"],
            "NODE_OPTIONS": options,
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": str(root),
            **self._api.environment(),
            **(environment or {}),
        }
        package = INSTALLED / "node_modules" / client
        self._command = [*prefix, "node", *_start(package, handler)]
        self._root = root
        self.output: list[str] = []
        """Lines of its standard output and error."""

    def __enter__(self) -> Runtime:
        self._api.__enter__()
        self.process = subprocess.Popen(
            self._command,
            cwd=self._root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thaw()
        self._signal(signal.SIGKILL)
        self.process.wait()
        self._api.__exit__()
        self._reader.join()

    def ready(self, seconds: float = 20.0) -> RuntimeApi:
        """Wait for its initialization."""
        until = time.monotonic() + seconds
        while not self._api.initialized.wait(0.05):
            assert self.process.poll() is None, self.output
            assert time.monotonic() < until, self.output
        return self._api

    def invoke(self, event: object, timeout: float = 10.0) -> Invocation:
        """Hand it an event; see ``RuntimeApi``."""
        self.ready()
        return self._api.invoke(event, timeout)

    def freeze(self) -> None:
        """Stop its processes, as Lambda does between invocations."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def lines(self) -> list[dict[str, Any]]:
        """Those of the sensor, so far."""
        return [json.loads(line) for line in self.output if line.startswith("{") and '"narrows":' in line]

    def _signal(self, which: int) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, which)

    def _read(self, stream: BinaryIO) -> None:
        with stream:
            for line in stream:
                self.output.append(line.decode(errors="replace").rstrip("\n"))


def _start(package: Path, handler: str) -> list[str]:
    older = package / "bin/index.mjs"
    return [str(older), handler] if older.exists() else [str(package / "index.mjs")]
