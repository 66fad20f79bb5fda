"""Where a subnet leads is a fact, assumed, or not known: what files leave open is asked, and never believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.declared.account import account_of
from narrows.declared.imported import import_scenario
from narrows.declared.model import Fault, Place, Resource, Unknown, Value
from narrows.network import Egress
from tests.unit.declared.by_hand import declared, function, ref, resource, vpc

OPEN = Unknown("parameter Table has no default")
ELSEWHERE = "rtb-0123456789abcdef0"


def network(**changed: Resource | dict[str, Value] | None) -> tuple[Resource, ...]:
    """The network by hand with a subnet ``Other`` in ``OtherTable``, but for what is changed: properties of a resource,
    another one in its place, or None for none."""
    there = Unknown("known after apply")
    every = {
        one.address: one
        for one in (
            *vpc(),
            resource("EC2::Subnet", "Other", VpcId=ref("Vpc"), CidrBlock="10.0.32.0/20", AvailabilityZone="us-east-1b"),
            resource("EC2::RouteTable", "OtherTable", VpcId=ref("Vpc"), Tags=there),
            resource(
                "EC2::SubnetRouteTableAssociation", "OfOther", SubnetId=ref("Other"), RouteTableId=ref("OtherTable")
            ),
        )
    }
    for address, change in changed.items():
        if isinstance(change, Resource):
            every[address] = change
        elif change is None:
            del every[address]
        else:
            every[address] = replace(every[address], properties={**every[address].properties, **change})
    return tuple(every.values())


def route(address: str = "More", **properties: Value) -> Resource:
    """A default route of the other subnet's table, but for what is changed."""
    whole: dict[str, Value] = {
        "RouteTableId": ref("OtherTable"),
        "DestinationCidrBlock": "0.0.0.0/0",
        "NatGatewayId": ref("Nat"),
        **properties,
    }
    return resource("EC2::Route", address, **whole)


def conditional(one: Resource) -> Resource:
    return replace(one, conditional="parameter Stage has no default")


def main_table(**properties: Value) -> Resource:
    return resource("EC2::MainRouteTableAssociation", "Main", **{"VpcId": ref("Vpc"), **properties})


NOT_KNOWN = [
    {"OfOther": {"RouteTableId": OPEN}},
    {"OfOther": {"RouteTableId": ELSEWHERE}},
    {"OfOther": {"RouteTableId": {"Ref": "OtherTable"}}},
    {"OfOther": {"SubnetId": OPEN}},
    {"More": route(DestinationCidrBlock=OPEN)},
    {"More": route(NatGatewayId=OPEN)},
    {"More": route(RouteTableId=OPEN)},
    {"OtherTable": {"Routes": OPEN}},
    {"OtherTable": {"Routes": [OPEN]}},
    {"OtherTable": {"Routes": [{"DestinationCidrBlock": OPEN, "NatGatewayId": ref("Nat")}]}},
    {"OfOther": None, "Main": main_table(RouteTableId=ELSEWHERE)},
    {"OfOther": None, "Main": main_table(RouteTableId=OPEN)},
    {"OfOther": None, "Main": main_table(RouteTableId=[ref("OtherTable")])},
]


@pytest.mark.parametrize("changed", NOT_KNOWN)
def test_a_way_that_files_leave_open_is_not_none(changed: dict[str, Resource | dict[str, Value] | None]) -> None:
    account = account_of(declared(*network(**changed)))
    other, private = account.id_of["Other"], account.id_of["Private"]
    assert account.network.subnets[other].route == Egress.UNKNOWN
    assert not account.doubts[other].assumed
    # Beside it, all stays as certain as it was.
    assert account.network.subnets[private].route == account.id_of["Nat"]
    assert private not in account.doubts


@pytest.mark.parametrize("changed", NOT_KNOWN)
def test_it_is_asked_with_its_place(changed: dict[str, Resource | dict[str, Value] | None]) -> None:
    config: Value = {"SubnetIds": [ref("Private"), ref("Other")], "SecurityGroupIds": [ref("Group")]}
    imported = import_scenario(declared(*network(**changed), function(VpcConfig=config)))
    assert "? where does its default route lead? stack.yaml:7 leaves it open" in imported.text
    assert imported.text.count("leaves it open") == 1


@pytest.mark.parametrize(
    ("changed", "way"),
    [
        ({"More": conditional(route())}, "Nat"),
        ({"More": route(), "OfOther": conditional(network()[-1])}, "Nat"),
        (
            {"More": route(), "Second": route("Second", NatGatewayId=None, GatewayId=ref("Igw"))},
            Egress.INTERNET_GATEWAY,
        ),
        ({"OfOther": None}, Egress.NONE),
        (
            {
                "Back": resource(
                    "EC2::VPNGatewayRoutePropagation", "Back", RouteTableIds=[ref("OtherTable")], VpnGatewayId="vgw-1"
                )
            },
            Egress.NONE,
        ),
    ],
)
def test_what_is_likely_is_assumed_and_known_to_be(
    changed: dict[str, Resource | dict[str, Value] | None], way: str
) -> None:
    account = account_of(declared(*network(**changed)))
    other = account.id_of["Other"]
    assert account.network.subnets[other].route == account.id_of.get(way, way)
    assert account.doubts[other].assumed


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"More": route()},
        # Beside a default route, one that leads elsewhere can be to anything else.
        {"More": route(), "Second": route("Second", DestinationCidrBlock=OPEN)},
        {"More": route(), "Second": route("Second", RouteTableId=OPEN)},
        {"OfOther": None, "Main": main_table(RouteTableId=ref("PrivateTable"))},
    ],
)
def test_what_files_say_is_certain(changed: dict[str, Resource | dict[str, Value] | None]) -> None:
    assert account_of(declared(*network(**changed))).doubts == {}


def test_a_file_that_was_not_understood_may_have_the_route() -> None:
    broken = replace(declared(*network()), faults=(Fault(Place("stack.yaml", 3), "for_each is not known"),))
    account = account_of(broken)
    assert set(account.doubts) == {account.id_of["Other"]}
    assert account.doubts[account.id_of["Other"]].assumed
