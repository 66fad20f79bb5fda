"""A subject from a scenario."""

from __future__ import annotations

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
from narrows.network import Egress
from narrows.scenario import Scenario
from narrows.yaml_source import YamlSource

_WAYS = {Egress.NONE: Way.NONE, Egress.INTERNET_GATEWAY: Way.INTERNET_GATEWAY, Egress.LOCAL: Way.ELSEWHERE}


def subject_of_scenario(scenario: Scenario, source: YamlSource) -> Subject:
    """A scenario as rules look at it. It says nothing of alarms, flow logs, nor whether an endpoint is missing."""
    network = scenario.network

    def place(*path: str) -> Place:
        return Place(source.file, source.line(path))

    return Subject(
        Source.SCENARIO,
        Place(source.file),
        functions=tuple(
            FunctionSeen(
                key=function.name,
                label=function.name,
                place=place("functions", function.name),
                subnets=function.subnets,
                groups=function.security_groups,
                reserved=function.reserved_concurrency,
                dual_stack=function.dual_stack,
                pairs=function.versions,
            )
            for function in network.functions.values()
        ),
        subnets={
            subnet.name: SubnetSeen(
                key=subnet.name,
                label=subnet.name,
                place=place("vpc", "subnets", subnet.name),
                vpc="vpc",
                zone=subnet.az,
                way=Way.NAT if subnet.route in network.nat_gateways else _WAYS.get(Egress(subnet.route)),
                nat=subnet.route if subnet.route in network.nat_gateways else None,
            )
            for subnet in network.subnets.values()
        },
        nats={
            gateway.name: NatSeen(
                key=gateway.name,
                label=gateway.name,
                place=place("vpc", "nat_gateways", gateway.name),
                kind=gateway.kind,
                addresses=gateway.addresses,
                vpc="vpc",
            )
            for gateway in network.nat_gateways.values()
        },
        groups={
            group.name: GroupSeen(
                key=group.name,
                label=group.name,
                place=place("vpc", "security_groups", group.name),
                vpc="vpc",
                ingress=None,
                egress=None,
            )
            for group in network.security_groups.values()
        },
        scenario=scenario,
    )
