"""The life of a connection: it starts, tries, is answered or gives up, is held, closes, and is tried again."""

from __future__ import annotations

import math

from narrows.recording import Outcome
from narrows.simulate.events import Logged
from narrows.simulate.model import HoldKind, Op, Use
from oracles.twin.leaving import Leaving
from oracles.twin.parts import Connection, Life, State
from oracles.twin.path import Path


class Connections(Path, Leaving):
    """Lets happen to a connection what comes next."""

    def _happens(self, one: Connection) -> None:
        if one.state is State.STARTING:
            self._starts(one)
        elif one.state in (State.CONNECTING, State.LINGERING):
            if one.state is State.CONNECTING and one.environment.life is Life.ENDED:
                self.abandoned[one.environment.client] += 1
                self._log(Logged.ABANDONED, one, 1)
                one.state = State.LINGERING
            one.step += 1
            self._step(one)
        elif one.state is State.ANSWERED:
            self._established(one)
        elif one.state is State.REFUSED:
            one.environment.descriptors -= 1
            self._ends(one, Outcome.REFUSED)
            self._log(Logged.REFUSED, one)
            self._hold_after_close(one)
            self._failed(one)
        elif one.state is State.OPEN:
            self._hold_ends(one)
        elif one.state is State.FAILED:
            one.state = State.STARTING
            self._after(self._pause(self.model.uses[one.use]), one)
        else:
            self._released(one)

    def _starts(self, one: Connection) -> None:
        environment, use = one.environment, self.model.uses[one.use]
        if environment.life is Life.FROZEN:
            environment.idle.append(one)
            return
        if environment.life is Life.ENDED:
            self._done(one)
            return
        self.attempted[environment.client] += 1
        self._log(Logged.ATTEMPT, one, one.use | one.environment_number << 16)
        failure: Outcome | None = None
        if environment.descriptors >= self.model.clients[environment.client].descriptors:
            failure = Outcome.NO_DESCRIPTOR
            self._log(Logged.NO_DESCRIPTOR, one)
        elif not self._resolves(one):
            failure = Outcome.NO_NAME
            self._log(Logged.NO_NAME, one)
        if failure is not None:
            self._ends(one, failure)
            self._done(one)
            self._failed(one)
            return
        environment.descriptors += 1
        one.unique = use.first_address
        if use.addresses > 1 and self.model.random_address:
            one.unique += int(self.rng.random() * use.addresses)
        one.state = State.CONNECTING
        self._step(one)

    def _step(self, one: Connection) -> None:
        """One step of an attempt that nobody has answered."""
        steps = self.model.uses[one.use].steps
        op = steps[one.step].op
        gave_up = False
        if op is Op.SYN:
            if one.state is State.CONNECTING and self._syn(one):
                self._after(self.model.uses[one.use].answer_delay, one)
                return
        elif op is Op.EXPIRE_ENI:
            if one.eni is not None:
                self.enis[one.eni].occupied -= 1
                one.eni = None
        elif op is Op.EXPIRE_NAT:
            if one.table is not None:
                self.tables[one.table].occupied -= 1
                one.table = None
        elif one.state is State.CONNECTING:
            one.environment.descriptors -= 1
            self._ends(one, Outcome.TIMED_OUT)
            self._log(Logged.GAVE_UP, one)
            one.state = State.LINGERING
            gave_up = True
        if one.state is State.LINGERING and not one.held:
            self._done(one)
        else:
            self._after(steps[one.step + 1].gap, one)
        if gave_up:
            self._failed(one)

    def _established(self, one: Connection) -> None:
        use = self.model.uses[one.use]
        self.open[one.environment.client] += 1
        self._ends(one, Outcome.ESTABLISHED)
        self._log(Logged.ESTABLISHED, one)
        if one.table is not None:
            gateway = self._gateway(one)
            gateway.active += 1
            gateway.established += one.forwarded
            gateway.load += use.bytes_per_second
        if use.hold is HoldKind.UNTIL_RECYCLED and one.environment.life is not Life.ENDED:
            one.state = State.IDLE
            one.environment.idle.append(one)
            return
        one.state = State.OPEN
        if use.hold is HoldKind.UNTIL_RECYCLED:
            self._after(self._zero, one)
        else:
            self._wait_for_hold(use, one)

    def _wait_for_hold(self, use: Use, one: Connection) -> None:
        if use.hold is HoldKind.CONSTANT:
            self._after(use.hold_delay, one)
            return
        if use.hold is HoldKind.EXPONENTIAL:
            hold = self.rng.standard_exponential() * use.hold_mean
        else:
            mu = math.log(use.hold_mean) - use.hold_sigma * use.hold_sigma / 2
            hold = math.exp(mu + use.hold_sigma * self.rng.standard_normal())
        self._after_drawn(max(1, int(hold)), one)

    def _hold_ends(self, one: Connection) -> None:
        environment = one.environment
        if environment.life is Life.FROZEN:
            one.state = State.DUE
            # Those whose hold runs are not among the idle ones that the tables have forgotten.
            self._forget_one(one, environment.forgotten)
            environment.idle.append(one)
            return
        self.open[environment.client] -= 1
        environment.descriptors -= 1
        client = self.model.clients[environment.client]
        if environment.life is Life.ENDED and not client.closes_at_end:
            self._abandon(one)
            return
        self.targets[one.unique].open -= 1
        self._log(Logged.CLOSES, one)
        if one.table is not None:
            self._leave_gateway(one)
        self._hold_after_close(one)
        use = self.model.uses[one.use]
        if use.reopens and environment.life is not Life.ENDED:
            self._after(self._pause(use), self._new(one.environment_number, one.use))

    def _pause(self, use: Use) -> int:
        return use.pause if use.pause >= 0 else self._zero

    def _failed(self, one: Connection) -> None:
        """Try again, or, where a connection is replaced after its hold, when that hold would have ended."""
        use = self.model.uses[one.use]
        if one.environment.life is Life.ENDED:
            return
        if one.retry < use.retries:
            another = self._new(one.environment_number, one.use, one.retry + 1)
            delay = use.backoffs[min(one.retry, len(use.backoffs) - 1)]
            if use.jitter:
                self._after_drawn(int(self.rng.random() * self.model.delays[delay]), another)
            else:
                self._after(delay, another)
        elif use.reopens:
            another = self._new(one.environment_number, one.use)
            another.state = State.FAILED
            self._wait_for_hold(use, another)
