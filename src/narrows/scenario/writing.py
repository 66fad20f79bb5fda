"""A scenario as YAML that loads again: how a widened network leaves narrows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any, BinaryIO

from narrows.bounds import YAML_BYTES
from narrows.demand import Connections, Curve, Distribution, Hold, HoldKind, OtherConnections, Retries
from narrows.errors import InputError
from narrows.network import Egress, Function, HopKind, NatKind, Network, WhenFull
from narrows.scenario.model import Scenario
from narrows.target_file import new_file

_HEAD = "# Written by narrows plan; change it, and it is yours: narrows then writes nothing over it (sha256 {})\n"

_ENDPOINT_KINDS = {
    HopKind.INTERFACE_ENDPOINT: "interface",
    HopKind.GATEWAY_ENDPOINT: "gateway",
    HopKind.PROXY: "proxy",
}


def scenario_yaml(scenario: Scenario) -> str:
    """The scenario as YAML. ``parse_scenario`` makes the same scenario of it.

    Raises:
        InputError: it comes from a case that does not say where a subnet leads, or what a NAT gateway has.
    """
    import yaml

    text: str = yaml.safe_dump(scenario_data(scenario), sort_keys=False, allow_unicode=True, width=120)
    return text


@contextmanager
def new_scenario_file(file: str | os.PathLike[str]) -> Iterator[Callable[[Scenario], None]]:
    """Take a file for a scenario before the plan that makes it; what this gives is called with the scenario.

    It takes its place at the end of the block, all of it or nothing. Only a scenario that was written so, and that
    nobody changed since, is replaced.

    Raises:
        InputError: it cannot be written.
    """
    with new_file(file, _is_ours) as stream:

        def write(scenario: Scenario) -> None:
            text = scenario_yaml(in_question(scenario)).encode()
            stream.write(_head(text) + text)

        yield write


def write_scenario(scenario: Scenario, file: str | os.PathLike[str]) -> None:
    """Write the scenario to a file; see ``new_scenario_file``."""
    with new_scenario_file(file) as write:
        write(scenario)


def _head(text: bytes) -> bytes:
    return _HEAD.format(sha256(text).hexdigest()[:16]).encode()


def _is_ours(stream: BinaryIO) -> bool:
    head = stream.readline(200)
    if not head.startswith(_HEAD[: _HEAD.index("{")].encode()):
        return False
    text = stream.read(YAML_BYTES + 1)
    return len(text) <= YAML_BYTES and head == _head(text)


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """The scenario as the mapping that its YAML holds; what has its default value is left out."""
    _check_known(scenario.network)
    network, demand = scenario.network, scenario.demand
    data: dict[str, Any] = {
        "name": scenario.name,
        "region": network.region,
        "start": scenario.start.isoformat(),
        "vpc": _vpc(network),
        "destinations": _destinations(network),
        "functions": {name: _function(scenario, name) for name in network.functions},
    }
    if network.others:
        data["others"] = {name: _other(scenario, name) for name in network.others}
    asked = {
        name: _without(
            {
                "environments": _curve(one.environments),
                "invocations_per_second": None
                if one.invocations_per_second is None
                else _curve(one.invocations_per_second),
                "invocation": None if one.invocation_duration == 1.0 else {"duration": one.invocation_duration},
            }
        )
        for name, one in demand.functions.items()
    }
    data |= {"demand": asked, "duration": demand.duration, "seed": demand.seed}
    assumptions = scenario.assumptions.written()
    if assumptions:
        data["assumptions"] = assumptions
    return data


def in_question(scenario: Scenario) -> Scenario:
    """Without functions that ask for nothing and of whose subnets something is not known, as ``aws lambda
    list-functions`` lists them for a whole account, and without such subnets that no other function is in."""
    network, asked = scenario.network, scenario.demand.functions
    functions = {
        name: one
        for name, one in network.functions.items()
        if name in asked or all(_leads_somewhere(network, subnet) for subnet in _subnets_of(one))
    }
    used = {subnet for one in functions.values() for subnet in _subnets_of(one)}
    subnets = {name: one for name, one in network.subnets.items() if name in used or _leads_somewhere(network, name)}
    return replace(scenario, network=replace(network, functions=functions, subnets=subnets))


def _subnets_of(function: Function) -> set[str]:
    return {*function.subnets, *(subnet for subnets, _ in function.versions for subnet in subnets)}


def _leads_somewhere(network: Network, subnet: str) -> bool:
    """Whether something describes a subnet, and says where it leads."""
    one = network.subnets.get(subnet)
    if one is None or one.route == Egress.UNKNOWN:
        return False
    return one.route in network.nat_gateways or one.route in set(Egress)


def _check_known(network: Network) -> None:
    for name, function in network.functions.items():
        for subnet in function.subnets:
            if subnet not in network.subnets:
                raise InputError(f"cannot be written: nothing describes {subnet}, a subnet of {name}", place="scenario")
    for subnet in network.subnets:
        if not _leads_somewhere(network, subnet):
            raise InputError(f"cannot be written: nothing says where {subnet} leads", place="scenario")
    for name, nat in network.nat_gateways.items():
        if nat.addresses < 1:
            raise InputError(f"cannot be written: nothing says how many addresses {name} has", place="scenario")


def _vpc(network: Network) -> dict[str, Any]:
    vpc: dict[str, Any] = {
        "subnets": {
            name: _without(
                {
                    "az": one.az,
                    "route": str(one.route),
                    "free_addresses": one.free_addresses,
                    "denied_ports": sorted(one.denied_ports),
                    "ipv6": one.ipv6,
                }
            )
            for name, one in network.subnets.items()
        },
        "nat_gateways": {
            name: _without(
                {
                    "addresses": one.addresses,
                    "kind": None if one.kind is NatKind.ZONAL else one.kind.value,
                    "az": one.az,
                }
            )
            for name, one in network.nat_gateways.items()
        },
    }
    if network.security_groups:
        vpc["security_groups"] = {
            name: {} if one.egress_ports is None else {"egress_ports": sorted(one.egress_ports)}
            for name, one in network.security_groups.items()
        }
    if network.endpoints:
        vpc["endpoints"] = {
            name: _without(
                {
                    "kind": _ENDPOINT_KINDS[one.kind],
                    "to": list(one.destinations),
                    "azs": list(one.azs),
                    "reuse": None if one.reuse == 1 else one.reuse,
                }
            )
            for name, one in network.endpoints.items()
        }
    return vpc


def _destinations(network: Network) -> dict[str, Any]:
    return {
        name: _without(
            {
                "port": one.port,
                # A count, where a case does not say which: they are nobody's to print.
                "addresses": list(one.addresses) or one.unique,
                "protocol": None if one.protocol == "tcp" else one.protocol,
                "host": one.host,
                "max_connections": one.max_connections,
                "when_full": None if one.when_full is WhenFull.REFUSE else one.when_full.value,
                "accepts_per_second": one.accepts_per_second,
                "answers": None if one.answers == "yes" else one.answers,
                "round_trip": one.round_trip,
                "local": one.local,
                "ipv6": one.ipv6,
            }
        )
        for name, one in network.destinations.items()
    }


def _function(scenario: Scenario, name: str) -> dict[str, Any]:
    one = scenario.network.functions[name]
    asked = scenario.demand.functions.get(name)
    return _without(
        {
            "subnets": list(one.subnets),
            "security_groups": list(one.security_groups),
            "versions": [
                {"subnets": list(subnets), "security_groups": list(groups)} for subnets, groups in one.versions
            ],
            "connections": [] if asked is None else [_connections(use) for use in asked.connections],
            "reserved_concurrency": one.reserved_concurrency,
            "dual_stack": one.dual_stack,
            "timeout": one.timeout,
        }
    )


def _connections(use: Connections) -> dict[str, Any]:
    retries = use.retries
    return _without(
        {
            "to": use.to,
            "per_environment": use.per_environment,
            "hold": _hold(use.hold),
            "connect_timeout": use.connect_timeout,
            "retries": {"most": retries.most, "backoff": retries.backoff, "jitter": retries.jitter.value}
            if retries != Retries()
            else None,
            "bytes_per_second": use.bytes_per_second or None,
        }
    )


def _other(scenario: Scenario, name: str) -> dict[str, Any]:
    one = scenario.network.others[name]
    return _without(
        {
            "route": one.route,
            "az": one.az,
            "kind": one.kind,
            "connections": [_other_connections(use) for use in scenario.demand.others.get(name, ())],
        }
    )


def _other_connections(use: OtherConnections) -> dict[str, Any]:
    return _without(
        {
            "to": use.to,
            "count": None if use.count is None else _curve(use.count),
            "per_second": None if use.per_second is None else _curve(use.per_second),
            "hold": _hold(use.hold),
            "connect_timeout": use.connect_timeout,
            "bytes_per_second": use.bytes_per_second or None,
        }
    )


def _hold(hold: Hold) -> Any:
    if hold.kind is not HoldKind.DURATION:
        return hold.kind.value
    if hold.distribution is Distribution.CONSTANT:
        return hold.mean
    return {"mean": hold.mean, "distribution": hold.distribution.value, "sigma": hold.sigma}


def _curve(curve: Curve) -> Any:
    if len(curve.points) == 1:
        return curve.points[0][1]
    return {"points": [[at, value] for at, value in curve.points]}


def _without(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping without what is not there: None, False and empty lists."""
    return {key: value for key, value in mapping.items() if value is not None and value is not False and value != []}
