"""Flow logs of the lab: each connection with the SYNs, the NAT gateway address and the port that the kernel gave it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from narrows.case import write_case
from narrows.lab import Options, flow_records
from narrows.lab.flow_records import Ways
from narrows.lab.run import Run, play
from narrows.recording import Recording
from narrows.scenario import Scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import Ending, FlowLogOptions
from narrows.writing.flow_logs.lives import Lives, read_lives
from tests.lab.parquet import flow_log_rows

pytestmark = pytest.mark.lab
Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]
_LOGS = FlowLogOptions(version=5)


def _of_both(lab: Lab, scenario: Scenario) -> tuple[Run, Lives, Lives]:
    del lab  # Skips the test where there is no lab.
    run = play(scenario, Options(flow_logs=_LOGS))
    recording, log = simulate_with_log(scenario)
    assert run.lives is not None
    return run, run.lives, read_lives(log, _LOGS, recording.seconds, recording.assumptions)


@pytest.mark.slow
@pytest.mark.parametrize("addresses", [1, 2])
def test_a_full_nat_gateway_is_logged_as_the_simulator_logs_it(
    lab: Lab, small: Small, tmp_path: Path, addresses: int
) -> None:
    scenario = small(assumptions="nat_connections_per_address: 50", addresses=addresses)
    run, real, simulated = _of_both(lab, scenario)
    assert len(real) == len(simulated) == 200
    for name in ("eni_syns", "nat_syns"):
        assert sorted(getattr(real, name)) == sorted(getattr(simulated, name)), name
    there = real.nat_syns > 0
    assert int(there.sum()) == 50 * addresses
    assert np.bincount(real.table[there]).tolist() == [50] * addresses
    assert real.nat_port is not None
    assert len({*zip(real.table[there], real.nat_port[there], strict=True)}) == 50 * addresses

    write_case(run.recording, tmp_path / "case", more=lambda place: run.write_flow_logs(place / "logs", _LOGS))
    rows = flow_log_rows(tmp_path / "case" / "logs")
    behind = {
        row["srcport"] for row in rows if row["dstaddr"] == "203.0.113.10" and row["pkt_srcaddr"] != row["srcaddr"]
    }
    syns = [row for row in rows if row["dstport"] == 6379 and row["tcp_flags"] == 2]
    assert len({(row["interface_id"], row["srcaddr"], row["srcport"]) for row in syns}) >= 200
    if addresses == 2:
        assert behind <= set(real.nat_port[there].tolist())
        assert behind


@pytest.mark.slow
def test_what_the_kernel_did_not_record_of_an_answered_connection_is_logged(
    lab: Lab, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a set of nftables grows, adding to it may fail: 158 of 65,000 were once lost so."""
    whole = flow_records.take_ways

    def lossy(stream: BinaryIO) -> Ways:
        ways = whole(stream)
        return Ways(dict(list(ways.left.items())[::2]), dict(list(ways.went.items())[::3]))

    monkeypatch.setattr(flow_records, "take_ways", lossy)
    _, real, _ = _of_both(lab, small(addresses=2))
    assert len(real) == 200
    assert (real.eni_syns == 1).all()
    assert (real.nat_syns == 1).all()
    assert set(real.table.tolist()) == {0, 1}


@pytest.mark.slow
def test_connections_that_close_are_logged_with_their_ends(lab: Lab, small: Small) -> None:
    scenario = small(connections="per_environment: 5, hold: 800ms")
    _, real, simulated = _of_both(lab, scenario)
    # Each ends and is opened again, so that a machine that is a little late loses a few.
    assert len(real) == pytest.approx(len(simulated), rel=0.1)
    closed, wanted = (one.ending == Ending.FIN for one in (real, simulated))
    assert closed.sum() == pytest.approx(wanted.sum(), rel=0.1)
    held = (real.last - real.answered)[closed] / 1e6
    assert np.median(held) == pytest.approx(0.8, abs=0.2)
    assert (real.nat_syns[closed] == 1).all()


@pytest.mark.slow
def test_what_nobody_answers_and_what_refuses_is_logged(lab: Lab, small: Small) -> None:
    answers = ("'no'", "refuses")
    with ThreadPoolExecutor(len(answers)) as pool:
        both = pool.map(lambda one: _of_both(lab, small(destination=f"port: 6379, answers: {one}")), answers)
    for (_, real, simulated), answered in zip(both, (0, 200), strict=True):
        for one in (real, simulated):
            assert int((one.answered >= 0).sum()) == answered
        assert sorted(real.nat_syns) == sorted(simulated.nat_syns)
        assert set(real.ending) == set(simulated.ending)
