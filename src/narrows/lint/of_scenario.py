"""A subject from a scenario."""

from __future__ import annotations

from collections.abc import Callable

from narrows.declared.model import Place
from narrows.lint.subject import (
    FunctionSeen,
    GroupSeen,
    NatSeen,
    Source,
    Subject,
    SubnetSeen,
    Way,
)
from narrows.network import Egress, Function, NatGateway, Network, SecurityGroup, Subnet
from narrows.scenario import Scenario
from narrows.yaml_source import YamlSource

_VPC = "vpc"
"""The key of the VPC: a scenario has one, without a name."""
_PlaceOf = Callable[..., Place]
"""Where something stands in the scenario's file, by its path."""
_WAYS = {Egress.NONE: Way.NONE, Egress.INTERNET_GATEWAY: Way.INTERNET_GATEWAY, Egress.LOCAL: Way.ELSEWHERE}


def subject_of_scenario(scenario: Scenario, source: YamlSource) -> Subject:
    """A scenario as rules look at it. It says nothing of alarms, flow logs, nor whether an endpoint is missing."""
    network = scenario.network

    def place(*path: str) -> Place:
        return Place(source.file, source.line(path))

    return Subject(
        Source.SCENARIO,
        Place(source.file),
        functions=tuple(_function(function, place) for function in network.functions.values()),
        subnets={subnet.name: _subnet(subnet, network, place) for subnet in network.subnets.values()},
        nats={gateway.name: _gateway(gateway, place) for gateway in network.nat_gateways.values()},
        groups={group.name: _group(group, place) for group in network.security_groups.values()},
        scenario=scenario,
    )


def _function(function: Function, place: _PlaceOf) -> FunctionSeen:
    return FunctionSeen(
        key=function.name,
        label=function.name,
        place=place("functions", function.name),
        subnets=function.subnets,
        groups=function.security_groups,
        reserved=function.reserved_concurrency,
        dual_stack=function.dual_stack,
        pairs=function.versions,
    )


def _subnet(subnet: Subnet, network: Network, place: _PlaceOf) -> SubnetSeen:
    behind_gateway = subnet.route in network.nat_gateways
    return SubnetSeen(
        key=subnet.name,
        label=subnet.name,
        place=place("vpc", "subnets", subnet.name),
        vpc=_VPC,
        zone=subnet.az,
        way=Way.NAT if behind_gateway else _WAYS.get(Egress(subnet.route)),
        nat=subnet.route if behind_gateway else None,
    )


def _gateway(gateway: NatGateway, place: _PlaceOf) -> NatSeen:
    return NatSeen(
        key=gateway.name,
        label=gateway.name,
        place=place("vpc", "nat_gateways", gateway.name),
        kind=gateway.kind,
        addresses=gateway.addresses,
        vpc=_VPC,
    )


def _group(group: SecurityGroup, place: _PlaceOf) -> GroupSeen:
    return GroupSeen(
        key=group.name,
        label=group.name,
        place=place("vpc", "security_groups", group.name),
        vpc=_VPC,
        ingress=None,
        egress=None,
    )
