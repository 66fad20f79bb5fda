"""What happens to a connection when the moment it waited for has come."""

from __future__ import annotations

import math
from typing import Any

from narrows.recording import Outcome
from narrows.simulate.events import Logged
from narrows.simulate.kernel.compiled import compiled
from narrows.simulate.kernel.path import syn
from narrows.simulate.kernel.state import (
    Memory,
    after,
    after_drawn,
    ends,
    free,
    gateway_of,
    hang,
    held,
    leave_eni,
    leave_gateway,
    leave_nat,
    log,
    pool_of,
    take,
)
from narrows.simulate.lifecycle import EXPIRE_ENI, EXPIRE_NAT
from narrows.simulate.model import NONE, HoldKind, Op
from narrows.simulate.records import ENVIRONMENT_ENDED, ENVIRONMENT_FROZEN, LATEST, SEEN, State
from narrows.units import MICROSECONDS


@compiled
def happens(m: Memory, rng: Any, slot: int) -> None:
    """What a connection waited for."""
    c = m.connections[slot]
    state = c.state
    if state == State.STARTING:
        _starts(m, rng, slot)
    elif state in (State.CONNECTING, State.LINGERING):
        if state == State.CONNECTING and m.environments[c.environment].state == ENVIRONMENT_ENDED:
            m.clients[m.uses[c.use].client].abandoned += 1
            log(m, Logged.ABANDONED, slot, 1)
            c.state = State.LINGERING
        _step(m, rng, slot, c.step + 1)
    elif state == State.ANSWERED:
        _established(m, rng, slot)
    elif state == State.REFUSED:
        _refused(m, rng, slot)
    elif state == State.OPEN:
        _hold_ends(m, slot)
    elif state == State.FAILED:
        c.state = State.STARTING
        after(m, _pause(m, c.use), slot)
    else:
        _released(m, slot)


@compiled
def _starts(m: Memory, rng: Any, slot: int) -> None:
    c = m.connections[slot]
    u = m.uses[c.use]
    e = m.environments[c.environment]
    if e.state == ENVIRONMENT_FROZEN:
        hang(m, c.environment, slot)
        return
    if e.state == ENVIRONMENT_ENDED:
        free(m, slot)
        return
    client = m.clients[u.client]
    client.attempted += 1
    log(m, Logged.ATTEMPT, slot, c.use | c.environment << 16)
    failure = -1
    if e.descriptors >= client.descriptors:
        failure = Outcome.NO_DESCRIPTOR.value
        log(m, Logged.NO_DESCRIPTOR, slot, 0)
    elif not _resolves(m, slot):
        failure = Outcome.NO_NAME.value
        log(m, Logged.NO_NAME, slot, 0)
    if failure >= 0:
        environment, use, retry = c.environment, c.use, c.retry
        ends(m, slot, failure, 0)
        free(m, slot)
        _failed(m, rng, environment, use, retry)
        return
    e.descriptors += 1
    c.unique = u.first_address
    if u.addresses > 1 and m.scalars[0].random_address:
        c.unique += int(rng.random() * u.addresses)
    c.state = State.CONNECTING
    _step(m, rng, slot, 0)


@compiled
def _resolves(m: Memory, slot: int) -> bool:
    s = m.scalars[0]
    c = m.connections[slot]
    number = m.routes[c.use, m.environments[c.environment].place].combo
    if s.resolver_budget < 0 or number < 0:
        return True
    combo = m.combos[number]
    second = s.now // MICROSECONDS
    if combo.dns_second != second:
        combo.dns_second = second
        combo.dns_used = 0
    combo.dns_used += 1
    return bool(combo.dns_used <= s.resolver_budget * combo.enis)


