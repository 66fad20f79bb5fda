"""Source ports for known connections: each from those that are free in its table when it begins."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_PORT, LAST_PORT = 1, 65_535
"""A full Hyperplane ENI holds more connections than there are unprivileged ports, so all are used."""


def assign_ports(
    opened: NDArray[np.int64],
    free_from: NDArray[np.int64],
    table: NDArray[np.int64],
    *,
    choice: str = "longest-free",
    ports: int = LAST_PORT - FIRST_PORT + 1,
    seed: int = 0,
) -> NDArray[np.int32]:
    """A port for each connection.

    Args:
        opened, free_from: microseconds; the port is taken from one to the other.
        table: whose ports; each has all of its own.
        choice: which free port a connection gets: ``longest-free``, ``random``, or ``at-once`` (the one freed last).
        ports: how many each table has.

    A table that has no port left gives the one that will be free first: it holds more connections than there are
    ports, and a flow log then shows two of them as one.
    """
    chosen = np.zeros(len(opened), np.int32)
    rng = np.random.default_rng([seed, 0xB0])
    order = np.lexsort([opened, table])
    opened_list, free_list, table_list = opened[order].tolist(), free_from[order].tolist(), table[order].tolist()
    draws = rng.random(len(order)).tolist()
    current = None
    free: list[int] = []
    waiting: deque[int] = deque()
    taken: list[tuple[int, int]] = []
    given = [0] * len(order)
    for number, (begins, ends, owner) in enumerate(zip(opened_list, free_list, table_list, strict=True)):
        if owner != current:
            current, taken = owner, []
            free = (rng.permutation(ports) + FIRST_PORT).tolist()
            waiting = deque(free)
        while taken and taken[0][0] <= begins:
            port = heapq.heappop(taken)[1]
            if choice == "longest-free":
                waiting.append(port)
            else:
                free.append(port)
        if not (waiting if choice == "longest-free" else free):
            port = heapq.heappop(taken)[1]
        elif choice == "longest-free":
            port = waiting.popleft()
        else:
            if choice == "random":
                drawn = int(draws[number] * len(free))
                free[drawn], free[-1] = free[-1], free[drawn]
            port = free.pop()
        heapq.heappush(taken, (ends, port))
        given[number] = port
    chosen[order] = given
    return chosen
