"""The incident in three acts with real packets, and what a diagnosis makes of the cases that they leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.case import read_case, write_case
from narrows.diagnose import diagnose
from narrows.lab import Options
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario

pytestmark = pytest.mark.lab
Lab = Callable[[Scenario, Options], Recording]


@pytest.mark.parametrize(
    ("name", "established", "allocation_fails", "narrows"),
    [
        ("launch-load-test", 550, True, "nat-port-exhaustion"),
        ("eight-addresses", 650, False, "hyperplane-eni-exhaustion"),
        ("second-subnet", 900, False, None),
    ],
)
def test_an_act_stops_exactly_where_its_narrowest_table_is_full(
    lab: Lab,
    impatient: Callable[[str], Scenario],
    tmp_path: Path,
    name: str,
    established: int,
    allocation_fails: bool,
    narrows: str | None,
) -> None:
    recording = lab(impatient(name), Options(scale=0.01, speed=60.0))
    summary = summarize(recording)
    assert summary["attempted"] == 900
    assert summary["established_peak"] == established
    assert summary["timed_out"] == 900 - established
    assert (summary["error_port_allocation"] > 0) == allocation_fails

    write_case(recording, tmp_path / "case")
    (tmp_path / "case" / "truth.json").unlink()
    found = diagnose(read_case(tmp_path / "case")).to_json()
    assert found["narrows"] == narrows


def test_names_resolve_while_connects_time_out(lab: Lab, impatient: Callable[[str], Scenario]) -> None:
    recording = lab(impatient("eight-addresses"), Options(scale=0.01, speed=60.0))
    outcomes = recording.functions["storefront"].outcomes.sum(axis=0)
    assert outcomes[1] == 250  # timed out
    assert outcomes[5] == 0  # no name
