"""What of a scenario can have an effect: the assumptions that decide, and what is written and does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from narrows.assumptions import OF_CASES
from narrows.demand import Curve, HoldKind
from narrows.errors import one_line, shown
from narrows.network import Function, HopKind, NatKind
from narrows.yaml_source import YamlSource

if TYPE_CHECKING:
    from narrows.scenario.model import Scenario

_Place = tuple[str | int, ...]
_MOST_NOTES = 20
"""Notes of one scenario; of more the number is said."""


def deciding_assumptions(scenario: Scenario) -> frozenset[str]:
    """The assumptions on which the outcome of a scenario can depend, whatever their values."""
    return frozenset(_deciding(scenario))


def _deciding(scenario: Scenario) -> Iterator[str]:
    network, demand, assumed = scenario.network, scenario.demand, scenario.assumptions
    active = active_functions(scenario)
    others = {name: uses for name, uses in demand.others.items() if uses}
    if not active and not others:
        return
    yield "syn_retransmits"
    uses = [(name, use) for name in active for use in demand.functions[name].connections]
    in_vpc = any(network.functions[name].subnets for name in active)
    through_nat = bool(others) or any(
        path.hop(HopKind.NAT_GATEWAY) for name, use in uses for path in network.paths(name, use.to)
    )
    falls = any(_falls(demand.functions[name].environments, demand.duration) for name in active)
    limited = assumed.account_concurrency is not None or any(
        network.functions[name].reserved_concurrency is not None for name in active
    )
    closes = (
        bool(others)
        or any(use.hold.kind is not HoldKind.UNTIL_RECYCLED for _, use in uses)
        or falls
        or any(use.retries.most for _, use in uses)
    )
    if active:
        yield "account_concurrency"
    if in_vpc:
        yield from ("eni_scale_out_delay", "eni_half_open_hold", "resolver_packets_per_second")
        yield from ("eni_hold_after_close",) if closes else ()
    if through_nat:
        yield from ("nat_connections_per_address", "nat_half_open_hold", "nat_on_exhaustion")
        yield from ("nat_hold_after_close",) if closes else ()
        many = any(nat.addresses > 1 or nat.kind is NatKind.REGIONAL for nat in network.nat_gateways.values())
        yield from ("nat_address_selection",) if many else ()
    if falls or limited:
        yield from ("eni_idle_timeout", "environment_idle_lifetime", "recycled_environment_closes")
    called = {use.to for _, use in uses} | {use.to for asked in others.values() for use in asked}
    if any(network.destinations[name].unique > 1 for name in called):
        yield "address_choice"
    if any(len(network.functions[name].subnets) > 1 for name in active):
        yield "environment_placement"
    if any(use.bytes_per_second > 0 for _, use in uses):
        yield "month_as_mean"


def active_functions(scenario: Scenario) -> list[str]:
    """Those that have environments, and connections."""
    demand = scenario.demand
    return [
        name
        for name, asked in demand.functions.items()
        if asked.connections and asked.environments.largest(demand.duration) > 0
    ]


def _falls(curve: Curve, until: float) -> bool:
    return any(later[1] < earlier[1] for earlier, later in pairwise(curve.points) if earlier[0] < until)


def notes_on(source: YamlSource, scenario: Scenario) -> tuple[str, ...]:
    """What a scenario says that has no effect, each a line that names the file, the line and the key."""
    notes = [one_line(str(source.error(place, text))) for place, text in _without_effect(source.data, scenario)]
    if len(notes) > _MOST_NOTES:
        more = len(notes) - _MOST_NOTES
        return (*notes[:_MOST_NOTES], f"{one_line(source.file)}: and {more:,} more that have no effect")
    return tuple(notes)


def _without_effect(data: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    yield from _of_subnets(scenario)
    yield from _of_gateways(scenario)
    yield from _of_destinations(data, scenario)
    yield from _of_functions(data, scenario)
    yield from _of_assumptions(data, scenario)


def _of_subnets(scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    network = scenario.network
    used = {name for function in network.functions.values() for name in _subnets_of(function)}
    dual_stack = {name for function in network.functions.values() if function.dual_stack for name in function.subnets}
    for name, subnet in network.subnets.items():
        if name not in used:
            yield ("vpc", "subnets", name), "has no effect: no function is in it"
        elif subnet.ipv6 and name not in dual_stack:
            remark = "has no effect: no function in it is dual-stack; write dual_stack: true there"
            yield ("vpc", "subnets", name, "ipv6"), remark
    over_ipv6 = [target for target in network.destinations.values() if target.ipv6]
    for name, function in network.functions.items():
        if function.dual_stack and not any(
            network.destinations[use.to].ipv6 for use in scenario.demand.functions[name].connections
        ):
            yield ("functions", name, "dual_stack"), "has no effect: no destination that it calls has ipv6: true"
    if over_ipv6 and not any(function.dual_stack for function in network.functions.values()):
        for target in over_ipv6:
            yield ("destinations", target.name, "ipv6"), "has no effect: no function is dual-stack"


def _of_gateways(scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    network = scenario.network
    routed = {subnet.route for subnet in network.subnets.values()} | {one.route for one in network.others.values()}
    for name in network.nat_gateways:
        if name not in routed:
            yield ("vpc", "nat_gateways", name), "has no effect: no route leads to it"
    groups = {
        group
        for function in network.functions.values()
        for _, its in ((function.subnets, function.security_groups), *function.versions)
        for group in its
    }
    for name in network.security_groups:
        if name not in groups:
            yield ("vpc", "security_groups", name), "has no effect: no function has it"
    called = _called(scenario)
    for name, endpoint in network.endpoints.items():
        if not called.intersection(endpoint.destinations):
            yield ("vpc", "endpoints", name), "has no effect: nobody calls what is reached through it"
        elif endpoint.reuse > 1 and endpoint.kind is not HopKind.PROXY:
            yield ("vpc", "endpoints", name, "reuse"), "has no effect: only a proxy reuses connections"


def _of_destinations(data: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    called = _called(scenario)
    for name, target in scenario.network.destinations.items():
        if name not in called:
            yield ("destinations", name), "has no effect: nobody calls it"
        elif "when_full" in data["destinations"][name] and target.max_connections is None:
            yield ("destinations", name, "when_full"), "has no effect without max_connections"


def _of_functions(data: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    demand = scenario.demand
    for name, asked in demand.functions.items():
        place: _Place = ("functions", name)
        if not asked.connections:
            if asked.environments.largest(demand.duration) > 0:
                yield ("demand", name), f"has no effect: {shown(name)} opens no connection; write its connections"
            else:
                yield place, "has no effect: it opens no connection, and nothing is asked of it"
        elif asked.environments.largest(demand.duration) <= 0:
            yield place, "has no effect: nothing is asked of it; write demand, such as environments: 100"
        invoked = any(use.hold.kind is HoldKind.INVOCATION for use in asked.connections)
        written = (data.get("demand") or {}).get(name) or {}
        for key in ("invocation", "invocations_per_second"):
            if key in written and asked.connections and not invoked:
                yield ("demand", name, key), "has no effect: no connection of it has hold: invocation"
        for index, use in enumerate(asked.connections):
            retries = data["functions"][name]["connections"][index].get("retries")
            if isinstance(retries, dict) and retries and not use.retries.most:
                yield (*place, "connections", index, "retries"), "has no effect without most"


def _of_assumptions(data: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[_Place, str]]:
    deciding = deciding_assumptions(scenario)
    changed = scenario.assumptions.written()
    for name in data.get("assumptions") or {}:
        if name in OF_CASES:
            yield ("assumptions", name), "has no effect: only the evidence of a case is read with it"
        elif name in changed and name not in deciding:
            yield ("assumptions", name), "has no effect: nothing in this scenario depends on it"


def _called(scenario: Scenario) -> set[str]:
    demand = scenario.demand
    return {use.to for asked in demand.functions.values() for use in asked.connections} | {
        use.to for uses in demand.others.values() for use in uses
    }


def _subnets_of(function: Function) -> set[str]:
    return {*function.subnets, *(subnet for subnets, _ in function.versions for subnet in subnets)}
