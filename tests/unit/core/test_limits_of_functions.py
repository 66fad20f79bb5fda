"""What code inside a function works with is what ``narrows.limits`` says, and stands in one place there too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from narrows import limits as documented
from narrows_lambda import limits

SOURCE = Path(limits.__file__).parent
FILES = [file for file in sorted(SOURCE.rglob("*.py")) if file != Path(limits.__file__)]
SAME = {
    "TABLE_IDLE_TIMEOUT": documented.NAT_IDLE_TIMEOUT,
    "FUNCTION_TIMEOUT": documented.FUNCTION_TIMEOUT,
    "INIT_PHASE": documented.INIT_PHASE,
    "FILE_DESCRIPTORS": documented.FILE_DESCRIPTORS,
}
FUNCTION_TIMEOUT = documented.FUNCTION_TIMEOUT.value


def test_the_limits_inside_a_function_are_those_of_narrows() -> None:
    stated = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert stated == {name: one.value for name, one in SAME.items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_other_file_states_the_longest_timeout(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert FUNCTION_TIMEOUT not in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