@compiled
def _step(m: Memory, rng: Any, slot: int, step: int) -> None:
    """One step of an attempt that nobody has answered."""
    c = m.connections[slot]
    u = m.uses[c.use]
    c.step = step
    op = m.steps[u.first_step + step].op
    gave_up = False
    if op == Op.SYN:
        if c.state == State.CONNECTING and syn(m, rng, slot):
            after(m, u.answer_delay, slot)
            return
    elif op == Op.EXPIRE_ENI:
        leave_eni(m, slot)
    elif op == Op.EXPIRE_NAT:
        leave_nat(m, slot)
    elif c.state == State.CONNECTING:
        m.environments[c.environment].descriptors -= 1
        ends(m, slot, Outcome.TIMED_OUT.value, u.timeout)
        log(m, Logged.GAVE_UP, slot, 0)
        c.state = State.LINGERING
        gave_up = True
    environment, use, retry = c.environment, c.use, c.retry
    if c.state == State.LINGERING and not held(m, slot):
        free(m, slot)
    else:
        after(m, m.steps[u.first_step + step + 1].gap, slot)
    if gave_up:
        _failed(m, rng, environment, use, retry)


@compiled
def _elapsed(m: Memory, slot: int) -> int:
    """Microseconds from the first SYN until the answer to the last one is here."""
    c = m.connections[slot]
    u = m.uses[c.use]
    return int(m.steps[u.first_step + c.step].at + u.round_trip)


@compiled
def _established(m: Memory, rng: Any, slot: int) -> None:
    c = m.connections[slot]
    u = m.uses[c.use]
    m.clients[u.client].open += 1
    ends(m, slot, Outcome.ESTABLISHED.value, _elapsed(m, slot))
    log(m, Logged.ESTABLISHED, slot, 0)
    if c.table != NONE:
        gateway = m.gateways[gateway_of(m, slot)]
        gateway.active += 1
        gateway.active_peak = max(gateway.active_peak, gateway.active)
        gateway.established += c.forwarded & ~SEEN
        gateway.load += u.bytes_per_second
    if u.hold == HoldKind.UNTIL_RECYCLED and m.environments[c.environment].state != ENVIRONMENT_ENDED:
        c.state = State.IDLE
        hang(m, c.environment, slot)
        return
    c.state = State.OPEN
    if u.hold == HoldKind.UNTIL_RECYCLED:
        after(m, m.zero_delay, slot)
    else:
        _wait_for_hold(m, rng, slot)


@compiled
def _wait_for_hold(m: Memory, rng: Any, slot: int) -> None:
    u = m.uses[m.connections[slot].use]
    if u.hold == HoldKind.CONSTANT:
        after(m, u.hold_delay, slot)
        return
    if u.hold == HoldKind.EXPONENTIAL:
        hold = rng.standard_exponential() * u.hold_mean
    else:
        mu = math.log(u.hold_mean) - u.hold_sigma * u.hold_sigma / 2
        hold = math.exp(mu + u.hold_sigma * rng.standard_normal())
    after_drawn(m, max(1, int(min(hold, LATEST))), slot)


@compiled
def _refused(m: Memory, rng: Any, slot: int) -> None:
    c = m.connections[slot]
    environment, use, retry = c.environment, c.use, c.retry
    m.environments[environment].descriptors -= 1
    ends(m, slot, Outcome.REFUSED.value, _elapsed(m, slot))
    log(m, Logged.REFUSED, slot, 0)
    _hold_after_close(m, slot)
    _failed(m, rng, environment, use, retry)


@compiled
def _hold_ends(m: Memory, slot: int) -> None:
    c = m.connections[slot]
    e = m.environments[c.environment]
    u = m.uses[c.use]
    if e.state == ENVIRONMENT_FROZEN:
        c.state = State.DUE
        # Those whose hold runs are not among the idle ones that the tables have forgotten.
        forget(m, slot, e.expired)
        hang(m, c.environment, slot)
        return
    client = m.clients[u.client]
    client.open -= 1
    e.descriptors -= 1
    if e.state == ENVIRONMENT_ENDED and not client.closes_at_end:
        _abandon(m, slot)
        return
    m.destinations[c.unique].open -= 1
    log(m, Logged.CLOSES, slot, 0)
    if c.table != NONE:
        leave_gateway(m, slot)
    environment, use = c.environment, c.use
    _hold_after_close(m, slot)
    if u.reopens and e.state != ENVIRONMENT_ENDED:
        after(m, _pause(m, use), take(m, environment, use, 0))


