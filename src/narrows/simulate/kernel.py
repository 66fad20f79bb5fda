"""The fast simulator: every connection attempt, SYN, answer, close and timeout, one event after the other.

It is one loop over the earliest event, compiled by numba. ``twin.py`` is the same machine in plain Python and gives
the identical event log; read that one first. Events at the same moment happen in this order: changes of environments
and arrivals, ENIs that Lambda adds, the queues of constant delays by number, the heap of drawn delays by connection.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from narrows.recording import Outcome
from narrows.simulate.lifecycle import EXPIRE_ENI, EXPIRE_NAT, Change
from narrows.simulate.model import NONE, Answers, HoldKind, Op
from narrows.simulate.queues import heap_pop, heap_push, pop, push
from narrows.simulate.records import (
    ENVIRONMENT_ACTIVE,
    ENVIRONMENT_ENDED,
    ENVIRONMENT_FROZEN,
    NEVER,
    SEEN,
    SLOT_BITS,
    State,
)
from narrows.units import MICROSECONDS


class Status(IntEnum):
    """Why ``advance`` returned."""

    DONE = 0
    NEEDS_CONNECTIONS = 1
    NEEDS_HEAP = 2
    OUTCOMES_FULL = 3
    LOG_FULL = 4


class Logged(IntEnum):
    """What the event log tells apart."""

    ATTEMPT = 0
    NO_DESCRIPTOR = 1
    NO_NAME = 2
    DROPPED_BY_RULE = 3
    DROPPED_BY_ENI = 4
    DROPPED_BY_NAT = 5
    DROPPED_BY_BANDWIDTH = 6
    UNANSWERED = 7
    REFUSES = 8
    ACCEPTED = 9
    ESTABLISHED = 10
    CLOSES = 11
    RELEASED = 12
    FORGOTTEN = 13
    GAVE_UP = 14
    REFUSED = 15
    RESET = 16
    ABANDONED = 17
    ENI_ADDED = 18


class Memory(NamedTuple):
    """All state of a run. What the fields hold is said in ``records.py``."""

    scalars: NDArray[Any]
    connections: NDArray[Any]
    environments: NDArray[Any]
    uses: NDArray[Any]
    steps: NDArray[Any]
    backoffs: NDArray[np.int32]
    routes: NDArray[Any]
    pools: NDArray[Any]
    clients: NDArray[Any]
    client_uses: NDArray[np.int32]
    enis: NDArray[Any]
    eni_combos: NDArray[np.int32]
    combos: NDArray[Any]
    combo_enis: NDArray[np.int32]
    tables: NDArray[Any]
    nat_first: NDArray[np.int32]
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


_DONE, _NEEDS_CONNECTIONS, _NEEDS_HEAP = int(Status.DONE), int(Status.NEEDS_CONNECTIONS), int(Status.NEEDS_HEAP)
_OUTCOMES_FULL, _LOG_FULL = int(Status.OUTCOMES_FULL), int(Status.LOG_FULL)
_SLOT_MASK = (1 << SLOT_BITS) - 1
_SPARE = 1100
"""Records and rows that one change of an environment may need beside its own connections."""

# Numba takes plain integers as constants, not members of enumerations.
_STARTING, _CONNECTING, _LINGERING = int(State.STARTING), int(State.CONNECTING), int(State.LINGERING)
_ANSWERED, _REFUSED, _OPEN, _IDLE = int(State.ANSWERED), int(State.REFUSED), int(State.OPEN), int(State.IDLE)
_DUE, _EXPIRED, _ABANDONED = int(State.DUE), int(State.EXPIRED), int(State.ABANDONED)
_CLOSING, _CLOSED, _FAILED, _FREE = int(State.CLOSING), int(State.CLOSED), int(State.FAILED), int(State.FREE)
_SYN, _OP_EXPIRE_ENI, _OP_EXPIRE_NAT = int(Op.SYN), int(Op.EXPIRE_ENI), int(Op.EXPIRE_NAT)
_END, _EXPIRE, _FREEZE = int(Change.END), int(Change.EXPIRE), int(Change.FREEZE)
_THAW, _START = int(Change.THAW), int(Change.START)
_UNTIL_RECYCLED, _CONSTANT = int(HoldKind.UNTIL_RECYCLED), int(HoldKind.CONSTANT)
_EXPONENTIAL = int(HoldKind.EXPONENTIAL)
_ANSWERS_NO, _ANSWERS_REFUSES = int(Answers.NO), int(Answers.REFUSES)
_O_ESTABLISHED, _O_TIMED_OUT, _O_REFUSED = int(Outcome.ESTABLISHED), int(Outcome.TIMED_OUT), int(Outcome.REFUSED)
_O_RESET, _O_NO_DESCRIPTOR, _O_NO_NAME = int(Outcome.RESET), int(Outcome.NO_DESCRIPTOR), int(Outcome.NO_NAME)
_L_ATTEMPT, _L_NO_DESCRIPTOR, _L_NO_NAME = int(Logged.ATTEMPT), int(Logged.NO_DESCRIPTOR), int(Logged.NO_NAME)
_L_RULE, _L_ENI, _L_NAT = int(Logged.DROPPED_BY_RULE), int(Logged.DROPPED_BY_ENI), int(Logged.DROPPED_BY_NAT)
_L_BANDWIDTH, _L_UNANSWERED = int(Logged.DROPPED_BY_BANDWIDTH), int(Logged.UNANSWERED)
_L_REFUSES, _L_ACCEPTED, _L_ESTABLISHED = int(Logged.REFUSES), int(Logged.ACCEPTED), int(Logged.ESTABLISHED)
_L_CLOSES, _L_RELEASED, _L_FORGOTTEN = int(Logged.CLOSES), int(Logged.RELEASED), int(Logged.FORGOTTEN)
_L_GAVE_UP, _L_REFUSED, _L_RESET = int(Logged.GAVE_UP), int(Logged.REFUSED), int(Logged.RESET)
_L_ABANDONED, _L_ENI_ADDED = int(Logged.ABANDONED), int(Logged.ENI_ADDED)


@njit(cache=True, _nrt=False)
def _take(connections: Any, scalars: Any, environment: int, use: int, retry: int) -> int:
    """A free connection record: the one that is free for longest, else one never used."""
    s = scalars[0]
    if s.free > 0:
        slot = s.free_head
        s.free_head = connections[slot].link
        s.free -= 1
    else:
        slot = s.used
        s.used += 1
    c = connections[slot]
    c.environment = environment
    c.use = use
    c.retry = retry
    c.link = -1
    c.eni = NONE
    c.table = NONE
    c.state = _STARTING
    c.step = 0
    c.forwarded = 0
    return slot


@njit(cache=True, _nrt=False)
def _free(connections: Any, scalars: Any, slot: int) -> None:
    s = scalars[0]
    c = connections[slot]
    c.state = _FREE
    c.link = -1
    if s.free == 0:
        s.free_head = slot
    else:
        connections[s.free_tail].link = slot
    s.free_tail = slot
    s.free += 1


@njit(cache=True, _nrt=False)
def _log(log: Any, scalars: Any, event: int, slot: int, detail: int) -> None:
    s = scalars[0]
    if s.logging:
        row = log[s.logged]
        row.at = s.now
        row.event = event
        row.connection = slot
        row.detail = detail
        s.logged += 1


@njit(cache=True, _nrt=False)
def _outcome(outcomes: Any, scalars: Any, environment: int, use: int, outcome: int, microseconds: int) -> None:
    s = scalars[0]
    row = outcomes[s.outcomes]
    row.ended = s.now
    row.environment = environment
    row.seconds = microseconds / MICROSECONDS
    row.use = use
    row.outcome = outcome
    s.outcomes += 1


@njit(cache=True, _nrt=False)
def _pick_eni(combo_enis: Any, enis: Any, combo: int, count: int) -> int:
    """The emptiest of the ENIs of a subnet and security-group set."""
    best = combo_enis[combo, 0]
    for k in range(1, count):
        other = combo_enis[combo, k]
        if enis[other].occupied < enis[best].occupied:
            best = other
    return best


@njit(cache=True, _nrt=False)
def _pick_table(tables: Any, first: int, count: int, choice: int, rng: Any) -> int:
    """A table with room among those of a NAT gateway's addresses, or -1."""
    if choice == 2:
        one = first + int(rng.random() * count) if count > 1 else first
        return one if tables[one].occupied < tables[one].capacity else -1
    if choice == 1:
        best = first
        for one in range(first + 1, first + count):
            if tables[one].occupied < tables[best].occupied:
                best = one
        return best if tables[best].occupied < tables[best].capacity else -1
    free = 0
    for one in range(first, first + count):
        free += tables[one].capacity - tables[one].occupied
    if free <= 0:
        return -1
    if count == 1:
        return first
    port = int(rng.random() * free)
    for one in range(first, first + count):
        port -= tables[one].capacity - tables[one].occupied
        if port < 0:
            return one
    return first + count - 1


