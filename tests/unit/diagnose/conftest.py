"""Cases that several tests diagnose: simulated once for each test process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from narrows.case import write_case
from narrows.scenario import load_scenario
from narrows.simulate import simulate_scenario
from tests.unit.diagnose.simulated import INCIDENTS

ROOT = Path(__file__).parents[3]
SCENARIOS = ROOT / "examples" / "scenarios"
EXAMPLES = ROOT / "examples" / "cases"
ACTS = ("launch-load-test", "eight-addresses", "second-subnet")


@pytest.fixture(scope="session")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folder of the case of each act of the incident."""
    root = tmp_path_factory.mktemp("acts")
    for name in ACTS:
        write_case(simulate_scenario(load_scenario(SCENARIOS / f"{name}.yaml")), root / name)
    return {name: root / name for name in ACTS}


@pytest.fixture(scope="session")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folder of the case of each simulated incident."""
    root = tmp_path_factory.mktemp("incidents")
    folders = {}
    for number, one in enumerate(INCIDENTS):
        folders[one.name] = root / str(number)
        write_case(simulate_scenario(one.scenario()), folders[one.name])
    return folders
