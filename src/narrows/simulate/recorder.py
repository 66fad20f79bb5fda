"""Keeping what each second of a run leaves behind, and making a recording of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrows.errors import InputError
from narrows.recording import (
    DestinationSeries,
    FunctionSeries,
    NatSeries,
    Outcomes,
    Recording,
    TableSeries,
)
from narrows.scenario import Scenario
from narrows.simulate.kernel import Memory
from narrows.simulate.model import Model
from narrows.simulate.population import Population, count_environments
from narrows.simulate.records import OUTCOME
from narrows.simulate.schedule import Schedule

_BYTES_PER_PACKET = 1000
"""For packet counts, which follow from bytes: a middling size between an ACK and a full frame."""
_KEPT = ("clients", "enis", "tables", "gateways", "destinations")
_MOST_BYTES = 4 * 2**30
"""Of everything that is kept: seconds times tables."""


class Recorder:
    """Every counter of the kernel, second by second."""

    def __init__(self, scenario: Scenario, model: Model, memory: Memory) -> None:
        self.scenario, self.model = scenario, model
        self.seconds = int(np.ceil(scenario.demand.duration))
        needed = self.seconds * sum(getattr(memory, name).nbytes for name in _KEPT)
        if needed > _MOST_BYTES:
            raise InputError(
                f"{self.seconds:,} seconds of {len(memory.tables) + len(memory.enis) + len(memory.destinations):,} "
                f"tables take {needed / 2**30:,.0f} GiB",
                file=scenario.file,
                advice="simulate a shorter time, or fewer destinations",
            )
        self.kept: dict[str, NDArray[Any]] = {
            name: np.zeros((self.seconds, *getattr(memory, name).shape), getattr(memory, name).dtype) for name in _KEPT
        }

    def keep(self, second: int, memory: Memory) -> None:
        """Copy every counter, then start the next second's peaks from what is there now."""
        for name, kept in self.kept.items():
            kept[second] = getattr(memory, name)
        memory.enis["peak"] = memory.enis["occupied"]
        memory.tables["peak"] = memory.tables["occupied"]
        memory.gateways["active_peak"] = memory.gateways["active"]
        memory.destinations["peak"] = memory.destinations["open"]

    def recording(self, memory: Memory, schedule: Schedule, outcomes: list[NDArray[Any]], wall: float) -> Recording:
        """What was kept, by name."""
        population = count_environments(self.scenario, self.model, schedule, self.seconds)
        functions = {c.name: self._client(i, population) for i, c in enumerate(self.model.clients) if c.is_function}
        others: dict[str, FunctionSeries] = {}
        for number, client in enumerate(self.model.clients):
            if not client.is_function:
                series = self._client(number, population)
                others[client.name] = others[client.name] + series if client.name in others else series
        return Recording(
            network=self.scenario.network,
            start=self.scenario.start,
            seconds=self.seconds,
            functions=functions,
            others=others,
            tables=(*self._enis(memory), *self._nat_tables(), *self._destination_tables()),
            nat_gateways={name: self._gateway(number) for number, name in enumerate(self.model.gateways)},
            destinations={name: self._destination(number) for number, name in enumerate(self.model.destinations)},
            outcomes=outcomes_of(self.model, np.concatenate(outcomes) if outcomes else np.zeros(0, OUTCOME)),
            assumptions=self.scenario.assumptions,
            wall_seconds=wall,
            events=int(memory.scalars["events"][0]),
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

    def _enis(self, memory: Memory) -> list[TableSeries]:
        per_combo = len(memory.enis) // max(1, len(self.model.combos))
        series = []
        for number, key in enumerate(self.model.combos):
            for index in range(int(memory.combos[number]["enis"])):
                kept = self.kept["enis"][:, number * per_combo + index]
                series.append(
                    TableSeries(
                        kind="hyperplane-eni",
                        resource=str(key),
                        capacity=self.model.eni_capacity,
                        occupied=kept["peak"].copy(),
                        dropped=_each_second(kept["dropped"]),
                        index=index,
                        eni=key,
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


def outcomes_of(model: Model, rows: NDArray[Any]) -> Outcomes:
    """What became of every attempt, by name.

    Args:
        model: what ran.
        rows: one for each, in order of its end: ``ended``, ``environment``, ``use``, ``outcome`` and ``seconds``.
    """
    unique = [model.unique_destinations[use.first_address] for use in model.uses]
    clients = tuple(dict.fromkeys(client.name for client in model.clients))
    of_client = [clients.index(model.clients[use.client].name) for use in model.uses]
    of_destination = np.array([target.destination for target in unique] or [0], np.uint16)
    return Outcomes(
        ended=rows["ended"].copy(),
        client=np.array(of_client or [0], np.uint16)[rows["use"]],
        environment=rows["environment"].copy(),
        destination=of_destination[rows["use"]],
        outcome=rows["outcome"].copy(),
        seconds=rows["seconds"].copy(),
        clients=clients,
        destinations=model.destinations,
    )


def _each_second(running: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of each second from counters that only rise."""
    return np.diff(running, axis=0, prepend=np.zeros((1, *running.shape[1:]), running.dtype)).astype(np.int64)