@njit(cache=True, nogil=True, _nrt=False)
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
    (scalars, connections, environments, uses, steps, backoffs, routes, pools, clients, client_uses, enis, eni_combos,
     combos, combo_enis, tables, nat_first, gateways, destinations, delays, zero_delay, queues, heads, pool,
     next_chunk, heap, outcomes, log) = m  # fmt: skip
    s = scalars[0]
    queue_count = len(heads)

    while True:
        # The earliest event. On a tie the first one found stays.
        at = NEVER >> SLOT_BITS
        source = -3
        if position < len(changes):
            at = changes[position].at
            source = -2
        if s.next_ready < at:
            at = s.next_ready
            source = -1
        for k in range(queue_count):
            moment = heads[k] >> SLOT_BITS
            if moment < at:
                at = moment
                source = k
        if s.heap_size > 0 and heap[0] >> SLOT_BITS < at:
            at = heap[0] >> SLOT_BITS
            source = queue_count
        if at >= until:
            s.now = until
            return _DONE, position

        room = s.free + len(connections) - s.used
        if s.heap_size + 2 > len(heap):
            return _NEEDS_HEAP, position
        if s.outcomes + _SPARE > len(outcomes):
            return _OUTCOMES_FULL, position
        if s.logging and s.logged + 4 * _SPARE > len(log):
            return _LOG_FULL, position
        if room < 2:
            return _NEEDS_CONNECTIONS, position

        if source == -2:  # ---- an environment changes, or a connection arrives
            change = changes[position]
            e = environments[change.environment]
            client = clients[e.client]
            if change.kind == _START:
                burst = 0
                for k in range(client.first_use, client.first_use + client.uses):
                    burst += uses[client_uses[k]].count
                if room < burst + 2:
                    return _NEEDS_CONNECTIONS, position
            elif change.kind == _THAW and room < _SPARE:
                return _NEEDS_CONNECTIONS, position
            position += 1
            s.now = at
            s.events += 1
            if change.kind == _START:
                e.state = ENVIRONMENT_ACTIVE
                for k in range(client.first_use, client.first_use + client.uses):
                    use = client_uses[k]
                    for _ in range(uses[use].count):
                        slot = _take(connections, scalars, change.environment, use, 0)
                        push(queues, heads, pool, next_chunk, scalars, zero_delay, (at << SLOT_BITS) | slot)
            elif change.kind == _FREEZE:
                e.state = ENVIRONMENT_FROZEN
                e.frozen_at = at
            elif change.kind == _THAW:
                e.state = ENVIRONMENT_ACTIVE
                e.expired = 0
                slot = e.head
                e.head = -1
                while slot >= 0:
                    c = connections[slot]
                    following = c.link
                    if c.state == _EXPIRED:
                        # The caller writes, and the NAT gateway answers with RST.
                        use = c.use
                        u = uses[use]
                        client.open -= 1
                        client.outcomes[_O_RESET] += 1
                        e.descriptors -= 1
                        _outcome(outcomes, scalars, change.environment, use, _O_RESET, at - e.frozen_at)
                        _log(log, scalars, _L_RESET, slot, 0)
                        if c.table != NONE:
                            route = routes[use, e.place]
                            gateway = gateways[pools[route.pool].gateway]
                            gateway.active -= 1
                            gateway.load -= u.bytes_per_second
                            destinations[c.unique].open -= 1
                            tables[c.table].occupied -= 1
                        if c.eni != NONE:
                            enis[c.eni].occupied -= 1
                        _free(connections, scalars, slot)
                        again = _take(connections, scalars, change.environment, use, 0)
                        push(queues, heads, pool, next_chunk, scalars, zero_delay, (at << SLOT_BITS) | again)
                    elif c.state == _DUE or c.state == _STARTING:
                        if c.state == _DUE:
                            c.state = _OPEN
                        push(queues, heads, pool, next_chunk, scalars, zero_delay, (at << SLOT_BITS) | slot)
                    else:
                        c.link = e.head
                        e.head = slot
                    slot = following
            elif change.kind == _END:
                e.state = ENVIRONMENT_ENDED
                slot = e.head
                e.head = -1
                while slot >= 0:
                    c = connections[slot]
                    following = c.link
                    if c.state == _STARTING:
                        _free(connections, scalars, slot)
                    elif client.closes_at_end and c.state != _EXPIRED:
                        c.state = _OPEN
                        push(queues, heads, pool, next_chunk, scalars, zero_delay, (at << SLOT_BITS) | slot)
                    else:
                        client.open -= 1
                        _log(log, scalars, _L_ABANDONED, slot, 0)
                        if c.eni == NONE and c.table == NONE:
                            if c.state != _EXPIRED:
                                destinations[c.unique].open -= 1
                            _free(connections, scalars, slot)
                        else:
                            c.state = _ABANDONED
                            c.link = e.head
                            e.head = slot
                    slot = following
            elif change.kind == _EXPIRE:
                mask = change.argument
                e.expired |= mask
                slot = e.head
                e.head = -1
                while slot >= 0:
                    c = connections[slot]
                    following = c.link
                    if mask & EXPIRE_NAT and c.table != NONE:
                        use = c.use
                        route = routes[use, e.place]
                        gateway = gateways[pools[route.pool].gateway]
                        gateway.active -= 1
                        gateway.idle_timeouts += 1
                        gateway.load -= uses[use].bytes_per_second
                        tables[c.table].occupied -= 1
                        c.table = NONE
                        destinations[c.unique].open -= 1
                        _log(log, scalars, _L_FORGOTTEN, slot, EXPIRE_NAT)
                        if c.state != _ABANDONED:
                            c.state = _EXPIRED
                    if mask & EXPIRE_ENI and c.eni != NONE:
                        if c.table == NONE and routes[c.use, e.place].pool < 0:
                            destinations[c.unique].open -= 1
                        enis[c.eni].occupied -= 1
                        c.eni = NONE
                        _log(log, scalars, _L_FORGOTTEN, slot, EXPIRE_ENI)
                        if c.state != _ABANDONED:
                            c.state = _EXPIRED
                    if c.state == _ABANDONED and c.eni == NONE and c.table == NONE:
                        _free(connections, scalars, slot)
                    else:
                        c.link = e.head
                        e.head = slot
                    slot = following
            else:
                slot = _take(connections, scalars, change.environment, change.argument, 0)
                push(queues, heads, pool, next_chunk, scalars, zero_delay, (at << SLOT_BITS) | slot)
            continue

        s.now = at
        s.events += 1
        if source == -1:  # ---- Lambda has added an ENI
            s.next_ready = NEVER >> SLOT_BITS
            for k in range(len(combos)):
                combo = combos[k]
                if not combo.scaling:
                    continue
                if combo.ready_at <= at:
                    combo.scaling = 0
                    combo.enis += 1
                    _log(log, scalars, _L_ENI_ADDED, -1, combo_enis[k, combo.enis - 1])
                elif combo.ready_at < s.next_ready:
                    s.next_ready = combo.ready_at
            continue

        if source < queue_count:
            slot = heads[source] & _SLOT_MASK
            pop(queues, heads, pool, next_chunk, scalars, source)
        else:
            slot = heap[0] & _SLOT_MASK
            heap_pop(heap, s.heap_size)
            s.heap_size -= 1

        c = connections[slot]
        use = c.use
        u = uses[use]
        e = environments[c.environment]
        client = clients[u.client]
        state = c.state
        outcome = -1  # of an attempt that fails now
        seconds = 0
        step = -1  # of the attempt, to be done now
        reopen = False

        if state == _STARTING:
            if e.state == ENVIRONMENT_FROZEN:
                c.link = e.head
                e.head = slot
                continue
            if e.state == ENVIRONMENT_ENDED:
                _free(connections, scalars, slot)
                continue
            client.attempted += 1
            _log(log, scalars, _L_ATTEMPT, slot, use)
            if e.descriptors >= client.descriptors:
                outcome = _O_NO_DESCRIPTOR
                _log(log, scalars, _L_NO_DESCRIPTOR, slot, 0)
            else:
                if s.resolver_budget >= 0 and routes[use, e.place].combo >= 0:
                    combo = combos[routes[use, e.place].combo]
                    second = at // MICROSECONDS
                    if combo.dns_second != second:
                        combo.dns_second = second
                        combo.dns_used = 0
                    combo.dns_used += 1
                    if combo.dns_used > s.resolver_budget * combo.enis:
                        outcome = _O_NO_NAME
                        _log(log, scalars, _L_NO_NAME, slot, 0)
                if outcome < 0:
                    e.descriptors += 1
                    unique = u.first_address
                    if u.addresses > 1 and s.random_address:
                        unique += int(rng.random() * u.addresses)
                    c.unique = unique
                    c.state = _CONNECTING
                    step = 0
            if outcome >= 0:
                client.outcomes[outcome] += 1
                _outcome(outcomes, scalars, c.environment, use, outcome, 0)
        elif state == _CONNECTING or state == _LINGERING:
            if state == _CONNECTING and e.state == ENVIRONMENT_ENDED:
                client.abandoned += 1
                _log(log, scalars, _L_ABANDONED, slot, 1)
                state = _LINGERING
                c.state = _LINGERING
            step = c.step + 1
        elif state == _ANSWERED:
            client.open += 1
            elapsed = steps[u.first_step + c.step].at + u.round_trip
            client.outcomes[_O_ESTABLISHED] += 1
            _outcome(outcomes, scalars, c.environment, use, _O_ESTABLISHED, elapsed)
            _log(log, scalars, _L_ESTABLISHED, slot, 0)
            if c.table != NONE:
                gateway = gateways[pools[routes[use, e.place].pool].gateway]
                gateway.active += 1
                if gateway.active > gateway.active_peak:
                    gateway.active_peak = gateway.active
                gateway.established += c.forwarded & ~SEEN
                gateway.load += u.bytes_per_second
            if u.hold == _UNTIL_RECYCLED and e.state != ENVIRONMENT_ENDED:
                c.state = _IDLE
                c.link = e.head
                e.head = slot
            else:
                c.state = _OPEN
                if u.hold == _CONSTANT:
                    entry = ((at + delays[u.hold_delay]) << SLOT_BITS) | slot
                    push(queues, heads, pool, next_chunk, scalars, u.hold_delay, entry)
                elif u.hold == _UNTIL_RECYCLED:
                    push(queues, heads, pool, next_chunk, scalars, zero_delay, (at << SLOT_BITS) | slot)
                else:
                    if u.hold == _EXPONENTIAL:
                        hold = rng.standard_exponential() * u.hold_mean
                    else:
                        mu = math.log(u.hold_mean) - u.hold_sigma * u.hold_sigma / 2
                        hold = math.exp(mu + u.hold_sigma * rng.standard_normal())
                    heap_push(heap, s.heap_size, ((at + max(1, int(hold))) << SLOT_BITS) | slot)
                    s.heap_size += 1
            continue
        elif state == _REFUSED:
            outcome = _O_REFUSED
            e.descriptors -= 1
            client.outcomes[outcome] += 1
            elapsed = steps[u.first_step + c.step].at + u.round_trip
            _outcome(outcomes, scalars, c.environment, use, outcome, elapsed)
            _log(log, scalars, _L_REFUSED, slot, 0)
        elif state == _OPEN:
            if e.state == ENVIRONMENT_FROZEN:
                c.state = _DUE
                c.link = e.head
                e.head = slot
                continue
            client.open -= 1
            e.descriptors -= 1
            if e.state == ENVIRONMENT_ENDED and not client.closes_at_end:
                _log(log, scalars, _L_ABANDONED, slot, 0)
                pool_number = routes[use, e.place].pool
                if c.table != NONE and e.expired & EXPIRE_NAT:
                    gateway = gateways[pools[pool_number].gateway]
                    gateway.active -= 1
                    gateway.idle_timeouts += 1
                    gateway.load -= u.bytes_per_second
                    tables[c.table].occupied -= 1
                    destinations[c.unique].open -= 1
                    c.table = NONE
                if c.eni != NONE and e.expired & EXPIRE_ENI:
                    if pool_number < 0:
                        destinations[c.unique].open -= 1
                    enis[c.eni].occupied -= 1
                    c.eni = NONE
                elif c.eni == NONE and pool_number < 0:
                    destinations[c.unique].open -= 1
                if c.eni == NONE and c.table == NONE:
                    _free(connections, scalars, slot)
                else:
                    c.state = _ABANDONED
                    c.link = e.head
                    e.head = slot
                continue
            destinations[c.unique].open -= 1
            _log(log, scalars, _L_CLOSES, slot, 0)
            if c.table != NONE:
                gateway = gateways[pools[routes[use, e.place].pool].gateway]
                gateway.active -= 1
                gateway.load -= u.bytes_per_second
            reopen = True
            state = _CLOSING
        elif state == _FAILED:
            c.state = _STARTING
            queue = u.pause if u.pause >= 0 else zero_delay
            push(queues, heads, pool, next_chunk, scalars, queue, ((at + delays[queue]) << SLOT_BITS) | slot)
            continue
        elif state == _CLOSING or state == _CLOSED:
            first_is_eni = s.close_first_is_eni
            release_eni = (state == _CLOSING) == (first_is_eni != 0)
            if release_eni:
                if c.eni != NONE:
                    enis[c.eni].occupied -= 1
                    c.eni = NONE
            elif c.table != NONE:
                tables[c.table].occupied -= 1
                c.table = NONE
            _log(log, scalars, _L_RELEASED, slot, 0)
            if c.eni == NONE and c.table == NONE:
                _free(connections, scalars, slot)
            elif s.close_second >= 0:
                c.state = _CLOSED
                entry = ((at + delays[s.close_second]) << SLOT_BITS) | slot
                push(queues, heads, pool, next_chunk, scalars, s.close_second, entry)
            else:
                if c.eni != NONE:
                    enis[c.eni].occupied -= 1
                    c.eni = NONE
                if c.table != NONE:
                    tables[c.table].occupied -= 1
                    c.table = NONE
                _free(connections, scalars, slot)
            continue

        if step >= 0:  # ---- one step of an attempt that nobody has answered
            what = steps[u.first_step + step]
            c.step = step
            waits = True  # for the next step
            if what.op == _SYN:
                if state == _LINGERING:
                    waits = True
                else:
                    route = routes[use, e.place]
                    if route.blocked:
                        _log(log, scalars, _L_RULE, slot, 0)
                    else:
                        through = True
                        if route.combo >= 0 and c.eni == NONE:
                            combo = combos[route.combo]
                            number = _pick_eni(combo_enis, enis, route.combo, combo.enis)
                            eni = enis[number]
                            if eni.occupied >= eni.capacity:
                                through = False
                                eni.dropped += 1
                                _log(log, scalars, _L_ENI, slot, number)
                                if s.scales_out and not combo.scaling and combo.enis < s.most_enis:
                                    delay = s.scale_out_low
                                    if s.scale_out_high > s.scale_out_low:
                                        delay += int(rng.random() * (s.scale_out_high - s.scale_out_low))
                                    combo.scaling = 1
                                    combo.ready_at = at + delay
                                    s.next_ready = min(s.next_ready, combo.ready_at)
                            else:
                                c.eni = number
                                eni.occupied += 1
                                if eni.occupied > eni.peak:
                                    eni.peak = eni.occupied
                        if through and route.pool >= 0:
                            gateway = gateways[pools[route.pool].gateway]
                            if not c.forwarded & SEEN:
                                c.forwarded |= SEEN
                                gateway.attempts += 1
                            if gateway.load > s.nat_bytes_per_second:
                                if rng.random() * gateway.load >= s.nat_bytes_per_second:
                                    through = False
                                    gateway.dropped += 1
                                    _log(log, scalars, _L_BANDWIDTH, slot, 0)
                            if through and c.table == NONE:
                                first = nat_first[route.pool, c.unique]
                                number = _pick_table(tables, first, pools[route.pool].addresses, s.nat_choice, rng)
                                if number < 0:
                                    through = False
                                    gateway.errors += 1
                                    tables[first].dropped += 1
                                    _log(log, scalars, _L_NAT, slot, first)
                                    if s.exhaustion_resets:
                                        waits = False
                                        c.state = _REFUSED
                                else:
                                    c.table = number
                                    t = tables[number]
                                    t.occupied += 1
                                    if t.occupied > t.peak:
                                        t.peak = t.occupied
                            if through:
                                # SEEN is the top bit: no connect timeout allows 127 SYNs.
                                c.forwarded += 1
                        if through:
                            d = destinations[c.unique]
                            if d.answers == _ANSWERS_NO or what.at + u.round_trip >= u.timeout:
                                d.ignored += 1
                                _log(log, scalars, _L_UNANSWERED, slot, c.unique)
                            elif d.answers == _ANSWERS_REFUSES:
                                d.refused += 1
                                waits = False
                                c.state = _REFUSED
                            elif d.capacity >= 0 and d.open >= d.capacity:
                                if d.refuses_when_full:
                                    d.refused += 1
                                    waits = False
                                    c.state = _REFUSED
                                else:
                                    d.ignored += 1
                                    _log(log, scalars, _L_UNANSWERED, slot, c.unique)
                            else:
                                accepted = True
                                if d.accepts_per_second >= 0:
                                    second = at // MICROSECONDS
                                    if d.second != second:
                                        d.second = second
                                        d.accepted_in_second = 0
                                    if d.accepted_in_second >= d.accepts_per_second:
                                        accepted = False
                                        d.ignored += 1
                                        _log(log, scalars, _L_UNANSWERED, slot, c.unique)
                                    else:
                                        d.accepted_in_second += 1
                                if accepted:
                                    d.open += 1
                                    if d.open > d.peak:
                                        d.peak = d.open
                                    d.accepted += 1
                                    waits = False
                                    c.state = _ANSWERED
                                    _log(log, scalars, _L_ACCEPTED, slot, c.eni | c.table << 16 | c.unique << 32)
                        if c.state == _REFUSED:
                            _log(log, scalars, _L_REFUSES, slot, c.eni | c.table << 16 | c.unique << 32)
                        if not waits:
                            entry = ((at + u.round_trip) << SLOT_BITS) | slot
                            push(queues, heads, pool, next_chunk, scalars, u.answer_delay, entry)
            elif what.op == _OP_EXPIRE_ENI:
                if c.eni != NONE:
                    enis[c.eni].occupied -= 1
                    c.eni = NONE
            elif what.op == _OP_EXPIRE_NAT:
                if c.table != NONE:
                    tables[c.table].occupied -= 1
                    c.table = NONE
            elif state == _CONNECTING:
                outcome = _O_TIMED_OUT
                e.descriptors -= 1
                client.outcomes[outcome] += 1
                _outcome(outcomes, scalars, c.environment, use, outcome, u.timeout)
                _log(log, scalars, _L_GAVE_UP, slot, 0)
                state = _LINGERING
                c.state = _LINGERING
            if waits:
                if c.state == _LINGERING and c.eni == NONE and c.table == NONE:
                    environment = c.environment
                    retry = c.retry
                    _free(connections, scalars, slot)
                    slot = -1
                else:
                    environment = c.environment
                    retry = c.retry
                    queue = steps[u.first_step + step + 1].gap
                    push(queues, heads, pool, next_chunk, scalars, queue, ((at + delays[queue]) << SLOT_BITS) | slot)
            if outcome < 0:
                continue
        else:
            environment = c.environment
            retry = c.retry

        # ---- a connection closes, or was refused: the tables hold it for a while
        if state == _CLOSING or state == _REFUSED:
            if c.eni == NONE and c.table == NONE:
                _free(connections, scalars, slot)
            elif s.close_first >= 0:
                c.state = _CLOSING
                entry = ((at + delays[s.close_first]) << SLOT_BITS) | slot
                push(queues, heads, pool, next_chunk, scalars, s.close_first, entry)
            else:
                if s.close_first_is_eni or s.close_second < 0:
                    if c.eni != NONE:
                        enis[c.eni].occupied -= 1
                        c.eni = NONE
                if (not s.close_first_is_eni or s.close_second < 0) and c.table != NONE:
                    tables[c.table].occupied -= 1
                    c.table = NONE
                if c.eni == NONE and c.table == NONE:
                    _free(connections, scalars, slot)
                else:
                    c.state = _CLOSED
                    entry = ((at + delays[s.close_second]) << SLOT_BITS) | slot
                    push(queues, heads, pool, next_chunk, scalars, s.close_second, entry)
        elif state == _STARTING:
            _free(connections, scalars, slot)

        # ---- the environment opens another, or tries again
        if e.state == ENVIRONMENT_ENDED:
            continue
        if reopen:
            if u.reopens:
                another = _take(connections, scalars, environment, use, 0)
                queue = u.pause if u.pause >= 0 else zero_delay
                entry = ((at + delays[queue]) << SLOT_BITS) | another
                push(queues, heads, pool, next_chunk, scalars, queue, entry)
        elif outcome >= 0 and retry < u.retries:
            another = _take(connections, scalars, environment, use, retry + 1)
            queue = backoffs[u.first_backoff + min(retry, u.backoffs - 1)]
            if u.jitter:
                wait = int(rng.random() * delays[queue])
                heap_push(heap, s.heap_size, ((at + wait) << SLOT_BITS) | another)
                s.heap_size += 1
            else:
                entry = ((at + delays[queue]) << SLOT_BITS) | another
                push(queues, heads, pool, next_chunk, scalars, queue, entry)
        elif outcome >= 0 and u.reopens:
            another = _take(connections, scalars, environment, use, 0)
            connections[another].state = _FAILED
            if u.hold == _CONSTANT:
                entry = ((at + delays[u.hold_delay]) << SLOT_BITS) | another
                push(queues, heads, pool, next_chunk, scalars, u.hold_delay, entry)
            else:
                if u.hold == _EXPONENTIAL:
                    hold = rng.standard_exponential() * u.hold_mean
                else:
                    mu = math.log(u.hold_mean) - u.hold_sigma * u.hold_sigma / 2
                    hold = math.exp(mu + u.hold_sigma * rng.standard_normal())
                heap_push(heap, s.heap_size, ((at + max(1, int(hold))) << SLOT_BITS) | another)
                s.heap_size += 1
