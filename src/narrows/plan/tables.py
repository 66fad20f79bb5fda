"""Every table on the path with its capacity and its peak: what fits, what does not, what binds next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from narrows.assumptions import Assumptions
from narrows.diagnose.causes import cause_of_full
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS
from narrows.network import HopKind, Network
from narrows.plan.filling import Filling, fillings
from narrows.plan.peak import Peak
from narrows.plan.routing import Routing
from narrows.plan.spread import UniqueDestinations, largest_share
from narrows.tables import Table, TableId, eni_table


@dataclass(frozen=True, slots=True)
class Next:
    """The table that is full first when the functions ask for more."""

    table: Table
    at_connections: int
    """Open connections of functions, all together and in the same proportions, at which it is full."""

    def to_json(self) -> dict[str, object]:
        """In the shape that a diagnosis uses for its next narrows."""
        return {
            "id": cause_of_full(self.table.kind).id,
            "resource": self.table.id.name,
            "destination": self.table.id.destination,
            "at_connections": self.at_connections,
        }


def all_tables(network: Network, peak: Peak, assumed: Assumptions, routing: Routing) -> tuple[Table, ...]:
    """Every table that the peak puts anything into, with the most of all moments."""
    unique = UniqueDestinations(network, assumed)
    of_moments = [
        [*_enis(filling), *_pools(network, filling, unique, assumed), *_destinations(network, filling, unique)]
        for filling in fillings(network, peak, assumed, routing)
    ]
    descriptors = (
        Table(TableId(HopKind.ENVIRONMENT, name), FILE_DESCRIPTORS.value, count)
        for name, count in peak.descriptors.items()
    )
    return (*(of_moments[0] if len(of_moments) == 1 else _highest(of_moments)), *descriptors)


def _highest(of_moments: Iterable[Iterable[Table]]) -> Iterable[Table]:
    found: dict[TableId, Table] = {}
    for tables in of_moments:
        for table in tables:
            if table.id not in found or table.peak > found[table.id].peak:
                found[table.id] = table
    return found.values()


@lru_cache(maxsize=1 << 14)
def _eni(subnet: str, security_groups: tuple[str, ...], entries: int) -> Table:
    return Table(eni_table(subnet, security_groups), HYPERPLANE_ENI_CONNECTIONS.value, entries)


def _enis(filling: Filling) -> Iterator[Table]:
    for (subnet, groups), entries in filling.enis.items():
        yield _eni(subnet, groups, _whole(entries))


def _pools(network: Network, filling: Filling, unique: UniqueDestinations, assumed: Assumptions) -> Iterator[Table]:
    for pool in {**filling.pools, **filling.pool_others}:
        nat = network.nat_gateways.get(pool[0])
        if nat is None or nat.addresses < 1:
            continue
        foreign = unique.fullest(filling.pool_others.get(pool, {}))
        for one, entries in unique.fullest(filling.together(pool)).items():
            yield Table(
                TableId(HopKind.NAT_GATEWAY, *pool, one.label),
                nat.addresses * assumed.nat_connections_per_address,
                nat_entries(entries, nat.addresses, assumed),
                _whole(foreign.get(one, 0.0)),
                one.names,
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
            # Several names of one address are one destination: the first stands for it.
            yield Table(
                TableId(HopKind.DESTINATION, one.names[0], None, one.label),
                min(known),
                _whole(connections),
                _whole(foreign.get(one, 0.0)),
                one.names,
            )


def _whole(entries: float) -> int:
    return math.ceil(entries - 1e-6)


WIDENED = frozenset(HopKind) - {HopKind.DESTINATION, HopKind.ENVIRONMENT}
"""The tables that a plan must make hold: not a destination's own, nor an environment's file descriptors, which no
change of the network widens."""


def within_reach(tables: Iterable[Table]) -> list[Table]:
    """Those but the ones that are overfull and that no change of the network widens."""
    return [table for table in tables if table.kind in WIDENED or table.peak <= table.capacity]


def tightest(tables: Iterable[Table]) -> Table | None:
    """The table with the least headroom; of several the largest, so that no name decides where figures can."""
    return min(
        tables, key=lambda one: (one.headroom, -one.capacity, -one.peak, one.others, *one.id.order), default=None
    )


def next_narrows(tables: Iterable[Table], connections: int) -> Next | None:
    """What is full first when the functions ask for more, in the same proportions, and others for no more.

    File descriptors are left out: an environment needs no more of them when there are more environments.
    """
    best: tuple[int, str, str, str] | None = None
    narrowest: Table | None = None
    for table in tables:
        own = table.peak - table.others
        if own > 0 and table.kind is not HopKind.ENVIRONMENT:
            room = max(0, table.capacity - table.others)
            found = connections * room // own, *table.id.order
            if best is None or found < best:
                best, narrowest = found, table
    return None if best is None or narrowest is None else Next(narrowest, best[0])
