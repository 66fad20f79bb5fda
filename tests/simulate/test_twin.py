"""The kernel against its oracle: the identical event log for the same random numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from narrows.scenario import Scenario, parse_scenario
from narrows.simulate.compile import compile_scenario
from narrows.simulate.kernel import Logged, Memory, Status, advance
from narrows.simulate.memory import make_memory, with_connections, with_heap
from narrows.simulate.run import streams
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS
from oracles.twin import Twin
from tests.simulate.random_scenarios import scenarios

Row = tuple[int, int, int, int]


@dataclass(frozen=True)
class Small:
    """Limits that AWS has too large for a quick run to reach."""

    enis: int
    descriptors: int
    nat_bytes_per_second: float


small = st.builds(Small, st.integers(1, 12), st.sampled_from([2, 5, 1024]), st.sampled_from([4e9, 1e12]))


def run_both(scenario: Scenario, limits: Small) -> tuple[list[Row], Memory, Twin]:
    """The kernel's log and memory, and the twin, after the same run."""
    model = compile_scenario(scenario)
    model = replace(
        model,
        eni_capacity=limits.enis,
        nat_bytes_per_second=limits.nat_bytes_per_second,
        clients=tuple(replace(client, descriptors=limits.descriptors) for client in model.clients),
    )
    for_kernel, for_twin = streams(scenario.demand.seed, 0), streams(scenario.demand.seed, 0)
    schedule, same = Schedule(scenario, model, for_kernel[0]), Schedule(scenario, model, for_twin[0])
    memory = make_memory(model, schedule, connections=16, log=True)
    twin = Twin(model, same.clients, same.places, same.always_there, for_twin[1])
    log: list[Row] = []

    def drain() -> None:
        rows = memory.log[: int(memory.scalars["logged"][0])]
        log.extend((int(r["at"]), int(r["event"]), int(r["connection"]), int(r["detail"])) for r in rows)
        memory.scalars["logged"] = 0

    for (end, changes), (_, same_changes) in zip(schedule.windows(), same.windows(), strict=True):
        position, status = 0, -1
        while status != Status.DONE:
            status, position = advance(memory, changes, position, for_kernel[1], end * MICROSECONDS)
            if status == Status.NEEDS_CONNECTIONS:
                memory = with_connections(memory, 1200)
            elif status == Status.NEEDS_HEAP:
                memory = with_heap(memory)
            elif status == Status.OUTCOMES_FULL:
                memory.scalars["outcomes"] = 0
            drain()
        twin.run(same_changes, end * MICROSECONDS)
    return log, memory, twin


seen: Counter[str] = Counter()

# Two that chance does not find often: connections that outlive their tables' patience, and a saturated NAT gateway.
RARE = """
name: rare
vpc:
  subnets: {a: {az: us-east-1a, route: nat}}
  nat_gateways: {nat: {addresses: 2}}
destinations: {cache: {port: 443, addresses: 2}}
functions:
  app:
    subnets: [a]
    security_groups: [sg-a]
    connections:
      - {to: cache, per_environment: 2}
      - {to: cache, hold: 5s, bytes_per_second: 3000000000, retries: {most: 1, jitter: full}}
demand:
  app:
    environments: {steps: [{at: 0s, to: 6}, {at: 30s, to: 0}, {at: 400s, to: 6}]}
duration: 10m
assumptions: {eni_idle_timeout: 300s}
"""


@settings(max_examples=300, derandomize=True, suppress_health_check=list(HealthCheck))
@example(parse_scenario(RARE), Small(12, 1024, 4e9))
@given(scenarios(), small)
def identical_event_log(scenario: Scenario, limits: Small) -> None:
    log, memory, twin = run_both(scenario, limits)
    assert log == twin.log
    assert int(memory.scalars["events"][0]) == twin.events
    seen.update(Logged(event).name for _, event, _, _ in log)


@pytest.mark.slow
def test_the_event_log_is_the_twins_and_shows_every_event() -> None:
    """A comparison that never saw a thaw or a scale-out would prove little."""
    identical_event_log()
    assert set(seen) == {event.name for event in Logged}


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(scenarios(), small)
def test_identical_counters(scenario: Scenario, limits: Small) -> None:
    _, memory, twin = run_both(scenario, limits)
    clients = len(twin.model.clients)
    assert memory.clients["open"][:clients].tolist() == twin.open
    assert memory.clients["attempted"][:clients].tolist() == twin.attempted
    assert memory.clients["abandoned"][:clients].tolist() == twin.abandoned
    assert memory.clients["outcomes"][:clients].tolist() == twin.ended
    for field in ("occupied", "dropped"):
        assert memory.enis[field][: len(twin.enis)].tolist() == [getattr(one, field) for one in twin.enis]
        assert memory.tables[field][: len(twin.tables)].tolist() == [getattr(one, field) for one in twin.tables]
    for field in ("active", "attempts", "established", "errors", "idle_timeouts", "dropped"):
        assert memory.gateways[field].tolist() == [getattr(one, field) for one in twin.gateways]
    np.testing.assert_allclose(memory.gateways["load"], [one.load for one in twin.gateways])
    for field in ("open", "accepted", "refused", "ignored"):
        assert memory.destinations[field].tolist() == [getattr(one, field) for one in twin.targets]
