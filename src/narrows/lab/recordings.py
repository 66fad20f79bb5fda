"""From what the lab's processes left in memory to a recording."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from narrows.lab.drawing import Drawing
from narrows.lab.memory import ABANDONED, ATTEMPTED, COUNTS, OPEN, OUTCOMES, RECORD, Control, SharedMemory
from narrows.lab.playable import linear_syn_timeouts
from narrows.recording import (
    DestinationSeries,
    FunctionSeries,
    NatSeries,
    Outcomes,
    Recording,
    TableSeries,
)
from narrows.simulate.recorder import outcomes_of

Ints = NDArray[np.int64]

_RECORDS = np.dtype(
    [
        ("ended", "<i8"),
        ("environment", "<i4"),
        ("use", "<u2"),
        ("outcome", "u1"),
        ("pad", "u1"),
        ("seconds", "<f4"),
    ]
)
assert _RECORDS.itemsize == RECORD.size


def record(drawing: Drawing, memory: SharedMemory, wall_seconds: float) -> Recording:
    """The recording of a run, as long as it lasted."""
    return _Recorder(drawing, memory).recording(wall_seconds)


class _Recorder:
    def __init__(self, drawing: Drawing, memory: SharedMemory) -> None:
        self.drawing, self.memory = drawing, memory
        self.blueprint, self.model = drawing.blueprint, drawing.model
        self.network = drawing.scenario.network
        self.seconds = int(memory.control[Control.SAMPLED]) + 1
        everything = np.frombuffer(memory.samples, np.int64).reshape(self.blueprint.seconds, memory.width)
        self.samples = everything[: self.seconds].copy()

    def level(self, name: str) -> Ints:
        """A number that goes up and down, for each second; zeros where nobody counted it."""
        slot = self.memory.slots.get(name)
        return np.zeros(self.seconds, np.int64) if slot is None else self.samples[:, slot].copy()

    def each(self, name: str) -> Ints:
        """How much a counter rose in each second."""
        return np.diff(self.level(name), prepend=0)

    def recording(self, wall_seconds: float) -> Recording:
        functions: dict[str, FunctionSeries] = {}
        others: dict[str, FunctionSeries] = {}
        for number, client in enumerate(self.model.clients):
            series = self._client(number)
            if client.is_function:
                functions[client.name] = series
            else:
                others[client.name] = others[client.name] + series if client.name in others else series
        return Recording(
            network=self.network,
            start=self._start(),
            seconds=self.seconds,
            functions=functions,
            others=others,
            tables=(*self._enis(), *self._nat_tables(), *self._destination_tables()),
            nat_gateways={name: self._gateway(number) for number, name in enumerate(self.model.gateways)},
            destinations={name: self._destination(number) for number, name in enumerate(self.model.destinations)},
            outcomes=self._outcomes(),
            assumptions=self.drawing.scenario.assumptions,
            wall_seconds=wall_seconds,
            name=self.drawing.scenario.name,
            extra=self._extra(),
        )

    def _start(self) -> datetime:
        """Of the scenario; with real runtimes, whose log lines have the moments of their own clock, of the run."""
        wall = self.memory.control[Control.WALL_CLOCK]
        return datetime.fromtimestamp(wall, UTC) if wall else self.drawing.scenario.start

    def _extra(self) -> dict[str, object]:
        control = self.memory.control
        extra: dict[str, object] = {
            "played_with": "real packets (narrows lab)",
            "latest_connect_seconds": control[Control.LATE] / 1e6,
            "memory_bytes": max(0, control[Control.MEMORY] - control[Control.MEMORY_BEFORE]) * 1024,
            "seconds_not_sampled": int(control[Control.BEHIND]),
        }
        if linear_syn_timeouts(self.drawing.scenario.assumptions.syn_retransmits) is None:
            extra["syn_retransmits_played"] = "1s, 3s, 7s, 15s, 31s: the kernel has no such schedule as assumed"
        if control[Control.SERVER_ENDED]:
            extra["server_ended"] = True
        if control[Control.STOP]:
            extra["interrupted"] = True
        return extra

    def _client(self, number: int) -> FunctionSeries:
        population, seconds = self.drawing.population, self.seconds
        prefix = f"c{number}_"
        return FunctionSeries(
            environments=population.alive[number, :seconds],
            busy=population.busy[number, :seconds],
            invocations=population.invocations[number, :seconds].copy(),
            throttles=population.throttles[number, :seconds],
            attempted=self.each(f"{prefix}{ATTEMPTED}"),
            outcomes=np.stack([self.each(f"{prefix}{field}") for field in range(OUTCOMES, COUNTS)], axis=1),
            open=self.level(f"{prefix}{OPEN}"),
            abandoned=self.each(f"{prefix}{ABANDONED}"),
        )

    def _enis(self) -> Iterator[TableSeries]:
        for number, key in enumerate(self.model.combos):
            for index in range(self.blueprint.rules.most_enis):
                occupied = self.level(f"e{number}_{index}")
                if index and not occupied.any():
                    break
                yield TableSeries(
                    kind="hyperplane-eni",
                    resource=str(key),
                    capacity=self.blueprint.rules.eni_capacity,
                    occupied=occupied,
                    dropped=self.each(f"e{number}_{index}_dropped"),
                    index=index,
                    eni=key,
                )

    def _nat_tables(self) -> Iterator[TableSeries]:
        for (pool_number, unique), first in self.model.nat_tables.items():
            pool, target = self.model.pools[pool_number], self.model.unique_destinations[unique]
            destination = self.model.destinations[target.destination]
            for index in range(pool.addresses):
                yield TableSeries(
                    kind="nat-address",
                    resource=self.model.gateways[pool.gateway],
                    capacity=self.model.nat_capacity,
                    occupied=self.level(f"t{first + index}"),
                    dropped=self.each(f"t{first + index}_dropped"),
                    index=index,
                    az=pool.az,
                    destination=destination,
                    destination_address=target.address,
                    destination_port=self.network.destinations[destination].port,
                )

    def _open_at(self, unique: int) -> Ints:
        if self.model.unique_destinations[unique].capacity is not None:
            return self.level(f"u{unique}")
        return self.level(f"u{unique}_open")

    def _destination_tables(self) -> Iterator[TableSeries]:
        seen: dict[int, int] = {}
        for unique, target in enumerate(self.model.unique_destinations):
            name = self.model.destinations[target.destination]
            index = seen[target.destination] = seen.get(target.destination, -1) + 1
            yield TableSeries(
                kind="destination",
                resource=name,
                capacity=target.capacity,
                occupied=self._open_at(unique),
                dropped=self.each(f"u{unique}_refused") + self.each(f"u{unique}_ignored"),
                index=index,
                destination=name,
                destination_address=target.address,
                destination_port=self.network.destinations[name].port,
            )

    def _gateway(self, number: int) -> NatSeries:
        prefix = f"g{number}_"
        tables = [
            first + index
            for (pool, _), first in self.model.nat_tables.items()
            for index in range(self.model.pools[pool].addresses)
            if self.model.pools[pool].gateway == number
        ]
        occupied = np.sum([self.level(f"t{table}") for table in tables], axis=0) if tables else np.zeros(self.seconds)
        opened = self.level(f"{prefix}active")
        # What is open and no longer in the tables was forgotten after the idle timeout.
        forgotten = np.maximum.accumulate(np.maximum(0, opened - occupied)).astype(np.int64)
        packets = self.each(f"{prefix}out")
        return NatSeries(
            active=np.maximum(0, opened - forgotten).astype(np.int64),
            attempts=self.each(f"{prefix}attempts"),
            established=self.each(f"{prefix}answered"),
            port_allocation_errors=self.each(f"{prefix}errors"),
            idle_timeouts=np.diff(forgotten, prepend=0),
            bytes_out=self.each(f"{prefix}bytes") // 2,
            packets_out=packets // 2,
            packets_dropped=np.zeros(self.seconds, np.int64),
        )

    def _destination(self, number: int) -> DestinationSeries:
        own = [n for n, one in enumerate(self.model.unique_destinations) if one.destination == number]
        return DestinationSeries(
            open=np.sum([self._open_at(n) for n in own], axis=0),
            accepted=np.sum([self.each(f"u{n}_accepted") for n in own], axis=0),
            refused=np.sum([self.each(f"u{n}_refused") for n in own], axis=0),
            ignored=np.sum([self.each(f"u{n}_ignored") for n in own], axis=0),
        )

    def _outcomes(self) -> Outcomes:
        parts = [np.frombuffer(self.memory.records_of(n), _RECORDS) for n in range(self.blueprint.workers)]
        rows = np.concatenate(parts)
        return outcomes_of(self.model, rows[np.argsort(rows["ended"], kind="stable")])
