"""What one slot of an environment (a place for one connection at a time) puts into the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from narrows.assumptions import Assumptions
from narrows.demand import Distribution, FunctionDemand, Hold, HoldKind
from narrows.plan.pulses import Arc, lognormal_closes, overlapping
from narrows.plan.spread import poisson_margin


class Churn:
    """What one slot of an environment (a place for one connection at a time) puts into the tables."""

    def __init__(
        self,
        hold: Hold,
        asked: FunctionDemand,
        until: float,
        round_trip: float,
        arcs: Sequence[Arc],
        assumed: Assumptions,
    ) -> None:
        self.random = False
        self._open = self._eni = self._nat = 1.0
        after = assumed.eni_hold_after_close, assumed.nat_hold_after_close
        if hold.kind is HoldKind.UNTIL_RECYCLED:
            return
        length = asked.invocation_duration if hold.kind is HoldKind.INVOCATION else hold.mean
        if hold.kind is HoldKind.DURATION and hold.distribution is not Distribution.CONSTANT:
            self.random = True
            self._eni, self._nat = (1.0 + _closes(hold, window) for window in after)
            return
        pulse = length + round_trip
        period = pulse if hold.kind is HoldKind.DURATION else max(pulse, _period(asked, until))
        if math.isinf(period):
            self._open = self._eni = self._nat = 1.0
            return
        if period > pulse:
            self._open = overlapping(arcs, pulse, period)
            self.random = True
        self._eni, self._nat = (overlapping(arcs, pulse + window, period) for window in after)

    def open(self, slots: int) -> float:
        """Connections open at once."""
        return self._quantile(slots, self._open)

    def eni(self, slots: int) -> float:
        """Entries in the tables of ENIs."""
        return self._quantile(slots, self._eni)

    def nat(self, slots: int) -> float:
        """Entries in the tables of NAT gateways."""
        return self._quantile(slots, self._nat)

    def _quantile(self, slots: int, entries: float) -> float:
        mean = slots * entries
        if not self.random or entries == 1.0:
            return mean
        # A slot that is never empty holds one entry in any case: only what comes on top of it is left to chance.
        chance = mean - slots if self._open == 1.0 else mean
        return min(mean + poisson_margin(chance), slots * float(math.ceil(entries)) if entries < 1.0 else math.inf)


def _closes(hold: Hold, window: float) -> float:
    """The most closes of a slot that are expected within a window, for holds that are drawn."""
    if window <= 0:
        return 0.0
    if hold.distribution is Distribution.LOGNORMAL:
        return lognormal_closes(hold.mean, hold.sigma, window)
    return window / hold.mean


def _period(asked: FunctionDemand, until: float) -> float:
    """Seconds from the start of one invocation of an environment to the start of its next."""
    if asked.invocations_per_second is None:
        return 0.0
    rate = asked.invocations_per_second.largest(until)
    return math.inf if rate <= 0 else asked.environments.largest(until) / rate
