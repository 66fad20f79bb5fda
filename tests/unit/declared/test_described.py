"""What AWS would describe once something is declared, and the network that the reader of cases makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.aws_ids import PATTERNS
from narrows.declared.account import account_of
from narrows.declared.described import describe
from narrows.declared.ids import Ids
from narrows.declared.model import Resource, Unknown, Value
from narrows.errors import InputError
from narrows.network import Egress, NatKind
from tests.unit.declared.by_hand import declared, function, ref, resource, vpc


def _without(address: str) -> tuple[Resource, ...]:
    return tuple(one for one in vpc() if one.address != address)


def test_a_function_behind_a_nat_gateway() -> None:
    account = account_of(declared(*vpc(), function(Timeout=30, ReservedConcurrentExecutions="50")))
    id, network = account.id_of, account.network
    private = network.subnets[id["Private"]]
    assert (private.route, private.az, private.free_addresses) == (id["Nat"], "us-east-1a", 4096 - 5)
    assert network.subnets[id["Public"]].route == Egress.INTERNET_GATEWAY
    assert network.nat_gateways[id["Nat"]].addresses == 1
    storefront = network.functions["storefront"]
    assert (storefront.timeout, storefront.reserved_concurrency) == (30, 50)
    assert (storefront.subnets, storefront.security_groups) == ((id["Private"],), (id["Group"],))
    assert account.place_of(id["Nat"]) is not None
    assert account.address_of[id["Nat"]] == "Nat"
    assert account.address_of["storefront"] == "Fn"
    assert (account.case.region, account.case.notes, account.questions) == ("us-east-1", (), ())


@pytest.mark.parametrize(
    ("source", "egress", "apart", "lets_out"),
    [
        ("cloudformation", None, False, True),
        ("cloudformation", [], False, True),
        ("cloudformation", None, True, False),
        ("cloudformation", [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}], False, False),
        ("terraform", [], False, False),
        ("terraform", [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}], False, True),
        ("terraform", Unknown("known after apply"), False, True),
    ],
)
def test_what_a_group_lets_out_that_says_nothing(source: str, egress: Value, apart: bool, lets_out: bool) -> None:
    more = {} if egress is None else {"SecurityGroupEgress": egress}
    group = resource("EC2::SecurityGroup", "Group", VpcId=ref("Vpc"), **more)
    rule = resource(
        "EC2::SecurityGroupEgress",
        "Rule",
        GroupId=ref("Group"),
        IpProtocol="tcp",
        FromPort=5432,
        ToPort=5432,
        CidrIp="0.0.0.0/0",
    )
    account = account_of(declared(*_without("Group"), group, *((rule,) if apart else ()), function(), source=source))
    found = account.network.security_groups.get(account.id_of["Group"])
    assert (found is None or found.egress_ports is None) is lets_out


@pytest.mark.parametrize(
    ("properties", "kind", "addresses"),
    [
        (
            {"AllocationId": "eipalloc-1", "SecondaryAllocationIds": [ref("Eip", "AllocationId"), Unknown("later")]},
            NatKind.ZONAL,
            3,
        ),
        ({"ConnectivityType": "private"}, NatKind.PRIVATE, 1),
        ({"ConnectivityType": "private", "SecondaryPrivateIpAddressCount": "7"}, NatKind.PRIVATE, 8),
        ({"ConnectivityType": "private", "SecondaryPrivateIpAddresses": ["10.0.0.9", "10.0.0.8"]}, NatKind.PRIVATE, 3),
        (
            {
                "AvailabilityMode": "regional",
                "AvailabilityZoneAddresses": [
                    {"AvailabilityZone": "us-east-1a", "AllocationIds": ["eipalloc-1", "eipalloc-2"]},
                    {"AvailabilityZone": "us-east-1b", "AllocationIds": ["eipalloc-3"]},
                ],
            },
            NatKind.REGIONAL,
            1,
        ),
        ({"AvailabilityMode": "regional"}, NatKind.REGIONAL, 0),
    ],
)
def test_how_many_addresses_a_nat_gateway_has(properties: dict[str, Value], kind: NatKind, addresses: int) -> None:
    nat = resource("EC2::NatGateway", "Nat", SubnetId=ref("Public"), **properties)
    account = account_of(declared(*_without("Nat"), nat, function()))
    found = account.network.nat_gateways[account.id_of["Nat"]]
    assert (found.kind, found.addresses) == (kind, addresses)


def test_what_a_vpc_has_by_itself() -> None:
    config: Value = {"SubnetIds": [ref("Alone")], "SecurityGroupIds": [ref("Vpc", "DefaultSecurityGroup")]}
    alone = resource("EC2::Subnet", "Alone", VpcId=ref("Vpc"), CidrBlock="10.0.32.0/24", AvailabilityZone="us-east-1b")
    account = account_of(declared(*vpc(), alone, function(VpcConfig=config)))
    subnet = account.network.subnets[account.id_of["Alone"]]
    # Its main route table leads nowhere but inside, its network ACL and its default group let everything out.
    assert (subnet.route, subnet.denied_ports) == (Egress.NONE, frozenset())
    assert account.id_of["Alone"] in account.case.topology.subnets_with_acl
    (group,) = account.network.functions["storefront"].security_groups
    assert account.network.security_groups[group].egress_ports is None


def test_what_terraform_takes_over_is_the_vpcs_own() -> None:
    table = resource("EC2::RouteTable", "aws_default_route_table.main", VpcId=ref("Vpc"))
    main = resource(
        "EC2::MainRouteTableAssociation",
        "aws_default_route_table.main",
        VpcId=ref("Vpc"),
        RouteTableId=ref("aws_default_route_table.main"),
    )
    way = resource(
        "EC2::Route",
        "Way",
        RouteTableId=ref("Vpc", "DefaultRouteTableId"),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=ref("Nat"),
    )
    alone = resource("EC2::Subnet", "Alone", VpcId=ref("Vpc"), CidrBlock="10.0.32.0/24", AvailabilityZone="us-east-1b")
    account = account_of(declared(*vpc(), table, main, way, alone, source="terraform"))
    assert account.network.subnets[account.id_of["Alone"]].route == account.id_of["Nat"]


def test_dual_stack_needs_a_block_and_a_way() -> None:
    six = replace(vpc()[3], properties={**vpc()[3].properties, "Ipv6CidrBlock": Unknown("Fn::Select")})
    outwards = resource("EC2::EgressOnlyInternetGateway", "Eigw", VpcId=ref("Vpc"))
    way = resource(
        "EC2::Route",
        "Six",
        RouteTableId=ref("PrivateTable"),
        DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId=ref("Eigw"),
    )
    rest = _without("Private")
    for more, ipv6 in (((), False), ((outwards, way), True)):
        account = account_of(declared(*rest, six, *more, function()))
        assert account.network.subnets[account.id_of["Private"]].ipv6 is ipv6


def test_a_version_has_the_configuration_of_its_function() -> None:
    version = resource("Lambda::Version", "V", FunctionName=ref("Fn"))
    found = describe(declared(*vpc(), function(), version)).answers["functions"]
    assert [one["Version"] for one in found] == ["$LATEST", "1"]
    assert account_of(declared(*vpc(), function(), version)).network.functions["storefront"].versions == ()


def test_the_id_in_the_account_is_kept() -> None:
    known = replace(vpc()[11], id="nat-0123456789abcdef0")
    assert Ids(declared(known)).of["Nat"] == "nat-0123456789abcdef0"


@given(st.lists(st.text(max_size=40), unique=True, min_size=2, max_size=5))
def test_ids_that_are_made_up_are_such_as_aws_gives(addresses: list[str]) -> None:
    kinds = {"EC2::Subnet": "SubnetId", "EC2::NatGateway": "NatGatewayId", "Lambda::Function": "FunctionName"}
    found = [(member, Ids(declared(*(resource(kind, one) for one in addresses))).of) for kind, member in kinds.items()]
    for member, of in found:
        assert len(set(of.values())) == len(addresses)
        assert all(PATTERNS[member].fits(id) for id in of.values())


def test_references_that_lead_round_in_a_circle_are_not_known() -> None:
    round_ = (
        resource("EC2::SecurityGroup", "A", VpcId=ref("B", "VpcId")),
        resource("EC2::SecurityGroup", "B", VpcId=ref("A", "VpcId")),
    )
    assert isinstance(Ids(declared(*round_)).resolved(ref("A", "VpcId")), Unknown)
    account_of(declared(*round_))


def test_what_is_no_block_is_refused_at_its_place() -> None:
    broken = resource("EC2::Subnet", "Broken", VpcId=ref("Vpc"), CidrBlock="ten", AvailabilityZone="us-east-1a")
    with pytest.raises(InputError, match=r"stack.yaml: line 7, Broken, CidrBlock: 'ten' is not a CIDR block"):
        account_of(declared(*vpc(), broken))
