"""All state of a run, and the smallest things that are done to it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from narrows.simulate.kernel.compiled import compiled
from narrows.simulate.kernel.queues import heap_push, push
from narrows.simulate.model import NONE
from narrows.simulate.records import LATEST, SLOT_BITS, State
from narrows.units import MICROSECONDS


class Memory(NamedTuple):
    """Arrays of the records in ``records.py``; those of one row hold what there is one of."""

    scalars: NDArray[Any]
    connections: NDArray[Any]
    environments: NDArray[Any]
    uses: NDArray[Any]
    steps: NDArray[Any]
    backoffs: NDArray[np.int32]
    routes: NDArray[Any]
    """[use, place]"""
    pools: NDArray[Any]
    clients: NDArray[Any]
    client_uses: NDArray[np.int32]
    enis: NDArray[Any]
    combos: NDArray[Any]
    combo_enis: NDArray[np.int32]
    """[combo, n]: the ENIs of a subnet and security-group set, those that Lambda may add included."""
    tables: NDArray[Any]
    nat_first: NDArray[np.int32]
    """[pool, unique destination]: the first of its tables."""
    gateways: NDArray[Any]
    destinations: NDArray[Any]
    delays: NDArray[np.int64]
    zero_delay: int
    queues: NDArray[Any]
    heads: NDArray[np.int64]
    pool: NDArray[np.int64]
    next_chunk: NDArray[np.int32]
    heap: NDArray[np.int64]
    outcomes: NDArray[Any]
    log: NDArray[Any]


@compiled
def take(m: Memory, environment: int, use: int, retry: int) -> int:
    """A free connection record: the one that is free for longest, else one that was never used."""
    s = m.scalars[0]
    if s.free > 0:
        slot = s.free_head
        s.free_head = m.connections[slot].link
        s.free -= 1
    else:
        slot = s.used
        s.used += 1
    c = m.connections[slot]
    c.environment = environment
    c.use = use
    c.retry = retry
    c.link = -1
    c.eni = NONE
    c.table = NONE
    c.state = State.STARTING
    c.step = 0
    c.forwarded = 0
    return int(slot)


@compiled
def free(m: Memory, slot: int) -> None:
    """Give a connection record back."""
    s = m.scalars[0]
    c = m.connections[slot]
    c.state = State.FREE
    c.link = -1
    if s.free == 0:
        s.free_head = slot
    else:
        m.connections[s.free_tail].link = slot
    s.free_tail = slot
    s.free += 1


@compiled
def after(m: Memory, delay: int, slot: int) -> None:
    """Let something happen to a connection after a constant delay, given by its number."""
    entry = (min(m.scalars[0].now + m.delays[delay], LATEST) << SLOT_BITS) | slot
    push(m.queues, m.heads, m.pool, m.next_chunk, m.scalars, delay, entry)


@compiled
def after_drawn(m: Memory, microseconds: int, slot: int) -> None:
    """Let something happen to a connection after a delay that was drawn."""
    s = m.scalars[0]
    heap_push(m.heap, s.heap_size, (min(s.now + microseconds, LATEST) << SLOT_BITS) | slot)
    s.heap_size += 1


@compiled
def hang(m: Memory, environment: int, slot: int) -> None:
    """Add a connection that waits for nothing to those of its environment."""
    e = m.environments[environment]
    m.connections[slot].link = e.head
    e.head = slot


@compiled
def log(m: Memory, event: int, slot: int, detail: int) -> None:
    """Write a row of the event log, where one is wanted."""
    s = m.scalars[0]
    if s.logging:
        row = m.log[s.logged]
        row.at = s.now
        row.event = event
        row.connection = slot
        row.detail = detail
        s.logged += 1


@compiled
def ends(m: Memory, slot: int, outcome: int, microseconds: int) -> None:
    """Count what became of an attempt, and write a row of the outcomes.

    ``outcome`` is the value of an ``Outcome``: as an index, or beside other numbers, numba 0.61 takes no member.
    """
    s = m.scalars[0]
    c = m.connections[slot]
    m.clients[m.uses[c.use].client].outcomes[outcome] += 1
    row = m.outcomes[s.outcomes]
    row.ended = s.now
    row.environment = c.environment
    row.seconds = microseconds / MICROSECONDS
    row.use = c.use
    row.outcome = outcome
    s.outcomes += 1


@compiled
def held(m: Memory, slot: int) -> bool:
    """Whether a table holds the connection."""
    c = m.connections[slot]
    return bool(c.eni != NONE or c.table != NONE)


@compiled
def leave_eni(m: Memory, slot: int) -> None:
    """Take a connection out of the table of its Hyperplane ENI, if it is in one."""
    c = m.connections[slot]
    if c.eni != NONE:
        m.enis[c.eni].occupied -= 1
        c.eni = NONE


@compiled
def leave_nat(m: Memory, slot: int) -> None:
    """Take a connection out of the table of its NAT gateway address, if it is in one."""
    c = m.connections[slot]
    if c.table != NONE:
        m.tables[c.table].occupied -= 1
        c.table = NONE


@compiled
def pool_of(m: Memory, slot: int) -> int:
    """The pool of NAT gateway addresses on the way of a connection, or -1."""
    c = m.connections[slot]
    return int(m.routes[c.use, m.environments[c.environment].place].pool)


@compiled
def gateway_of(m: Memory, slot: int) -> int:
    """The NAT gateway on the way of a connection that has one."""
    return int(m.pools[pool_of(m, slot)].gateway)


@compiled
def leave_gateway(m: Memory, slot: int) -> None:
    """An established connection ends for the counters of its NAT gateway."""
    gateway = m.gateways[gateway_of(m, slot)]
    gateway.active -= 1
    gateway.load -= m.uses[m.connections[slot].use].bytes_per_second
