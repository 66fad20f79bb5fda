"""A SYN on its way: the table of the Hyperplane ENI, the tables of the NAT gateway, the destination."""

from __future__ import annotations

from typing import Any

from narrows.simulate.events import Logged
from narrows.simulate.kernel.compiled import compiled
from narrows.simulate.kernel.state import Memory, gateway_of, log
from narrows.simulate.model import NONE, Answers
from narrows.simulate.records import SEEN, State
from narrows.units import MICROSECONDS


@compiled
def syn(m: Memory, rng: Any, slot: int) -> bool:
    """Send a SYN down the path; whether an answer is on its way."""
    c = m.connections[slot]
    route = m.routes[c.use, m.environments[c.environment].place]
    if route.blocked:
        log(m, Logged.DROPPED_BY_RULE, slot, 0)
        return False
    if route.combo >= 0 and c.eni == NONE and not _through_eni(m, rng, slot, route.combo):
        return False
    if route.pool >= 0 and not _through_nat(m, rng, slot, route.pool):
        if c.state == State.REFUSED:
            _log_answer(m, Logged.REFUSES, slot)
            return True
        return False
    return _at_destination(m, slot)


@compiled
def _through_eni(m: Memory, rng: Any, slot: int, number: int) -> bool:
    combo = m.combos[number]
    best = m.combo_enis[number, 0]
    for k in range(1, combo.enis):
        other = m.combo_enis[number, k]
        if m.enis[other].occupied < m.enis[best].occupied:
            best = other
    eni = m.enis[best]
    if eni.occupied < eni.capacity:
        m.connections[slot].eni = best
        eni.occupied += 1
        eni.peak = max(eni.peak, eni.occupied)
        return True
    eni.dropped += 1
    log(m, Logged.DROPPED_BY_ENI, slot, best)
    s = m.scalars[0]
    if s.scales_out and not combo.scaling and combo.enis < s.most_enis:
        delay = s.scale_out_low
        if s.scale_out_high > s.scale_out_low:
            delay += int(rng.random() * (s.scale_out_high - s.scale_out_low))
        combo.scaling = 1
        combo.ready_at = s.now + delay
        s.next_ready = min(s.next_ready, combo.ready_at)
    return False


@compiled
def _through_nat(m: Memory, rng: Any, slot: int, pool: int) -> bool:
    c = m.connections[slot]
    s = m.scalars[0]
    gateway = m.gateways[gateway_of(m, slot)]
    if not c.forwarded & SEEN:
        c.forwarded |= SEEN
        gateway.attempts += 1
    if gateway.load > s.nat_bytes_per_second and rng.random() * gateway.load >= s.nat_bytes_per_second:
        gateway.dropped += 1
        log(m, Logged.DROPPED_BY_BANDWIDTH, slot, 0)
        return False
    if c.table == NONE:
        first = m.nat_first[pool, c.unique]
        number = _port(m, rng, first, m.pools[pool].addresses)
        if number < 0:
            gateway.errors += 1
            m.tables[first].dropped += 1
            log(m, Logged.DROPPED_BY_NAT, slot, first)
            if s.exhaustion_resets:
                c.state = State.REFUSED
            return False
        c.table = number
        table = m.tables[number]
        table.occupied += 1
        table.peak = max(table.peak, table.occupied)
    c.forwarded += 1
    return True


@compiled
def _port(m: Memory, rng: Any, first: int, count: int) -> int:
    """The table of the address that a NAT gateway picks, or -1 if it finds no port."""
    choice = m.scalars[0].nat_choice
    if choice == 2:
        one = first + int(rng.random() * count) if count > 1 else first
        return one if m.tables[one].occupied < m.tables[one].capacity else -1
    if choice == 1:
        best = first
        for one in range(first + 1, first + count):
            if m.tables[one].occupied < m.tables[best].occupied:
                best = one
        return best if m.tables[best].occupied < m.tables[best].capacity else -1
    free = 0
    for one in range(first, first + count):
        free += m.tables[one].capacity - m.tables[one].occupied
    if free == 0:
        return -1
    port = int(rng.random() * free) if count > 1 else 0
    for one in range(first, first + count):
        port -= m.tables[one].capacity - m.tables[one].occupied
        if port < 0:
            return one
    return -1


@compiled
def _at_destination(m: Memory, slot: int) -> bool:
    c = m.connections[slot]
    u = m.uses[c.use]
    d = m.destinations[c.unique]
    too_late = m.steps[u.first_step + c.step].at + u.round_trip >= u.timeout
    full = d.capacity >= 0 and d.open >= d.capacity
    if d.answers != Answers.NO and not too_late:
        if d.answers == Answers.REFUSES or (full and d.refuses_when_full):
            d.refused += 1
            c.state = State.REFUSED
            _log_answer(m, Logged.REFUSES, slot)
            return True
        if not full and _accepts(m, c.unique):
            d.open += 1
            d.peak = max(d.peak, d.open)
            d.accepted += 1
            c.state = State.ANSWERED
            _log_answer(m, Logged.ACCEPTED, slot)
            return True
    d.ignored += 1
    log(m, Logged.UNANSWERED, slot, c.unique)
    return False


@compiled
def _accepts(m: Memory, unique: int) -> bool:
    d = m.destinations[unique]
    if d.accepts_per_second < 0:
        return True
    second = m.scalars[0].now // MICROSECONDS
    if d.second != second:
        d.second = second
        d.accepted_in_second = 0
    if d.accepted_in_second >= d.accepts_per_second:
        return False
    d.accepted_in_second += 1
    return True


@compiled
def _log_answer(m: Memory, event: int, slot: int) -> None:
    c = m.connections[slot]
    log(m, event, slot, c.eni | c.table << 16 | c.unique << 32)
