"""A division of NAT gateways with as few new subnets as it needs.

Every function behind a gateway gets as many more, so that there is something to divide: not all of them need theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from narrows.network import Network
from narrows.plan.actions import Change
from narrows.plan.changes.add_nat_gateway import ACTION as ADD_NAT_GATEWAY
from narrows.plan.changes.add_nat_gateway import add_nat_gateway
from narrows.plan.changes.add_subnets import ACTION as ADD_SUBNETS
from narrows.plan.changes.add_subnets import round_of, subnets_change
from narrows.plan.routing import count_enis
from narrows.plan.solve import Solution
from narrows.plan.tables import WIDENED, all_tables
from narrows.plan.terms import Terms
from narrows.scenario import Scenario

_MOST_TRIED = 128
"""Rounds of new subnets, and several together; of more it is not tried which could be left out."""
_TOGETHER = 5
"""Rounds of one step, of which all that can be left out at once is tried."""


def with_fewer_subnets(found: Solution, today: Network, terms: Terms) -> Solution:
    """The plan without those rounds of new subnets without which everything still fits.

    Args:
        today: the network before any change.
    """
    users = {change: _users(found.scenario.network, change) for change in found.changes if _adds_subnets(change)}
    spared: list[tuple[str, ...]] = []
    for change, functions in users.items():
        if functions[0] not in today.functions:
            return found  # a second version: its subnets are those of a split
        size = len(round_of(today, today.functions[functions[0]].subnets))
        # The last ones first: what the ENIs need by themselves comes before it.
        rounds = [change.new[at : at + size] for at in range(len(change.new) - size, -1, -size)]
        spared += _together(rounds)
    if len(spared) > _MOST_TRIED:
        return found
    network, left_out = found.scenario.network, set[str]()
    more = True
    while more:
        # What is left out moves connections to other gateways, so that another round may be needed no more.
        more = False
        for names in [names for names in spared if left_out.isdisjoint(names)]:
            fewer = _without(network, names)
            tables = all_tables(fewer, found.peak, found.scenario.assumptions, terms.routing)
            if all(table.fits(terms.headroom) for table in tables if table.kind in WIDENED) and _all_used(fewer, today):
                network, left_out, more = fewer, left_out | set(names), True
    if not left_out:
        return found
    scenario = replace(found.scenario, network=network)
    return replace(
        found,
        scenario=scenario,
        changes=_said_again(scenario, found.changes, users, left_out, today, terms),
        tables=all_tables(network, found.peak, scenario.assumptions, terms.routing),
        new_enis=count_enis(network) - count_enis(today),
    )


def _together(rounds: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """What may be left out at once: each round, and several, as those of different gateways may be needed together or
    not at all."""
    several = range(1, len(rounds) + 1) if len(rounds) <= _TOGETHER else (1,)
    for count in several:
        for chosen in combinations(rounds, count):
            yield tuple(name for one in chosen for name in one)


def _adds_subnets(change: Change) -> bool:
    return change.action is ADD_SUBNETS


def _users(network: Network, change: Change) -> tuple[str, ...]:
    return tuple(name for name, one in network.functions.items() if change.new[0] in one.subnets)


def _without(network: Network, dropped: Collection[str]) -> Network:
    functions = {
        name: one
        if set(dropped).isdisjoint(one.subnets)
        else replace(one, subnets=tuple(subnet for subnet in one.subnets if subnet not in dropped))
        for name, one in network.functions.items()
    }
    subnets = {name: one for name, one in network.subnets.items() if name not in dropped}
    return replace(network, subnets=subnets, functions=functions)


def _all_used(network: Network, today: Network) -> bool:
    """Whether each new NAT gateway has a subnet."""
    routes = {one.route for one in network.subnets.values()}
    return network.nat_gateways.keys() - today.nat_gateways.keys() <= routes


def _said_again(
    scenario: Scenario,
    changes: Collection[Change],
    users: Mapping[Change, tuple[str, ...]],
    left_out: Collection[str],
    today: Network,
    terms: Terms,
) -> tuple[Change, ...]:
    """The changes, with the subnets that are left of them."""
    network = scenario.network
    unused = [name for name in network.subnets if name not in today.subnets]
    found = []
    for change in changes:
        if _adds_subnets(change):
            # Before any of them moved to a new gateway.
            added = [
                replace(network.subnets[name], route=_old_route(network.subnets[name].route, changes))
                for name in change.new
                if name not in left_out
            ]
            if added:
                found.append(subnets_change(users[change], change.before or 0, added, terms.prices))
        elif change.action is ADD_NAT_GATEWAY:
            gateways = (change.resource, *change.new)
            parts = [
                (
                    network.nat_gateways[gateway].addresses,
                    [one.name for one in network.subnets.values() if one.route == gateway],
                )
                for gateway in gateways
            ]
            kept = {name: one for name, one in network.nat_gateways.items() if name not in change.new}
            before = replace(network, nat_gateways={**kept, change.resource: today.nat_gateways[change.resource]})
            step = add_nat_gateway(
                replace(scenario, network=before), change.resource, parts, terms.prices, unused=unused
            )
            found.append(step.change)
        else:
            found.append(change)
    return tuple(found)


def _old_route(route: str, changes: Collection[Change]) -> str:
    return next((one.resource for one in changes if one.action is ADD_NAT_GATEWAY and route in one.new), route)
