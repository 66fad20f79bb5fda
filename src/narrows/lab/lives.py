"""The life of each connection of a run, for flow logs: from its worker's record and from the kernel's."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.lab.flow_records import Ways
from narrows.lab.memory import FLOW
from narrows.units import MICROSECONDS, microseconds
from narrows.writing.flow_logs.flows import Ending
from narrows.writing.flow_logs.lives import Lives, freed, routes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from narrows.lab.drawing import Drawing
    from narrows.lab.memory import SharedMemory
    from narrows.writing.flow_logs import FlowLogOptions

_FLOWS = np.dtype(
    [
        ("sent", "<i8"), ("answered", "<i8"), ("ended", "<i8"), ("environment", "<i4"), ("source", "V4"),
        ("target", "V4"), ("port", "<u2"), ("use", "<u2"), ("ending", "i1"),
    ]
)  # fmt: skip
assert _FLOWS.itemsize == FLOW.size


def lives_of(drawing: Drawing, memory: SharedMemory, ways: Ways, options: FlowLogOptions, seconds: int) -> Lives:
    """Put both records together. Bursts of data, which the lab does not send, are drawn as the options say."""
    parts = [np.frombuffer(memory.flows_of(n), _FLOWS) for n in range(drawing.blueprint.workers)]
    flows = np.concatenate(parts)
    flows = flows[np.argsort(flows["sent"], kind="stable")]
    return _Joined(drawing, flows, ways, options, seconds).lives()


class _Joined:
    def __init__(self, drawing: Drawing, flows: Any, ways: Ways, options: FlowLogOptions, seconds: int) -> None:
        self.drawing, self.model, self.flows, self.options = drawing, drawing.model, flows, options
        self.end = seconds * MICROSECONDS
        self.use, self.environment = flows["use"].astype(np.int64), flows["environment"].astype(np.int64)
        self.unique = np.zeros(len(flows), np.int64)
        # What the kernel recorded, in the flows' order: 0 SYNs and nothing else for one that it did not see.
        self.eni_syns, self.nat_syns = np.zeros(len(flows), np.int64), np.zeros(len(flows), np.int64)
        self.eni, self.nat_port = np.full(len(flows), -1), np.full(len(flows), -1)
        self.public: list[str] = [""] * len(flows)
        self._join(ways)

    def _join(self, ways: Ways) -> None:
        plan, flows = self.drawing.blueprint, self.flows
        numbers = {(socket.inet_aton(one.address), one.port): one.number for one in plan.destinations}
        ports = [use.port for use in plan.uses]
        per_combo = plan.rules.most_enis
        sides = zip(*(flows[name].tolist() for name in ("source", "port", "target", "use")), strict=True)
        for row, (source, port, target, use) in enumerate(sides):
            key = source, port, target, ports[use]
            self.unique[row] = numbers[target, ports[use]]
            eni, index, self.eni_syns[row] = ways.left.get(key, (-1, 0, 0))
            self.eni[row] = eni * per_combo + index if eni >= 0 else -1
            address, self.nat_port[row], self.nat_syns[row] = ways.went.get(key, (b"", -1, 0))
            self.public[row] = socket.inet_ntoa(address) if address else ""

    def lives(self) -> Lives:
        flows, model = self.flows, self.model
        place = self.drawing.environments[self.environment, 1]
        combo, pool = routes_of(model, self.use, place)
        blocked = np.array([[way.blocked for way in self._padded(ways)] for ways in model.routes] or [[False]])
        rejected = blocked[self.use, place]
        sent, ended = flows["sent"].astype(np.int64), flows["ended"].astype(np.int64)
        answered = flows["answered"].astype(np.int64)
        there = ended < 0
        ended = np.where(there, self.end, ended)
        # SYNs that a caller sent until it was answered or gave up; those that got nowhere came first.
        moments = np.array([0, *map(microseconds, self.drawing.scenario.assumptions.syn_retransmits)], np.int64)
        waited = np.where(answered >= 0, answered, ended) - sent
        syns = np.searchsorted(moments, waited, side="right").clip(1)
        # Past all tables, or denied by a rule, every SYN is seen where the connection enters.
        eni_syns = np.where(rejected | (combo < 0), syns, np.minimum(self.eni_syns, syns))
        nat_syns = np.minimum(self.nat_syns, syns)
        # Now and then the kernel records nothing while it enlarges a set. What was answered got through all the same.
        established = (answered >= 0) & ~((flows["ending"] == Ending.RST) & (answered == flows["ended"]))
        eni_syns = np.where(established, np.maximum(eni_syns, 1), eni_syns)
        tables = self._with_those_lost(self._tables(), established, pool)
        nat_syns = np.where(established & (tables >= 0), np.maximum(nat_syns, 1), nat_syns)
        through = sent + moments[np.minimum(syns - nat_syns, len(moments) - 1)]
        left = sent + moments[np.minimum(syns - eni_syns, len(moments) - 1)]
        ending = flows["ending"].astype(np.int8)
        last_syn = sent + moments[syns - 1]
        last = np.where(answered >= 0, np.maximum(ended, answered), last_syn)
        eni_free, nat_free = freed(self.drawing.scenario.assumptions, last, ending, answered, there & (answered >= 0))
        rng = np.random.default_rng([self.options.seed, 0x11FE])
        period = np.clip(rng.exponential(self.options.idle_gap, len(flows)), 1.0, self.options.longest_idle_gap)
        return Lives(
            client=np.array([one.client for one in model.uses] or [0])[self.use], use=self.use,
            environment=self.environment, unique=self.unique, eni=np.where(self.eni >= 0, self.eni, combo), pool=pool,
            table=np.where(nat_syns > 0, tables, -1), opened=left, eni_syns=eni_syns, nat_opened=through,
            nat_syns=nat_syns, answered=answered, last=last, ending=ending, eni_free=eni_free, nat_free=nat_free,
            rejected=rejected, period=(period * MICROSECONDS).astype(np.int64), nat_port=self.nat_port,
        )  # fmt: skip

    def _padded(self, ways: Any) -> list[Any]:
        most = max(len(one) for one in self.model.routes)
        return [*ways, *[ways[-1]] * (most - len(ways))]

    def _with_those_lost(
        self, tables: NDArray[np.int64], established: NDArray[np.bool_], pool: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Give each that the kernel did not record the table of another of the same way."""
        tables = tables.copy()
        for row in np.flatnonzero(established & (pool >= 0) & (tables < 0)):
            others = tables[(pool == pool[row]) & (self.unique == self.unique[row]) & (tables >= 0)]
            if len(others):
                tables[row] = others[row % len(others)]
        return tables

    def _tables(self) -> NDArray[np.int64]:
        """The table of the address that the kernel gave each connection."""
        numbers = {(one.address, one.port): one.number for one in self.drawing.blueprint.destinations}
        known = {
            (one.address, numbers[one.destination, one.port]): one.number
            for shard in self.drawing.blueprint.shards
            for group in shard.tables
            for one in group
        }
        found = [
            known.get((address, unique), -1) for address, unique in zip(self.public, self.unique.tolist(), strict=True)
        ]
        return np.array(found, np.int64)
