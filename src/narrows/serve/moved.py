"""A scenario with a state applied to it: what the page asks of the planner, and what it writes as YAML."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from narrows.demand import Connections, Curve, FunctionDemand, Hold, HoldKind
from narrows.errors import InputError, shown
from narrows.network import Function, Network, Subnet
from narrows.network_checks import most_addresses
from narrows.plan.changes.edits import with_network
from narrows.plan.changes.use_interface_endpoint import use_interface_endpoint
from narrows.prices import Prices
from narrows.scenario import Scenario
from narrows.serve.state import MOST_CONNECTIONS, FunctionState, State, UseState


def moved(served: Scenario, state: State, prices: Prices) -> Scenario:
    """The scenario that is served, with what was moved.

    Raises:
        InputError: a name is not in it, or the numbers are too much together.
    """
    scenario = _with_addresses(served, state)
    for name, change in state.functions.items():
        scenario = _with_function(scenario, name, change)
    for destination, wanted in state.endpoints.items():
        scenario = _with_endpoint(scenario, destination, wanted, prices)
    if state.functions:
        _check_product(served, scenario)
    return scenario


def _with_addresses(scenario: Scenario, state: State) -> Scenario:
    gateways = dict(scenario.network.nat_gateways)
    for name, addresses in state.nat_gateways.items():
        nat = gateways.get(name)
        if nat is None:
            raise _unknown("NAT gateway", name)
        most = most_addresses(nat.kind)
        if addresses > most:
            raise InputError(f"a {nat.kind} NAT gateway has at most {most} addresses", place=shown(name))
        gateways[name] = replace(nat, addresses=addresses)
    return with_network(scenario, nat_gateways=gateways)


def _with_function(scenario: Scenario, name: str, change: FunctionState) -> Scenario:
    network, demand = scenario.network, scenario.demand
    function = network.functions.get(name)
    asked = demand.functions.get(name)
    if function is None or asked is None:
        raise _unknown("function", name)
    if change.subnets is not None:
        network = with_subnets(network, function, change.subnets)
    if change.environments is not None:
        asked = with_environments(asked, change.environments, demand.duration)
    uses = list(asked.connections)
    for place, use in change.connections.items():
        if place >= len(uses):
            raise InputError(f"has no connections number {place}", place=shown(name))
        uses[place] = with_use(uses[place], use)
    asked = replace(asked, connections=tuple(uses))
    functions = {**demand.functions, name: asked}
    return replace(scenario, network=network, demand=replace(demand, functions=functions))


def with_environments(asked: FunctionDemand, most: int, until: float) -> FunctionDemand:
    """The demand with so many environments at its peak: the course of it, and of invocations, keeps its shape."""
    highest = asked.environments.largest(until)
    if not highest:
        return replace(asked, environments=Curve.constant(float(most)))
    rate = asked.invocations_per_second
    return replace(
        asked,
        environments=_times(asked.environments, most, highest),
        invocations_per_second=None if rate is None else _times(rate, most, highest),
    )


def _times(curve: Curve, part: float, whole: float) -> Curve:
    """Multiplied before it is divided: the peak is then what was asked for, to the last digit."""
    return Curve(tuple((at, value * part / whole) for at, value in curve.points))


def with_use(use: Connections, change: UseState) -> Connections:
    """The connections of a function to a destination, with what was moved."""
    each = use.per_environment if change.each is None else change.each
    hold = use.hold
    if change.reuse:
        hold = Hold()
    elif change.hold is not None:
        kept = hold if hold.kind is HoldKind.DURATION else Hold(HoldKind.DURATION)
        hold = replace(kept, mean=change.hold)
    elif change.reuse is False and hold.kind is HoldKind.UNTIL_RECYCLED:
        # Who does not keep a connection closes it at the end of the invocation that opened it.
        hold = Hold(HoldKind.INVOCATION)
    return replace(use, per_environment=each, hold=hold)


def with_subnets(network: Network, function: Function, count: int) -> Network:
    """The network with a function in so many subnets: fewer are its first ones, more are copies of its own in turn.

    Functions that copy the same subnet share the copy, as they share the subnet.
    """
    present = function.subnets
    if not present:
        raise InputError("is in no VPC and has no subnets", place=shown(function.name))
    if count > len(present) and function.dual_stack and not all(network.subnets[one].ipv6 for one in present):
        raise InputError("not each of its subnets has IPv6", place=shown(function.name))
    subnets = dict(network.subnets)
    chosen = list(present[:count])
    for more in range(count - len(chosen)):
        model = subnets[present[more % len(present)]]
        copy = _copy(model, more // len(present) + 2, subnets.values(), present)
        subnets[copy.name] = copy
        chosen.append(copy.name)
    moved = replace(function, subnets=tuple(chosen))
    return replace(network, subnets=subnets, functions={**network.functions, function.name: moved})


def _copy(model: Subnet, number: int, subnets: Iterable[Subnet], taken: Iterable[str]) -> Subnet:
    """The subnet's copy of that number; the one that is there, where another function has it already."""
    original = model.copy_of or model.name
    name = f"{model.name}-{number}"
    by_name = {one.name: one for one in subnets}
    while name in by_name and (by_name[name].copy_of != original or name in taken):
        name += "-2"
    fresh = replace(model, name=name, free_addresses=Subnet("", "", "").free_addresses, copy_of=original)
    return by_name.get(name, fresh)


def _with_endpoint(scenario: Scenario, destination: str, wanted: bool, prices: Prices) -> Scenario:
    network = scenario.network
    if destination not in network.destinations:
        raise _unknown("destination", destination)
    present = [one for one in network.endpoints.values() if destination in one.destinations]
    if wanted:
        return scenario if present else use_interface_endpoint(scenario, destination, prices).scenario
    endpoints = dict(network.endpoints)
    for endpoint in present:
        left = tuple(name for name in endpoint.destinations if name != destination)
        if left:
            endpoints[endpoint.name] = replace(endpoint, destinations=left)
        else:
            del endpoints[endpoint.name]
    return with_network(scenario, endpoints=endpoints)


def _check_product(served: Scenario, scenario: Scenario) -> None:
    """A scenario of the user's own may ask for more; what a page makes of it not."""
    asked = peak_connections(scenario)
    if asked > MOST_CONNECTIONS and asked > peak_connections(served):
        raise InputError(
            f"{asked:,.0f} connections at the peak are more than {MOST_CONNECTIONS:,}",
            advice="move environments or connections each back",
        )


def peak_connections(scenario: Scenario) -> float:
    """Environments times connections, of all functions: no less than are ever open."""
    demand = scenario.demand
    return math.fsum(
        asked.environments.largest(demand.duration) * sum(use.per_environment for use in asked.connections)
        for asked in demand.functions.values()
    )


def _unknown(what: str, name: str) -> InputError:
    return InputError(f"there is no {what} {shown(name)} in what is served")
