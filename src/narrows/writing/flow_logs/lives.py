"""The life of each connection attempt of a run, read from its event log: when each table took it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.simulate.events import Logged
from narrows.simulate.lifecycle import Change
from narrows.simulate.model import NONE
from narrows.units import MICROSECONDS, microseconds
from narrows.writing.flow_logs.flows import Ending
from narrows.writing.flow_logs.options import FlowLogOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from narrows.assumptions import Assumptions
    from narrows.simulate.event_log import EventLog
    from narrows.simulate.model import Model

_FAR = np.int64(2**61)


@dataclass(frozen=True)
class Lives:
    """Attempts in order of their beginning; microseconds from the start of the run, -1 for never or none.

    Attributes:
        client, use, environment: whose it is.
        unique: unique destination.
        eni, pool, table: where it went; ``table`` of the NAT gateway's address.
        opened: the first SYN; ``eni_syns`` of them left the Hyperplane ENI.
        nat_opened: the first SYN that got a port at the NAT gateway; ``nat_syns`` did.
        answered, last, ending: as for ``Flows``.
        eni_free, nat_free: when the table gave its port up.
        rejected: dropped by a security group, network ACL or route.
        period: microseconds between bursts of data.
        nat_port: the port that the NAT gateway gave, where that is known (else -1); None where it never is.
    """

    client: NDArray[np.int64]
    use: NDArray[np.int64]
    environment: NDArray[np.int64]
    unique: NDArray[np.int64]
    eni: NDArray[np.int64]
    pool: NDArray[np.int64]
    table: NDArray[np.int64]
    opened: NDArray[np.int64]
    eni_syns: NDArray[np.int64]
    nat_opened: NDArray[np.int64]
    nat_syns: NDArray[np.int64]
    answered: NDArray[np.int64]
    last: NDArray[np.int64]
    ending: NDArray[np.int8]
    eni_free: NDArray[np.int64]
    nat_free: NDArray[np.int64]
    rejected: NDArray[np.bool_]
    period: NDArray[np.int64]
    nat_port: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.opened)


def read_lives(log: EventLog, options: FlowLogOptions, seconds: int, assumed: Assumptions) -> Lives:
    """Read them. Traffic that the simulator does not model (bursts of data, lost FINs) is drawn as the options say."""
    return _Reader(log, options, seconds, assumed).read()


def routes_of(model: Model, use: NDArray[np.int64], place: NDArray[np.int64]) -> tuple[Any, Any]:
    """The ENI (the first of its key) and the pool of NAT gateway addresses of each attempt."""
    places = max((len(one) for one in model.routes), default=1)
    per_combo = model.most_enis if model.scale_out else 1
    combos = np.full((max(1, len(model.routes)), places), -1)
    pools = combos.copy()
    for number, ways in enumerate(model.routes):
        for index, way in enumerate(ways):
            combos[number, index] = way.combo * per_combo if way.combo >= 0 else -1
            pools[number, index] = way.pool
    return combos[use, place], pools[use, place]


def freed(
    assumed: Assumptions,
    last: NDArray[np.int64],
    ending: NDArray[np.int8],
    answered: NDArray[np.int64],
    still_open: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When the Hyperplane ENI and the NAT gateway give the ports of connections up."""
    close = (ending == Ending.FIN) | (ending == Ending.RST)
    idle = NAT_IDLE_TIMEOUT.value * MICROSECONDS
    holds = (
        (assumed.eni_hold_after_close, assumed.eni_half_open_hold),
        (assumed.nat_hold_after_close, assumed.nat_half_open_hold),
    )
    eni, nat = (
        np.where(close, last + microseconds(hold), last + np.where(answered >= 0, idle, microseconds(half_open)))
        for hold, half_open in holds
    )
    return np.where(still_open, _FAR, eni), np.where(still_open, _FAR, nat)


