"""A diagnosis looks at evidence only: not at who wrote a case, nor at the truth beside it."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.diagnose import diagnose
from tests.unit.diagnose.conftest import ACTS, EXAMPLES, ROOT


def test_nothing_changes_without_provenance_and_truth(acts: Mapping[str, Path], tmp_path: Path) -> None:
    for act in ACTS:
        bare = tmp_path / act
        shutil.copytree(acts[act], bare)
        (bare / "truth.json").unlink()
        text = (bare / "case.yaml").read_text()
        assert "written_by" in text
        lines = [line for line in text.splitlines() if not line.startswith("written_by")]
        (bare / "case.yaml").write_text("\n".join(lines) + "\n")
        assert diagnose(read_case(bare)).to_json() == diagnose(read_case(acts[act])).to_json()


@pytest.mark.parametrize("name", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_nothing_changes_when_someone_claims_to_have_written_it(name: str, tmp_path: Path) -> None:
    claimed = tmp_path / name
    shutil.copytree(EXAMPLES / name, claimed)
    with (claimed / "case.yaml").open("a") as file:
        file.write("written_by: narrows 0.1.0\n")
    (claimed / "truth.json").write_text('{"schema": 1, "summary": {"error_port_allocation": 5}}')
    assert diagnose(read_case(claimed)).to_json() == diagnose(read_case(EXAMPLES / name)).to_json()


def test_no_rule_mentions_who_wrote_a_case_or_the_truth() -> None:
    for file in (ROOT / "src" / "narrows" / "diagnose").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (isinstance(node, ast.Attribute) and node.attr == "written_by"), file
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith("truth.json"):
                pytest.fail(f"{file} reads truth.json")


def test_a_diagnosis_is_the_same_each_time(acts: Mapping[str, Path]) -> None:
    case = read_case(acts["eight-addresses"])
    assert diagnose(case).to_json() == diagnose(case).to_json()
