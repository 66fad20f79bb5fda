"""The path of a SYN: the name, the Hyperplane ENI, the NAT gateway, the destination."""

from __future__ import annotations

from narrows.simulate.events import Logged
from narrows.simulate.model import NONE, Answers
from narrows.units import MICROSECONDS
from oracles.twin.parts import Connection, State, Target
from oracles.twin.state import TwinState


class Path(TwinState):
    """Sends SYNs down the path, and fills its tables."""

    def _resolves(self, one: Connection) -> bool:
        number = self._route(one).combo
        if self.model.resolver_budget < 0 or number < 0:
            return True
        combo, second = self.combos[number], self.now // MICROSECONDS
        if combo.dns_second != second:
            combo.dns_second, combo.dns_used = second, 0
        combo.dns_used += 1
        return combo.dns_used <= self.model.resolver_budget * len(combo.enis)

    def _syn(self, one: Connection) -> bool:
        """Send a SYN down the path; whether an answer is on its way."""
        route = self._route(one)
        if route.blocked:
            self._log(Logged.DROPPED_BY_RULE, one)
            return False
        if route.combo >= 0 and one.eni is None and not self._through_eni(one, route.combo):
            return False
        if route.pool >= 0 and not self._through_nat(one, route.pool):
            if one.state is State.REFUSED:
                self._log_answer(Logged.REFUSES, one)
            return one.state is State.REFUSED
        return self._at_destination(one)

    def _through_eni(self, one: Connection, number: int) -> bool:
        combo = self.combos[number]
        eni = min(combo.enis, key=lambda e: (self.enis[e].occupied, e))
        if self.enis[eni].free > 0:
            self.enis[eni].occupied += 1
            one.eni = eni
            return True
        self.enis[eni].dropped += 1
        self._log(Logged.DROPPED_BY_ENI, one, eni)
        if self.model.scale_out and combo.ready_at is None and len(combo.enis) < self.model.most_enis:
            low, high = self.model.scale_out
            combo.ready_at = self.now + low + (int(self.rng.random() * (high - low)) if high > low else 0)
        return False

    def _add_enis(self) -> None:
        for combo in self.combos:
            if combo.ready_at is not None and combo.ready_at <= self.now:
                combo.ready_at = None
                combo.enis.append(combo.enis[-1] + 1)
                self._log(Logged.ENI_ADDED, None, combo.enis[-1])

    def _through_nat(self, one: Connection, pool: int) -> bool:
        gateway = self._gateway(one)
        if not one.seen:
            one.seen = True
            gateway.attempts += 1
        limit = self.model.nat_bytes_per_second
        if gateway.load > limit and self.rng.random() * gateway.load >= limit:
            gateway.dropped += 1
            self._log(Logged.DROPPED_BY_BANDWIDTH, one)
            return False
        if one.table is None:
            first = self.model.nat_tables[pool, one.unique]
            table = self._port(range(first, first + self.model.pools[pool].addresses))
            if table is None:
                gateway.errors += 1
                self.tables[first].dropped += 1
                self._log(Logged.DROPPED_BY_NAT, one, first)
                if self.model.exhaustion_resets:
                    one.state = State.REFUSED
                return False
            one.table = table
            self.tables[table].occupied += 1
        one.forwarded += 1
        return True

    def _port(self, tables: range) -> int | None:
        """The table of the address that a NAT gateway picks, or None if it finds no port."""
        if self.model.nat_choice == 2:
            one = tables[int(self.rng.random() * len(tables))] if len(tables) > 1 else tables[0]
            return one if self.tables[one].free > 0 else None
        if self.model.nat_choice == 1:
            one = min(tables, key=lambda t: self.tables[t].occupied)
            return one if self.tables[one].free > 0 else None
        free = sum(self.tables[t].free for t in tables)
        if free == 0:
            return None
        port = int(self.rng.random() * free) if len(tables) > 1 else 0
        for one in tables:
            if port < self.tables[one].free:
                return one
            port -= self.tables[one].free
        return None

    def _at_destination(self, one: Connection) -> bool:
        use = self.model.uses[one.use]
        rules, target = self.model.unique_destinations[one.unique], self.targets[one.unique]
        too_late = use.steps[one.step].at + use.round_trip >= use.timeout
        full = rules.capacity is not None and target.open >= rules.capacity
        if rules.answers is Answers.NO or too_late:
            pass
        elif rules.answers is Answers.REFUSES or (full and rules.refuses_when_full):
            target.refused += 1
            one.state = State.REFUSED
            self._log_answer(Logged.REFUSES, one)
            return True
        elif not full and self._accepts(target, rules.accepts_per_second):
            target.open += 1
            target.accepted += 1
            one.state = State.ANSWERED
            self._log_answer(Logged.ACCEPTED, one)
            return True
        target.ignored += 1
        self._log(Logged.UNANSWERED, one, one.unique)
        return False

    def _accepts(self, target: Target, most: int | None) -> bool:
        if most is None:
            return True
        second = self.now // MICROSECONDS
        if target.second != second:
            target.second, target.accepted_in_second = second, 0
        if target.accepted_in_second >= most:
            return False
        target.accepted_in_second += 1
        return True

    def _log_answer(self, event: Logged, one: Connection) -> None:
        eni = NONE if one.eni is None else one.eni
        table = NONE if one.table is None else one.table
        self._log(event, one, eni | table << 16 | one.unique << 32)
