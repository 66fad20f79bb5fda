"""Reserved concurrency that lets functions open more connections than the tables on their way hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import FunctionSeen, Subject
from narrows.listing import counted, others_named
from narrows.network import EniKey, HopKind, NatKind
from narrows.scenario import Scenario

_Wanted = tuple[FunctionSeen, frozenset[str], int]
"""A function, the tables that all its connections are spread over, and how many connections those may be."""


def check(subject: Subject) -> Iterator[Found]:
    """However connections are spread: all tables together hold fewer than all functions that have no other may open.

    Where nothing says how many connections an environment opens, it is one at least.
    """
    wanted: list[_Wanted] = []
    for function in subject.in_vpc:
        if function.sure and function.reserved and function.groups is not None:
            groups = tuple(sorted(set(function.groups)))
            enis = frozenset(str(EniKey(subnet, groups)) for subnet in function.subnets or ())
            wanted.append((function, enis, function.reserved * _each(subject.scenario, function.key)))
    limit = HYPERPLANE_ENI_CONNECTIONS.value
    yield from _overfull(wanted, {eni: limit for _, enis, _ in wanted for eni in enis}, _of_enis)
    if subject.scenario is not None:
        yield from _nat(subject, subject.scenario)


def _each(scenario: Scenario | None, function: str) -> int:
    """Connections that each environment of a function opens, to all destinations."""
    demand = None if scenario is None else scenario.demand.functions.get(function)
    return 1 if demand is None else sum(use.per_environment for use in demand.connections)


def _nat(subject: Subject, scenario: Scenario) -> Iterator[Found]:
    """The same for NAT gateways, destination by destination."""
    network = scenario.network
    for name, destination in network.destinations.items():
        wanted: list[_Wanted] = []
        for function in subject.in_vpc:
            demand = scenario.demand.functions.get(function.key)
            each = sum(use.per_environment for use in demand.connections if use.to == name) if demand else 0
            hops = [path.hop(HopKind.NAT_GATEWAY) for path in network.paths(function.key, name)]
            if function.reserved and each and None not in hops:
                wanted.append((function, frozenset(hop.name for hop in hops if hop), function.reserved * each))
        per_address = scenario.assumptions.nat_connections_per_address
        capacity = {}
        for key in {key for _, gateways, _ in wanted for key in gateways}:
            gateway = network.nat_gateways[key]
            zones = {subnet.az for subnet in network.subnets.values() if subnet.route == key}
            shares = len(zones) if gateway.kind is NatKind.REGIONAL else 1
            capacity[key] = gateway.addresses * shares * per_address * destination.unique
        yield from _overfull(wanted, capacity, partial(_of_gateways, name))


def _of_enis(enis: frozenset[str], held: int) -> str:
    return f"{counted(len(enis), 'Hyperplane ENI')} {_hold(enis)} {held:,}"


def _of_gateways(destination: str, gateways: frozenset[str], held: int) -> str:
    return f"{' and '.join(sorted(gateways))} {_hold(gateways)} {held:,} to {destination}"


def _hold(tables: frozenset[str]) -> str:
    return "holds" if len(tables) == 1 else "hold"


def _overfull(
    wanted: list[_Wanted], capacity: Mapping[str, int], what_they_hold: Callable[[frozenset[str], int], str]
) -> Iterator[Found]:
    """The sets of tables that hold less than what the functions bound to them may open."""
    if not capacity or sum(count for _, _, count in wanted) <= min(capacity.values()):
        return
    by_first: dict[str, list[_Wanted]] = {}
    for want in wanted:
        by_first.setdefault(min(want[1]), []).append(want)
    for tables in dict.fromkeys(keys for _, keys, _ in wanted):
        near = (want for key in sorted(tables) for want in by_first.get(key, ()))
        bound = [(function, count) for function, keys, count in near if keys <= tables]
        total, held = sum(count for _, count in bound), sum(capacity[key] for key in tables)
        if total > held:
            who = others_named([function.label for function, _ in bound], 2, "function")
            whose, verb = ("its", "opens") if len(bound) == 1 else ("their", "open")
            what = f"with {whose} reserved concurrency {who} {verb} up to {total:,} connections"
            yield Found(bound[0][0], f"{what}, and {what_they_hold(tables, held)}")


RULE = Rule(
    "peak-above-tables",
    Severity.WARNING,
    "Reserved concurrency times connections is more than the tables on the way hold.",
    "Lambda may run so many environments; what is above the table's limit times out, and nothing says why.",
    "Ask narrows plan for the cheapest change, or reserve less.",
    check,
)
