"""The connections of a simulated run as every interface on their way would have logged them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.limits import NAT_SOURCE_PORTS
from narrows.recording import Recording
from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Flows, Interface
from narrows.writing.flow_logs.lives import Lives, read_lives
from narrows.writing.flow_logs.options import FlowLogOptions
from narrows.writing.flow_logs.ports import LAST_PORT, assign_ports
from narrows.writing.flow_logs.write import write_flow_logs
from narrows.writing.ids import ACCOUNT
from narrows.writing.layout import Layout, NatAddress, lay_out
from narrows.writing.vpc import zone_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from narrows.simulate.event_log import EventLog
    from narrows.simulate.model import Model


def write_simulated(folder: Path, recording: Recording, log: EventLog, options: FlowLogOptions) -> None:
    """Write the flow logs of a simulated run under ``folder``."""
    lives = read_lives(log, options, recording.seconds, recording.assumptions)
    write_lives(folder, recording, log.model, lives, options)


def write_lives(folder: Path, recording: Recording, model: Model, lives: Lives, options: FlowLogOptions) -> None:
    """Write the flow logs of known connections under ``folder``.

    Logged are the Hyperplane ENIs and the NAT gateways with both their legs. A regional NAT gateway has no interface:
    its records have ``-`` for it and, from version 9 on, its id as resource-id; what comes in has the destination as
    its dstaddr already. A SYN that a table dropped is missing from there on.
    """
    _Writer(recording, model, lives, options).write(folder)


@dataclass
class _Addresses:
    """Addresses by number."""

    names: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        found = self.numbers.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found


class _Writer:
    def __init__(self, recording: Recording, model: Model, lives: Lives, options: FlowLogOptions) -> None:
        self.recording, self.model, self.lives, self.options = recording, model, lives, options
        self.layout: Layout = lay_out(recording)
        self.addresses = _Addresses()
        self.interfaces: list[Interface] = []
        self.parts: list[Flows] = []
        self.outbound: list[NDArray[np.bool_]] = []
        self.port_of = np.array([recording.network.destinations[one].port for one in self.model.destinations])

    def write(self, folder: Path) -> None:
        eni_ports = self._eni_legs()
        self._nat_legs(eni_ports)
        flows = Flows.together(self.parts)
        write_flow_logs(
            folder,
            flows,
            interfaces=self.interfaces,
            addresses=self.addresses.names,
            outbound=np.concatenate(self.outbound),
            start=self.recording.start,
            seconds=self.recording.seconds,
            options=self.options,
            retransmits=self.recording.assumptions.syn_retransmits,
            account=ACCOUNT,
            region=self.layout.region,
            vpc=self.layout.vpc,
        )

    # ---- the Hyperplane ENIs

    def _eni_legs(self) -> NDArray[np.int32]:
        lives = self.lives
        on = np.flatnonzero((lives.eni >= 0) & (lives.eni_syns > 0))
        ports = np.zeros(len(lives), np.int32)
        ports[on] = assign_ports(
            lives.opened[on], lives.eni_free[on], lives.eni[on], choice=self.options.port_choice, seed=self.options.seed
        )
        number_of, address_of = self._lay_enis()
        self._add(
            on,
            interface=number_of[lives.eni[on]],
            client=address_of[lives.eni[on]],
            server=self._destination_addresses(on),
            client_port=ports[on],
            syns=lives.eni_syns[on],
            outbound=True,
        )
        return ports

    def _lay_enis(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Interface and address numbers of each ENI of the model."""
        per_combo = self.model.most_enis if self.model.scale_out else 1
        size = max(1, len(self.model.combos) * per_combo)
        number_of, address_of = np.zeros(size, np.int32), np.zeros(size, np.int32)
        self.eni_address = address_of
        laid = {(one.key, one.index): one for one in self.layout.enis}
        for combo, key in enumerate(self.model.combos):
            for index in range(per_combo):
                one = laid.get((key, index))
                if one is None:
                    continue
                nat = self.layout.nats.get(one.subnet.route)
                number_of[combo * per_combo + index] = len(self.interfaces)
                address_of[combo * per_combo + index] = self.addresses.number(one.address)
                az = zone_id(self.layout.region, one.subnet.az)
                self.interfaces.append(Interface(one.id, one.subnet.id, az, "-", nat.eni if nat else "-"))
        return number_of, address_of

    # ---- the NAT gateways

    def _nat_legs(self, eni_ports: NDArray[np.int32]) -> None:
        lives, model = self.lives, self.model
        table_ports = np.zeros(len(lives), np.int32)
        through = np.flatnonzero((lives.table >= 0) & (lives.nat_syns > 0))
        table_ports[through] = NAT_SOURCE_PORTS_FIRST - 1 + assign_ports(
            lives.nat_opened[through], lives.nat_free[through], lives.table[through],
            choice=self.options.port_choice, ports=NAT_SOURCE_PORTS.value, seed=self.options.seed + 1,
        )  # fmt: skip
        if lives.nat_port is not None:
            table_ports = np.where(lives.nat_port >= 0, lives.nat_port, table_ports).astype(np.int32)
        other_addresses = {one.client.name: one.address for one in self.layout.others}
        first_tables = {first: key for key, first in model.nat_tables.items()}
        index_of, pool_of = self._table_places(first_tables)
        for pool_number, pool in enumerate(model.pools):
            laid = self.layout.nats[model.gateways[pool.gateway]]
            of_pool = [one for one in laid.addresses if pool.az is None or one.az == pool.az]
            regional = laid.subnet is None
            actual = np.array([self.addresses.number(self._own(one)) for one in of_pool], np.int32)
            interface = len(self.interfaces)
            if laid.subnet is None:
                az = zone_id(self.layout.region, of_pool[0].az)
                self.interfaces.append(Interface("-", "-", az, "regional_nat_gateway", resource=laid.id))
            else:
                az = zone_id(self.layout.region, laid.subnet.az)
                self.interfaces.append(Interface(laid.eni, laid.subnet.id, az, "nat_gateway"))
            inside = np.flatnonzero((lives.pool == pool_number) & (lives.eni_syns > 0))
            clients = np.where(lives.eni[inside] >= 0, self.eni_address[np.maximum(lives.eni[inside], 0)], 0)
            ports = eni_ports[inside].copy()
            strangers = np.flatnonzero(lives.eni[inside] < 0)
            if len(strangers):
                rows = inside[strangers]
                names = [model.clients[int(one)].name for one in lives.client[rows]]
                clients[strangers] = [self.addresses.number(other_addresses.get(name, "10.255.0.1")) for name in names]
                gone = np.maximum(lives.nat_free[rows], lives.last[rows] + MICROSECONDS)
                ports[strangers] = assign_ports(
                    lives.opened[rows], gone, clients[strangers].astype(np.int64), ports=LAST_PORT, seed=7
                )
            asked = self._destination_addresses(inside)
            self._add(
                inside, interface=interface, client=clients, server=asked if regional else actual[0], client_port=ports,
                syns=lives.eni_syns[inside], outbound=False, pkt_server=asked,
            )  # fmt: skip
            outside = through[pool_of[lives.table[through]] == pool_number]
            leaving = actual[index_of[lives.table[outside]]]
            # A zonal gateway's records show its primary address, whichever the connection has.
            self._add(
                outside, interface=interface, client=leaving if regional else actual[0],
                server=self._destination_addresses(outside), client_port=table_ports[outside],
                syns=lives.nat_syns[outside], outbound=True, pkt_client=leaving, opened=lives.nat_opened[outside],
            )  # fmt: skip

    @staticmethod
    def _own(address: NatAddress) -> str:
        """The address that records show: the private one, or of a regional gateway, which has none, the public one."""
        return address.private or address.public or "-"

    def _table_places(self, first_tables: dict[int, tuple[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Of each table: which address of its NAT gateway it is, and which pool."""
        index_of = np.zeros(max(1, self.model.nat_table_count), np.int32)
        pool_of = np.zeros(max(1, self.model.nat_table_count), np.int32)
        for first, (pool, _) in first_tables.items():
            count = self.model.pools[pool].addresses
            index_of[first : first + count] = np.arange(count)
            pool_of[first : first + count] = pool
        return index_of, pool_of

    # ---- rows

    def _destination_addresses(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        known = np.array([self.addresses.number(one.address) for one in self.model.unique_destinations], np.int32)
        return known[self.lives.unique[rows]]

    def _add(
        self,
        rows: NDArray[np.int64],
        *,
        interface: Any,
        client: Any,
        server: Any,
        client_port: NDArray[np.int32],
        syns: NDArray[np.int64],
        outbound: bool,
        pkt_client: Any = None,
        pkt_server: Any = None,
        opened: NDArray[np.int64] | None = None,
    ) -> None:
        lives = self.lives

        def each(value: Any) -> NDArray[np.int32]:
            return np.broadcast_to(np.asarray(value, np.int32), len(rows)).copy()

        destinations = np.array([one.destination for one in self.model.unique_destinations])
        self.outbound.append(np.full(len(rows), outbound))
        self.parts.append(
            Flows(
                interface=each(interface), client=each(client), server=each(server),
                pkt_client=each(client if pkt_client is None else pkt_client),
                pkt_server=each(server if pkt_server is None else pkt_server),
                client_port=each(client_port),
                server_port=each(self.port_of[destinations[lives.unique[rows]]]),
                opened=lives.opened[rows] if opened is None else opened, syns=syns.astype(np.int32),
                answered=lives.answered[rows],
                last=np.maximum(lives.last[rows], lives.opened[rows] if opened is None else opened),
                period=lives.period[rows], ending=lives.ending[rows], rejected=lives.rejected[rows],
            )
        )  # fmt: skip


NAT_SOURCE_PORTS_FIRST = 65_536 - NAT_SOURCE_PORTS.value
"""The first of a NAT gateway's source ports."""
