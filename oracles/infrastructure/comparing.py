"""Whether an imported network is the one that was written, and answers out of which no network can leak."""

from __future__ import annotations

from dataclasses import replace

from narrows.network import Egress, Endpoint, Function, HopKind, NatGateway, Network, SecurityGroup, Subnet
from narrows.scenario import Scenario


def alike(network: Network) -> Network:
    """Without what means the same either way: a security group that lets out everything, and how it was read."""
    groups = {name: one for name, one in network.security_groups.items() if one.egress_ports is not None}
    return replace(network, security_groups=groups, reachability=None)


def answers(scenario: Scenario) -> Scenario:
    """What people would have filled in, in a network of which nothing is right but the names."""
    network = scenario.network
    some = next(iter(network.subnets))

    def function(one: Function) -> Function:
        return replace(
            one, subnets=(some,), security_groups=("wrong",), reserved_concurrency=7, timeout=1.0, dual_stack=False
        )

    return replace(
        scenario,
        network=replace(
            network,
            subnets={name: Subnet(name, "us-east-1f", Egress.NONE, 3) for name in network.subnets},
            nat_gateways={name: NatGateway(name, addresses=1, az="us-east-1f") for name in network.nat_gateways},
            security_groups={"wrong": SecurityGroup("wrong", frozenset({1}))},
            endpoints={name: _wrong(one) for name, one in network.endpoints.items()},
            functions={name: function(one) for name, one in network.functions.items()},
        ),
    )


def _wrong(one: Endpoint) -> Endpoint:
    """Of another kind and elsewhere; what goes through it nobody but people knows. A proxy is theirs alone."""
    other = {
        HopKind.GATEWAY_ENDPOINT: HopKind.INTERFACE_ENDPOINT,
        HopKind.INTERFACE_ENDPOINT: HopKind.GATEWAY_ENDPOINT,
    }
    return replace(one, kind=other[one.kind], azs=("us-east-1f",)) if one.kind in other else one
