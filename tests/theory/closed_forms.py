"""What theory says of a table that blocks: Erlang's loss formula, and the fluid limit of a ramp."""

from __future__ import annotations


def erlang_b(servers: int, offered: float) -> float:
    """The share of attempts that a table of ``servers`` places blocks, in the steady state.

    It depends on the hold time only through its mean. Computed by the inverse recursion
    1/B(n) = 1 + n/a * 1/B(n-1), which neither over- nor underflows.

    Args:
        servers: places of the table.
        offered: attempts a second times the mean hold in seconds (erlang).
    """
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + n / offered * inverse
        if inverse > 1e300:
            return 0.0
    return 1.0 / inverse


def fluid_ramp(capacity: int, slope: float, hold: float, until: float, step: float = 0.001) -> list[float]:
    """Open connections in each second when attempts come at a rate that rises by ``slope`` each second.

    dn/dt = slope * t * (1 - P) - n / hold, where P is 0 below the capacity, and at it whatever keeps n there.
    """
    open_connections, second = 0.0, []
    steps = round(1 / step)
    for index in range(round(until) * steps):
        growth = slope * index * step - open_connections / hold
        open_connections = min(float(capacity), open_connections + growth * step)
        if index % steps == steps - 1:
            second.append(open_connections)
    return second
