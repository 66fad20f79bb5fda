"""What each moment of a peak puts into the tables of a network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from narrows.assumptions import Assumptions
from narrows.network import Function, NatKind, Network
from narrows.plan.loads import Load
from narrows.plan.peak import Moment, Peak
from narrows.plan.routing import Pool, Routing, Ways, pools_of_other
from narrows.plan.spread import dealt_share


@dataclass(frozen=True, slots=True)
class Shares:
    """What one function puts into each table, at one moment."""

    pools: tuple[tuple[Pool, str, float], ...]
    """Entries for each destination."""
    arriving: tuple[tuple[str, float], ...]
    """Connections at each destination."""
    enis: tuple[tuple[tuple[str, ...], float], ...]
    """Subnets, and entries of the ENI in each of them."""


class Filling:
    """What one moment puts into the tables of a network."""

    def __init__(self, network: Network, moment: Moment, assumed: Assumptions, routing: Routing) -> None:
        self._network = network
        self._by_groups: list[tuple[tuple[str, ...], Shares]] = []
        self.pools: dict[Pool, dict[str, float]] = {}
        """Entries for each destination."""
        self.pool_others: dict[Pool, dict[str, float]] = {}
        self.arriving: dict[str, float] = {}
        """Connections that arrive at each destination."""
        self.arriving_others: dict[str, float] = {}
        self._random = assumed.environment_placement == "random"
        self._routing = routing
        self._regional = frozenset(nat.name for nat in network.nat_gateways.values() if nat.kind is NatKind.REGIONAL)
        for client, loads in groupby(moment.functions, key=attrgetter("client")):
            self._add_function(network.functions[client], tuple(loads))
        for load in moment.others:
            other = network.others[load.client]
            for pool in pools_of_other(network, other):
                _add(self.pool_others.setdefault(pool, {}), load.destination, load.nat)
            _add(self.arriving_others, load.destination, load.arriving)

    def _add_function(self, function: Function, loads: tuple[Load, ...]) -> None:
        if not function.subnets:
            for load in loads:
                _add(self.arriving, load.destination, load.arriving)
            return
        network, routing = self._network, self._routing
        ways = [routing.ways(network, function, load.destination) for load in loads]
        shares = _shares(len(function.subnets), loads, ways, self._regional, self._random)
        for pool, destination, part in shares.pools:
            entries = self.pools.get(pool)
            if entries is None:
                entries = self.pools[pool] = {}
            entries[destination] = entries.get(destination, 0.0) + part
        for destination, part in shares.arriving:
            self.arriving[destination] = self.arriving.get(destination, 0.0) + part
        self._by_groups.append((routing.security_groups(function), shares))

    @cached_property
    def enis(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """Entries of Hyperplane ENIs, by subnet and security-group set."""
        found: dict[tuple[str, tuple[str, ...]], float] = {}
        for groups, shares in self._by_groups:
            for subnets, each in shares.enis:
                for subnet in subnets:
                    eni = subnet, groups
                    found[eni] = found.get(eni, 0.0) + each
        return found

    def together(self, pool: Pool) -> dict[str, float]:
        """Entries of a pool for each destination, those of others included."""
        found = dict(self.pools.get(pool, {}))
        for name, entries in self.pool_others.get(pool, {}).items():
            _add(found, name, entries)
        return found


def _shares(whole: int, loads: tuple[Load, ...], ways: list[Ways], regional: frozenset[str], random: bool) -> Shares:
    """What a function with so many subnets puts into tables, where its connections go these ways."""
    everything: dict[tuple[str, ...], tuple[float, float]] = {}
    pools: list[tuple[Pool, str, float]] = []
    arriving: list[tuple[str, float]] = []
    environments = 1
    for load, way in zip(loads, ways, strict=True):
        if not way.open:
            continue
        environments, to = load.environments, load.destination
        total, grain = everything.get(way.open, (0.0, 0.0))
        everything[way.open] = total + load.eni, grain + load.eni_grain
        for pool, subnets in way.pools(regional).items():
            pools.append((pool, to, dealt_share(environments, load.nat, load.nat_grain, subnets, whole, random=random)))
        part = dealt_share(environments, load.arriving, load.eni_grain, len(way.open), whole, random=random)
        arriving.append((to, part / way.reuse))
    enis = [
        (open_subnets, dealt_share(environments, total, grain, 1, whole, random=random))
        for open_subnets, (total, grain) in everything.items()
    ]
    return Shares(tuple(pools), tuple(arriving), tuple(enis))


def _add(counts: dict[str, float], name: str, more: float) -> None:
    counts[name] = counts.get(name, 0.0) + more


def fillings(network: Network, peak: Peak, assumed: Assumptions, routing: Routing) -> list[Filling]:
    """What each moment of the peak puts into the tables. Addresses of NAT gateways make no difference to it."""
    return [Filling(network, moment, assumed, routing) for moment in peak.moments]
