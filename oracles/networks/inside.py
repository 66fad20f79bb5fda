"""What each process of a run did and held, connection by connection: what a sensor inside it sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.simulate.event_log import EventLog
from narrows.simulate.events import Logged
from narrows.simulate.lifecycle import Change
from narrows.units import MICROSECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 2**61
"""Microseconds: never."""
FORGOTTEN_AFTER = 350 * MICROSECONDS
"""Of silence."""


@dataclass(frozen=True)
class Span:
    """A time in which an environment ran, microseconds from the start."""

    begin: int
    end: int
    """``FAR`` where it still ran when the run ended."""


class Inside:
    """Every attempt of a run, as its process knows it; microseconds from the start, ``FAR`` for never.

    Attributes:
        environment, use, unique: whose it is, and where it went.
        began: the attempt.
        established: the process had its connection.
        failed: the process knew that there would be none.
        let_go: the process closed it, found it reset, or ended.
        gone_first, gone_last: the tables on its way forgot it, at the earliest and at the latest.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        rows = log.rows[log.rows["connection"] >= 0]
        rows = rows[np.argsort(rows["connection"], kind="stable")]
        attempts = rows["event"] == Logged.ATTEMPT
        life = np.cumsum(attempts) - 1
        count = int(attempts.sum())

        def first(event: Logged, name: str = "at") -> NDArray[np.int64]:
            found = np.full(count, FAR, np.int64)
            where = np.flatnonzero(rows["event"] == event)[::-1]
            found[life[where]] = rows[name][where]
            return found

        detail = rows[attempts]["detail"].astype(np.int64)
        self.use: NDArray[np.int64] = detail & 0xFFFF
        self.environment: NDArray[np.int64] = detail >> 16
        accepted = first(Logged.ACCEPTED, "detail")
        unanswered = np.array([one.first_address for one in log.model.uses] or [0])[self.use]
        self.unique: NDArray[np.int64] = np.where(accepted < FAR, accepted >> 32, unanswered)
        self.began: NDArray[np.int64] = rows["at"][attempts].astype(np.int64)
        self.established = first(Logged.ESTABLISHED)
        self.failed = np.minimum(first(Logged.GAVE_UP), first(Logged.REFUSED))
        closes, reset, abandoned = first(Logged.CLOSES), first(Logged.RESET), first(Logged.ABANDONED)
        forgotten = first(Logged.FORGOTTEN)
        self.let_go: NDArray[np.int64] = np.minimum(np.minimum(closes, reset), abandoned)
        self.gone_first: NDArray[np.int64] = np.minimum(self.let_go, forgotten)
        kept = np.minimum(np.minimum(closes, reset), np.maximum(forgotten, 0))
        self.gone_last: NDArray[np.int64] = np.where(
            abandoned < FAR, np.minimum(kept, abandoned + FORGOTTEN_AFTER), kept
        )

    @cached_property
    def spans(self) -> dict[int, list[Span]]:
        """When each environment ran."""
        begun: dict[int, int] = {}
        found: dict[int, list[Span]] = {}
        for at, kind, environment, _ in sorted(self._log.schedule.lifecycle.changes):
            if kind in (Change.START, Change.THAW):
                begun[environment] = at
            elif kind in (Change.FREEZE, Change.END) and environment in begun:
                found.setdefault(environment, []).append(Span(begun.pop(environment), at))
        for environment, at in begun.items():
            found.setdefault(environment, []).append(Span(at, FAR))
        return found

    def client(self, environment: int) -> str:
        """Whose it is."""
        return self._log.model.clients[int(self._log.schedule.clients[environment])].name

    @cached_property
    def peers(self) -> list[tuple[str, str]]:
        """(Destination, address) of each unique destination."""
        model = self._log.model
        return [(model.destinations[one.destination], one.address) for one in model.unique_destinations]

    @cached_property
    def by_environment(self) -> dict[int, NDArray[Any]]:
        """Which attempts are each environment's, in the order of their beginning."""
        order = np.lexsort((self.began, self.environment))
        found, first = np.unique(self.environment[order], return_index=True)
        return dict(zip(found.tolist(), np.split(order, first[1:]), strict=True))

    def held(self, function: str, destination: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(When each connection of a function to a destination came to be, when it was gone at the earliest, and at
        the latest)."""
        clients = np.array([self.client(one) == function for one in range(len(self._log.schedule.clients))], np.bool_)
        to = np.array([name == destination for name, _ in self.peers], np.bool_)
        mine = clients[self.environment] & to[self.unique] & (self.established < FAR)
        return self.established[mine], self.gone_first[mine], self.gone_last[mine]