class _Reader:
    def __init__(self, log: EventLog, options: FlowLogOptions, seconds: int, assumed: Assumptions) -> None:
        self.model, self.options, self.assumed = log.model, options, assumed
        self.end = seconds * MICROSECONDS
        self.schedule = log.schedule
        rows = log.rows[log.rows["connection"] >= 0]
        rows = rows[np.argsort(rows["connection"], kind="stable")]
        self.rows = rows
        attempts = rows["event"] == Logged.ATTEMPT
        self.life = np.cumsum(attempts) - 1
        self.count = int(attempts.sum())

    def read(self) -> Lives:
        rng = np.random.default_rng([self.options.seed, 0x11FE])
        attempt = self.rows[self.rows["event"] == Logged.ATTEMPT]
        use, environment = attempt["detail"] & 0xFFFF, attempt["detail"] >> 16
        opened = attempt["at"].astype(np.int64)
        clients = np.array([one.client for one in self.model.uses] or [0])
        routes = routes_of(self.model, use, np.asarray(self.schedule.places)[environment])
        accepted, refused = self._first(Logged.ACCEPTED), self._first(Logged.REFUSES)
        detail = np.maximum(self._detail(Logged.ACCEPTED), self._detail(Logged.REFUSES))
        answered = np.where(accepted >= 0, accepted, refused)
        known = detail >= 0
        unique = np.where(known, detail >> 32, self._detail(Logged.UNANSWERED))
        first_use = np.array([one.first_address for one in self.model.uses] or [0])
        unique = np.where(unique >= 0, unique, first_use[use])
        eni = np.where(known & (detail & 0xFFFF != NONE), detail & 0xFFFF, routes[0])
        nat_lost, eni_lost = self._counts(Logged.DROPPED_BY_NAT), self._counts(Logged.DROPPED_BY_ENI)
        bandwidth, unanswered = self._counts(Logged.DROPPED_BY_BANDWIDTH), self._counts(Logged.UNANSWERED)
        got = (answered >= 0).astype(np.int64)
        rejected = self._counts(Logged.DROPPED_BY_RULE) > 0
        eni_syns = np.where(rejected, self._counts(Logged.DROPPED_BY_RULE), nat_lost + bandwidth + unanswered + got)
        nat_syns = np.where(routes[1] >= 0, unanswered + got, 0)
        table = np.where(
            known & ((detail >> 16) & 0xFFFF != NONE), (detail >> 16) & 0xFFFF, self._any_table(routes[1], unique)
        )
        table = np.where(nat_syns > 0, table, -1)
        round_trip = np.array([one.round_trip for one in self.model.uses] or [0])[use]
        # The k-th SYN of the schedule is the first that a table let through: SYNs that were dropped came before it.
        through = self._schedule(use, nat_lost + bandwidth + eni_lost)
        nat_opened = opened + np.where(nat_syns > 0, through, 0)
        period = np.clip(rng.exponential(self.options.idle_gap, self.count), 1.0, self.options.longest_idle_gap)
        period_us = (period * MICROSECONDS).astype(np.int64)
        answered_at = np.where(answered >= 0, answered + round_trip, -1)
        last, ending, eni_free, nat_free = self._ends(
            opened, answered_at, refused >= 0, eni_syns, use, environment, rng
        )
        # From the ENI on, the first SYN that passed is the first that a log shows.
        first_at_eni = opened + self._schedule(use, eni_lost)
        return Lives(
            client=clients[use], use=use, environment=environment, unique=unique, eni=eni, pool=routes[1], table=table,
            opened=np.where(eni_syns > 0, first_at_eni, opened), eni_syns=eni_syns, nat_opened=nat_opened,
            nat_syns=nat_syns, answered=answered_at, last=last, ending=ending, eni_free=eni_free, nat_free=nat_free,
            rejected=rejected, period=period_us,
        )  # fmt: skip

    def _ends(
        self,
        opened: NDArray[np.int64],
        answered: NDArray[np.int64],
        refused: NDArray[np.bool_],
        syns: NDArray[np.int64],
        use: NDArray[np.int64],
        environment: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int64], NDArray[np.int64]]:
        closes, abandoned = self._first(Logged.CLOSES), self._first(Logged.ABANDONED)
        forgotten = self._first(Logged.FORGOTTEN)
        open_ = (answered >= 0) & ~refused
        idle = NAT_IDLE_TIMEOUT.value * MICROSECONDS
        last = np.full(self.count, self.end)
        ending = np.full(self.count, Ending.SILENT, np.int8)
        lost_fin = rng.random(self.count) < self.options.closes_without_fin
        closed = open_ & (closes >= 0)
        last[closed] = closes[closed]
        ending[closed & ~lost_fin] = Ending.FIN
        gone = open_ & ~closed & (abandoned >= 0)
        frozen = self._frozen_before(environment, np.where(gone, abandoned, 0))
        last[gone] = np.where(frozen >= 0, np.minimum(frozen, abandoned), abandoned)[gone]
        silent = open_ & (forgotten >= 0)
        last[silent] = np.minimum(last[silent], forgotten[silent] - idle)
        last[refused] = answered[refused]
        ending[refused] = Ending.RST
        retransmitted = opened + self._schedule(use, np.maximum(syns - 1, 0))
        last = np.where(answered >= 0, np.maximum(last, answered), retransmitted)
        close = (ending == Ending.FIN) | (ending == Ending.RST)
        still_open = open_ & ~close & ~gone & ~silent
        return last, ending, *freed(self.assumed, last, ending, answered, still_open)

    # ---- the event log

    def _first(self, event: Logged) -> NDArray[np.int64]:
        return self._value(event, "at")

    def _detail(self, event: Logged) -> NDArray[np.int64]:
        return self._value(event, "detail")

    def _value(self, event: Logged, name: str) -> NDArray[np.int64]:
        """Of the first such event in each life; -1 for none."""
        found = np.full(self.count, -1, np.int64)
        where = np.flatnonzero(self.rows["event"] == event)[::-1]
        found[self.life[where]] = self.rows[name][where]
        return found

    def _counts(self, event: Logged) -> NDArray[np.int64]:
        where = self.rows["event"] == event
        return np.bincount(self.life[where], minlength=self.count).astype(np.int64)

    # ---- the model

    def _any_table(self, pool: NDArray[np.int64], unique: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first table of a pool and unique destination: the log does not say which one a lost SYN was given."""
        first = np.full((len(self.model.pools) + 1, len(self.model.unique_destinations) + 1), -1, np.int64)
        for (one, target), table in self.model.nat_tables.items():
            first[one, target] = table
        found: NDArray[np.int64] = first[pool, unique]
        return found

    def _schedule(self, use: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
        """Microseconds after the first SYN of the SYN with that number, from 0."""
        moments = np.array([0, *(microseconds(one) for one in self.assumed.syn_retransmits)], np.int64)
        return moments[np.minimum(number, len(moments) - 1)]

    def _frozen_before(self, environment: NDArray[np.int64], moment: NDArray[np.int64]) -> NDArray[np.int64]:
        """When each environment froze for the last time before a moment; -1 for never."""
        frozen: dict[int, list[int]] = {}
        for at, kind, number, _ in self.schedule.lifecycle.changes:
            if kind == Change.FREEZE:
                frozen.setdefault(number, []).append(at)
        found = np.full(len(environment), -1, np.int64)
        if not frozen:
            return found
        for row in np.flatnonzero(moment > 0).tolist():
            before = [at for at in frozen.get(int(environment[row]), ()) if at <= moment[row]]
            found[row] = max(before, default=-1)
        return found
