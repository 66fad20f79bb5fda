"""The storm: one process's share of the execution environments, and their connections.

Everything happens at its planned moment or, when the machine is behind, as soon after as it can; what a caller waits
is measured from the planned moment. Nothing slows down because answers are slow (an open loop).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from narrows.lab.attempts import Attempts
from narrows.lab.blueprint import MOST_ADDRESSES_IN_BLOCK, Blueprint
from narrows.lab.callers import Connection, Environment, Is
from narrows.lab.flow_records import SILENT, FlowLedger
from narrows.lab.ledger import Ledger
from narrows.lab.memory import ABANDONED, CHANGE, ENVIRONMENT, Control, SharedMemory

_POLL = 0.005
_ARRIVING_ADDRESSES = 4096
"""Addresses of a client whose connections arrive by themselves: closed ones hold their ports for a while."""
# Of ``lifecycle.Change``; the lab's own processes do not import the simulator.
_END, _EXPIRE, _FREEZE, _THAW, _START, _ARRIVAL = range(6)


class Storm:
    """One worker."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, number: int) -> None:
        self.blueprint, self.memory, self.number = blueprint, memory, number
        rng = random.Random(f"{blueprint.seed}/{number}")
        flows = None if blueprint.flows is None else FlowLedger(blueprint, memory, number)
        self.attempts = Attempts(blueprint, Ledger(blueprint, memory, number), rng, flows)
        self._environments: dict[int, Environment] = {}
        self._arrivals = 0

    def run(self) -> None:
        """Play until the end, and keep everything open until told that it is over."""
        control, attempts = self.memory.control, self.attempts
        while control[Control.START] == 0:
            time.sleep(_POLL)
        attempts.start = control[Control.START] / 1e9
        changes = self._own_changes()
        upcoming = next(changes, None)
        end = float(self.blueprint.seconds)
        next_use = self.blueprint.use_every
        while not control[Control.OVER]:
            now = attempts.now()
            if now >= end:
                time.sleep(_POLL)
                continue
            while upcoming is not None and upcoming[0] <= now:
                self._change(*upcoming)
                upcoming = next(changes, None)
            attempts.expire(now)
            if now >= next_use:
                attempts.use_open()
                next_use = now + self.blueprint.use_every
            late = int(attempts.begin(now) * 1e6)
            if late > control[Control.LATE]:
                control[Control.LATE] = late
            attempts.look(attempts.pause(min(end, next_use, upcoming[0] if upcoming else end)))
        attempts.record_open()

    def _own_changes(self) -> Iterator[tuple[float, int, int, int]]:
        """(seconds, kind, environment, argument) of this worker's environments, in order of time."""
        workers, runtime = self.blueprint.storms, self.blueprint.runtime
        real = set() if runtime is None else {number for number, _ in runtime.environments}
        arrival = 0
        for at, kind, environment, argument in CHANGE.iter_unpack(self.memory.changes):
            if kind == _ARRIVAL:
                arrival += 1
                own = arrival % workers == self.number
            else:
                own = environment % workers == self.number and environment not in real
            if own:
                yield at / 1e6, kind, environment, argument

    def _environment(self, number: int) -> Environment:
        found = self._environments.get(number)
        if found is None:
            client, place, ordinal = ENVIRONMENT.unpack_from(self.memory.environments, number * ENVIRONMENT.size)
            block = self._block(client, place)
            found = Environment(number, client, block, address_of(block, ordinal))
            self._environments[number] = found
        return found

    def _block(self, client: int, place: int) -> str:
        return self.blueprint.attachments[self.blueprint.clients[client].attachments[place]].block

    def _change(self, at: float, kind: int, number: int, argument: int) -> None:
        environment = self._environment(number)
        if kind == _START:
            environment.active = True
            for use in self.blueprint.clients[environment.client].uses:
                for _ in range(self.blueprint.uses[use].count):
                    self.attempts.starting.append(Connection(environment, use, at))
        elif kind == _FREEZE:
            environment.active = False
        elif kind == _THAW:
            self._thaw(environment, at)
        elif kind == _END:
            self._end(environment)
        elif kind == _ARRIVAL:
            environment.active = True
            connection = Connection(environment, argument, at)
            ordinal = (self._arrivals * self.blueprint.storms + self.number) % _ARRIVING_ADDRESSES
            connection.address = address_of(environment.block, ordinal)
            self._arrivals += 1
            self.attempts.starting.append(connection)

    def _thaw(self, environment: Environment, at: float) -> None:
        environment.active = True
        for connection in list(environment.connections):
            if connection.state is Is.DUE:
                self.attempts.close(connection)
                self.attempts.again(connection, at)
            elif connection.state is Is.STARTING:
                environment.connections.pop(connection, None)
                connection.planned = at
                self.attempts.starting.append(connection)
            elif connection.state is Is.OPEN:
                self.attempts.touch(connection)

    def _end(self, environment: Environment) -> None:
        environment.active, environment.ended = False, True
        silently = not self.blueprint.clients[environment.client].closes_at_end
        for connection in list(environment.connections):
            if connection.state in (Is.CONNECTING, Is.RESOLVING):
                self.attempts.ledger.add(environment.client, ABANDONED)
                self.attempts.forget(connection, SILENT)
            elif connection.state in (Is.OPEN, Is.DUE):
                self.attempts.close(connection, silently=silently)
            connection.state = Is.DONE
        environment.connections.clear()
        self._environments.pop(environment.number, None)


def address_of(block: str, ordinal: int) -> str:
    """The address of an execution environment in its attachment's block."""
    high, low = divmod(ordinal % MOST_ADDRESSES_IN_BLOCK + 1, 256)
    return f"{block}.{high}.{low}"
