"""Every table on the path with its capacity and its peak: what fits, what does not, what binds next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from narrows.assumptions import Assumptions
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS
from narrows.network import EniKey, Function, HopKind, Network
from narrows.plan.peak import Load, Moment, Peak
from narrows.plan.routing import Pool, Routing, pools_of_other
from narrows.plan.spread import dealt_share, largest_share
from narrows.plan.unique import UniqueDestinations

CAUSES = {
    HopKind.HYPERPLANE_ENI: "hyperplane-eni-exhaustion",
    HopKind.NAT_GATEWAY: "nat-port-exhaustion",
    HopKind.DESTINATION: "destination-connection-limit",
    HopKind.ENVIRONMENT: "descriptor-exhaustion",
}
"""What a diagnosis calls it when a table of this kind is full."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of connections, with the most entries that it must hold."""

    kind: HopKind
    resource: str
    destination: str | None
    """The unique destination, for a table that is counted per unique destination."""
    capacity: int
    """Of all its addresses together, for a NAT gateway."""
    peak: int
    others: int = 0
    """Of the peak, what is not the functions'."""

    @property
    def headroom(self) -> float:
        """The part of it that stays free at the peak; negative when it does not hold."""
        return 1.0 - self.peak / self.capacity

    def fits(self, headroom: float) -> bool:
        """Whether the peak leaves so much of it free."""
        return self.peak <= (1.0 - headroom) * self.capacity + 1e-6

    def to_json(self) -> dict[str, object]:
        """The table as ``plan --json`` prints it."""
        return {
            "kind": self.kind.value,
            "resource": self.resource,
            "destination": self.destination,
            "capacity": self.capacity,
            "peak": self.peak,
            "others": self.others,
            "headroom": round(self.headroom, 4),
        }


@dataclass(frozen=True, slots=True)
class Next:
    """The table that is full first when the functions ask for more."""

    table: Table
    at_connections: int
    """Open connections of functions, all together and in the same proportions, at which it is full."""

    def to_json(self) -> dict[str, object]:
        """In the shape that a diagnosis uses for its next narrows."""
        return {
            "id": CAUSES[self.table.kind],
            "resource": self.table.resource,
            "destination": self.table.destination,
            "at_connections": self.at_connections,
        }


class Filling:
    """What one moment puts into the tables of a network."""

    def __init__(self, network: Network, moment: Moment, assumed: Assumptions, routing: Routing) -> None:
        self._network = network
        self.enis: dict[tuple[str, tuple[str, ...]], float] = {}
        """By subnet and security-group set."""
        self.pools: dict[Pool, dict[str, float]] = {}
        """Entries for each destination."""
        self.pool_others: dict[Pool, dict[str, float]] = {}
        self.arriving: dict[str, float] = {}
        """Connections that arrive at each destination."""
        self.arriving_others: dict[str, float] = {}
        self._random = assumed.environment_placement == "random"
        self._routing = routing
        self._add_functions(moment.functions)
        for load in moment.others:
            other = network.others[load.client]
            for pool in pools_of_other(network, other):
                _add(self.pool_others.setdefault(pool, {}), load.destination, load.nat)
            _add(self.arriving_others, load.destination, load.arriving)

    def _add_functions(self, loads: Iterable[Load]) -> None:
        for client, own in groupby(loads, key=lambda load: load.client):
            function = self._network.functions[client]
            if function.subnets:
                self._add_function(function, own)
            else:
                for load in own:
                    _add(self.arriving, load.destination, load.arriving)

    def _add_function(self, function: Function, loads: Iterable[Load]) -> None:
        whole, random = len(function.subnets), self._random
        everything: dict[tuple[str, ...], list[float]] = {}
        environments = 1
        for load in loads:
            ways = self._routing.ways(self._network, function, load.destination)
            if not ways.open:
                continue
            environments = load.environments
            entries = everything.setdefault(ways.open, [0.0, 0.0])
            entries[0] += load.eni
            entries[1] += load.eni_grain
            for pool, subnets in ways.pools(self._network).items():
                part = dealt_share(environments, load.nat, load.nat_grain, subnets, whole, random=random)
                _add(self.pools.setdefault(pool, {}), load.destination, part)
            part = dealt_share(environments, load.arriving, load.eni_grain, len(ways.open), whole, random=random)
            _add(self.arriving, load.destination, part / ways.reuse)
        groups, enis = self._routing.security_groups(function), self.enis
        for subnets_open, (total, grain) in everything.items():
            each = dealt_share(environments, total, grain, 1, whole, random=random)
            for subnet in subnets_open:
                key = subnet, groups
                enis[key] = enis.get(key, 0.0) + each

    def together(self, pool: Pool) -> dict[str, float]:
        """Entries of a pool for each destination, those of others included."""
        found = dict(self.pools.get(pool, {}))
        for name, entries in self.pool_others.get(pool, {}).items():
            _add(found, name, entries)
        return found


def _add(counts: dict[str, float], name: str, more: float) -> None:
    counts[name] = counts.get(name, 0.0) + more


