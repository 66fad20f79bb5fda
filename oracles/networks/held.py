"""Connections counted one by one from the event log of a run: what its sums of each second do not tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.recording import Recording, TableSeries
from narrows.simulate.event_log import EventLog
from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Ending
from narrows.writing.flow_logs.lives import Lives, read_lives
from narrows.writing.flow_logs.options import FlowLogOptions
from narrows.writing.flow_logs.ports import assign_ports
from narrows.writing.flow_logs.records import ANSWER

if TYPE_CHECKING:
    from numpy.typing import NDArray


Span = tuple[int, int]
"""Two ends that hold a number which is not known to the last one."""


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

    def open(self, tables: Sequence[TableSeries]) -> Span:
        """The most connections open at once in tables of one ENI, or of one NAT gateway (and zone).

        From the established ones alone, from their SYN to their first FIN, to those with everything that is in doubt:
        closing until the last packet of the end, refused until the RST is there, and unanswered from the first SYN
        until it was forgotten for good.
        """
        mine, begins, free = self._of(tables)
        lives, most = self._lives, most_together(tables)
        closed = (lives.ending == Ending.FIN) | (lives.ending == Ending.RST)
        ends = np.where(closed, lives.last, free)
        answered = mine & (lives.answered >= 0)
        established = answered & (lives.ending != Ending.RST)
        least = self._most(begins[established], ends[established])
        closing = self._most(begins[answered], np.where(closed, lives.last + ANSWER, free)[answered])
        whole = self._most(begins[mine], ends[mine])
        # Flow logs have the SYNs of an attempt one after the other, also where a full table dropped one between.
        full = any(one.dropped.sum() for one in tables)
        return min(least, most), max(closing, whole if full else min(whole, most))

    def entries(self, tables: Sequence[TableSeries]) -> int:
        """The most entries at once of those that were answered, closed ones that the tables keep included."""
        mine, begins, free = self._of(tables)
        answered = mine & (self._lives.answered >= 0)
        return self._most(begins[answered], free[answered])

    def count(self, tables: Sequence[TableSeries]) -> int:
        """How many connections went there in the whole run."""
        return int(np.count_nonzero(self._of(tables)[0]))

    def rests(self, tables: Sequence[TableSeries], seconds: float) -> bool:
        """Whether each port of an ENI rests for so long before another connection to the same destination gets it.

        A NAT gateway's do: it keeps them after their connection closed.
        """
        if tables[0].eni is None:
            return True
        mine, _, free = self._of(tables)
        lives = self._lives
        opened, unique, last = lives.opened[mine], lives.unique[mine], lives.last[mine]
        port = assign_ports(opened, free[mine], lives.eni[mine])
        order = np.lexsort((opened, port, unique))
        again = (np.diff(port[order]) == 0) & (np.diff(unique[order]) == 0)
        rest = opened[order][1:] - last[order][:-1]
        return not bool((rest[again] < seconds * MICROSECONDS).any())

    def _of(self, tables: Sequence[TableSeries]) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
        """(Which connections went there, when each began to hold an entry, when that was free again)."""
        lives, first = self._lives, tables[0]
        if first.eni is not None:
            mine = (lives.eni == self._model.combos.index(first.eni)) & (lives.eni_syns > 0)
            return mine, lives.opened, lives.eni_free
        pool = self._pools[first.resource, first.az]
        uniques = {self._unique[one.destination or "", one.destination_address or ""] for one in tables}
        mine = (lives.pool == pool) & np.isin(lives.unique, list(uniques)) & (lives.nat_syns > 0)
        return mine, lives.nat_opened, lives.nat_free

    def _most(self, begins: NDArray[np.int64], ends: NDArray[np.int64]) -> int:
        """The most at once before the run ends."""
        moments = np.concatenate([begins, ends])
        steps = np.concatenate([np.ones(len(begins), np.int64), -np.ones(len(ends), np.int64)])
        order = np.lexsort([steps, moments])
        order = order[moments[order] < self._end]
        return int(np.cumsum(steps[order]).max(initial=0))


def most_together(tables: Sequence[TableSeries]) -> int:
    """The most entries of several tables in one second, as if each had its most at the same moment of it."""
    occupied: NDArray[Any] = np.sum([one.occupied for one in tables], axis=0)
    return int(occupied.max(initial=0))
