"""Reserved concurrency that lets functions open more connections than the tables on their way hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import FunctionSeen, Subject
from narrows.listing import others_named
from narrows.network import EniKey, HopKind, NatKind
from narrows.scenario import Scenario

_Wanted = tuple[FunctionSeen, frozenset[str], int]
"""A function, the tables that all its connections are spread over, and how many connections those may be."""


def check(subject: Subject) -> Iterator[Found]:
    """However connections are spread: all tables together hold fewer than all functions that have no other may open.

    Where nothing says how many connections an environment opens, it is one at least.
    """
    wanted: list[_Wanted] = []
    for one in subject.in_vpc:
        if one.sure and one.reserved and one.groups is not None:
            keys = {str(EniKey(subnet, tuple(sorted(set(one.groups))))) for subnet in one.subnets or ()}
            wanted.append((one, frozenset(keys), one.reserved * _each(subject.scenario, one.key)))
    most = HYPERPLANE_ENI_CONNECTIONS.value
    every = {key: most for _, keys, _ in wanted for key in keys}
    yield from _overfull(wanted, every, "{count} Hyperplane ENI{s}")
    if subject.scenario is not None:
        yield from _nat(subject, subject.scenario)


def _each(scenario: Scenario | None, function: str) -> int:
    asked = None if scenario is None else scenario.demand.functions.get(function)
    return 1 if asked is None else sum(use.per_environment for use in asked.connections)


def _nat(subject: Subject, scenario: Scenario) -> Iterator[Found]:
    """The same for NAT gateways, destination by destination."""
    network = scenario.network
    for name, destination in network.destinations.items():
        wanted: list[_Wanted] = []
        for one in subject.in_vpc:
            asked = scenario.demand.functions.get(one.key)
            each = sum(use.per_environment for use in asked.connections if use.to == name) if asked else 0
            hops = [path.hop(HopKind.NAT_GATEWAY) for path in network.paths(one.key, name)]
            if one.reserved and each and None not in hops:
                wanted.append((one, frozenset(hop.name for hop in hops if hop), one.reserved * each))
        per_address = scenario.assumptions.nat_connections_per_address
        capacity = {}
        for key in {key for _, keys, _ in wanted for key in keys}:
            gateway = network.nat_gateways[key]
            zones = {subnet.az for subnet in network.subnets.values() if subnet.route == key}
            shares = len(zones) if gateway.kind is NatKind.REGIONAL else 1
            capacity[key] = gateway.addresses * shares * per_address * destination.unique
        yield from _overfull(wanted, capacity, f"{{names}} hold{{s3}} {{capacity}} to {name}")


def _overfull(wanted: list[_Wanted], capacity: Mapping[str, int], where: str) -> Iterator[Found]:
    if not capacity or sum(count for _, _, count in wanted) <= min(capacity.values()):
        return
    by_first: dict[str, list[_Wanted]] = {}
    for one in wanted:
        by_first.setdefault(min(one[1]), []).append(one)
    for tables in dict.fromkeys(keys for _, keys, _ in wanted):
        near = (one for key in sorted(tables) for one in by_first.get(key, ()))
        bound = [(one, count) for one, keys, count in near if keys <= tables]
        total, held = sum(count for _, count in bound), sum(capacity[key] for key in tables)
        if total > held:
            who = others_named([one.label for one, _ in bound], 2, "function")
            verb = "opens" if len(bound) == 1 else "open"
            single = len(tables) == 1
            told = where.format(
                count=len(tables), s="" if single else "s", s3="s" if single else "", capacity=f"{held:,}",
                names=" and ".join(sorted(tables)),
            )  # fmt: skip
            if "hold" not in told:
                told = f"{told} hold{'s' if single else ''} {held:,}"
            yield Found(
                bound[0][0], f"with its reserved concurrency {who} {verb} up to {total:,} connections, and {told}"
            )


RULE = Rule(
    "peak-above-tables",
    Severity.WARNING,
    "Reserved concurrency times connections is more than the tables on the way hold.",
    "Lambda may run so many environments; what is above the table's limit times out, and nothing says why.",
    "Ask narrows plan for the cheapest change, or reserve less.",
    check,
)