def fillings(network: Network, peak: Peak, assumed: Assumptions, routing: Routing) -> list[Filling]:
    """What each moment of the peak puts into the tables. Addresses of NAT gateways make no difference to it."""
    kinds = tuple((nat.name, nat.kind) for nat in network.nat_gateways.values())
    parts = (peak, network.subnets, network.functions, network.endpoints, network.others)
    key = (kinds, *(routing.identity(part) for part in parts))
    if key not in routing.fillings:
        routing.fillings[key] = [Filling(network, moment, assumed, routing) for moment in peak.moments]
    return routing.fillings[key]


def all_tables(network: Network, peak: Peak, assumed: Assumptions, routing: Routing) -> tuple[Table, ...]:
    """Every table that the peak puts anything into, with the most of all moments."""
    unique = UniqueDestinations(network, assumed)
    found: dict[tuple[HopKind, str, str | None], Table] = {}
    for filling in fillings(network, peak, assumed, routing):
        for table in (
            *_enis(filling),
            *_pools(network, filling, unique, assumed),
            *_destinations(network, filling, unique),
        ):
            key = table.kind, table.resource, table.destination
            if key not in found or table.peak > found[key].peak:
                found[key] = table
    for name, descriptors in peak.descriptors.items():
        found[HopKind.ENVIRONMENT, name, None] = Table(
            HopKind.ENVIRONMENT, name, None, FILE_DESCRIPTORS.value, descriptors
        )
    return tuple(found.values())


def holds(network: Network, peak: Peak, assumed: Assumptions, routing: Routing, headroom: float) -> bool:
    """Whether every table leaves so much free: as the tables of ``all_tables`` say, but without making them all."""
    room = (1.0 - headroom) * HYPERPLANE_ENI_CONNECTIONS.value + 1e-6
    if any(count > (1.0 - headroom) * FILE_DESCRIPTORS.value + 1e-6 for count in peak.descriptors.values()):
        return False
    unique = UniqueDestinations(network, assumed)
    for filling in fillings(network, peak, assumed, routing):
        if filling.enis and _whole(max(filling.enis.values())) > room:
            return False
        others = (*_pools(network, filling, unique, assumed), *_destinations(network, filling, unique))
        if not all(table.fits(headroom) for table in others):
            return False
    return True


def _enis(filling: Filling) -> Iterator[Table]:
    for (subnet, groups), entries in filling.enis.items():
        resource = str(EniKey(subnet, groups))
        yield Table(HopKind.HYPERPLANE_ENI, resource, None, HYPERPLANE_ENI_CONNECTIONS.value, _whole(entries))


def _pools(network: Network, filling: Filling, unique: UniqueDestinations, assumed: Assumptions) -> Iterator[Table]:
    for pool in {**filling.pools, **filling.pool_others}:
        nat = network.nat_gateways.get(pool[0])
        if nat is None or nat.addresses < 1:
            continue
        foreign = unique.fullest(filling.pool_others.get(pool, {}))
        for one, entries in unique.fullest(filling.together(pool)).items():
            yield Table(
                HopKind.NAT_GATEWAY,
                pool[0] if pool[1] is None else f"{pool[0]}/{pool[1]}",
                one.label,
                nat.addresses * assumed.nat_connections_per_address,
                nat_entries(entries, nat.addresses, assumed),
                _whole(foreign.get(one, 0.0)),
            )


def nat_entries(entries: float, addresses: int, assumed: Assumptions) -> int:
    """Entries for one unique destination, with the margin of an uneven choice among the gateway's addresses."""
    if assumed.nat_address_selection != "random-address":
        return _whole(entries)
    return _whole(addresses * largest_share(_whole(entries), 1, addresses, random=True))


def _destinations(network: Network, filling: Filling, unique: UniqueDestinations) -> Iterator[Table]:
    own, others = filling.arriving, filling.arriving_others
    together = {name: own.get(name, 0.0) + others.get(name, 0.0) for name in {**own, **others}}
    foreign = unique.fullest(others)
    for one, connections in unique.fullest(together).items():
        limits = (network.destinations[name].max_connections for name, _ in one.shares)
        known = [limit for limit in limits if limit is not None]
        if known:
            names = "+".join(name for name, _ in one.shares)
            yield Table(
                HopKind.DESTINATION,
                names,
                one.label,
                min(known),
                _whole(connections),
                _whole(foreign.get(one, 0.0)),
            )


def _whole(entries: float) -> int:
    return math.ceil(entries - 1e-6)


def tightest(tables: Iterable[Table]) -> Table | None:
    """The table with the least headroom."""
    return min(tables, key=lambda table: (table.headroom, table.kind, table.resource), default=None)


def next_narrows(tables: Iterable[Table], connections: int) -> Next | None:
    """What is full first when the functions ask for more, in the same proportions, and others for no more.

    File descriptors are left out: an environment needs no more of them when there are more environments.
    """
    found: list[Next] = []
    for table in tables:
        own = table.peak - table.others
        if own > 0 and table.kind is not HopKind.ENVIRONMENT:
            room = max(0, table.capacity - table.others)
            found.append(Next(table, math.floor(connections * room / own)))
    return min(found, key=lambda one: (one.at_connections, one.table.kind, one.table.resource), default=None)
