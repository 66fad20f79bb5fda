"""The Node.js package's own tests, which need Node.js and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.node.plain import PACKAGE, node

TESTS = sorted((PACKAGE / "test").glob("*.test.mjs"))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_package_passes_its_own_tests(file: object) -> None:
    done = subprocess.run([node(), "--test", str(file)], capture_output=True, text=True, timeout=120, cwd=PACKAGE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_tests_to_pass() -> None:
    assert len(TESTS) >= 4


def test_the_one_file_of_the_layer_is_whole(tmp_path: Path) -> None:
    register = tmp_path / "register.mjs"
    subprocess.run([sys.executable, str(PACKAGE / "bundle.py"), str(register)], check=True)
    script = "process.exitCode = globalThis[Symbol.for('narrows-lambda')] ? 0 : 1"
    done = subprocess.run([node(), "--import", register.as_uri(), "--eval", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_depends_on_nothing() -> None:
    sources = [*(PACKAGE / "src").glob("*.mjs"), PACKAGE / "register.mjs"]
    imported = {
        line.rpartition(' from "')[2].rstrip('";') if " from " in line else ""
        for source in sources
        for line in source.read_text().splitlines()
        if line.startswith("import ")
    }
    assert imported
    assert all(name.startswith(("node:", "./")) for name in imported), imported
