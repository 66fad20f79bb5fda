"""Random networks with known truth: which connection attempts vanish between which hops, and what flow logs show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.case.flow_log_fields import fields_up_to
from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Ending, Flows, Interface
from narrows.writing.flow_logs.options import FlowLogOptions
from narrows.writing.flow_logs.ports import assign_ports
from narrows.writing.flow_logs.write import write_flow_logs
from oracles.traffic import START

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEDULE = (0.0, 1.0, 3.0, 7.0, 15.0)
"""When the SYNs of an attempt are sent, in seconds."""
_SYNS = np.array([round(one * MICROSECONDS) for one in SCHEDULE], np.int64)
PKT = ("pkt-srcaddr", "pkt-dstaddr")
LOCAL = -1
"""The way of what needs no NAT gateway: the VPC's own addresses, an endpoint."""
_NAT_PORTS = 64_512


@dataclass(frozen=True)
class Network:
    """Attempts, each with its way, and the hop up to which its SYNs came.

    Attributes:
        client: index of the ENI; from ``enis`` on, of a client that is not logged.
        destination: index into ``destinations``.
        way: the NAT gateway, or ``LOCAL``.
        opened: the first SYN, microseconds; ``sent`` of them are seen at the client.
        came, left: the number of the first SYN that came in at and left the gateway, or at local ways anywhere; -1 for
            none.
        answered: when the answer came, -1 for never; ``last`` the last packet.
    """

    name: str
    seconds: int
    enis: int
    gateways: int
    destinations: tuple[str, ...]
    client: NDArray[np.int64]
    destination: NDArray[np.int64]
    way: NDArray[np.int64]
    opened: NDArray[np.int64]
    sent: NDArray[np.int64]
    came: NDArray[np.int64]
    left: NDArray[np.int64]
    answered: NDArray[np.int64]
    last: NDArray[np.int64]
    ending: NDArray[np.int8]
    options: FlowLogOptions = field(default_factory=FlowLogOptions)
    unlogged: frozenset[int] = frozenset()
    """Gateways without a flow log."""
    without: tuple[str, ...] = ()
    """Fields that the format does not have."""
    nat_rest: float = 60.0
    """Seconds for which a NAT gateway's port rests; half of it after a SYN that nobody answered."""
    nat_ports: int = _NAT_PORTS
    eni_ports: int = 20_000

    def logged(self) -> NDArray[np.bool_]:
        """Attempts whose way leads over a gateway that is logged."""
        return (self.way >= 0) & ~np.isin(self.way, list(self.unlogged))

    def truly_lost(self) -> dict[tuple[str, str], int]:
        """How many attempts vanish between two hops that their way leads over."""
        over, at_eni = self.logged(), self.client < self.enis
        return {
            ("hyperplane-eni", "nat-inside"): int((over & at_eni & (self.came < 0)).sum()),
            ("nat-inside", "nat-outside"): int((over & (self.came >= 0) & (self.left < 0)).sum()),
            ("nat-outside", "answered"): int((over & (self.left >= 0) & (self.answered < 0)).sum()),
            ("hyperplane-eni", "answered"): int((at_eni & (self.answered < 0)).sum()),
        }

    def write(self, folder: Path) -> int:
        """Write the flow logs of every hop that is logged; returns the number of records."""
        addresses = [*(f"10.0.{1 + k}.17" for k in range(int(self.client.max()) + 1))]
        first_gateway = len(addresses)
        addresses += [f"10.0.100.{10 + k}" for k in range(self.gateways)]
        first_destination = len(addresses)
        addresses += self.destinations
        interfaces = [Interface(f"eni-{k:017x}", "subnet-0a", "use1-az1", "-") for k in range(self.enis)]
        interfaces += [
            Interface(f"eni-{256 + k:017x}", "subnet-0b", "use1-az1", "nat_gateway") for k in range(self.gateways)
        ]
        ports = self._ports(self.client, self.opened, self.last, 0.0, self.eni_ports)
        target = first_destination + self.destination
        parts, outbound = [], []

        def add(rows: Any, first: Any, port: Any, leaves: bool, **columns: Any) -> None:
            chosen = np.flatnonzero(rows)
            opened = self.opened + _SYNS[np.maximum(first, 0)]
            syns = np.where(first >= 0, self.sent - np.maximum(first, 0), 0)
            last = np.where(self.answered >= 0, self.last, opened + _SYNS[np.maximum(syns - 1, 0)])
            every = dict(
                client_port=port, server_port=np.full(len(self.client), 443), opened=opened, syns=syns,
                answered=self.answered, last=last, period=np.full(len(self.client), 20 * MICROSECONDS),
                ending=self.ending, rejected=np.zeros(len(self.client), bool), **columns,
            )  # fmt: skip
            kinds = {"opened": np.int64, "answered": np.int64, "last": np.int64, "period": np.int64,
                     "ending": np.int8, "rejected": np.bool_}  # fmt: skip
            flows = Flows(
                **{name: np.asarray(value)[chosen].astype(kinds.get(name, np.int32)) for name, value in every.items()}
            )
            parts.append(flows)
            outbound.append(np.full(len(chosen), leaves))

        zero = np.zeros(len(self.client), np.int64)
        add(
            self.client < self.enis, zero, ports, True,
            interface=self.client, client=self.client, server=target, pkt_client=self.client, pkt_server=target,
        )  # fmt: skip
        gateway = first_gateway + np.maximum(self.way, 0)
        number = self.enis + np.maximum(self.way, 0)
        add(
            self.logged() & (self.came >= 0), self.came, ports, False,
            interface=number, client=self.client, server=gateway, pkt_client=self.client, pkt_server=target,
        )  # fmt: skip
        outside = self._ports(self.way, self.opened, self.last, self.nat_rest, self.nat_ports, self.left >= 0)
        add(
            self.logged() & (self.left >= 0), self.left, outside, True,
            interface=number, client=gateway, server=target, pkt_client=gateway, pkt_server=target,
        )  # fmt: skip
        return write_flow_logs(
            folder, Flows.together(parts), interfaces=interfaces, addresses=addresses,
            outbound=np.concatenate(outbound), start=START, seconds=self.seconds, options=self.options,
            retransmits=SCHEDULE[1:],
            fields=[one for one in fields_up_to(self.options.version) if one not in self.without],
        )  # fmt: skip

    def _ports(
        self, table: Any, opened: Any, last: Any, rest: float, count: int, taken: Any = None
    ) -> NDArray[np.int32]:
        rows = np.flatnonzero(np.ones(len(table), bool) if taken is None else taken)
        after = np.where(self.answered >= 0, rest, rest / 2)
        after = np.where((self.answered >= 0) & (self.ending == Ending.SILENT), 350.0, after)
        free = last + (after * MICROSECONDS).astype(np.int64) + 1
        ports = np.zeros(len(table), np.int32)
        ports[rows] = assign_ports(
            opened[rows], free[rows], table[rows].astype(np.int64), choice=self.options.port_choice, ports=count,
            seed=self.options.seed,
        )  # fmt: skip
        return ports


