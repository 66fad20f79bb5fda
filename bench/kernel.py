"""The kernel on the full model: events a second, against SimPy and the plain-Python twin, in one run."""

from __future__ import annotations

import statistics
import time

from bench._scenarios import churn
from bench._simpy_model import SimPyPath
from narrows.scenario import Scenario
from narrows.simulate.compile import compile_scenario
from narrows.simulate.kernel import Memory, Status, advance
from narrows.simulate.lifecycle import Change
from narrows.simulate.memory import make_memory, with_connections, with_heap
from narrows.simulate.run import streams
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS
from oracles.twin import Twin


def run_kernel(scenario: Scenario) -> tuple[float, Memory]:
    """Seconds that the kernel took (all of its memory growth included), and the memory it left."""
    model = compile_scenario(scenario)
    for_schedule, rng = streams(scenario.demand.seed, 0)
    schedule = Schedule(scenario, model, for_schedule)
    memory = make_memory(model, schedule)
    taken = 0.0
    for end, changes in schedule.windows():
        position, status = 0, -1
        began = time.perf_counter()
        while status != Status.DONE:
            status, position = advance(memory, changes, position, rng, end * MICROSECONDS)
            if status == Status.NEEDS_CONNECTIONS:
                memory = with_connections(memory, 2048)
            elif status == Status.NEEDS_HEAP:
                memory = with_heap(memory)
            elif status == Status.OUTCOMES_FULL:
                memory.scalars["outcomes"] = 0
        taken += time.perf_counter() - began
    return taken, memory


def main() -> None:
    large = churn(environments=9000, per_environment=10, seconds=900)
    small = churn(environments=900, per_environment=10, seconds=120, nat_capacity=5_500)
    run_kernel(churn(10, 1, 10))  # compile, or load what was compiled before
    runs = [run_kernel(large) for _ in range(5)]
    events = int(runs[0][1].scalars["events"][0])
    speeds = [events / seconds for seconds, _ in runs]
    fastest, slowest, middle = max(speeds) / 1e6, min(speeds) / 1e6, statistics.median(speeds) / 1e6
    print(f"kernel, 90,000 connections wanted, 900 s: {events:,} events")
    print(f"median of 5: {middle:.1f} M events/s ({slowest:.1f} to {fastest:.1f})")

    runs = [run_kernel(small) for _ in range(5)]
    memory = runs[0][1]
    model = compile_scenario(small)
    schedule = Schedule(small, model, streams(7, 0)[0])
    starts = [
        (at / MICROSECONDS, int(schedule.places[environment]))
        for at, kind, environment, _ in sorted(schedule.lifecycle.changes)
        if kind == Change.START
    ]
    began = time.perf_counter()
    simpy = SimPyPath(model, starts).run(120.0)
    simpy_seconds = time.perf_counter() - began
    for_schedule, rng = streams(7, 0)
    schedule = Schedule(small, model, for_schedule)
    twin = Twin(model, schedule.clients, schedule.places, schedule.always_there, rng)
    began = time.perf_counter()
    for end, changes in schedule.windows():
        twin.run(changes, end * MICROSECONDS)
    twin_seconds = time.perf_counter() - began
    kernel = statistics.median(seconds for seconds, _ in runs)
    print("the same model three times, 9,000 connections wanted, 120 s:")
    print(f"{'':10}{'attempted':>12}{'established':>14}{'timed out':>12}{'port errors':>14}{'seconds':>10}{'ratio':>9}")
    client = memory.clients[0]
    rows = (
        ("kernel", client["attempted"], client["outcomes"][0], client["outcomes"][1],
         memory.gateways[0]["errors"], kernel),
        ("twin", twin.attempted[0], twin.ended[0][0], twin.ended[0][1], twin.gateways[0].errors, twin_seconds),
        ("SimPy", simpy.attempted, simpy.established, simpy.timed_out, simpy.port_allocation_errors, simpy_seconds),
    )  # fmt: skip
    for name, attempted, established, timed_out, errors, seconds in rows:
        print(f"{name:10}{attempted:>12,}{established:>14,}{timed_out:>12,}{errors:>14,}{seconds:>10.4f}"
              f"{seconds / kernel:>8.0f}x")  # fmt: skip
