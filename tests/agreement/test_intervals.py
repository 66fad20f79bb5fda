"""The true demand lies in every interval: networks of the bench in which it once did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.plan import make_plan
from oracles.networks import stage

_SPARE = 0.02
"""Environments are whole numbers, and a curve's peak is one for a moment only."""


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(5_014, id="attempts that a destination did not answer are no connections that were opened again"),
        pytest.param(5_016, id="callers tell of failures that no flow log shows"),
        pytest.param(5_028, id="the first file of the flow logs is missing"),
        pytest.param(5_068, id="connections that stay inside the VPC did not pass the only NAT gateway"),
        pytest.param(5_080, id="an ENI full of connections inside the VPC drops others before any NAT gateway"),
        pytest.param(5_163, id="what a destination refused was wanted"),
    ],
)
def test_the_true_demand_is_in_its_interval(seed: int, tmp_path: Path) -> None:
    staged = stage(seed, tmp_path / "case")
    plan = make_plan(read_case(staged.folder))
    for use, wanted in staged.truth.wanted.items():
        low, high = plan.wanted.get(use, (0.0, 0.0))
        spare = max(1.0, _SPARE * wanted)
        assert low - spare <= wanted <= high + spare, use
