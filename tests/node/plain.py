"""Node.js itself, where it is there: without a runtime, and without anything installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lambda/node"
OLDEST = 20
"""The oldest version that the package works with."""


def node() -> str:
    """The program; skips the test where there is none that is new enough."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("no Node.js here")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST:
        pytest.skip(f"Node.js {OLDEST} or newer is needed, here is {version.strip()}")
    return program
