"""What binds next: the tables on the way, each with the number of connections in all at which it is full.

Connections are spread over the functions and destinations in question as the callers wanted them, those that failed
included, and evenly over the subnets of a function, the addresses of a NAT gateway and the addresses of a destination.
A table that carries a share of them is full once its capacity divided by that share is reached. Where the callers did
not count, that number is known only of a table that carries the same share of each function's connections to each
destination.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import isclose

from narrows.case.outcomes import NEVER_OPENED, CallerOutcome
from narrows.diagnose.causes import cause_of_full
from narrows.diagnose.model import CauseResult, NextNarrows
from narrows.evidence.destinations import is_cache
from narrows.evidence.facts import Facts
from narrows.evidence.paths import Way
from narrows.limits import ELASTICACHE_CONNECTIONS
from narrows.network import EniKey, HopKind, NatKind, Resource


@dataclass(frozen=True, slots=True)
class Table:
    """A table on the way, for all connections in question together."""

    cause: str
    """That it is full."""
    resource: Resource
    at_connections: float
    """Connections in all at which it is full."""
    known: bool = True
    """Whether its capacity and its share are known; if not, the number is the least that it can be."""


def tables(facts: Facts) -> tuple[Table, ...]:
    """Every table on the ways in question, the one that is full first in front."""
    shares = _Shares(facts)
    eni: dict[EniKey, _Parts] = defaultdict(_Parts)
    nat: dict[tuple[str, str, str | None], _Parts] = defaultdict(_Parts)
    target: dict[str, _Parts] = defaultdict(_Parts)
    network = facts.ways.network
    for way in facts.ways.ways:
        target[way.destination].add(way)
        if way.eni is not None:
            eni[way.eni].add(way)
        if way.kind is HopKind.NAT_GATEWAY and way.resource:
            nat[way.resource, way.destination, _zone(facts, way)].add(way)
    held = "functions" in facts.case.topology.known
    found = []
    for key, parts in eni.items():
        part, known = shares.of(parts)
        if part:
            at = facts.ways.eni_capacity(key) / part
            found.append(Table(cause_of_full(HopKind.HYPERPLANE_ENI).id, key, at, known and held))
    per_address = facts.assume("nat_connections_per_address") if nat else 0.0
    for (gateway, name, _), parts in nat.items():
        unique = max(len(network.destinations[name].addresses), 1)
        addresses = facts.ways.addresses(gateway)
        part, known = shares.of(parts)
        if part:
            at = per_address * max(addresses, 1) * unique / part
            found.append(Table(cause_of_full(HopKind.NAT_GATEWAY).id, gateway, at, known and addresses > 0))
    for name, parts in target.items():
        one = network.destinations[name]
        part, known = shares.of(parts)
        if part and is_cache(one.host):
            at = ELASTICACHE_CONNECTIONS.value * max(len(one.addresses), 1) / part
            found.append(Table(cause_of_full(HopKind.DESTINATION).id, name, at, known))
    return tuple(sorted(found, key=lambda one: (one.at_connections, one.cause, str(one.resource))))


def next_narrows(facts: Facts, binding: CauseResult | None) -> NextNarrows | None:
    """What is full first once the narrows is as wide as can be; None where the way is not known well enough."""
    if not facts.ways.ways or not facts.ways.complete:
        return None
    left = [one for one in tables(facts) if not _relieved(one, binding)]
    if not left:
        return None
    first = left[0]
    if not first.known:
        return None
    # Shares are fractions: a whole number must not come out as one less.
    return NextNarrows(first.cause, first.resource, int(first.at_connections + 1e-6))


def _relieved(table: Table, binding: CauseResult | None) -> bool:
    """Whether mending the narrows widens this table as well."""
    if binding is None or binding.id != table.cause:
        return False
    return not binding.resources or table.resource in binding.resources


class _Parts(defaultdict[tuple[str, str], float]):
    """Of the connections from a function to a destination, the part that a table carries."""

    def __init__(self) -> None:
        super().__init__(float)

    def add(self, way: Way) -> None:
        """Take in a way that goes through the table."""
        self[way.function, way.destination] += way.share


class _Shares:
    """How the connections in question are spread over functions and destinations, where the case tells."""

    def __init__(self, facts: Facts) -> None:
        pairs = {(way.function, way.destination) for way in facts.ways.ways}
        self._pairs = len(pairs)
        symptoms = facts.symptoms
        # Those that failed were wanted as well: they are there once the narrows is widened.
        wanted = {
            (function, to): symptoms.total(CallerOutcome.ESTABLISHED, *NEVER_OPENED, function=function, destination=to)
            for function, to in pairs
        }
        every = sum(wanted.values())
        counted = symptoms.complete and every > 0
        self._weights = {pair: number / every for pair, number in wanted.items()} if counted else None

    def of(self, parts: _Parts) -> tuple[float, bool]:
        """(The part of all connections that a table carries, at most; whether it is just that much).

        Where nobody counted what each function opened to each destination, all may be those of one pair of them.
        """
        if self._weights is None:
            most, every = max(parts.values()), len(parts) == self._pairs
            return most, every and isclose(min(parts.values()), most)
        return sum(self._weights[pair] * part for pair, part in parts.items()), True


def _zone(facts: Facts, way: Way) -> str | None:
    """The Availability Zone, where a NAT gateway has addresses of its own in each."""
    nat = facts.ways.network.nat_gateways.get(way.resource or "")
    subnet = facts.ways.network.subnets.get(way.subnet or "")
    return subnet.az if nat is not None and subnet is not None and nat.kind is NatKind.REGIONAL else None
