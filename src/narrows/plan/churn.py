"""What the slots of environments (places for one connection at a time) put into the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from narrows.assumptions import Assumptions
from narrows.demand import Distribution, FunctionDemand, Hold, HoldKind
from narrows.limits import SCALE_UP_ENVIRONMENTS, SCALE_UP_SECONDS
from narrows.plan.spread import poisson_margin

Arc = tuple[float, float, float]
"""(from, to, how many): environments that start evenly between two moments, in seconds."""

_MOST_ARCS = 64
"""Beyond this many rises of the demand, all pulses are taken to fall together."""
_STEPS = 400
"""Of the renewal equation."""


def starts(times: Sequence[float], values: Sequence[float]) -> list[Arc]:
    """When environments start: the rises of the demand above all that was before, no faster than Lambda scales up.

    Args:
        times, values: corners of the demand, straight lines between them.
    """
    burst = float(SCALE_UP_ENVIRONMENTS.value)
    rate = burst / SCALE_UP_SECONDS
    found: list[Arc] = []
    moment, highest = times[0], 0.0
    for at, value in zip(times, values, strict=True):
        if value > highest:
            rise = value - highest
            at_once = min(rise, burst + rate * (at - moment))
            found.append((moment, at, at_once))
            if rise > at_once:
                found.append((at, at + (rise - at_once) / rate, rise - at_once))
            highest = value
        moment = at
    return found


@dataclass(frozen=True, slots=True)
class Overlap:
    """The most pulses of environments that are in progress at once."""

    whole: int
    """Of each environment, at any time."""
    part: float = 0.0
    """The part of the environments (0 to 1) that have one more, at the worst moment."""
    slack: int = 0
    """Environments more than that, since they start one by one and not as an even flow."""

    def pulses(self, environments: int) -> float:
        """How many there are with so many environments."""
        more = 0 if self.part <= 0 else min(environments, math.ceil(environments * self.part - 1e-9) + self.slack)
        return float(self.whole * environments + more)


def overlapping(arcs: Sequence[Arc], length: float, period: float) -> Overlap:
    """How the pulses of environments overlap.

    Args:
        arcs: when the environments start; each gives one pulse then and another every ``period``.
        length: seconds that a pulse lasts.
        period: seconds from the start of a pulse to the start of the next.
    """
    whole, rest = divmod(length, period)
    total = sum(mass for _, _, mass in arcs)
    if rest <= 1e-9 or total <= 0:
        return Overlap(int(whole))
    if len(arcs) > _MOST_ARCS:
        return Overlap(int(whole), 1.0)
    slack = sum(math.floor((last - first) / period) + 1 for first, last, _ in arcs)
    return Overlap(int(whole), min(1.0, _fullest_window(arcs, rest, period) / total), slack)


def _fullest_window(arcs: Sequence[Arc], width: float, around: float) -> float:
    """The most mass within a window of ``width`` on a circle of ``around``, onto which the arcs are wound."""
    everywhere = 0.0
    wound: list[Arc] = []
    for first, last, mass in arcs:
        turns = math.floor((last - first) / around)
        part = turns * around / (last - first) if turns else 0.0
        everywhere += mass * part
        start = first % around
        wound.append((start, start + (last - first) - turns * around, mass * (1.0 - part)))
    candidates = {edge % around for a, b, _ in wound for edge in (a, b, a - width, b - width)}
    return everywhere * width / around + max(
        sum(_inside(arc, begin, width, around) for arc in wound) for begin in candidates
    )


def _inside(arc: Arc, begin: float, width: float, around: float) -> float:
    first, last, mass = arc
    found = 0.0
    for turn in (-around, 0.0, around):
        low, high = max(first + turn, begin), min(last + turn, begin + width)
        if last - first < 1e-9:
            found += mass if begin <= first + turn < begin + width else 0.0
        elif high > low:
            found += mass * (high - low) / (last - first)
    return min(found, mass)


@lru_cache(maxsize=64)
def lognormal_closes(mean: float, sigma: float, window: float) -> float:
    """The most closes of one slot that are expected within ``window`` seconds, if all slots opened together.

    The renewal equation m(t) = F(t) + integral of m(t - x) dF(x), in steps; its peak lies within a few means.
    """
    until = 4.0 * mean + window
    step = until / _STEPS
    mu = math.log(mean) - sigma * sigma / 2.0
    below = [0.0] + [
        0.5 * (1.0 + math.erf((math.log(k * step) - mu) / (sigma * math.sqrt(2.0)))) for k in range(1, _STEPS + 1)
    ]
    mass = [0.0] + [below[k] - below[k - 1] for k in range(1, _STEPS + 1)]
    renewals = [0.0] * (_STEPS + 1)
    for k in range(1, _STEPS + 1):
        renewals[k] = below[k] + sum(renewals[k - i] * mass[i] for i in range(1, k))
    cells = math.ceil(window / step)
    return max(window / mean, max(renewals[k] - renewals[max(0, k - cells)] for k in range(1, _STEPS + 1)))


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

    def open(self, environments: int, each: float) -> float:
        """Connections open at once, where each environment has ``each`` slots."""
        return self._entries(self._open, environments, each)

    def eni(self, environments: int, each: float) -> float:
        """Entries in the tables of ENIs."""
        if self._closing is not None:
            return self._drawn(self._closing[0], environments * each)
        return self._entries(self._eni, environments, each)

    def nat(self, environments: int, each: float) -> float:
        """Entries in the tables of NAT gateways."""
        if self._closing is not None:
            return self._drawn(self._closing[1], environments * each)
        return self._entries(self._nat, environments, each)

    def _entries(self, overlap: Overlap, environments: int, each: float) -> float:
        entries = overlap.pulses(environments) * each
        if not self._chance or overlap.part <= 0:
            return entries
        # Invocations come at random: a margin for those that fall together, but no more than all that there can be.
        return min(entries + poisson_margin(entries), float((overlap.whole + 1) * environments * each))

    @staticmethod
    def _drawn(closing: float, slots: float) -> float:
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
