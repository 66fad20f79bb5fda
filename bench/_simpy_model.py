"""The churn scenario of ``kernel.py`` as one would write it for SimPy: a process for each connection.

The same tables, the same SYN retransmits, timeouts, holds and counters as the kernel's; no more and no less than the
scenario needs.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from narrows.simulate.model import Model, Op


@dataclass
class Counters:
    """What happened."""

    events: int = 0
    attempted: int = 0
    established: int = 0
    timed_out: int = 0
    port_allocation_errors: int = 0
    eni_drops: int = 0


@dataclass
class SimPyPath:
    """ENI tables, NAT tables and one destination, with a process for each connection of each environment."""

    model: Model
    starts: list[tuple[float, int]]
    """(seconds, place) of each environment."""
    counters: Counters = field(default_factory=Counters)

    def run(self, until: float) -> Counters:
        self.env = simpy.Environment()
        self.enis = [0] * len(self.model.combos)
        self.tables = [0] * self.model.nat_table_count
        self.env.process(self._environments())
        self.env.run(until=until)
        return self.counters

    def _environments(self) -> Generator[Any, Any, None]:
        for start, place in self.starts:
            if start > self.env.now:
                yield self.env.timeout(start - self.env.now)
            self.counters.events += 1
            for _ in range(self.model.uses[0].count):
                self.env.process(self._connection(place))

    def _connection(self, place: int) -> Generator[Any, Any, None]:
        """One connection after the other, for ever."""
        use, counters = self.model.uses[0], self.counters
        route = self.model.routes[0][place]
        hold = self.model.delays[use.hold_delay] / 1e6
        while True:
            counters.attempted += 1
            counters.events += 1
            eni = table = -1
            answered = False
            for step in use.steps:
                gap = self.model.delays[step.gap] / 1e6
                if gap:
                    yield self.env.timeout(gap)
                    counters.events += 1
                if step.op is Op.SYN:
                    if eni < 0 and self.enis[route.combo] < self.model.eni_capacity:
                        eni = route.combo
                        self.enis[eni] += 1
                    if eni < 0:
                        counters.eni_drops += 1
                        continue
                    table = min(range(len(self.tables)), key=self.tables.__getitem__)
                    if self.tables[table] >= self.model.nat_capacity:
                        table = -1
                        counters.port_allocation_errors += 1
                        continue
                    self.tables[table] += 1
                    answered = True
                    break
                if step.op is Op.EXPIRE_ENI and eni >= 0:
                    self.enis[eni] -= 1
                    eni = -1
                elif step.op is Op.GIVE_UP:
                    counters.timed_out += 1
                    break
            if not answered:
                yield self.env.timeout(hold)
                counters.events += 1
                continue
            yield self.env.timeout(use.round_trip / 1e6)
            counters.events += 1
            counters.established += 1
            yield self.env.timeout(hold)
            counters.events += 1
            self.enis[eni] -= 1
            self.env.process(self._release(table))

    def _release(self, table: int) -> Generator[Any, Any, None]:
        yield self.env.timeout(self.model.delays[self.model.close_second] / 1e6)
        self.counters.events += 1
        self.tables[table] -= 1
