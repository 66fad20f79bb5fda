"""The lab and the simulator play the same random scenarios, and see the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from narrows.lab import Options
from narrows.recording import Recording, summarize
from narrows.scenario.scale import scale_demand
from narrows.simulate import simulate_scenario
from tests.lab.incidents import SCALE, random_incident

_SEEDS = range(4)


@pytest.mark.lab
@pytest.mark.slow
def test_they_establish_the_same_and_fail_alike(together: Callable[..., list[Recording]]) -> None:
    scenarios = [random_incident(seed) for seed in _SEEDS]
    played = together(*scenarios, options=Options(scale=SCALE))
    for scenario, recording in zip(scenarios, played, strict=True):
        real, simulated = (
            summarize(one) for one in (recording, simulate_scenario(scale_demand(scenario, SCALE), scale=SCALE))
        )
        assert real["attempted"] == simulated["attempted"], scenario.name
        assert real["established_peak"] == pytest.approx(simulated["established_peak"], rel=1e-3), scenario.name
        assert (real["error_port_allocation"] > 0) == (simulated["error_port_allocation"] > 0), scenario.name
        assert real["timed_out"] == pytest.approx(simulated["timed_out"], rel=1e-3), scenario.name
        assert real["refused"] == simulated["refused"], scenario.name
