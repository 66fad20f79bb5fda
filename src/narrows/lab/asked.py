"""How much a scenario asks of the lab: connections at a time, attempts in all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from narrows.simulate.lifecycle import Change
from narrows.simulate.model import Model
from narrows.units import MICROSECONDS


@dataclass(frozen=True)
class Asked:
    """What is asked, once environments' comings and goings are known."""

    model: Model
    clients: Any
    """The client of each environment: a NumPy array."""
    changes: Any
    """What happens to environments, compressed in time."""
    seconds: int
    duration: float
    """Of the scenario, in its own time."""
    speed: float

    def connections(self, uses: list[int] | None = None) -> int:
        """The most connections of some uses (of all, if left out) that are open or being opened at a time."""
        import numpy as np

        wanted = set(range(len(self.model.uses)) if uses is None else uses)
        of_client = np.array(
            [
                min(one.descriptors, sum(self.model.uses[use].count for use in one.uses if use in wanted))
                for one in self.model.clients
            ]
            or [0]
        )
        kind, environment = self.changes["kind"], self.changes["environment"]
        step = (kind == Change.START).astype(np.int64) - (kind == Change.END)
        at_once = int(np.cumsum(step * of_client[self.clients[environment]]).max(initial=0))
        arriving = 0.0
        for number in wanted:
            use = self.model.uses[number]
            if use.rate is not None:
                rate = use.rate.largest(self.duration) * self.speed
                arriving += rate * (use.hold_mean + use.timeout) / MICROSECONDS
        return at_once + math.ceil(1.2 * arriving)

    def attempts(self) -> int:
        """More than all attempts of a run."""
        import numpy as np

        kind, client = self.changes["kind"], self.clients[self.changes["environment"]]
        # A thawed environment opens again what was forgotten.
        starts = np.bincount(client[(kind == Change.START) | (kind == Change.THAW)], minlength=len(self.model.clients))
        total = int((kind == Change.ARRIVAL).sum())
        for number, one in enumerate(self.model.clients):
            for use in (self.model.uses[use] for use in one.uses):
                again = 1.0 + use.retries
                if use.reopens:
                    pause = self.model.delays[use.pause] if use.pause >= 0 else 0
                    again *= 1 + self.seconds * MICROSECONDS / max(10_000.0, use.hold_mean + pause)
                total += math.ceil(int(starts[number]) * use.count * again)
        return 2 * total
