"""The modules of the room import each other in one direction."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import narrows.flowlogs

ROOM = Path(narrows.flowlogs.__file__).parent


def imports(file: Path) -> set[str]:
    """The modules of the room that one of them imports, also within functions and for types only.

    How an answer shows itself in a notebook stands above all of them, and the answer asks for it when it is shown.
    """
    return {
        (node.module or "").removeprefix("narrows.flowlogs.")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("narrows.flowlogs.")
        if node.module != "narrows.flowlogs.notebook"
    }


def test_no_two_modules_need_each_other() -> None:
    graph = {file.stem: imports(file) for file in ROOM.glob("*.py") if file.stem != "__init__"}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("statements") < order.index("measure") < order.index("run")
