"""A small network, and what a test changes of it."""

from __future__ import annotations

from narrows.network import (
    Destination,
    Endpoint,
    Function,
    NatGateway,
    Network,
    OtherClient,
    SecurityGroup,
    Subnet,
)

A, B = Subnet("a", "us-east-1a", "nat"), Subnet("b", "us-east-1b", "nat")
CACHE = Destination("cache", 443, ("203.0.113.10",))


def network(
    *functions: Function,
    subnets: tuple[Subnet, ...] = (A, B),
    nats: tuple[NatGateway, ...] = (NatGateway("nat", addresses=2),),
    destinations: tuple[Destination, ...] = (CACHE,),
    groups: tuple[SecurityGroup, ...] = (),
    endpoints: tuple[Endpoint, ...] = (),
    others: tuple[OtherClient, ...] = (),
    region: str = "us-east-1",
) -> Network:
    """A network in which ``app`` reaches ``cache`` through ``nat``, and what a test changes of it."""
    return Network(
        region,
        {one.name: one for one in subnets},
        {one.name: one for one in nats},
        {one.name: one for one in destinations},
        {one.name: one for one in functions or (Function("app", ("a",), ("sg",)),)},
        {one.name: one for one in groups},
        {one.name: one for one in endpoints},
        {one.name: one for one in others},
    )
