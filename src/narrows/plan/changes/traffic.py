"""What goes through NAT gateways in a month, where a scenario says how much its connections carry."""

from __future__ import annotations

import itertools
from collections.abc import Collection

from narrows.demand import Curve
from narrows.network import HopKind
from narrows.prices import Prices
from narrows.scenario import Scenario


def nat_gigabytes(
    scenario: Scenario,
    prices: Prices,
    *,
    functions: Collection[str] | None = None,
    destinations: Collection[str] | None = None,
) -> float:
    """GB a month that functions send and receive through NAT gateways, as if every hour were as the scenario's mean.

    0 where ``bytes_per_second`` is not given.
    """
    total = 0.0
    demand = scenario.demand
    for name, asked in demand.functions.items():
        if functions is not None and name not in functions:
            continue
        for use in asked.connections:
            if use.bytes_per_second <= 0 or (destinations is not None and use.to not in destinations):
                continue
            paths = scenario.network.paths(name, use.to)
            through = sum(path.hop(HopKind.NAT_GATEWAY) is not None and not path.blocked for path in paths)
            environments = _mean(asked.environments, demand.duration)
            total += environments * use.per_environment * use.bytes_per_second * through / len(paths)
    return total * prices.hours_per_month * 3600.0 / 1e9


def _mean(curve: Curve, until: float) -> float:
    corners = [0.0, *(at for at, _ in curve.points if 0.0 < at < until), until]
    area = 0.0
    for begin, end in itertools.pairwise(corners):
        # A step has two points at one moment; just inside the piece the curve is a straight line.
        edge = (end - begin) * 1e-9
        area += (curve.at(begin + edge) + curve.at(end - edge)) / 2.0 * (end - begin)
    return area / until if until > 0 else 0.0