def random_network(seed: int, *, attempts: int = 1500, lossless: bool = False) -> Network:
    """A network drawn from ``seed``: its ENIs, gateways, ways, destinations, and what is lost where and when."""
    rng = np.random.default_rng([seed, 0x10E7])
    enis, gateways, others = int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(0, 3))
    public, local = int(rng.integers(1, 5)), int(rng.integers(0, 3))
    destinations = tuple(f"203.0.113.{10 + k}" for k in range(public)) + tuple(f"10.0.9.{10 + k}" for k in range(local))
    seconds = int(rng.integers(240, 1200))
    count = int(attempts * rng.uniform(0.2, 1.0))
    # One way for each client and destination: that is what a route table says.
    default = rng.integers(0, gateways, enis + others)
    ways = np.where(
        rng.random((enis + others, public)) < 0.15, rng.integers(0, gateways, (enis + others, public)), default[:, None]
    )
    ways = np.where(rng.random(ways.shape) < 0.1, LOCAL, ways)
    ways = np.concatenate([ways, np.full((enis + others, local), LOCAL)], axis=1)
    client = rng.integers(0, enis + others, count)
    destination = rng.integers(0, len(destinations), count)
    way = ways[client, destination]
    opened = np.sort((rng.random(count) * seconds * MICROSECONDS).astype(np.int64))
    came, left, reached = (_first_through(rng, opened, destination, way, seconds, lossless) for _ in range(3))
    over = way >= 0
    came = np.where(over, came, 0)
    left = np.where(over, np.where((came >= 0) & (left >= 0), np.maximum(came, left), -1), 0)
    reached = np.where((left >= 0) & (reached >= 0), np.maximum(left, reached), -1)
    latency = rng.integers(300, 80_000, count)
    answered = np.where(reached >= 0, opened + _SYNS[np.maximum(reached, 0)] + latency, -1)
    hold = (rng.exponential(rng.choice([0.3, 5.0, 60.0]), count) * MICROSECONDS).astype(np.int64)
    ending = np.where(rng.random(count) < 0.1, Ending.SILENT, Ending.FIN).astype(np.int8)
    ending[answered < 0] = Ending.SILENT
    sent = np.where(reached >= 0, reached + 1, rng.integers(1, len(SCHEDULE) + 1, count))
    came, left = (np.where(first < sent, first, -1) for first in (came, left))
    last = np.where(answered >= 0, answered + hold, opened + _SYNS[sent - 1])
    options = FlowLogOptions(
        version=5, interval=int(rng.choice([60, 60, 60, 600])), skipdata=float(rng.choice([0.0, 0.0, 0.0, 0.05])),
        port_choice=str(rng.choice(["longest-free", "random", "at-once"])), format="parquet", seed=seed,
    )  # fmt: skip
    return Network(
        name=str(seed), seconds=seconds, enis=enis, gateways=gateways, destinations=destinations, client=client,
        destination=destination, way=way, opened=opened, sent=sent, came=came, left=left, answered=answered, last=last,
        ending=ending, options=options,
        unlogged=frozenset({int(rng.integers(gateways))}) if rng.random() < 0.2 else frozenset(),
        without=PKT if rng.random() < 0.15 else (),
        eni_ports=int(rng.choice([200, 5000, 60_000])),
    )  # fmt: skip


def changed(network: Network, options: dict[str, Any] | None = None, **fields: Any) -> Network:
    """The same attempts, logged otherwise."""
    return replace(network, options=replace(network.options, **(options or {})), **fields)


def _first_through(
    rng: np.random.Generator, opened: Any, destination: Any, way: Any, seconds: int, lossless: bool
) -> NDArray[np.int64]:
    """The number of the first SYN that passes a place, -1 for none: SYNs are lost at times, to one or all."""
    first = np.zeros(len(opened), np.int64)
    if lossless or rng.random() < 0.3:
        return first
    share = float(rng.choice([0.02, 0.3, 0.9, 1.0]))
    begin, end = np.sort(rng.random(2) * seconds * MICROSECONDS)
    hit = (opened >= begin) & (opened < end)
    if rng.random() < 0.5:
        hit &= destination == rng.integers(int(destination.max()) + 1)
    if rng.random() < 0.5:
        hit &= way == rng.integers(int(way.max()) + 2) - 1
    lost = hit & (rng.random(len(opened)) < share)
    later = rng.integers(1, len(SCHEDULE), len(opened))
    return np.where(lost, np.where(rng.random(len(opened)) < 0.3, later, -1), first)
