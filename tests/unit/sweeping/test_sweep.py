"""Sweeps: the same figures whoever does the runs, no worker left, bad input in one line."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pytest

from narrows import InputError, parse_scenario, simulate_scenario, sweep
from narrows.recording import Recording, summarize
from narrows.sweeping import run as run_module
from narrows.sweeping.result import Sweep

SMALL = parse_scenario(
    """
name: small
vpc:
  subnets: {private-a: {az: us-east-1a, route: nat-a}}
  nat_gateways: {nat-a: {addresses: 1}}
destinations: {cache: {port: 443}}
functions:
  app:
    subnets: [private-a]
    security_groups: [sg-app]
    timeout: 5s
    connections: [{to: cache, per_environment: 10, hold: {mean: 2s}, connect_timeout: 3s}]
demand: {app: {environments: {from: 0, to: 100, over: 5s}}}
duration: 10s
assumptions: {nat_connections_per_address: 2500}
"""
)
AXES = {"vpc.nat_gateways.nat-a.addresses": [1, 2], "functions.app.connections[0].per_environment": [5, 10]}


class Backwards:
    """Does the work when the last future is asked for, in another order than it was given in."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        future: Future[Any] = Future()
        self.waiting.append((future, function, arguments))
        if len(self.waiting) == 8:
            random.Random(3).shuffle(self.waiting)
            for one, work, given in self.waiting:
                one.set_result(work(*given))
        return future


def figures(found: Sweep) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = found.to_arrow().to_pylist()
    return rows


@pytest.fixture(scope="module")
def here() -> Sweep:
    return sweep(SMALL, AXES, runs=2)


def test_each_point_is_what_a_run_of_its_scenario_is(here: Sweep) -> None:
    rows = iter(here.rows)
    for addresses in (1, 2):
        for each in (5, 10):
            changed = SMALL.replace(dict(zip(AXES, (addresses, each), strict=True)))
            for run in range(2):
                row = next(rows)
                summary = summarize(simulate_scenario(changed, replication=run))
                assert (row.values, row.run) == ((addresses, each), run)
                assert row.ran.timed_out == summary["timed_out"]
                assert row.ran.established == summary["established_peak"]
                assert list(row.ran.tables) == summary["tables"]
    assert next(rows, None) is None


def test_some_points_fail_and_some_do_not(here: Sweep) -> None:
    table = here.to_pandas()
    assert set(table[table.timed_out > 0].binds) == {"nat-port-exhaustion"}
    assert list(table.timed_out == 0) == list(table.binds.isna())
    assert set(table[table.timed_out == 0][next(iter(AXES))]) == {1, 2}
    assert "nat-port-exhaustion" in repr(here)


def test_runs_of_a_point_differ(here: Sweep) -> None:
    first, second = here.rows[2:4]
    assert first.values == second.values
    assert first.ran.attempts != second.ran.attempts


def test_the_same_figures_in_another_order(here: Sweep) -> None:
    assert figures(sweep(SMALL, AXES, runs=2, executor=Backwards())) == figures(here)


def test_the_same_figures_from_threads(here: Sweep) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert figures(sweep(SMALL, AXES, runs=2, executor=pool)) == figures(here)


@pytest.mark.slow
def test_the_same_figures_from_processes_of_ones_own(here: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "_WORTH_A_PROCESS", 0.0)
    told: list[tuple[int, int]] = []
    found = sweep(SMALL, AXES, runs=2, progress=lambda done, total: told.append((done, total)))
    assert figures(found) == figures(here)
    assert told == [(done, 8) for done in range(9)]


@pytest.mark.slow
def test_the_same_figures_from_a_process_pool(here: Sweep) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert figures(sweep(SMALL, AXES, runs=2, executor=pool)) == figures(here)


@contextmanager
def cluster() -> Iterator[Any]:
    import distributed
    from dask import config

    dask: Any = distributed

    # Times for a machine that has much else to do.
    with (
        config.set({"distributed.comm.timeouts.connect": "120s"}),
        dask.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local,
        dask.Client(local) as client,
    ):
        yield client


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_same_figures_from_a_dask_cluster(here: Sweep) -> None:
    with cluster() as client:
        assert figures(sweep(SMALL, AXES, runs=2, executor=client.get_executor())) == figures(here)


