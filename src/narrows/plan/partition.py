"""How to divide the subnets behind a NAT gateway among several, for the least money.

Subnets of the same functions are alike, and only their number matters. A balanced division comes first; then, where it
matters, all divisions are tried, one number of gateways after the other, as long as one could still be cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from narrows.plan.peak import Moment, Peak
from narrows.plan.routing import Routing, pool_of
from narrows.plan.spread import UniqueDestinations, dealt_share
from narrows.scenario import Scenario

MOST_GATEWAYS = 5
"""That one is divided into."""
_MOST_DIVISIONS = 3_000
"""That are tried; beyond this many, the best found so far is the answer, and is not called exact."""

Counts = tuple[int, ...]
"""How many subnets of each kind."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Addresses and subnets of each gateway; the first is the one that is there."""

    parts: tuple[tuple[int, tuple[str, ...]], ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class _Share:
    """One function's connections to one destination through the gateway, at one moment."""

    destination: str
    environments: int
    entries: float
    grain: float
    subnets: int
    """All of the function's, whichever way they lead."""
    kinds: tuple[int, ...]
    """Kinds of subnets that lead through the gateway."""


class Shares:
    """What would go through part of the subnets behind a gateway."""

    def __init__(
        self, scenario: Scenario, peak: Peak, gateway: str, routing: Routing, unused: Collection[str] = ()
    ) -> None:
        network = scenario.network
        self.random = scenario.assumptions.environment_placement == "random"
        self.unique = UniqueDestinations(network, scenario.assumptions)
        self._others = [self._foreign(scenario, moment, gateway) for moment in peak.moments]
        through = routing.through(network, peak).get(gateway, {})
        users: dict[str, set[tuple[str, str]]] = {}
        for use, subnets in through.items():
            for subnet in subnets:
                users.setdefault(subnet, set()).add(use)
        kinds: dict[tuple[frozenset[tuple[str, str]], bool], list[str]] = {}
        for subnet in sorted(users):
            kinds.setdefault((frozenset(users[subnet]), subnet in unused), []).append(subnet)
        self.subnets = list(kinds.values())
        """The subnets of each kind: those of the same functions, as far as they all carry something today or not."""
        self.carrying = tuple(not new for _, new in kinds)
        """Whether the subnets of each kind carry something today, so that connections drop when they move."""
        kinds_of: dict[tuple[str, str], list[int]] = {}
        for number, (uses, _) in enumerate(kinds):
            for use in uses:
                kinds_of.setdefault(use, []).append(number)
        self._shares = [
            [
                _Share(
                    load.destination,
                    load.environments,
                    load.nat,
                    load.nat_grain,
                    len(network.functions[load.client].subnets),
                    tuple(kinds_of[load.client, load.destination]),
                )
                for load in moment.functions
                if (load.client, load.destination) in kinds_of
            ]
            for moment in peak.moments
        ]

    @staticmethod
    def _foreign(scenario: Scenario, moment: Moment, gateway: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for load in moment.others:
            other = scenario.network.others[load.client]
            if pool_of(scenario.network, other.route, other.az)[0] == gateway:
                found[load.destination] = found.get(load.destination, 0.0) + load.nat
        return found

    def entries(self, counts: Counts, *, with_others: bool) -> dict[str, float]:
        """Entries for each unique destination, through so many subnets of each kind."""
        found: dict[str, float] = {}
        for shares, others in zip(self._shares, self._others, strict=True):
            connections = dict(others) if with_others else {}
            for share in shares:
                taken = 0
                for kind in share.kinds:
                    taken += counts[kind]
                if taken:
                    entries = dealt_share(
                        share.environments, share.entries, share.grain, taken, share.subnets, random=self.random
                    )
                    connections[share.destination] = connections.get(share.destination, 0.0) + entries
            for one, count in self.unique.fullest(connections).items():
                found[one.label] = max(found.get(one.label, 0.0), count)
        return found


def divide(
    shares: Shares,
    need: Callable[[Mapping[str, float], int], int | None],
    present: int,
    gateway_cents: int,
    address_cents: int,
    *,
    least: int = 0,
    thorough: bool = True,
) -> Partition | None:
    """The cheapest division of the subnets among two or more gateways; None where none holds.

    Args:
        need: addresses that a gateway needs for these entries, and at least so many; None where no number suffices.
        present: addresses of the gateway that is there.
        gateway_cents, address_cents: a month, for each further one.
        least: addresses that all the gateways need together, at the least.
        thorough: try all divisions; without it, one balanced division for each number of gateways.
    """
    return _Division(shares, need, present, gateway_cents, address_cents, least).run(thorough)


class _Division:
    def __init__(
        self,
        shares: Shares,
        need: Callable[[Mapping[str, float], int], int | None],
        present: int,
        gateway_cents: int,
        address_cents: int,
        least: int,
    ) -> None:
        self.shares, self.need, self.present, self.least = shares, need, present, least
        self.gateway_cents, self.address_cents = gateway_cents, address_cents
        self.totals = tuple(len(kind) for kind in shares.subnets)
        self.needs: dict[tuple[Counts, bool], int | None] = {}
        self.tried = 0
        self.best: tuple[int, bool, int, list[tuple[int, Counts]]] | None = None
        """Cents a month, whether connections drop, addresses of the widest gateway, and the parts."""

    def run(self, thorough: bool) -> Partition | None:
        most = min(MOST_GATEWAYS, sum(self.totals))
        for gateways in range(2, most + 1):
            if self._could_be_cheaper(gateways):
                self._balance(gateways)
        for gateways in range(2, most + 1) if thorough else ():
            if self._could_be_cheaper(gateways):
                self._try(self.totals, gateways, [])
        if self.best is None:
            return None
        left = [list(kind) for kind in self.shares.subnets]
        parts = []
        for addresses, counts in self.best[3]:
            parts.append((addresses, tuple(name for kind, n in zip(left, counts, strict=True) for name in kind[:n])))
            left = [kind[n:] for kind, n in zip(left, counts, strict=True)]
        return Partition(tuple(parts), thorough and self.tried <= _MOST_DIVISIONS)

    def _could_be_cheaper(self, gateways: int, decided: int = 0, left: int | None = None) -> bool:
        """Whether so many gateways could be better than the best, where some have ``decided`` addresses already."""
        if self.best is None:
            return True
        at_least = self.present + gateways - 1 if left is None else decided + left
        addresses = max(self.least, at_least) - self.present
        cents = (gateways - 1) * self.gateway_cents + addresses * self.address_cents
        return cents < self.best[0] or (cents == self.best[0] and self.best[1])

    def _addresses(self, counts: Counts, first: bool) -> int | None:
        key = counts, first
        if key not in self.needs:
            entries = self.shares.entries(counts, with_others=first)
            self.needs[key] = self.need(entries, self.present if first else 1)
        return self.needs[key]

    def _balance(self, gateways: int) -> None:
        """One subnet after the other to the gateway that is then the least full."""
        nothing = (0,) * len(self.totals)
        parts = [list(nothing) for _ in range(gateways)]
        filled = [self.shares.entries(nothing, with_others=number == 0) for number in range(gateways)]
        for kind, count in enumerate(self.totals):
            alone = self.shares.entries(tuple(int(one == kind) for one in range(len(parts[0]))), with_others=False)
            for _ in range(count):
                fullest = [
                    max((entries.get(label, 0.0) + more for label, more in alone.items()), default=0.0)
                    for entries in filled
                ]
                chosen = fullest.index(min(fullest))
                parts[chosen][kind] += 1
                for label, more in alone.items():
                    filled[chosen][label] = filled[chosen].get(label, 0.0) + more
        found = []
        for number, part in enumerate(parts):
            addresses = self._addresses(tuple(part), number == 0) if any(part) else None
            if addresses is None:
                return
            found.append((addresses, tuple(part)))
        self._keep(found)

    def _try(self, left: Counts, gateways: int, parts: list[tuple[int, Counts]]) -> None:
        self.tried += 1
        if self.tried > _MOST_DIVISIONS:
            return
        if gateways == 1:
            addresses = self._addresses(left, not parts) if any(left) else None
            if addresses is not None:
                self._keep([*parts, (addresses, left)])
            return
        for counts in self._below(left, parts):
            if self.tried > _MOST_DIVISIONS:
                return
            addresses = self._addresses(counts, not parts)
            decided = sum(one for one, _ in parts) + (addresses or 0)
            if addresses is not None and self._could_be_cheaper(len(parts) + gateways, decided, gateways - 1):
                rest = tuple(have - taken for have, taken in zip(left, counts, strict=True))
                self._try(rest, gateways - 1, [*parts, (addresses, counts)])

    @staticmethod
    def _below(left: Counts, parts: list[tuple[int, Counts]]) -> Iterator[Counts]:
        """What the next gateway could take: something, not all; new gateways in falling order, since they are alike."""
        for counts in product(*(range(most, -1, -1) for most in left)):
            if any(counts) and counts != left and (len(parts) < 2 or counts <= parts[-1][1]):
                yield counts

    def _keep(self, parts: list[tuple[int, Counts]]) -> None:
        addresses = sum(one for one, _ in parts)
        cents = (len(parts) - 1) * self.gateway_cents + (addresses - self.present) * self.address_cents
        widest = max(one for one, _ in parts)
        moved = [counts for _, counts in parts[1:]]
        drops = any(carrying and any(one[kind] for one in moved) for kind, carrying in enumerate(self.shares.carrying))
        if self.best is None or (cents, drops, widest) < self.best[:3]:
            self.best = cents, drops, widest, parts
