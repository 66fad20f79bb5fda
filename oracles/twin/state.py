"""The state of a run: what there is, what is to come, and what happened."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any

import numpy as np

from narrows.recording import Outcome
from narrows.simulate.events import Logged
from narrows.simulate.model import Model, Route
from oracles.twin.parts import Combo, Connection, Environment, Gateway, Life, Table, Target


class TwinState:
    """The state of a run, and what every part of it does with it.

    Args:
        model: what runs.
        clients, places: of each environment.
        always_there: environments that are active from the start.
        rng: where random numbers come from.
    """

    def __init__(self, model: Model, clients: Any, places: Any, always_there: range, rng: np.random.Generator) -> None:
        self.model = model
        self.rng = rng
        self.now = 0
        self.events = 0
        self.log: list[tuple[int, int, int, int]] = []
        self.outcomes: list[tuple[int, int, int, int]] = []
        """(microseconds, environment, use, outcome)"""
        self.environments = [Environment(int(c), int(p)) for c, p in zip(clients, places, strict=True)]
        for number in always_there:
            self.environments[number].life = Life.ACTIVE
        most = model.most_enis if model.scale_out else 1
        self.enis = [Table(model.eni_capacity) for _ in range(len(model.combos) * most)]
        self.combos = [Combo([number * most]) for number in range(len(model.combos))]
        self.tables = [Table(model.nat_capacity) for _ in range(model.nat_table_count)]
        self.gateways = [Gateway() for _ in model.gateways]
        self.targets = [Target() for _ in model.unique_destinations]
        self.open = [0 for _ in model.clients]
        self.attempted = [0 for _ in model.clients]
        self.abandoned = [0 for _ in model.clients]
        self.ended = [[0] * len(Outcome) for _ in model.clients]
        self._free: deque[int] = deque()
        self._used = 0
        self._coming: list[tuple[int, int, int, Connection]] = []
        self._count = 0
        self._zero = model.delays.index(0)
        self._drawn = len(model.delays)

    def _after(self, delay: int, connection: Connection) -> None:
        """Let something happen to a connection after a constant delay, given by its number."""
        self._count += 1
        heapq.heappush(self._coming, (self.now + self.model.delays[delay], delay, self._count, connection))

    def _after_drawn(self, microseconds: int, connection: Connection) -> None:
        heapq.heappush(self._coming, (self.now + microseconds, self._drawn, connection.number, connection))

    def _new(self, environment: int, use: int, retry: int = 0) -> Connection:
        if self._free:
            number = self._free.popleft()
        else:
            number = self._used
            self._used += 1
        return Connection(number, self.environments[environment], environment, use, retry)

    def _done(self, connection: Connection) -> None:
        self._free.append(connection.number)

    def _log(self, event: Logged, connection: Connection | None, detail: int = 0) -> None:
        self.log.append((self.now, int(event), -1 if connection is None else connection.number, detail))

    def _ends(self, connection: Connection, outcome: Outcome) -> None:
        self.ended[connection.environment.client][outcome] += 1
        self.outcomes.append((self.now, connection.environment_number, connection.use, int(outcome)))

    def _route(self, connection: Connection) -> Route:
        return self.model.routes[connection.use][connection.environment.place]

    def _gateway(self, connection: Connection) -> Gateway:
        return self.gateways[self.model.pools[self._route(connection).pool].gateway]
