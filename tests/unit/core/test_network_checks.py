"""What a network that people write must hold to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.network import (
    Egress,
    Endpoint,
    Function,
    HopKind,
    NatGateway,
    NatKind,
    Network,
    NetworkError,
    OtherClient,
    Subnet,
)
from narrows.network_checks import check
from tests.unit.core.networks import CACHE, A, B, network

APP = Function("app", ("a",), ("sg",))
BAD: list[tuple[Network, str, tuple[str | int, ...]]] = [
    (network(subnets=(replace(A, route="nta"), B)), "no NAT gateway 'nta'", ("vpc", "subnets", "a", "route")),
    (network(subnets=(replace(A, route="unknown"), B)), "no NAT gateway 'unknown'", ("vpc", "subnets", "a", "route")),
    (network(Function("app", ("c",), ("sg",))), "no subnet 'c'", ("functions", "app", "subnets", 0)),
    (network(Function("app", ("a", "a"), ("sg",))), "named twice", ("functions", "app", "subnets")),
    (network(Function("app", ("a",), ())), "at least one security group", ("functions", "app", "security_groups")),
    (network(Function("app", ("a",), tuple("abcdef"))), "6 security groups", ("functions", "app", "security_groups")),
    (
        network(replace(APP, versions=((("a",), ("sg",)), (("z",), ("sg",))))),
        "no subnet 'z'",
        ("functions", "app", "versions", 1, "subnets", 0),
    ),
    (
        network(replace(APP, dual_stack=True)),
        "needs IPv6 in each of its subnets, and 'a' has none",
        ("functions", "app", "dual_stack"),
    ),
    (
        network(
            Function("app", tuple(f"s{i}" for i in range(17)), ("sg",)),
            subnets=tuple(Subnet(f"s{i}", "us-east-1a", "nat") for i in range(17)),
        ),
        "17 subnets where AWS allows 16",
        ("functions", "app", "subnets"),
    ),
    *(
        (
            network(nats=(NatGateway("nat", kind, count),)),
            f"has 1 to {most} addresses, not {count}",
            ("vpc", "nat_gateways", "nat", "addresses"),
        )
        for kind, most in ((NatKind.ZONAL, 8), (NatKind.REGIONAL, 32), (NatKind.PRIVATE, 32))
        for count in (0, most + 1)
    ),
    (
        network(nats=(NatGateway("nat"), NatGateway("local"))),
        "'local' as a route means something else",
        ("vpc", "nat_gateways", "local"),
    ),
    (
        network(endpoints=(Endpoint("ep", HopKind.PROXY, ("cache", "cahce")),)),
        "no destination 'cahce'",
        ("vpc", "endpoints", "ep", "to", 1),
    ),
    (network(others=(OtherClient("fleet", "natt"),)), "no NAT gateway 'natt'", ("others", "fleet", "route")),
    (network(others=(OtherClient("app", "nat"),)), "'app' is a function, too", ("others", "app")),
    (
        network(nats=(NatGateway("nat", NatKind.REGIONAL),), others=(OtherClient("fleet", "nat"),)),
        "in each Availability Zone",
        ("others", "fleet", "route"),
    ),
    (network(region="eu-west-1"), "is not an Availability Zone of eu-west-1", ("vpc", "subnets", "a", "az")),
    (
        network(endpoints=(Endpoint("ep", HopKind.PROXY, ("cache",), ("eu-west-1a",)),)),
        "'eu-west-1a' is not an Availability Zone",
        ("vpc", "endpoints", "ep", "azs"),
    ),
    (
        network(destinations=(CACHE, replace(CACHE, name="orders", addresses=("203.0.113.9", "203.0.113.10")))),
        "same unique destination as one of 'cache'",
        ("destinations", "orders", "addresses", 1),
    ),
    (
        network(
            Function("app", ("a",), ("b/sg",)),
            Function("job", ("a/b",), ("sg",)),
            subnets=(A, replace(A, name="a/b")),
        ),
        "would both be called 'a/b/sg'",
        ("functions", "job"),
    ),
]


@pytest.mark.parametrize(("bad", "why", "place"), BAD, ids=[why for _, why, _ in BAD])
def test_what_does_not_hold_together(bad: Network, why: str, place: tuple[str | int, ...]) -> None:
    with pytest.raises(NetworkError, match=why) as caught:
        check(bad)
    assert caught.value.place == place


@pytest.mark.parametrize(
    "good",
    [
        network(),
        network(Function("app")),
        network(nats=(NatGateway("nat", NatKind.REGIONAL, 32),), others=(OtherClient("fleet", "nat", "us-east-1a"),)),
        network(subnets=(replace(A, ipv6=True), B), nats=(NatGateway("nat", NatKind.PRIVATE, 32),)),
        network(replace(APP, dual_stack=True), subnets=(replace(A, ipv6=True), B)),
        network(destinations=(CACHE, replace(CACHE, name="orders", port=5432))),
        network(destinations=(CACHE, replace(CACHE, name="orders", protocol="udp"))),
        *(network(subnets=(replace(A, route=one), B)) for one in Egress if one is not Egress.UNKNOWN),
    ],
)
def test_what_holds_together(good: Network) -> None:
    check(good)


def test_advice_names_the_nearest() -> None:
    with pytest.raises(NetworkError) as caught:
        check(network(subnets=(replace(A, route="natt"), B)))
    assert caught.value.advice == "did you mean 'nat'?"
