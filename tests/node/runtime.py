"""A real Node.js runtime: ``aws-lambda-ric`` with a function of ours, loaded as the layer loads it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests import runtimes
from tests.node.plain import PACKAGE

INSTALLED = PACKAGE.parents[1] / "build/node"
"""Where ``make test-node`` puts the clients and the runtimes."""
FUNCTION = Path(__file__).parent / "function"

MISSING = not (INSTALLED / "installed").exists() or shutil.which("node") is None
RUNTIMES = [pytest.mark.slow, pytest.mark.skipif(MISSING, reason="no runtime here: make test-node installs it")]
"""Marks of tests that need the runtimes."""

OLDER, NEWER = "aws-lambda-ric", "aws-lambda-ric-4"
"""The runtime interface clients: that of Node.js 20 and before, and the one that has several invocations at once."""
BOTH = pytest.mark.parametrize("client", [OLDER, NEWER])


@cache
def layer() -> Path:
    """The file that a layer loads, made of the package as it stands."""
    made = INSTALLED / f"register-{os.getpid()}.mjs"
    subprocess.run([sys.executable, str(PACKAGE / "bundle.py"), str(made)], check=True)
    atexit.register(made.unlink, missing_ok=True)
    return made


class Runtime(runtimes.Runtime):
    """One execution environment, with a Runtime API of its own; a context manager."""

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
        options = {"NODE_OPTIONS": f"--import {layer().as_uri()}"} if narrows else {}
        function = {"_HANDLER": handler, "LAMBDA_TASK_ROOT": str(root)}
        command = [*prefix, "node", *_start(INSTALLED / "node_modules" / client, handler)]
        super().__init__(runtimes.RuntimeApi(), command, root, {**options, **function, **(environment or {})})

    def __enter__(self) -> Runtime:
        self.api.__enter__()
        try:
            super().__enter__()
        except BaseException:
            self.api.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.api.__exit__()


def _start(package: Path, handler: str) -> list[str]:
    older = package / "bin/index.mjs"
    return [str(older), handler] if older.exists() else [str(package / "index.mjs")]
