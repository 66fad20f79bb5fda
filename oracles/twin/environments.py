"""The life of an execution environment: it starts, freezes, thaws, ends, and the tables forget its connections."""

from __future__ import annotations

from narrows.recording import Outcome
from narrows.simulate.events import Logged
from narrows.simulate.lifecycle import Change
from oracles.twin.connections import Connections
from oracles.twin.parts import Connection, Environment, Life, State


class Environments(Connections):
    """Changes environments as their plan says."""

    def _change(self, change: Change, number: int, argument: int) -> None:
        environment = self.environments[number]
        if change is Change.START:
            environment.life = Life.ACTIVE
            for use in self.model.clients[environment.client].uses:
                for _ in range(self.model.uses[use].count):
                    self._after(self._zero, self._new(number, use))
        elif change is Change.FREEZE:
            environment.life, environment.frozen_at = Life.FROZEN, self.now
        elif change is Change.THAW:
            self._thaw(environment, number)
        elif change is Change.END:
            self._end(environment)
        elif change is Change.EXPIRE:
            self._forget(environment, argument)
        else:
            self._after(self._zero, self._new(number, argument))

    @staticmethod
    def _newest_first(environment: Environment) -> list[Connection]:
        idle = environment.idle[::-1]
        environment.idle = []
        return idle

    def _thaw(self, environment: Environment, number: int) -> None:
        environment.life, environment.forgotten = Life.ACTIVE, 0
        for one in self._newest_first(environment):
            if one.state is State.EXPIRED:
                self.open[environment.client] -= 1
                self._ends(one, Outcome.RESET)
                environment.descriptors -= 1
                self._log(Logged.RESET, one)
                self._release_expired(one)
                self._done(one)
                self._after(self._zero, self._new(number, one.use))
            elif one.state in (State.DUE, State.STARTING):
                one.state = State.OPEN if one.state is State.DUE else State.STARTING
                self._after(self._zero, one)
            else:
                environment.idle.append(one)

    def _end(self, environment: Environment) -> None:
        environment.life = Life.ENDED
        client = self.model.clients[environment.client]
        for one in self._newest_first(environment):
            if one.state is State.STARTING:
                self._done(one)
            elif client.closes_at_end and one.state is not State.EXPIRED:
                one.state = State.OPEN
                self._after(self._zero, one)
            else:
                self.open[environment.client] -= 1
                self._log(Logged.ABANDONED, one)
                if not one.held:
                    if one.state is not State.EXPIRED:
                        self.targets[one.unique].open -= 1
                    self._done(one)
                else:
                    one.state = State.ABANDONED
                    environment.idle.append(one)

    def _forget(self, environment: Environment, mask: int) -> None:
        environment.forgotten |= mask
        for one in self._newest_first(environment):
            self._forget_one(one, mask)
            if one.state is State.ABANDONED and not one.held:
                self._done(one)
            else:
                environment.idle.append(one)
