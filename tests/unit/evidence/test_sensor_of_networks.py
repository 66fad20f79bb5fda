"""The sensor's intervals hold what there truly was, in small random networks; tests/agreement has large ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrows.case import read_case
from oracles.networks.scenario import random_network
from oracles.networks.sensing import Lost, draw_sensing, stage_sensed
from oracles.networks.taking import draw_taken
from tests.agreement.sensed import Own


@pytest.mark.parametrize(
    ("seed", "lost", "closed"),
    [
        pytest.param(38, "one line in four", 0, id="lines are missing here and there"),
        pytest.param(38, "what came after the window", 0, id="logs end with the window"),
        pytest.param(40, "nothing", 11, id="all that functions wrote"),
    ],
)
def test_every_interval_holds_the_truth(seed: int, lost: Lost, closed: int, tmp_path: Path) -> None:
    network = random_network(seed)
    taken = replace(draw_taken(seed, network), flow_logs="none")
    sensing = replace(draw_sensing(seed, list(network.network.functions)), lost=lost)
    sensed = stage_sensed(seed, tmp_path / "case", taken, sensing)
    folder = tmp_path / "case" / "sensor"
    folder.mkdir()
    for log in sensed.logs:
        log.rename(folder / log.name)

    own = Own(sensed, read_case(tmp_path / "case"))

    assert list(own.untrue()) == []
    assert own.numbers
    assert own.closed == closed
