"""What really was, by the names that a case has for it: AWS ids. Read off the run and the scenario, not off the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.network import EniKey, HopKind, NatKind
from narrows.plan.peak import Peak, measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.recording import Recording, TableSeries
from narrows.scenario import Scenario
from narrows.writing.layout import Layout
from oracles.networks.held import Held

if TYPE_CHECKING:
    from numpy.typing import NDArray

Span = tuple[float, float]
"""What holds a number that is not known to the last one: from, to."""


@dataclass(frozen=True, slots=True)
class TableKey:
    """One table of connections, as far as it is one thing to people.

    ``address`` of a NAT gateway's is the unique destination: its own addresses count together, those of one
    Availability Zone for a regional one.
    """

    kind: HopKind
    resource: str
    """The ENI key as text, the NAT gateway's id, the destination's name."""
    zone: str = ""
    """Of a regional NAT gateway."""
    address: str | None = None
    """``203.0.113.10:443``"""

    def __str__(self) -> str:
        where = f"{self.resource}/{self.zone}" if self.zone else self.resource
        return f"{self.kind.value} {where}" + (f" to {self.address}" if self.address else "")


@dataclass(frozen=True, slots=True)
class TableTruth:
    """One table over a whole run."""

    open: Span
    """The most connections in it at once: from the answered ones alone, to those with every half-open one."""
    entries: Span
    """The most entries at once, with closed connections that it keeps; one number where the run recorded one table."""
    capacity: int | None
    dropped: int
    """SYNs that found no room."""
    wanted: int = 0
    """The most entries that the demand asks of it were nothing in the way; with a margin where chance deals them out."""


@dataclass(frozen=True, slots=True)
class GatewayTruth:
    """What CloudWatch counts of a NAT gateway."""

    active: int
    """The most established connections at once, over all destinations."""
    attempts: int
    errors: int
    """SYNs for which no port was free."""


@dataclass(frozen=True)
class Truth:
    """The truth of one network's run."""

    wanted: dict[tuple[str, str], int]
    """By function and destination: the most live connections at once that the demand asks for, and ..."""
    wanted_over_all: int
    """... the most of all functions together."""
    opened: dict[str, int]
    """By function: the most that really were open at once, over all destinations."""
    tables: dict[TableKey, TableTruth]
    gateways: dict[str, GatewayTruth]
    """By id."""
    failed: int
    """Attempts of functions that did not become a connection."""

    @property
    def full(self) -> tuple[TableKey, ...]:
        """The tables that dropped SYNs."""
        return tuple(key for key, one in self.tables.items() if one.dropped)


def find_truth(scenario: Scenario, recording: Recording, layout: Layout, held: Held) -> Truth:
    """The truth of a run.

    Args:
        held: every connection of the run, from its event log.
    """
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    wanted = _wanted_entries(scenario, layout, peak)
    together: dict[TableKey, list[TableSeries]] = {}
    for table in recording.tables:
        together.setdefault(_key(table, layout), []).append(table)
    return Truth(
        _wanted(peak),
        peak.connections,
        {name: int(series.open.max(initial=0)) for name, series in recording.functions.items()},
        {key: _table(key, parts, held, wanted.get(key, 0)) for key, parts in together.items()},
        {
            layout.nats[name].id: GatewayTruth(
                int(series.active.max(initial=0)), int(series.attempts.sum()), int(series.port_allocation_errors.sum())
            )
            for name, series in recording.nat_gateways.items()
        },
        sum(int(series.outcomes[:, 1:].sum()) for series in recording.functions.values()),
    )


def eni_text(layout: Layout, key: EniKey) -> str:
    """What a case calls the ENI of a scenario's subnet and security groups."""
    groups = tuple(sorted(layout.security_group(one) for one in key.security_groups))
    return str(EniKey(layout.subnets[key.subnet].id, groups))


def _wanted(peak: Peak) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for moment in peak.moments:
        here: dict[tuple[str, str], float] = {}
        for load in moment.functions:
            key = load.client, load.destination
            here[key] = here.get(key, 0.0) + load.open
        for key, many in here.items():
            found[key] = max(found.get(key, 0), round(many))
    return found


def _wanted_entries(scenario: Scenario, layout: Layout, peak: Peak) -> dict[TableKey, int]:
    network = scenario.network
    enis = {str(key): eni_text(layout, key) for key in network.hyperplane_enis}
    alike = {
        f"{address}:{one.port}": tuple(f"{each}:{one.port}" for each in one.addresses)
        for one in network.destinations.values()
        for address in one.addresses
    }
    found: dict[TableKey, int] = {}
    for table in all_tables(network, peak, scenario.assumptions, Routing()):
        if table.kind is HopKind.HYPERPLANE_ENI:
            found[TableKey(table.kind, enis[table.resource])] = table.peak
            continue
        # One address of a destination stands for all of them there: which one a connection has is chance.
        for address in alike.get(table.destination or "", ()):
            name, _, zone = table.resource.partition("/")
            resource = layout.nats[name].id if table.kind is HopKind.NAT_GATEWAY else table.resource
            found[TableKey(table.kind, resource, zone, address)] = table.peak
    return found


def _key(table: TableSeries, layout: Layout) -> TableKey:
    address = f"{table.destination_address}:{table.destination_port}"
    if table.eni is not None:
        return TableKey(HopKind.HYPERPLANE_ENI, eni_text(layout, table.eni))
    if table.kind == "destination":
        return TableKey(HopKind.DESTINATION, table.resource, "", address)
    laid = layout.nats[table.resource]
    zone = (table.az or "") if laid.nat.kind is NatKind.REGIONAL else ""
    return TableKey(HopKind.NAT_GATEWAY, laid.id, zone, address)


def _table(key: TableKey, parts: list[TableSeries], held: Held, wanted: int) -> TableTruth:
    capacities = [one.capacity for one in parts]
    capacity = None if None in capacities else sum(one for one in capacities if one is not None)
    dropped = sum(int(one.dropped.sum()) for one in parts)
    together: NDArray[Any] = np.sum([one.occupied for one in parts], axis=0)
    most = int(together.max(initial=0))
    if key.kind is HopKind.DESTINATION:
        return TableTruth((most, most), (most, most), capacity, dropped, wanted)
    counted = held.of(parts[0])
    # Peaks of one second in several tables need not have been at one moment of it: their sum is an upper end.
    entries = (most, most) if len(parts) == 1 else (min(counted.entries, most), most)
    return TableTruth((min(counted.answered, most), min(counted.all, most)), entries, capacity, dropped, wanted)
