"""The interval holds the truth: on random traffic, on simulated runs, and in a diagnosis."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import read_case, write_case
from narrows.diagnose import diagnose
from narrows.flowlogs import count_connections, known_interfaces, where_lost
from narrows.scenario import load_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated
from oracles.traffic import random_traffic, with_options

SCENARIOS = Path(__file__).parents[3] / "examples" / "scenarios"
ENOUGH = 100
"""Connections at the peak from which on a key counts."""


@pytest.mark.parametrize("seed", range(100, 112))
def test_the_interval_holds_the_peak(tmp_path: Path, seed: int) -> None:
    traffic = random_traffic(seed, connections=6000)
    traffic.write(tmp_path)
    true = traffic.true_peaks()
    keys = count_connections([tmp_path]).keys
    assert {key.destination for key in keys} == set(true)
    for key in keys:
        peak, moment = true[str(key.destination)]
        assert key.low <= peak or peak < ENOUGH
        assert peak <= key.most or peak < ENOUGH
        assert key.minutes[0].minute <= moment


def test_without_flags_the_interval_is_wide_and_says_so(tmp_path: Path) -> None:
    traffic = with_options(random_traffic(7, connections=6000), version=2)
    traffic.write(tmp_path)
    answer = count_connections([tmp_path])
    for key in answer.keys:
        peak, _ = traffic.true_peaks()[str(key.destination)]
        assert key.low <= peak <= key.most
        assert key.most - key.low > 0.05 * peak
    (flag,) = [flag for flag in answer.quality if flag["id"] == "no-tcp-flags"]
    assert "tcp-flags" in flag["command"]
    assert flag["command"].startswith("aws ec2 create-flow-logs")


def test_skipdata_makes_lower_bounds(tmp_path: Path) -> None:
    traffic = with_options(random_traffic(4, connections=6000), skipdata=0.3, interval=60)
    traffic.write(tmp_path)
    answer = count_connections([tmp_path])
    assert any(flag["id"] == "skipdata" for flag in answer.quality)
    assert answer.to_json()["records"]["dropped"]["skipdata"] > 0
    for key in answer.keys:
        assert key.low <= traffic.true_peaks()[str(key.destination)][0]


@pytest.mark.parametrize("by", ["key", "eni", "nat", "destination", "nat-address"])
def test_every_table_of_a_simulated_run(tmp_path: Path, by: str) -> None:
    """Scaled down: the ENI holds 650, each of the NAT gateway's addresses 550 for the destination."""
    recording, log = simulate_with_log(load_scenario(SCENARIOS / "eight-addresses.yaml"), scale=0.01)
    write_case(
        recording,
        tmp_path / "case",
        more=lambda place: write_simulated(place / "flow-logs", recording, log, OPTIONS),
    )
    case = read_case(tmp_path / "case")
    assert case.flow_logs
    answer = count_connections(case.flow_logs, by=by, known=known_interfaces(case))
    peaks: dict[str, list[int]] = {"hyperplane-eni": [], "nat-address": []}
    for table in recording.tables:
        if table.kind in peaks:
            peaks[table.kind].append(int(table.occupied.max()))
    if by == "nat-address":
        assert sorted((key.low, key.most) for key in answer.keys) == sorted((one, one) for one in peaks["nat-address"])
        return
    assert [(key.low, key.most) for key in answer.keys] == [(650, 650)] * len(answer.keys)
    kinds = {"eni": ["hyperplane-eni"], "nat": ["nat-gateway"]}.get(by, ["hyperplane-eni", "nat-gateway"])
    assert sorted(key.kind for key in answer.keys) == kinds
    assert peaks["hyperplane-eni"] == [650]


OPTIONS = FlowLogOptions(version=5, idle_gap=30.0)


def test_syns_vanish_where_they_are_dropped(tmp_path: Path) -> None:
    recording, log = simulate_with_log(load_scenario(SCENARIOS / "launch-load-test.yaml"), scale=0.02)
    write_simulated(tmp_path, recording, log, OPTIONS)
    lost = where_lost(count_connections([tmp_path]).raw)
    assert lost.hops == ("hyperplane-eni", "nat-inside", "nat-outside", "answered")
    assert lost.total("hyperplane-eni") == lost.total("nat-inside")
    assert lost.total("nat-outside") == lost.total("answered") == 1100
    vanished = lost.total("nat-inside") - lost.total("nat-outside")
    assert [loss.count for loss in lost.losses] == [0, vanished, 0]
    assert [loss.not_compared for loss in lost.losses] == [0, 0, 0]


@pytest.mark.slow
def test_a_diagnosis_confirms_the_full_eni(tmp_path: Path) -> None:
    """Act 2 of the incident at its full size: no metric says why connects time out, and flow logs do."""
    recording, log = simulate_with_log(load_scenario(SCENARIOS / "eight-addresses.yaml"))
    options = FlowLogOptions(version=5, idle_gap=120.0)
    write_case(
        recording,
        tmp_path / "case",
        more=lambda place: write_simulated(place / "flow-logs", recording, log, options),
    )
    case = read_case(tmp_path / "case")
    answer = diagnose(case)
    assert answer.narrows == "hyperplane-eni-exhaustion"
    cause = answer.cause("hyperplane-eni-exhaustion")
    assert cause.status == "confirmed"
    assert cause.observed is not None
    assert cause.observed.high is not None
    assert cause.observed.low <= 65_000 <= cause.observed.high
    (eni,) = case.topology.enis
    proof = next(one for one in cause.evidence if eni.id in one.text)
    assert "flat top" in proof.text
