"""How connections leave the tables: closed, forgotten after idle time, or left behind."""

from __future__ import annotations

from narrows.simulate.events import Logged
from narrows.simulate.lifecycle import EXPIRE_ENI, EXPIRE_NAT
from oracles.twin.parts import Connection, State
from oracles.twin.state import TwinState


class Leaving(TwinState):
    """Takes connections out of the tables."""

    def _hold_after_close(self, one: Connection) -> None:
        model = self.model
        if not one.held:
            self._done(one)
        elif model.close_first >= 0:
            one.state = State.CLOSING
            self._after(model.close_first, one)
        else:
            self._leave_first(one)
            self._leave_second_later(one)

    def _released(self, one: Connection) -> None:
        """A hold after close is over."""
        self._log(Logged.RELEASED, one)
        if one.state is State.CLOSED:
            self._leave(one, eni=not self.model.close_first_is_eni, nat=self.model.close_first_is_eni)
            self._done(one)
            return
        self._leave(one, eni=self.model.close_first_is_eni, nat=not self.model.close_first_is_eni)
        self._leave_second_later(one)

    def _leave_first(self, one: Connection) -> None:
        self._leave(one, eni=self.model.close_first_is_eni, nat=not self.model.close_first_is_eni)

    def _leave_second_later(self, one: Connection) -> None:
        if self.model.close_second < 0:
            self._leave(one, eni=True, nat=True)
        if one.held:
            one.state = State.CLOSED
            self._after(self.model.close_second, one)
        else:
            self._done(one)

    def _leave(self, one: Connection, *, eni: bool, nat: bool) -> None:
        if eni and one.eni is not None:
            self.enis[one.eni].occupied -= 1
            one.eni = None
        if nat and one.table is not None:
            self.tables[one.table].occupied -= 1
            one.table = None

    def _leave_gateway(self, one: Connection) -> None:
        gateway = self._gateway(one)
        gateway.active -= 1
        gateway.load -= self.model.uses[one.use].bytes_per_second

    def _abandon(self, one: Connection) -> None:
        """Its environment is gone without a FIN: the tables hold it until they forget it, unless that time is over."""
        self._log(Logged.ABANDONED, one)
        environment = one.environment
        if one.table is not None and environment.forgotten & EXPIRE_NAT:
            self._forget_at_nat(one)
        if one.eni is not None:
            if environment.forgotten & EXPIRE_ENI:
                self._forget_at_eni(one)
        elif self._route(one).pool < 0:
            self.targets[one.unique].open -= 1
        if one.held:
            one.state = State.ABANDONED
            environment.idle.append(one)
        else:
            self._done(one)

    def _forget_one(self, one: Connection, mask: int) -> None:
        if mask & EXPIRE_NAT and one.table is not None:
            self._forget_at_nat(one)
            self._log(Logged.FORGOTTEN, one, EXPIRE_NAT)
            self._mark_expired(one)
        if mask & EXPIRE_ENI and one.eni is not None:
            self._forget_at_eni(one)
            self._log(Logged.FORGOTTEN, one, EXPIRE_ENI)
            self._mark_expired(one)

    @staticmethod
    def _mark_expired(one: Connection) -> None:
        if one.state is not State.ABANDONED:
            one.state = State.EXPIRED

    def _forget_at_nat(self, one: Connection) -> None:
        assert one.table is not None
        self._leave_gateway(one)
        self._gateway(one).idle_timeouts += 1
        self.tables[one.table].occupied -= 1
        one.table = None
        self.targets[one.unique].open -= 1

    def _forget_at_eni(self, one: Connection) -> None:
        assert one.eni is not None
        if self._route(one).pool < 0:
            self.targets[one.unique].open -= 1
        self.enis[one.eni].occupied -= 1
        one.eni = None

    def _release_expired(self, one: Connection) -> None:
        """What one of the tables still holds of a connection that the other forgot."""
        if one.table is not None:
            self._leave_gateway(one)
            self.targets[one.unique].open -= 1
            self.tables[one.table].occupied -= 1
        if one.eni is not None:
            self.enis[one.eni].occupied -= 1
