"""The run: one event after the other, whichever comes first."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any

from narrows.simulate.lifecycle import Change
from oracles.twin.environments import Environments


class Twin(Environments):
    """One run. After it, ``log`` holds (microseconds, event, connection, detail), and the counters what happened."""

    def run(self, changes: Any, until: int) -> None:
        """Run every event before ``until`` microseconds; ``changes`` are those of environments, in order."""
        upcoming = deque(tuple(int(value) for value in row) for row in changes)
        while True:
            ready = min((one.ready_at for one in self.combos if one.ready_at is not None), default=None)
            first = [
                (moment, rank)
                for moment, rank in (
                    (upcoming[0][0] if upcoming else None, 0),
                    (ready, 1),
                    (self._coming[0][0] if self._coming else None, 2),
                )
                if moment is not None
            ]
            if not first or min(first)[0] >= until:
                self.now = until
                return
            self.now, rank = min(first)
            self.events += 1
            if rank == 0:
                _, kind, environment, argument = upcoming.popleft()
                self._change(Change(kind), environment, argument)
            elif rank == 1:
                self._add_enis()
            else:
                self._happens(heapq.heappop(self._coming)[3])
