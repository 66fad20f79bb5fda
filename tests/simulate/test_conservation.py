"""Nothing is lost: what goes into the path, a hop or a table comes out of it, or is still there, at every minute."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from narrows.recording import Outcome
from narrows.scenario import Scenario
from narrows.simulate import simulate_scenario
from narrows.simulate.compile import compile_scenario
from narrows.simulate.kernel import Memory, Status, advance
from narrows.simulate.memory import make_memory, with_connections, with_heap
from narrows.simulate.model import NONE, Model
from narrows.simulate.records import State
from narrows.simulate.run import streams
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS
from tests.simulate.random_scenarios import scenarios

UNDECIDED = [State.CONNECTING, State.ANSWERED, State.REFUSED]
OPEN = [State.OPEN, State.IDLE, State.DUE]


@pytest.mark.slow
@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_every_minute_every_hop(scenario: Scenario) -> None:
    model = replace(compile_scenario(scenario), eni_capacity=7)
    for_schedule, rng = streams(scenario.demand.seed, 0)
    schedule = Schedule(scenario, model, for_schedule)
    memory = make_memory(model, schedule)
    for end, changes in schedule.windows():
        position = 0
        for minute in range(60, end + 60, 60):
            status = -1
            while status != Status.DONE:
                until = min(minute, end) * MICROSECONDS
                status, position = advance(memory, changes, position, rng, until)
                if status == Status.NEEDS_CONNECTIONS:
                    memory = with_connections(memory, 1200)
                elif status == Status.NEEDS_HEAP:
                    memory = with_heap(memory)
                elif status == Status.OUTCOMES_FULL:
                    memory.scalars["outcomes"] = 0
            _check(model, memory)


def _check(model: Model, memory: Memory) -> None:
    used = memory.connections[: int(memory.scalars["used"][0])]
    live = used[used["state"] != State.FREE]
    client = memory.uses["client"][live["use"]]
    state = live["state"]
    for number in range(len(model.clients)):
        counted = memory.clients[number]
        own = client == number
        pending = int(np.isin(state[own], UNDECIDED).sum())
        decided = int(counted["outcomes"].sum() - counted["outcomes"][Outcome.RESET] + counted["abandoned"])
        assert counted["attempted"] == decided + pending
        # What a frozen environment believes to be open counts as open.
        assert counted["open"] == np.isin(state[own], [*OPEN, State.EXPIRED]).sum()
    _check_tables(model, memory, live)


def _check_tables(model: Model, memory: Memory, live: NDArray[Any]) -> None:
    held = np.bincount(live["eni"][live["eni"] != NONE], minlength=len(memory.enis))
    assert held.tolist() == memory.enis["occupied"].tolist()
    held = np.bincount(live["table"][live["table"] != NONE], minlength=len(memory.tables))
    assert held.tolist() == memory.tables["occupied"].tolist()
    assert (memory.enis["occupied"] <= memory.enis["capacity"]).all()
    assert (memory.tables["occupied"] <= memory.tables["capacity"]).all()
    established = np.isin(live["state"], [*OPEN, State.EXPIRED, State.ABANDONED]) & (live["table"] != NONE)
    places = memory.environments["place"][live["environment"]]
    pools = memory.routes["pool"][live["use"], places]
    active = np.bincount(memory.pools["gateway"][pools[established]], minlength=len(memory.gateways))
    assert active.tolist() == memory.gateways["active"].tolist()
    expected = sum(memory.uses["bytes_per_second"][live["use"]][established])
    np.testing.assert_allclose(memory.gateways["load"].sum(), expected, atol=1.0)
    through_nat = pools >= 0
    at_end = np.isin(live["state"], [*OPEN, State.ANSWERED])
    at_end |= (live["state"] == State.EXPIRED) & np.where(through_nat, live["table"] != NONE, live["eni"] != NONE)
    at_end |= (live["state"] == State.ABANDONED) & np.where(through_nat, live["table"] != NONE, True)
    count = np.bincount(live["unique"][at_end], minlength=len(memory.destinations))
    assert count.tolist() == memory.destinations["open"].tolist()


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_the_recording_adds_up(scenario: Scenario) -> None:
    recording = simulate_scenario(scenario)
    for series in (*recording.functions.values(), *recording.others.values()):
        decided = np.cumsum(series.outcomes.sum(axis=1) - series.outcomes[:, Outcome.RESET] + series.abandoned)
        attempted = np.cumsum(series.attempted)
        assert (attempted >= decided).all()
        assert (series.open >= 0).all()
    rows = recording.outcomes
    assert len(rows.ended) == sum(s.outcomes.sum() for s in (*recording.functions.values(), *recording.others.values()))
    assert (np.diff(rows.ended) >= 0).all()
    # Every accepted connection of a destination was opened by somebody.
    accepted = sum(int(one.accepted.sum()) for one in recording.destinations.values())
    opened = sum(
        int(s.outcomes[:, Outcome.ESTABLISHED].sum())
        for s in (*recording.functions.values(), *recording.others.values())
    )
    assert 0 <= accepted - opened <= sum(int(one.open[-1]) for one in recording.destinations.values())
