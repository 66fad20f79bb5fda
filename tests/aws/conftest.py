"""Cases that the server answers from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrows import write_case
from narrows.scenario import load_scenario
from narrows.scenario.scale import scale_demand
from narrows.simulate import simulate_scenario
from oracles.incidents.world import incidents
from oracles.live.as_account import as_account
from tests.aws.clients import close_clients
from tests.aws.collecting import CREDENTIALS

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def closed_clients() -> Iterator[None]:
    """No client outlives its test."""
    yield
    close_clients()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of nobody."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case of the example scenario, a fiftieth of its size."""
    folder = tmp_path_factory.mktemp("aws") / "simulated"
    scenario = load_scenario(ROOT / "examples" / "scenarios" / "launch-load-test.yaml")
    write_case(simulate_scenario(scale_demand(scenario, 0.02), scale=0.02), folder)
    return folder


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An incident as people have it: a log, tables of several kinds, metrics of a database."""
    found = next(one for one in incidents("seen") if one.name == "neighbours_fill_the_database")
    return found.case().write(tmp_path_factory.mktemp("aws") / "incident")


@pytest.fixture(scope="session")
def served(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account in which a NAT gateway ran out of ports."""
    folder = tmp_path_factory.mktemp("account") / "served"
    shutil.copytree(simulated, folder)
    as_account(folder)
    return folder
