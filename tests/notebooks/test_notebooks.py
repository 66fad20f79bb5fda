"""The example notebooks run from their own folder, and show what their prose says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat as untyped
import pytest

nbformat: Any = untyped

FOLDER = Path(__file__).parents[2] / "examples/notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def executed(name: str) -> list[Any]:
    """What each code cell shows: HTML where there is any, else text."""
    from nbclient import NotebookClient

    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    return [shown(cell) for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: Any) -> str:
    found = ""
    for output in cell.outputs:
        data = output.get("data", {})
        found += data.get("text/html") or data.get("text/plain") or output.get("text", "")
    return found


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_they_are_committed_without_outputs_and_without_a_machines_paths(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    absolute = re.compile(r"""["'\s(=](?:/|[A-Z]:\\)\w+[/\\]""")
    assert not absolute.search(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_what_they_link_to_is_there(file: Path) -> None:
    text = "".join(cell.source for cell in nbformat.read(file, as_version=4).cells)
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text)
    assert links
    assert all((FOLDER / link).exists() for link in links)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_capacity_of_a_launch() -> None:
    launch, plan, options, today, filling, eight, grid, held = executed("capacity-of-a-launch")
    assert "9,000" in launch
    assert "does not hold" in plan
    assert "$7.30" in plan
    assert plan.count(">holds<") > 3
    assert "reuse-connections" in options
    assert "35,000 timed out; full: nat-a" in today
    assert "55000" in filling
    assert "25,000 timed out; full: private-a/sg-app" in eight
    assert "<svg" in grid
    assert "connections fail at 4" in grid
    # Two addresses are enough for 63,000 connections, one is not.
    lines = [line.split() for line in held.splitlines() if line.strip()]
    assert [line for line in lines if line[-2:-1] == ["7"]], held
    assert not [line for line in lines if line[-2:-1] == ["10"]], held


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_reading_an_incident() -> None:
    case, diagnosis, evidence, causes, minutes, plan = executed("reading-an-incident")
    assert "1 function" in case
    assert "Likely: hyperplane-eni-exhaustion of checkout-private-a / checkout" in diagnosis
    assert evidence.startswith("+ ")
    assert "flat top" in evidence
    assert "hyperplane-eni-exhaustion" in causes
    assert "timed_out" in minutes
    assert "65,064 connections at the peak" in plan
