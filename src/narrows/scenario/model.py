"""Scenarios: the YAML that people write, as a network, a demand and assumptions."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.assumptions import Assumptions
from narrows.demand import Demand
from narrows.errors import did_you_mean, shown
from narrows.network import (
    Destination,
    Endpoint,
    Function,
    HopKind,
    NatGateway,
    Network,
    NetworkError,
    OtherClient,
    SecurityGroup,
    Subnet,
)
from narrows.scenario.demand import demand
from narrows.yaml_source import YamlSource, parse_yaml, read_yaml

if TYPE_CHECKING:
    from narrows.scenario import shape

_ENDPOINT_KINDS = {
    "interface": HopKind.INTERFACE_ENDPOINT,
    "gateway": HopKind.GATEWAY_ENDPOINT,
    "proxy": HopKind.PROXY,
}


@dataclass(frozen=True)
class Scenario:
    """A network, what is asked of it, and what is assumed."""

    name: str
    network: Network
    demand: Demand
    assumptions: Assumptions
    start: datetime
    """The moment that second 0 stands for, in UTC."""
    file: str | None = None
    """Where it was read from."""


def load_scenario(file: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file.

    Raises:
        InputError: one line that names the file, the line, the key and, for a misspelt key, the nearest one.
    """
    return _build(read_yaml(file), Path(file).parent)


def parse_scenario(text: str, file: str = "scenario") -> Scenario:
    """A scenario from YAML text; trace files are looked up from the current folder. Raises as ``load_scenario``."""
    return _build(parse_yaml(text, file), Path())


def _build(source: YamlSource, folder: Path) -> Scenario:
    from pydantic import ValidationError

    from narrows.scenario.errors import explain
    from narrows.scenario.shape import ScenarioPart

    try:
        part = ScenarioPart.model_validate(source.data)
    except ValidationError as error:
        raise explain(source, error) from None
    network = _network(source, part)
    assumptions = _assumptions(source, part.assumptions)
    _check_concurrency(source, network, assumptions)
    return Scenario(part.name, network, demand(source, part, folder), assumptions, part.start, source.file)


def _network(source: YamlSource, part: shape.ScenarioPart) -> Network:
    vpc = part.vpc
    network = Network(
        region=part.region,
        subnets={
            name: Subnet(name, one.az, one.route, one.free_addresses, frozenset(one.denied_ports), one.ipv6)
            for name, one in vpc.subnets.items()
        },
        nat_gateways={
            name: NatGateway(name, one.kind, one.addresses, one.az) for name, one in vpc.nat_gateways.items()
        },
        security_groups={
            name: SecurityGroup(name, None if one.egress_ports is None else frozenset(one.egress_ports))
            for name, one in vpc.security_groups.items()
        },
        endpoints={
            name: Endpoint(name, _ENDPOINT_KINDS[one.kind], tuple(one.to), tuple(one.azs), one.reuse)
            for name, one in vpc.endpoints.items()
        },
        destinations=_destinations(source, part),
        functions={
            name: Function(
                name,
                tuple(one.subnets),
                tuple(one.security_groups),
                tuple((tuple(v.subnets), tuple(v.security_groups)) for v in one.versions),
                one.reserved_concurrency,
                one.dual_stack,
                one.timeout,
            )
            for name, one in part.functions.items()
        },
        others={name: OtherClient(name, one.route, one.az, one.kind) for name, one in part.others.items()},
    )
    try:
        network.validate()
    except NetworkError as error:
        raise source.error(error.place, str(error), error.advice) from None
    return network


def _check_concurrency(source: YamlSource, network: Network, assumptions: Assumptions) -> None:
    """Lambda reserves no more concurrency than the account has."""
    allowed, reserved = assumptions.account_concurrency, 0
    for name, function in network.functions.items():
        reserved += function.reserved_concurrency or 0
        if allowed is not None and reserved > allowed:
            place = ("functions", name, "reserved_concurrency")
            problem = f"the functions reserve {reserved:,} and account_concurrency is {allowed:,}"
            raise source.error(place, problem, "reserve less, or raise the assumption")


def _destinations(source: YamlSource, part: shape.ScenarioPart) -> dict[str, Destination]:
    written = {name: _addresses(one.addresses) for name, one in part.destinations.items()}
    taken = {address for addresses in written.values() for address in addresses}
    free = (address for address in _example_addresses() if address not in taken)
    for name, one in part.destinations.items():
        if isinstance(one.addresses, int):
            written[name] = tuple(islice(free, one.addresses))
            if len(written[name]) < one.addresses:
                raise source.error(("destinations", name, "addresses"), "all destinations have too many addresses")
    return {
        name: Destination(
            name,
            one.port,
            written[name],
            one.protocol,
            one.host or f"{name}.example.com",
            one.max_connections,
            one.when_full,
            one.accepts_per_second,
            one.answers,
            one.round_trip,
            one.local,
            one.ipv6,
        )
        for name, one in part.destinations.items()
    }


def _addresses(written: int | list[str]) -> tuple[str, ...]:
    return () if isinstance(written, int) else tuple(written)


def _example_addresses() -> Iterator[str]:
    """Addresses that belong to nobody: TEST-NET-3 from .10 on, then the benchmarking range (RFC 5737, RFC 2544)."""
    for network, first in (("203.0.113.0/24", 10), ("198.18.0.0/15", 1)):
        block = ipaddress.ip_network(network)
        for offset in range(first, block.num_addresses - 1):
            yield str(block[offset])


def with_example_addresses(network: Network) -> Network:
    """A network read from a case as it can be played: with addresses that belong to nobody, as many as are proved, for
    destinations whose own are not known."""
    taken = {address for one in network.destinations.values() for address in one.addresses}
    free = (address for address in _example_addresses() if address not in taken)
    destinations = {
        name: one if one.addresses else replace(one, addresses=tuple(islice(free, one.unique)))
        for name, one in network.destinations.items()
    }
    return replace(network, destinations=destinations)


def _assumptions(source: YamlSource, written: Mapping[str, Any]) -> Assumptions:
    for name, value in written.items():
        place = ("assumptions", name)
        try:
            Assumptions.parse(name, value)
        except KeyError:
            advice = did_you_mean(name, Assumptions.names())
            raise source.error(place, f"unknown assumption {shown(name)}", advice) from None
        except ValueError as error:
            raise source.error(place, str(error)) from None
    return Assumptions.from_mapping(written)
