"""The loop over the earliest event.

Events at the same moment happen in this order: changes of environments and arrivals, ENIs that Lambda adds, the queues
of constant delays by number, the heap of drawn delays by connection.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from narrows.simulate.events import Logged
from narrows.simulate.kernel.compiled import compiled
from narrows.simulate.kernel.connections import happens
from narrows.simulate.kernel.environments import change_environment
from narrows.simulate.kernel.queues import heap_pop, pop
from narrows.simulate.kernel.state import Memory, log
from narrows.simulate.lifecycle import Change
from narrows.simulate.records import NEVER, SLOT_BITS


class Status(IntEnum):
    """Why ``advance`` returned."""

    DONE = 0
    NEEDS_CONNECTIONS = 1
    NEEDS_HEAP = 2
    OUTCOMES_FULL = 3
    LOG_FULL = 4


SPARE = 1100
"""Records and rows that one change of an environment may need beside the connections that it opens: each of its at most
1,024 descriptors may be a connection that is replaced."""

_SLOT_MASK = (1 << SLOT_BITS) - 1
_CHANGE, _ENI = -2, -1


@compiled
def advance(m: Memory, changes: Any, position: int, rng: Any, until: int) -> tuple[int, int]:
    """Run every event before ``until`` microseconds.

    Args:
        m: the state, changed in place.
        changes: changes of environments and arrivals, in order: (microseconds, change, environment, argument).
        position: the first of them that has not happened.
        rng: where random numbers come from, one after the other.

    Returns:
        (``Status``, position). If it is not DONE, make room and call again: nothing is lost.
    """
    s = m.scalars[0]
    while True:
        at, source = _earliest(m, changes, position)
        if at >= until:
            s.now = until
            return Status.DONE, position
        status = _room(m, changes, position, source)
        if status != Status.DONE:
            return status, position
        s.now = at
        s.events += 1
        if source == _CHANGE:
            change = changes[position]
            position += 1
            change_environment(m, change.kind, change.environment, change.argument)
        elif source == _ENI:
            _add_enis(m)
        else:
            if source < len(m.heads):
                slot = m.heads[source] & _SLOT_MASK
                pop(m.queues, m.heads, m.pool, m.next_chunk, m.scalars, source)
            else:
                slot = m.heap[0] & _SLOT_MASK
                heap_pop(m.heap, s.heap_size)
                s.heap_size -= 1
            happens(m, rng, slot)


@compiled
def _earliest(m: Memory, changes: Any, position: int) -> tuple[int, int]:
    """When the next event is, and where it comes from. On a tie the first one found stays."""
    s = m.scalars[0]
    at = NEVER >> SLOT_BITS
    source = _CHANGE
    if position < len(changes):
        at = changes[position].at
    if s.next_ready < at:
        at = s.next_ready
        source = _ENI
    for k in range(len(m.heads)):
        moment = m.heads[k] >> SLOT_BITS
        if moment < at:
            at = moment
            source = k
    if s.heap_size > 0 and m.heap[0] >> SLOT_BITS < at:
        at = m.heap[0] >> SLOT_BITS
        source = len(m.heads)
    return at, source


@compiled
def _room(m: Memory, changes: Any, position: int, source: int) -> int:
    """Whether there is room for whatever the next event may need."""
    s = m.scalars[0]
    if s.heap_size + 2 > len(m.heap):
        return Status.NEEDS_HEAP
    if s.outcomes + SPARE > len(m.outcomes):
        return Status.OUTCOMES_FULL
    if s.logging and s.logged + 4 * SPARE > len(m.log):
        return Status.LOG_FULL
    room = s.free + len(m.connections) - s.used
    needed = 2
    if source == _CHANGE:
        change = changes[position]
        if change.kind == Change.START:
            client = m.clients[m.environments[change.environment].client]
            for k in range(client.first_use, client.first_use + client.uses):
                needed += m.uses[m.client_uses[k]].count
        elif change.kind == Change.THAW:
            needed = SPARE
    return Status.NEEDS_CONNECTIONS if room < needed else Status.DONE


@compiled
def _add_enis(m: Memory) -> None:
    """Lambda has added an ENI (or several at the same moment)."""
    s = m.scalars[0]
    s.next_ready = NEVER >> SLOT_BITS
    for k in range(len(m.combos)):
        combo = m.combos[k]
        if not combo.scaling:
            continue
        if combo.ready_at <= s.now:
            combo.scaling = 0
            combo.enis += 1
            log(m, Logged.ENI_ADDED, -1, m.combo_enis[k, combo.enis - 1])
        else:
            s.next_ready = min(s.next_ready, combo.ready_at)