@compiled
def _abandon(m: Memory, slot: int) -> None:
    """Its environment is gone without a FIN: the tables hold it until they forget it, unless that time is over."""
    c = m.connections[slot]
    log(m, Logged.ABANDONED, slot, 0)
    expired = m.environments[c.environment].expired
    if c.table != NONE and expired & EXPIRE_NAT:
        forget_at_nat(m, slot)
    if c.eni != NONE:
        if expired & EXPIRE_ENI:
            forget_at_eni(m, slot)
    elif pool_of(m, slot) < 0:
        m.destinations[c.unique].open -= 1
    if held(m, slot):
        c.state = State.ABANDONED
        hang(m, c.environment, slot)
    else:
        free(m, slot)


@compiled
def forget(m: Memory, slot: int, mask: int) -> None:
    """Silence was too long for the tables in a mask."""
    c = m.connections[slot]
    if mask & EXPIRE_NAT and c.table != NONE:
        forget_at_nat(m, slot)
        log(m, Logged.FORGOTTEN, slot, EXPIRE_NAT)
        if c.state != State.ABANDONED:
            c.state = State.EXPIRED
    if mask & EXPIRE_ENI and c.eni != NONE:
        forget_at_eni(m, slot)
        log(m, Logged.FORGOTTEN, slot, EXPIRE_ENI)
        if c.state != State.ABANDONED:
            c.state = State.EXPIRED


@compiled
def forget_at_nat(m: Memory, slot: int) -> None:
    """The idle timeout of a NAT gateway."""
    leave_gateway(m, slot)
    m.gateways[gateway_of(m, slot)].idle_timeouts += 1
    leave_nat(m, slot)
    m.destinations[m.connections[slot].unique].open -= 1


@compiled
def forget_at_eni(m: Memory, slot: int) -> None:
    """The idle timeout of a Hyperplane ENI."""
    if pool_of(m, slot) < 0:
        m.destinations[m.connections[slot].unique].open -= 1
    leave_eni(m, slot)


@compiled
def _hold_after_close(m: Memory, slot: int) -> None:
    s = m.scalars[0]
    if not held(m, slot):
        free(m, slot)
    elif s.close_first >= 0:
        m.connections[slot].state = State.CLOSING
        after(m, s.close_first, slot)
    else:
        _leave_first(m, slot)
        _leave_second_later(m, slot)


@compiled
def _released(m: Memory, slot: int) -> None:
    """A hold after close is over."""
    log(m, Logged.RELEASED, slot, 0)
    if m.connections[slot].state == State.CLOSED:
        leave_eni(m, slot)
        leave_nat(m, slot)
        free(m, slot)
        return
    _leave_first(m, slot)
    _leave_second_later(m, slot)


@compiled
def _leave_first(m: Memory, slot: int) -> None:
    if m.scalars[0].close_first_is_eni:
        leave_eni(m, slot)
    else:
        leave_nat(m, slot)


@compiled
def _leave_second_later(m: Memory, slot: int) -> None:
    second = m.scalars[0].close_second
    if second < 0:
        leave_eni(m, slot)
        leave_nat(m, slot)
    if held(m, slot):
        m.connections[slot].state = State.CLOSED
        after(m, second, slot)
    else:
        free(m, slot)


@compiled
def _pause(m: Memory, use: int) -> int:
    pause = m.uses[use].pause
    return pause if pause >= 0 else m.zero_delay


@compiled
def _failed(m: Memory, rng: Any, environment: int, use: int, retry: int) -> None:
    """Try again, or, where a connection is replaced after its hold, when that hold would have ended."""
    if m.environments[environment].state == ENVIRONMENT_ENDED:
        return
    u = m.uses[use]
    if retry < u.retries:
        another = take(m, environment, use, retry + 1)
        delay = m.backoffs[u.first_backoff + min(retry, u.backoffs - 1)]
        if u.jitter:
            after_drawn(m, int(rng.random() * m.delays[delay]), another)
        else:
            after(m, delay, another)
    elif u.reopens:
        another = take(m, environment, use, 0)
        m.connections[another].state = State.FAILED
        _wait_for_hold(m, rng, another)
