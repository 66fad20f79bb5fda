"""The examples that the project ships: every surface gives one number for one thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.cli import main
from oracles.networks import Truth
from tests.agreement.contradictions import contradictions
from tests.agreement.surfaces import Surfaces, surfaces

EXAMPLES = Path(__file__).parents[2] / "examples"
UNTOLD = Truth(wanted={}, wanted_over_all=0, opened={}, tables={}, through={}, arriving={}, gateways={}, failed=0)
"""What really was is not asked here: only whether the surfaces agree."""


def disagreements(shown: Surfaces) -> list[str]:
    return [line for line in contradictions(shown, UNTOLD) if not line.startswith(("b ", "e "))]


@pytest.mark.parametrize("case", sorted((EXAMPLES / "cases").iterdir()), ids=lambda one: one.name)
def test_no_surface_of_an_example_contradicts_another(case: Path) -> None:
    shown = surfaces(case)
    assert shown.causes
    assert disagreements(shown) == []


@pytest.mark.parametrize("scenario", sorted((EXAMPLES / "scenarios").glob("*.yaml")), ids=lambda one: one.stem)
def test_no_surface_of_an_example_that_is_played_contradicts_another(scenario: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(("simulate", str(scenario), "--out", str(tmp_path / "case"), "--flow-logs", "v5"))
    assert not left.value.code
    shown = surfaces(tmp_path / "case")
    assert {one.surface for one in shown.readings} >= {"picture", "flowlogs --by eni", "flowlogs --by key", "chart"}
    assert disagreements(shown) == []
