"""The Node.js package's own tests, which need Node.js and nothing else."""

from __future__ import annotations

import subprocess

import pytest

from tests.node.plain import PACKAGE, node

TESTS = sorted((PACKAGE / "test").glob("*.test.mjs"))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_package_passes_its_own_tests(file: object) -> None:
    done = subprocess.run([node(), "--test", str(file)], capture_output=True, text=True, timeout=120, cwd=PACKAGE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_tests_to_pass() -> None:
    assert len(TESTS) >= 4


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
