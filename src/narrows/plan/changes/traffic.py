"""What goes through NAT gateways in a month, and what it costs to lead it past them.

A scenario says how much its connections carry (``bytes_per_second``); of a case its evidence does, as an interval.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from narrows.demand import Curve
from narrows.network import HopKind
from narrows.prices import Prices
from narrows.scenario import Scenario
from narrows.traffic import Use

CLOSE_TO = 0.005
"""Ends of an interval that differ by less are one number."""
_PROCESSED = "nat-gateway-gigabyte"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a change leads past the NAT gateways."""

    low: float
    """GB (10^9 bytes) a month, sent and received."""
    high: float
    """Infinite where nothing bounds it."""
    cents: int
    """What that costs more a month: the most that it may be, so that nothing is counted on that may not be saved."""
    prices: tuple[str, ...]
    """Those that it took."""
    notes: tuple[str, ...] = ()


def moved(
    scenario: Scenario,
    prices: Prices,
    *,
    functions: Collection[str] | None = None,
    destinations: Collection[str] | None = None,
    onto: str | None = None,
) -> Moved:
    """What some functions send to and receive from some destinations through NAT gateways today, led another way.

    Args:
        onto: what that way costs for each GB; nothing when left out.
    """
    low, high = nat_gigabytes(scenario, prices, functions=functions, destinations=destinations)
    if not high:
        return Moved(0.0, 0.0, 0, ())
    ends = [low] if math.isinf(high) or high - low <= CLOSE_TO * high else [low, high]
    costs = [_cents(prices, onto, gigabytes) for gigabytes in ends]
    notes = tuple(_told(low, high, costs)) if scenario.demand.carried else ()
    took = (*([onto] if onto else []), _PROCESSED) if any(ends) else ()
    return Moved(low, high, max(costs), took, notes)


def nat_gigabytes(
    scenario: Scenario,
    prices: Prices,
    *,
    functions: Collection[str] | None = None,
    destinations: Collection[str] | None = None,
    through: HopKind = HopKind.NAT_GATEWAY,
) -> tuple[float, float]:
    """GB a month that functions send and receive through NAT gateways, at the least and at the most, as if every hour
    were as the mean (``month_as_mean``).

    0 where nothing says how much connections carry.

    Args:
        through: another kind of hop, of a scenario that says what its connections carry.
    """
    uses = [
        use
        for use in scenario.demand.uses
        if (functions is None or use[0] in functions) and (destinations is None or use[1] in destinations)
    ]
    return _gigabytes(scenario, prices, uses, through)


def processed_for(scenario: Scenario, prices: Prices) -> dict[str, tuple[float, float]]:
    """``nat_gigabytes`` of each destination that has any."""
    uses: dict[str, list[Use]] = {}
    for use in scenario.demand.uses:
        uses.setdefault(use[1], []).append(use)
    processed = {to: _gigabytes(scenario, prices, to_it) for to, to_it in uses.items()}
    return {to: ends for to, ends in processed.items() if ends[1]}


def _gigabytes(
    scenario: Scenario, prices: Prices, uses: Collection[Use], through: HopKind = HopKind.NAT_GATEWAY
) -> tuple[float, float]:
    if not scenario.assumptions.month_as_mean:
        return 0.0, 0.0
    month = prices.hours_per_month * 3600.0 / 1e9
    demand = scenario.demand
    if demand.carried:
        passing = [use for use in uses if _passing(scenario, use)]
        ends = [carried.between(passing) for carried in demand.carried]
        return sum(low for low, _ in ends) * month, sum(high for _, high in ends) * month
    total = 0.0
    for name, to in uses:
        asked = demand.functions.get(name)
        for use in () if asked is None else asked.connections:
            if use.to == to and use.bytes_per_second > 0:
                environments = _mean(asked.environments, demand.duration) if asked else 0.0
                carried = environments * use.per_environment * use.bytes_per_second
                total += carried * _passing(scenario, (name, to), through)
    return total * month, total * month


def _passing(scenario: Scenario, use: Use, through: HopKind = HopKind.NAT_GATEWAY) -> float:
    """The share of a function's subnets from which its connections to a destination pass a NAT gateway."""
    paths = scenario.network.paths(*use)
    passing = sum(path.hop(through) is not None and not path.blocked for path in paths)
    return passing / len(paths) if paths else 0.0


def _cents(prices: Prices, onto: str | None, gigabytes: float) -> int:
    return (prices.gigabytes(onto, gigabytes) if onto else 0) - prices.gigabytes(_PROCESSED, gigabytes)


def _told(low: float, high: float, costs: list[int]) -> Iterator[str]:
    if math.isinf(high) and not low:
        return
    if math.isinf(high):
        yield f"at least {amount(low)} GB a month pass the NAT gateways now: reckoned with no more, {_said(costs[0])}"
    elif len(costs) == 1:
        yield f"{amount(high)} GB a month pass the NAT gateways now: {_said(costs[0])}"
    else:
        yield (
            f"{amount(low)} to {amount(high)} GB a month pass the NAT gateways now: {_between(*costs)}, and reckoned "
            "with the dearer of the two"
        )


def amount(gigabytes: float) -> str:
    """GB for people."""
    return f"{gigabytes:,.0f}" if gigabytes >= 100 else f"{gigabytes:,.3g}"


def _between(first: int, second: int) -> str:
    if first <= 0 and second <= 0:
        return f"${-first / 100:,.2f} to {_said(second)}"
    return f"{_said(first)} to {_said(second)}"


def _said(cents: int) -> str:
    return f"${abs(cents) / 100:,.2f} {'less' if cents <= 0 else 'more'} for data processing"


def _mean(curve: Curve, until: float) -> float:
    corners = [0.0, *(at for at, _ in curve.points if 0.0 < at < until), until]
    area = 0.0
    for begin, end in itertools.pairwise(corners):
        # A step has two points at one moment; just inside the piece the curve is a straight line.
        edge = (end - begin) * 1e-9
        area += (curve.at(begin + edge) + curve.at(end - edge)) / 2.0 * (end - begin)
    return area / until if until > 0 else 0.0
