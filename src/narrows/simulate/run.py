"""Running the kernel second by second, and keeping what each second leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrows.errors import InputError
from narrows.network import EniKey
from narrows.recording import (
    DestinationSeries,
    FunctionSeries,
    NatSeries,
    Outcomes,
    Recording,
    TableSeries,
)
from narrows.scenario import Scenario
from narrows.simulate.compile import compile_scenario
from narrows.simulate.event_log import EventLog
from narrows.simulate.kernel import Memory, Status, advance
from narrows.simulate.memory import make_memory, with_connections, with_heap
from narrows.simulate.model import Model
from narrows.simulate.population import Population, count_environments
from narrows.simulate.records import MOST_CONNECTIONS, OUTCOME
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS

Progress = Callable[[int, int], None]
"""Called with the seconds simulated so far and in all."""

_BYTES_PER_PACKET = 1000
"""For packet counts, which follow from bytes: a middling size between an ACK and a full frame."""
_ROOM = 2048


def simulate(
    scenario: Scenario,
    *,
    replication: int = 0,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> Recording:
    """Run a scenario, every connection attempt one by one.

    Args:
        scenario: what to run.
        replication: which stream of random numbers; the same one gives the same run, to the last connection, and two
            plans compared under the same one see the same demand.
        scale: factor on the capacity of every table.
        progress: called after each simulated second.

    Raises:
        InputError: the scenario asks for more than the simulator can count.
    """
    began = time.perf_counter()
    run = _Run(scenario, replication, scale)
    run.go(progress)
    return run.recording(time.perf_counter() - began)


def simulate_with_log(
    scenario: Scenario,
    *,
    replication: int = 0,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> tuple[Recording, EventLog]:
    """``simulate``, with every event: what flow logs are written from."""
    began = time.perf_counter()
    run = _Run(scenario, replication, scale, log=True)
    run.go(progress)
    rows = np.concatenate(run.logged)
    return run.recording(time.perf_counter() - began), EventLog(run.model, run.schedule, rows)


def streams(seed: int, replication: int) -> tuple[np.random.Generator, np.random.Generator]:
    """The random numbers of a run: for the schedule, and for what happens on the path."""
    schedule, path = np.random.SeedSequence([seed, replication]).spawn(2)
    return np.random.Generator(np.random.PCG64(schedule)), np.random.Generator(np.random.PCG64(path))


class _Run:
    def __init__(self, scenario: Scenario, replication: int, scale: float, *, log: bool = False) -> None:
        self.scenario = scenario
        self.model: Model = compile_scenario(scenario, scale=scale)
        for_schedule, self.rng = streams(scenario.demand.seed, replication)
        self.schedule = Schedule(scenario, self.model, for_schedule)
        self.memory: Memory = make_memory(self.model, self.schedule, log=log)
        self.seconds = int(np.ceil(scenario.demand.duration))
        self.outcomes: list[NDArray[Any]] = []
        self.logged: list[NDArray[Any]] = []
        self.kept: dict[str, NDArray[Any]] = {
            name: np.zeros((self.seconds, *getattr(self.memory, name).shape), getattr(self.memory, name).dtype)
            for name in ("clients", "enis", "tables", "gateways", "destinations")
        }

    def go(self, progress: Progress | None) -> None:
        second = 0
        for end, changes in self.schedule.windows():
            position = 0
            while second < end:
                position = self._until(changes, position, (second + 1) * MICROSECONDS)
                self._keep(second)
                second += 1
                if progress is not None:
                    progress(second, self.seconds)
        self._drain()

    def _until(self, changes: Any, position: int, until: int) -> int:
        while True:
            status, position = advance(self.memory, changes, position, self.rng, until)
            if status == Status.DONE:
                return position
            if status == Status.NEEDS_CONNECTIONS:
                if len(self.memory.connections) >= MOST_CONNECTIONS:
                    raise InputError(
                        f"more than {MOST_CONNECTIONS:,} connections at a time",
                        file=self.scenario.file,
                        advice="simulate a part of it, at a smaller scale",
                    )
                self.memory = with_connections(self.memory, self._largest_burst() + _ROOM)
            elif status == Status.NEEDS_HEAP:
                self.memory = with_heap(self.memory)
            else:
                self._drain()

    def _largest_burst(self) -> int:
        return max((sum(self.model.uses[u].count for u in client.uses) for client in self.model.clients), default=0)

    def _drain(self) -> None:
        count = int(self.memory.scalars["outcomes"][0])
        self.outcomes.append(self.memory.outcomes[:count].copy())
        self.memory.scalars["outcomes"] = 0
        self.logged.append(self.memory.log[: int(self.memory.scalars["logged"][0])].copy())
        self.memory.scalars["logged"] = 0

    def _keep(self, second: int) -> None:
        """Copy every counter, then start the next second's peaks from what is there now."""
        memory = self.memory
        for name, kept in self.kept.items():
            kept[second] = getattr(memory, name)
        memory.enis["peak"] = memory.enis["occupied"]
        memory.tables["peak"] = memory.tables["occupied"]
        memory.gateways["active_peak"] = memory.gateways["active"]
        memory.destinations["peak"] = memory.destinations["open"]

    def recording(self, wall_seconds: float) -> Recording:
        population = count_environments(self.scenario, self.model, self.schedule, self.seconds)
        functions = {c.name: self._client(i, population) for i, c in enumerate(self.model.clients) if c.is_function}
        others: dict[str, FunctionSeries] = {}
        for number, client in enumerate(self.model.clients):
            if not client.is_function:
                series = self._client(number, population)
                others[client.name] = _sum(others[client.name], series) if client.name in others else series
        return Recording(
            network=self.scenario.network,
            start=self.scenario.start,
            seconds=self.seconds,
            functions=functions,
            others=others,
            tables=(*self._enis(), *self._nat_tables(), *self._destination_tables()),
            nat_gateways={name: self._gateway(number) for number, name in enumerate(self.model.gateways)},
            destinations={name: self._destination(number) for number, name in enumerate(self.model.destinations)},
            outcomes=self._outcomes(),
            assumptions=self.scenario.assumptions,
            wall_seconds=wall_seconds,
            events=int(self.memory.scalars["events"][0]),
            name=self.scenario.name,
        )

    def _client(self, number: int, population: Population) -> FunctionSeries:
        kept = self.kept["clients"][:, number]
        return FunctionSeries(
            environments=population.alive[number],
            busy=population.busy[number],
            invocations=population.invocations[number],
            throttles=population.throttles[number],
            attempted=_each_second(kept["attempted"]),
            outcomes=_each_second(kept["outcomes"]),
            open=kept["open"].copy(),
            abandoned=_each_second(kept["abandoned"]),
        )

    def _enis(self) -> list[TableSeries]:
        per_combo = len(self.memory.enis) // max(1, len(self.model.combos))
        series = []
        for number, key in enumerate(self.model.combos):
            subnet, _, groups = key.rpartition("/")
            for index in range(int(self.memory.combos[number]["enis"])):
                kept = self.kept["enis"][:, number * per_combo + index]
                series.append(
                    TableSeries(
                        kind="hyperplane-eni",
                        resource=key,
                        capacity=self.model.eni_capacity,
                        occupied=kept["peak"].copy(),
                        dropped=_each_second(kept["dropped"]),
                        index=index,
                        eni=EniKey(subnet, tuple(groups.split("+"))),
                    )
                )
        return series

    def _nat_tables(self) -> list[TableSeries]:
        series = []
        for (pool_number, unique), first in self.model.nat_tables.items():
            pool, target = self.model.pools[pool_number], self.model.unique_destinations[unique]
            destination = self.model.destinations[target.destination]
            for index in range(pool.addresses):
                kept = self.kept["tables"][:, first + index]
                series.append(
                    TableSeries(
                        kind="nat-address",
                        resource=self.model.gateways[pool.gateway],
                        capacity=self.model.nat_capacity,
                        occupied=kept["peak"].copy(),
                        dropped=_each_second(kept["dropped"]),
                        index=index,
                        az=pool.az,
                        destination=destination,
                        destination_address=target.address,
                        destination_port=self.scenario.network.destinations[destination].port,
                    )
                )
        return series

    def _destination_tables(self) -> list[TableSeries]:
        series = []
        seen: dict[int, int] = {}
        for unique, target in enumerate(self.model.unique_destinations):
            kept = self.kept["destinations"][:, unique]
            name = self.model.destinations[target.destination]
            index = seen[target.destination] = seen.get(target.destination, -1) + 1
            series.append(
                TableSeries(
                    kind="destination",
                    resource=name,
                    capacity=target.capacity,
                    occupied=kept["peak"].copy(),
                    dropped=_each_second(kept["refused"] + kept["ignored"]),
                    index=index,
                    destination=name,
                    destination_address=target.address,
                    destination_port=self.scenario.network.destinations[name].port,
                )
            )
        return series

    def _gateway(self, number: int) -> NatSeries:
        kept = self.kept["gateways"][:, number]
        one_way = kept["load"] / 2
        dropped_share = np.maximum(0.0, 1.0 - self.model.nat_bytes_per_second / np.maximum(kept["load"], 1.0))
        packets = one_way / _BYTES_PER_PACKET
        return NatSeries(
            active=kept["active_peak"].copy(),
            attempts=_each_second(kept["attempts"]),
            established=_each_second(kept["established"]),
            port_allocation_errors=_each_second(kept["errors"]),
            idle_timeouts=_each_second(kept["idle_timeouts"]),
            bytes_out=(one_way * (1 - dropped_share)).astype(np.int64),
            packets_out=(packets * (1 - dropped_share)).astype(np.int64),
            packets_dropped=_each_second(kept["dropped"]) + (2 * packets * dropped_share).astype(np.int64),
        )

    def _destination(self, number: int) -> DestinationSeries:
        own = [i for i, one in enumerate(self.model.unique_destinations) if one.destination == number]
        kept = self.kept["destinations"][:, own]
        return DestinationSeries(
            open=kept["open"].sum(axis=1),
            accepted=_each_second(kept["accepted"].sum(axis=1)),
            refused=_each_second(kept["refused"].sum(axis=1)),
            ignored=_each_second(kept["ignored"].sum(axis=1)),
        )

    def _outcomes(self) -> Outcomes:
        rows = np.concatenate(self.outcomes) if self.outcomes else np.zeros(0, OUTCOME)
        unique = [self.model.unique_destinations[use.first_address] for use in self.model.uses]
        clients = tuple(dict.fromkeys(client.name for client in self.model.clients))
        of_client = [clients.index(self.model.clients[use.client].name) for use in self.model.uses]
        of_destination = np.array([one.destination for one in unique] or [0], np.uint16)
        return Outcomes(
            ended=rows["ended"],
            client=np.array(of_client or [0], np.uint16)[rows["use"]],
            environment=rows["environment"],
            destination=of_destination[rows["use"]],
            outcome=rows["outcome"],
            seconds=rows["seconds"],
            clients=clients,
            destinations=self.model.destinations,
        )


def _each_second(running: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of each second from counters that only rise."""
    return np.diff(running, axis=0, prepend=np.zeros((1, *running.shape[1:]), running.dtype)).astype(np.int64)


def _sum(one: FunctionSeries, other: FunctionSeries) -> FunctionSeries:
    names = FunctionSeries.__dataclass_fields__
    return FunctionSeries(**{name: getattr(one, name) + getattr(other, name) for name in names})
