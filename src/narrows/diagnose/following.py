"""What binds next: the tables on the way, each with the number of connections in all at which it is full.

Connections are spread over the functions and destinations in question as they were in the case, and evenly over the
subnets of a function, the addresses of a NAT gateway and the addresses of a destination. A table that carries a share
of them is full once its capacity divided by that share is reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.diagnose.causes import cause_of_full
from narrows.diagnose.model import CauseResult, NextNarrows
from narrows.evidence.destinations import is_cache
from narrows.evidence.facts import Facts
from narrows.evidence.occupancy import function_weights
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
    """Whether its capacity is known; if not, the number is the least that it can be."""


def tables(facts: Facts) -> tuple[Table, ...]:
    """Every table on the ways in question, the one that is full first in front."""
    functions, destinations = function_weights(facts), _destination_weights(facts)
    eni: dict[EniKey, float] = defaultdict(float)
    nat: dict[tuple[str, str, str | None], float] = defaultdict(float)
    target: dict[str, float] = defaultdict(float)
    network = facts.ways.network
    for way in facts.ways.ways:
        part = functions[way.function] * destinations[way.destination] * way.share
        target[way.destination] += part
        if way.eni is not None:
            eni[way.eni] += part
        if way.kind is HopKind.NAT_GATEWAY and way.resource:
            nat[way.resource, way.destination, _zone(facts, way)] += part
    known = "functions" in facts.case.topology.known
    found = [
        Table(cause_of_full(HopKind.HYPERPLANE_ENI).id, key, facts.ways.eni_capacity(key) / part, known)
        for key, part in eni.items()
        if part
    ]
    per_address = facts.assume("nat_connections_per_address") if nat else 0.0
    for (gateway, name, _), part in nat.items():
        unique = max(len(network.destinations[name].addresses), 1)
        addresses = facts.ways.addresses(gateway)
        if part:
            at = per_address * max(addresses, 1) * unique / part
            found.append(Table(cause_of_full(HopKind.NAT_GATEWAY).id, gateway, at, addresses > 0))
    for name, part in target.items():
        one = network.destinations[name]
        if part and is_cache(one.host):
            at = ELASTICACHE_CONNECTIONS.value * max(len(one.addresses), 1) / part
            found.append(Table(cause_of_full(HopKind.DESTINATION).id, name, at))
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
    return NextNarrows(first.cause, first.resource, int(first.at_connections))


def _relieved(table: Table, binding: CauseResult | None) -> bool:
    """Whether mending the narrows widens this table as well."""
    if binding is None or binding.id != table.cause:
        return False
    return not binding.resources or table.resource in binding.resources


def _destination_weights(facts: Facts) -> dict[str, float]:
    """Each destination's share of the connections: by what was established to it, evenly where that is not known."""
    names = list(dict.fromkeys(way.destination for way in facts.ways.ways))
    counted = {name: facts.symptoms.total(CallerOutcome.ESTABLISHED, destination=name) for name in names}
    total = sum(counted.values())
    if facts.symptoms.complete and total:
        return {name: number / total for name, number in counted.items()}
    return _evenly(names)


def _evenly(names: Iterable[str]) -> dict[str, float]:
    listed = list(names)
    return dict.fromkeys(listed, 1 / max(len(listed), 1))


def _zone(facts: Facts, way: Way) -> str | None:
    """The Availability Zone, where a NAT gateway has addresses of its own in each."""
    nat = facts.ways.network.nat_gateways.get(way.resource or "")
    subnet = facts.ways.network.subnets.get(way.subnet or "")
    return subnet.az if nat is not None and subnet is not None and nat.kind is NatKind.REGIONAL else None