def lost(recording: Recording) -> Mapping[str, float]:
    return {"lost at nat-a": float(recording.nat_gateways["nat-a"].port_allocation_errors.sum())}


def test_a_measure_is_a_column() -> None:
    table = sweep(SMALL, {"vpc.nat_gateways.nat-a.addresses": [1, 2]}, measure=lost).to_pandas()
    assert list(table["lost at nat-a"]) == list(table.error_port_allocation)
    assert table["lost at nat-a"][0] > 0


def test_the_tables_add_up(here: Sweep) -> None:
    tables = here.to_pandas("tables")
    ports = tables[tables.kind == "nat-address"].groupby([*AXES, "run"]).dropped.sum()
    assert list(ports) == list(here.to_pandas().groupby([*AXES, "run"]).error_port_allocation.sum())


def test_a_page_with_a_chart_that_asks_for_nothing(here: Sweep) -> None:
    page = here._repr_html_()
    assert "<svg" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "nat-port-exhaustion" in page


@pytest.mark.parametrize(
    ("axes", "more", "said"),
    [
        ({"vpc.nat_gateways.nat-b.addresses": [1]}, {}, "did you mean 'vpc.nat_gateways.nat-a.addresses'"),
        ({"vpc.nat_gateways.nat-a.addresses": [1, 0]}, {}, "it must be at least 1"),
        ({"seed": range(20_001)}, {}, "more than 20,000 runs"),
        ({"seed": range(201)}, {"runs": 100}, "more than 20,000 runs"),
        ({"seed": []}, {}, "no value"),
        ({}, {}, "nothing to change"),
        ({"seed": [1]}, {"runs": 0}, "not a valid number of runs"),
    ],
)
def test_what_cannot_be_swept_is_said_before_the_first_run(
    axes: dict[str, Any], more: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "run_item", None)
    with pytest.raises(InputError, match=said):
        sweep(SMALL, axes, **more)


@pytest.mark.parametrize(
    ("arguments", "more", "said"),
    [
        ((3, {"seed": [1]}), {}, "sweep wants a Scenario or the path of its file, not an int"),
        ((SMALL, {"seed": 3}), {}, "seed: the values to try are a list or a range, not int"),
        ((SMALL, {"seed": "12"}), {}, "not str"),
        ((SMALL, ["seed"]), {}, "sweep wants a mapping"),
        ((SMALL, {"seed": [1]}), {"executor": 4}, "an executor has 'submit'"),
        ((SMALL, {"seed": [1]}), {"runs": 1.5}, "runs is a whole number"),
    ],
)
def test_what_is_of_another_kind_is_a_type_error(arguments: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        sweep(*arguments, **more)


_LONG = """
from narrows.sweeping import run
run._WORTH_A_PROCESS = 0.0
from narrows import parse_scenario, sweep
import sys
scenario = parse_scenario(sys.stdin.read())
sweep(scenario, {"seed": range(300)}, progress=lambda done, total: print(done, flush=True))
"""


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_leaves_no_worker(by: signal.Signals) -> None:
    from narrows.scenario import scenario_yaml

    with subprocess.Popen(
        [sys.executable, "-c", _LONG], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as ran:
        assert ran.stdin is not None
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdin.write(scenario_yaml(SMALL))
        ran.stdin.close()
        while int(ran.stdout.readline()) < 10:
            pass
        children = _children(ran.pid)
        assert children
        os.kill(ran.pid, by)
        began = time.monotonic()
        ran.wait(60)
        said = ran.stderr.read()
    assert said.strip().endswith("KeyboardInterrupt") or by is signal.SIGKILL
    while (left := [child for child in children if _is_alive(child)]) and time.monotonic() - began < 60:
        time.sleep(0.05)
    assert not left


def _children(pid: int) -> list[int]:
    from pathlib import Path

    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def _is_alive(pid: int) -> bool:
    from pathlib import Path

    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
