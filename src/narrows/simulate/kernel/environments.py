"""What happens to an execution environment, and to the connections that hang on it."""

from __future__ import annotations

from narrows.recording import Outcome
from narrows.simulate.events import Logged
from narrows.simulate.kernel.compiled import compiled
from narrows.simulate.kernel.connections import forget
from narrows.simulate.kernel.state import (
    Memory,
    after,
    ends,
    free,
    hang,
    held,
    leave_eni,
    leave_gateway,
    leave_nat,
    log,
    take,
)
from narrows.simulate.lifecycle import Change
from narrows.simulate.model import NONE
from narrows.simulate.records import ENVIRONMENT_ACTIVE, ENVIRONMENT_ENDED, ENVIRONMENT_FROZEN, State


@compiled
def change_environment(m: Memory, kind: int, environment: int, argument: int) -> None:
    """One change of an environment, or the arrival of a connection."""
    e = m.environments[environment]
    if kind == Change.START:
        e.state = ENVIRONMENT_ACTIVE
        client = m.clients[e.client]
        for k in range(client.first_use, client.first_use + client.uses):
            use = m.client_uses[k]
            for _ in range(m.uses[use].count):
                after(m, m.zero_delay, take(m, environment, use, 0))
    elif kind == Change.FREEZE:
        e.state = ENVIRONMENT_FROZEN
        e.frozen_at = m.scalars[0].now
    elif kind == Change.THAW:
        _thaw(m, environment)
    elif kind == Change.END:
        _end(m, environment)
    elif kind == Change.EXPIRE:
        _forget(m, environment, argument)
    else:
        after(m, m.zero_delay, take(m, environment, argument, 0))


@compiled
def _thaw(m: Memory, environment: int) -> None:
    e = m.environments[environment]
    e.state = ENVIRONMENT_ACTIVE
    e.expired = 0
    slot = e.head
    e.head = -1
    while slot >= 0:
        c = m.connections[slot]
        following = c.link
        if c.state == State.EXPIRED:
            # The caller writes, and is answered with RST.
            use = c.use
            m.clients[e.client].open -= 1
            ends(m, slot, Outcome.RESET.value, m.scalars[0].now - e.frozen_at)
            e.descriptors -= 1
            log(m, Logged.RESET, slot, 0)
            if c.table != NONE:
                leave_gateway(m, slot)
                m.destinations[c.unique].open -= 1
                leave_nat(m, slot)
            leave_eni(m, slot)
            free(m, slot)
            after(m, m.zero_delay, take(m, environment, use, 0))
        elif c.state in (State.DUE, State.STARTING):
            if c.state == State.DUE:
                c.state = State.OPEN
            after(m, m.zero_delay, slot)
        else:
            hang(m, environment, slot)
        slot = following


@compiled
def _end(m: Memory, environment: int) -> None:
    e = m.environments[environment]
    e.state = ENVIRONMENT_ENDED
    client = m.clients[e.client]
    slot = e.head
    e.head = -1
    while slot >= 0:
        c = m.connections[slot]
        following = c.link
        if c.state == State.STARTING:
            free(m, slot)
        elif client.closes_at_end and c.state != State.EXPIRED:
            c.state = State.OPEN
            after(m, m.zero_delay, slot)
        else:
            client.open -= 1
            log(m, Logged.ABANDONED, slot, 0)
            if held(m, slot):
                c.state = State.ABANDONED
                hang(m, environment, slot)
            else:
                if c.state != State.EXPIRED:
                    m.destinations[c.unique].open -= 1
                free(m, slot)
        slot = following


@compiled
def _forget(m: Memory, environment: int, mask: int) -> None:
    e = m.environments[environment]
    e.expired |= mask
    slot = e.head
    e.head = -1
    while slot >= 0:
        c = m.connections[slot]
        following = c.link
        forget(m, slot, mask)
        if c.state == State.ABANDONED and not held(m, slot):
            free(m, slot)
        else:
            hang(m, environment, slot)
        slot = following
