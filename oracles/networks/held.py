"""Connections counted one by one from the event log of a run: what its sums of each second do not tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from narrows.recording import Recording, TableSeries
from narrows.simulate.event_log import EventLog
from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Ending
from narrows.writing.flow_logs.lives import Lives, read_lives
from narrows.writing.flow_logs.options import FlowLogOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Counted:
    """The most at once in one table, or in those of one NAT gateway and unique destination together."""

    answered: int
    """Connections that were answered, from their SYN to their end."""
    all: int
    """With those that nobody answered, from their first SYN until they were forgotten for good."""
    entries: int
    """The answered ones until the table forgot them."""


class Held:
    """Every connection of a run."""

    def __init__(self, recording: Recording, log: EventLog) -> None:
        self._model = log.model
        self._end = recording.seconds * MICROSECONDS
        self._lives: Lives = read_lives(log, FlowLogOptions(), recording.seconds, recording.assumptions)
        self._pools = {(log.model.gateways[one.gateway], one.az): n for n, one in enumerate(log.model.pools)}
        self._unique = {
            (log.model.destinations[one.destination], one.address): n
            for n, one in enumerate(log.model.unique_destinations)
        }

    def of(self, table: TableSeries) -> Counted:
        """What the table of an ENI held, or those of a NAT gateway (of a zone, for a regional one) to an address."""
        lives = self._lives
        if table.eni is not None:
            mine = (lives.eni == self._model.combos.index(table.resource)) & (lives.eni_syns > 0)
            begins, free = lives.opened, lives.eni_free
        else:
            pool = self._pools[table.resource, table.az]
            unique = self._unique[table.destination or "", table.destination_address or ""]
            mine = (lives.pool == pool) & (lives.unique == unique) & (lives.nat_syns > 0)
            begins, free = lives.nat_opened, lives.nat_free
        closed = (lives.ending == Ending.FIN) | (lives.ending == Ending.RST)
        ends = np.where(closed, lives.last, free)
        answered = mine & (lives.answered >= 0)
        return Counted(
            self._most(begins[answered], ends[answered]),
            self._most(begins[mine], ends[mine]),
            self._most(begins[answered], free[answered]),
        )

    def _most(self, begins: NDArray[np.int64], ends: NDArray[np.int64]) -> int:
        """The most at once before the run ends."""
        moments = np.concatenate([begins, ends])
        steps = np.concatenate([np.ones(len(begins), np.int64), -np.ones(len(ends), np.int64)])
        order = np.lexsort([steps, moments])
        order = order[moments[order] < self._end]
        return int(np.cumsum(steps[order]).max(initial=0))
