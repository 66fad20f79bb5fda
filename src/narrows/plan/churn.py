"""What the slots of environments (places for one connection at a time) put into the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from narrows.assumptions import Assumptions
from narrows.demand import Distribution, FunctionDemand, Hold, HoldKind
from narrows.plan.pulses import Arc, Overlap, lognormal_closes, overlapping
from narrows.plan.spread import poisson_margin


class Churn:
    """What the slots of environments (places for one connection at a time) put into the tables."""

    def __init__(
        self,
        hold: Hold,
        asked: FunctionDemand,
        until: float,
        round_trip: float,
        arcs: Sequence[Arc],
        assumed: Assumptions,
    ) -> None:
        always = Overlap(1)
        self._open = self._eni = self._nat = always
        self._closing: tuple[float, float] | None = None
        """For a hold that is drawn: closed entries of each slot, on average, in the tables of ENIs and of NATs."""
        self._chance = False
        after = assumed.eni_hold_after_close, assumed.nat_hold_after_close
        if hold.kind is HoldKind.UNTIL_RECYCLED:
            return
        if hold.kind is HoldKind.DURATION and hold.distribution is not Distribution.CONSTANT:
            self._closing = _closes(hold, after[0]), _closes(hold, after[1])
            return
        pulse = round_trip + (asked.invocation_duration if hold.kind is HoldKind.INVOCATION else hold.mean)
        period = pulse if hold.kind is HoldKind.DURATION else max(pulse, _period(asked, until))
        if math.isinf(period):
            return
        if period > pulse:
            self._open = overlapping(arcs, pulse, period)
            self._chance = True
        self._eni, self._nat = (overlapping(arcs, pulse + window, period) for window in after)

    @property
    def uneven_eni(self) -> bool:
        """Whether some environments hold more entries of ENIs than others at the worst moment."""
        return self._eni.part > 0

    @property
    def uneven_nat(self) -> bool:
        """The same for NAT gateways."""
        return self._nat.part > 0

    def open(self, environments: int, each: int) -> float:
        """Connections open at once, where each environment has ``each`` slots."""
        return self._entries(self._open, environments, each)

    def eni(self, environments: int, each: int) -> float:
        """Entries in the tables of ENIs."""
        if self._closing is not None:
            return self._drawn(self._closing[0], environments * each)
        return self._entries(self._eni, environments, each)

    def nat(self, environments: int, each: int) -> float:
        """Entries in the tables of NAT gateways."""
        if self._closing is not None:
            return self._drawn(self._closing[1], environments * each)
        return self._entries(self._nat, environments, each)

    def _entries(self, overlap: Overlap, environments: int, each: int) -> float:
        entries = overlap.pulses(environments) * each
        if not self._chance or overlap.part <= 0:
            return entries
        # Invocations come at random: a margin for those that fall together, but no more than all that there can be.
        return min(entries + poisson_margin(entries), float((overlap.whole + 1) * environments * each))

    @staticmethod
    def _drawn(closing: float, slots: int) -> float:
        """Every slot holds its open connection; how many closed ones linger is left to chance."""
        return slots + slots * closing + poisson_margin(slots * closing)


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
