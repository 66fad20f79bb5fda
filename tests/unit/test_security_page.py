"""SECURITY.md promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISED = PAGE.partition("## What is promised")[2].partition("\n## ")[0]
ROWS = [line.strip("| ").split(" | ") for line in PROMISED.splitlines() if line.startswith("| ")][1:]
TEST = re.compile(r"`([^`]*)`")


def test_every_promise_names_its_tests() -> None:
    assert len(ROWS) > 12
    for row in ROWS:
        promise, tests = row
        assert TEST.findall(tests), promise


@pytest.mark.parametrize("named", sorted({name for _, tests in ROWS for name in TEST.findall(tests)}), ids=str)
def test_each_test_that_is_named_is_there(named: str) -> None:
    file, _, name = named.partition("::")

    assert (ROOT / file).is_file(), named
    assert re.search(rf"^ *def {re.escape(name)}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), named
