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
                key=one.name,
                label=one.name,
                place=place("functions", one.name),
                subnets=one.subnets,
                groups=one.security_groups,
                reserved=one.reserved_concurrency,
                dual_stack=one.dual_stack,
                pairs=one.versions,
            )
            for one in network.functions.values()
        ),
        subnets={
            one.name: SubnetSeen(
                key=one.name,
                label=one.name,
                place=place("vpc", "subnets", one.name),
                vpc="vpc",
                zone=one.az,
                way=Way.NAT if one.route in network.nat_gateways else _WAYS.get(Egress(one.route)),
                nat=one.route if one.route in network.nat_gateways else None,
            )
            for one in network.subnets.values()
        },
        nats={
            one.name: NatSeen(
                key=one.name,
                label=one.name,
                place=place("vpc", "nat_gateways", one.name),
                kind=one.kind,
                addresses=one.addresses,
                vpc="vpc",
            )
            for one in network.nat_gateways.values()
        },
        groups={
            one.name: GroupSeen(
                key=one.name,
                label=one.name,
                place=place("vpc", "security_groups", one.name),
                vpc="vpc",
                ingress=None,
                egress=None,
            )
            for one in network.security_groups.values()
        },
        scenario=scenario,
    )
