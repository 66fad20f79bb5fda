"""What really was, under the ids that a case has for it. Read off the run and the scenario, not off the case."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from narrows.demand import Demand, Distribution, Hold, HoldKind
from narrows.network import EniKey, HopKind, NatKind
from narrows.plan.peak import Peak, measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.recording import Recording, TableSeries
from narrows.scenario import Scenario
from narrows.tables import TableId
from narrows.writing.layout import Layout
from oracles.networks.held import Held, Span, most_together


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
    """The most entries that the demand asks of it, were nothing in the way; with a margin for chance."""
    undisturbed: bool = False
    """Every attempt towards it became a connection: what it held is what was asked of it."""
    rests: bool = True
    """Its source ports rest as long as is assumed (``port_rest``): flow logs without tcp-flags rest on that."""

    @property
    def asked(self) -> int:
        """What a plan must reckon with at the least."""
        return min(self.entries[0], self.wanted) if self.undisturbed else self.wanted


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
    tables: dict[TableId, TableTruth]
    """A NAT gateway's by unique destination, its addresses together (of one zone, for a regional one)."""
    through: dict[TableId, Span]
    """By NAT gateway and the name of a destination: the most connections open at once to all its addresses together."""
    arriving: dict[str, Span]
    """By destination: the most connections open at once to all its addresses, other clients' included or not."""
    gateways: dict[str, GatewayTruth]
    """By id."""
    failed: int
    """Attempts of functions that did not become a connection."""

    @property
    def full(self) -> tuple[TableId, ...]:
        """The tables that dropped SYNs."""
        return tuple(key for key, one in self.tables.items() if one.dropped)


def find_truth(scenario: Scenario, recording: Recording, layout: Layout, held: Held) -> Truth:
    """The truth of a run.

    Args:
        held: every connection of the run, from its event log.
    """
    peak = measure(scenario.network, played(scenario.demand), scenario.assumptions)
    wanted = _wanted_entries(scenario, layout, peak)
    outcomes = recording.outcomes
    failed = {outcomes.destinations[one] for one in np.unique(outcomes.destination[outcomes.outcome > 0])}
    together: dict[TableId, list[TableSeries]] = {}
    to_destination: dict[TableId, list[TableSeries]] = {}
    for table in recording.tables:
        key = _key(table, layout)
        together.setdefault(key, []).append(table)
        if key.kind is HopKind.NAT_GATEWAY:
            to_destination.setdefault(key._replace(destination=table.destination), []).append(table)
    return Truth(
        _wanted(peak),
        peak.connections,
        {name: int(series.open.max(initial=0)) for name, series in recording.functions.items()},
        {
            key: replace(
                _table(key, parts, held, wanted.get(key, 0)),
                rests=key.kind is not HopKind.HYPERPLANE_ENI or held.rests(parts, scenario.assumptions.port_rest),
                undisturbed=not failed or (key.kind is HopKind.NAT_GATEWAY and parts[0].destination not in failed),
            )
            for key, parts in together.items()
        },
        {key: held.open(parts) for key, parts in to_destination.items()},
        {name: _arriving(recording, name) for name in recording.destinations},
        {
            layout.nats[name].id: GatewayTruth(
                int(series.active.max(initial=0)), int(series.attempts.sum()), int(series.port_allocation_errors.sum())
            )
            for name, series in recording.nat_gateways.items()
        },
        sum(int(series.outcomes[:, 1:].sum()) for series in recording.functions.values()),
    )


def played(demand: Demand) -> Demand:
    """The demand as a run plays it: connections of which none ends before the run does are kept, for all it shows."""
    functions = {}
    for name, asked in demand.functions.items():
        begin = next((at for at, level in asked.environments.points if level > 0), demand.duration)
        before = [at for at, _ in asked.environments.points if at < begin]
        opened = max(before, default=0.0)
        functions[name] = replace(
            asked,
            connections=tuple(
                replace(use, hold=Hold())
                if use.hold.kind is HoldKind.DURATION
                and use.hold.distribution is Distribution.CONSTANT
                and opened + use.hold.mean >= demand.duration
                else use
                for use in asked.connections
            ),
        )
    return replace(demand, functions=functions)


def eni_key(layout: Layout, key: EniKey) -> EniKey:
    """A scenario's ENI key with the ids that a case has."""
    groups = tuple(sorted(layout.security_group(one) for one in key.security_groups))
    return EniKey(layout.subnets[key.subnet].id, groups)


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


def _wanted_entries(scenario: Scenario, layout: Layout, peak: Peak) -> dict[TableId, int]:
    network = scenario.network
    alike = {
        f"{address}:{one.port}": tuple(f"{each}:{one.port}" for each in one.addresses)
        for one in network.destinations.values()
        for address in one.addresses
    }
    found: dict[TableId, int] = {}
    for table in all_tables(network, peak, scenario.assumptions, Routing()):
        if isinstance(table.resource, EniKey):
            found[TableId(table.kind, eni_key(layout, table.resource))] = table.peak
            continue
        # One address of a destination stands for all of them there: which one a connection has is chance.
        for address in alike.get(table.id.destination or "", ()):
            nat = layout.nats.get(table.resource) if table.kind is HopKind.NAT_GATEWAY else None
            found[TableId(table.kind, nat.id if nat else table.resource, table.id.zone, address)] = table.peak
    return found


def _key(table: TableSeries, layout: Layout) -> TableId:
    address = f"{table.destination_address}:{table.destination_port}"
    if table.eni is not None:
        return TableId(HopKind.HYPERPLANE_ENI, eni_key(layout, table.eni))
    if table.kind == "destination":
        return TableId(HopKind.DESTINATION, table.resource, None, address)
    laid = layout.nats[table.resource]
    zone = table.az if laid.nat.kind is NatKind.REGIONAL else None
    return TableId(HopKind.NAT_GATEWAY, laid.id, zone, address)


def _table(key: TableId, parts: list[TableSeries], held: Held, wanted: int) -> TableTruth:
    capacities = [one.capacity for one in parts]
    capacity = None if None in capacities else sum(one for one in capacities if one is not None)
    dropped = sum(int(one.dropped.sum()) for one in parts)
    most = most_together(parts)
    if key.kind is HopKind.DESTINATION:
        return TableTruth((most, most), (most, most), capacity, dropped, wanted)
    # Peaks of one second in several tables need not have been at one moment of it: their sum is an upper end.
    entries = (most, most) if len(parts) == 1 else (min(held.entries(parts), most), most)
    return TableTruth(held.open(parts), entries, capacity, dropped, wanted)


def _arriving(recording: Recording, name: str) -> Span:
    """A destination's own count, of all clients; from below without what others may have of it."""
    series = recording.destinations[name]
    own = [one for one in recording.tables if one.kind == "destination" and one.resource == name]
    others = sum(int(one.open.max(initial=0)) for one in recording.others.values())
    return max(0, int(series.open.max(initial=0)) - others), most_together(own)
