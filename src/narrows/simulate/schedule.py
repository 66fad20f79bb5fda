"""What comes from outside during a run: changes of environments, and connections that arrive at random moments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrows.demand import Curve
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.scenario import Scenario
from narrows.simulate.lifecycle import Change, Lifecycle
from narrows.simulate.lifecycle_plan import plan_lifecycle
from narrows.simulate.model import Model
from narrows.units import MICROSECONDS

CHANGE = np.dtype([("at", np.int64), ("kind", np.int32), ("environment", np.int32), ("argument", np.int32)], align=True)
"""One change: its moment in microseconds, a ``Change``, the environment, and the mask of tables or the use."""

_MOST_AT_ONCE = 500_000
"""Arrivals that are made ready together, so that a long run needs no more memory than a short one."""


class Schedule:
    """The environments of a run, and everything that happens to them, in order.

    Attributes:
        lifecycle: of the environments that functions and counted clients need.
        clients, places: for each environment, its client and which of its client's places it is in. Those of
            clients whose connections arrive by themselves come last: one each, there from the start.
    """

    def __init__(self, scenario: Scenario, model: Model, rng: np.random.Generator) -> None:
        assumed = scenario.assumptions
        self.model = model
        self.duration = scenario.demand.duration
        self._rng = rng
        self.lifecycle: Lifecycle = plan_lifecycle(
            list(model.needs),
            self.duration,
            account_concurrency=assumed.account_concurrency,
            idle_lifetime=assumed.environment_idle_lifetime,
            eni_idle_timeout=assumed.eni_idle_timeout,
            nat_idle_timeout=float(NAT_IDLE_TIMEOUT.value),
        )
        clients = np.array(self.lifecycle.clients, np.int64)
        widths = np.array([client.places for client in model.clients] or [1], np.int64)
        if assumed.environment_placement == "even":
            places = np.array(self.lifecycle.ordinals, np.int64) % widths[clients]
        else:
            places = (rng.random(len(clients)) * widths[clients]).astype(np.int64)
        self._sources = [number for number, use in enumerate(model.uses) if use.rate is not None]
        self._first_source = len(clients)
        own = [model.uses[use].client for use in self._sources]
        self.clients: NDArray[np.int64] = np.concatenate([clients, np.array(own, np.int64)])
        self.places: NDArray[np.int64] = np.concatenate([places, np.zeros(len(own), np.int64)])
        changes = np.zeros(len(self.lifecycle.changes), CHANGE)
        if len(changes):
            rows = np.array(self.lifecycle.changes, np.int64)
            changes["at"], changes["kind"], changes["environment"], changes["argument"] = rows.T
        self._changes = changes[np.lexsort((changes["environment"], changes["kind"], changes["at"]))]

    def most_connections(self) -> int:
        """How many connections all environments want that are there at the same time, at the most."""
        per_client = [sum(self.model.uses[use].count for use in client.uses) for client in self.model.clients]
        wanted = np.array([*per_client, 0], np.int64)[self.clients[self._changes["environment"]]]
        kind = self._changes["kind"]
        change = np.where(kind == Change.START, wanted, np.where(kind == Change.END, -wanted, 0))
        return int(np.cumsum(change).max(initial=0))

    def windows(self) -> Iterator[tuple[int, Any]]:
        """(end in whole seconds, the changes before it), one after the other until the end of the run."""
        rate = sum(self._rate(use).largest(self.duration) for use in self._sources)
        seconds = int(max(1, min(np.ceil(self.duration), _MOST_AT_ONCE / max(rate, 1e-9))))
        end, total, done = 0, int(np.ceil(self.duration)), 0
        while end < total:
            start, end = end, min(end + seconds, total)
            upto = int(np.searchsorted(self._changes["at"], end * MICROSECONDS)) if end < total else len(self._changes)
            own, done = self._changes[done:upto], upto
            yield end, self._with_arrivals(own, start, end) if self._sources else own

    def _with_arrivals(self, own: Any, start: int, end: int) -> Any:
        """Arrivals are a Poisson process: as many as the largest rate draws, each kept with its moment's chance."""
        parts = [own]
        for index, number in enumerate(self._sources):
            rate, until = self._rate(number), min(end, self.duration)
            within = [value for moment, value in rate.points if start <= moment <= until]
            most = max(rate.at(start), rate.at(until), *within)
            length = max(0.0, until - start)
            moments = start + self._rng.random(int(self._rng.poisson(most * length))) * length
            times, values = zip(*rate.points, strict=True)
            kept = self._rng.random(len(moments)) * most < np.interp(moments, times, values)
            arrivals = np.zeros(int(kept.sum()), CHANGE)
            arrivals["at"] = np.sort((moments[kept] * MICROSECONDS).astype(np.int64))
            arrivals["kind"] = Change.ARRIVAL
            arrivals["environment"] = self._first_source + index
            arrivals["argument"] = number
            parts.append(arrivals)
        together = np.concatenate(parts)
        return together[np.lexsort((together["environment"], together["kind"], together["at"]))]

    def _rate(self, number: int) -> Curve:
        rate = self.model.uses[number].rate
        assert rate is not None
        return rate

    @property
    def always_there(self) -> range:
        """The environments of clients whose connections arrive by themselves."""
        return range(self._first_source, len(self.clients))
