"""How far connections get by the routes and rules of a case, where what is on the way is no ordinary hop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from narrows.reachability import Answer, Obstacle, Reach
from tests.unit.case.cases import (
    CASE_YAML,
    PUBLIC,
    TO_INTERNET,
    TO_NAT,
    case_at,
    function,
    nat_gateway,
    route_table,
    small,
)
from tests.unit.case.ways import INSIDE, OPEN, answer, endpoints, interface, tables

FIREWALL = endpoints(
    {"VpcEndpointId": "vpce-f", "VpcEndpointType": "GatewayLoadBalancer", "SubnetIds": ["subnet-public"]}
)
TO_FIREWALL = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-f", "State": "active"}
TO_LIST = {"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1", "State": "active"}


def test_the_ordinary_way_is_open(tmp_path: Path) -> None:
    assert answer(tmp_path) == Answer(Reach.OPEN)


@pytest.mark.parametrize("kind", ["security-groups", "network-acls", "route-tables", "nat-gateways", "subnets"])
def test_what_is_not_there_is_what_is_missing(tmp_path: Path, kind: str) -> None:
    folder = case_at(tmp_path, small() | OPEN)
    (folder / f"ec2/{kind}.json").unlink()
    network = read_case(folder).topology.network
    found = network.reach(network.functions["storefront"], "subnet-1", network.destinations["cache"])
    assert found is not None
    assert (found.reach, found.block) == (Reach.UNKNOWN, None)
    assert kind in found.missing


class TestFirewall:
    def test_what_it_lets_through_goes_on_and_is_never_open(self, tmp_path: Path) -> None:
        found = answer(tmp_path, FIREWALL, tables(route_table(TO_FIREWALL), PUBLIC))
        assert found.block is not None
        assert found.block.kind is Obstacle.PUBLIC_SUBNET

    def test_behind_a_nat_gateway(self, tmp_path: Path) -> None:
        behind = endpoints(
            {"VpcEndpointId": "vpce-f", "VpcEndpointType": "GatewayLoadBalancer", "SubnetIds": ["subnet-1"]}
        )
        way = tables(route_table(TO_NAT), route_table(TO_FIREWALL, subnet="subnet-public"))
        found = answer(tmp_path, behind, way)
        # It stands in the function's own subnet, which leads back to the NAT gateway.
        assert found.block is not None
        assert found.block.kind is Obstacle.NAT_SUBNET

    def test_one_that_is_not_described(self, tmp_path: Path) -> None:
        found = answer(tmp_path, tables(route_table(TO_FIREWALL)))
        assert (found.reach, set(found.missing)) == (Reach.UNKNOWN, {"vpc-endpoints"})


class TestInside:
    def test_an_interface_that_is_not_there(self, tmp_path: Path) -> None:
        found = answer(tmp_path, about=INSIDE)
        assert (found.reach, set(found.missing)) == (Reach.UNKNOWN, {"network-interfaces"})

    def test_its_group_lets_nothing_in(self, tmp_path: Path) -> None:
        found = answer(tmp_path, interface(), about=INSIDE)
        assert found.block is not None
        assert (found.block.kind, found.block.resource) == (Obstacle.INGRESS, "sg-2")

    def test_a_load_balancer_hands_on_to_what_is_not_known(self, tmp_path: Path) -> None:
        found = answer(tmp_path, interface(InterfaceType="network_load_balancer", Groups=[]), about=INSIDE)
        assert (found.reach, found.beyond) == (Reach.BEYOND, "eni-9")

    def test_an_appliance_on_the_way_is_not_known(self, tmp_path: Path) -> None:
        to_appliance = {"DestinationCidrBlock": "10.0.16.0/24", "NetworkInterfaceId": "eni-7", "State": "active"}
        found = answer(tmp_path, interface(), tables(route_table(to_appliance)), about=INSIDE)
        assert found.reach is Reach.UNKNOWN


class TestRoutes:
    def test_a_prefix_list_that_is_nobodys_is_not_known(self, tmp_path: Path) -> None:
        found = answer(tmp_path, tables(route_table(TO_NAT, TO_LIST), PUBLIC))
        assert (found.reach, set(found.missing)) == (Reach.UNKNOWN, {"prefix-lists"})

    def test_a_route_of_ones_own_goes_before_the_one_that_a_gateway_propagates(self, tmp_path: Path) -> None:
        learnt = {
            "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-1", "State": "active",
            "Origin": "EnableVgwRoutePropagation",
        }  # fmt: skip
        assert answer(tmp_path, tables(route_table(learnt, TO_NAT), PUBLIC)).reach is Reach.OPEN

    def test_a_longer_prefix_goes_first(self, tmp_path: Path) -> None:
        away = {"DestinationCidrBlock": "203.0.113.0/24", "TransitGatewayId": "tgw-1", "State": "active"}
        found = answer(tmp_path, tables(route_table(TO_NAT, away), PUBLIC))
        assert (found.reach, found.beyond) == (Reach.BEYOND, "tgw-1")


REGIONAL: dict[str, Any] = {"AvailabilityMode": "regional", "SubnetId": None, "RouteTableId": "rtb-r"}


class TestRegionalNatGateway:
    @pytest.mark.parametrize(
        ("routes", "reach"), [([TO_INTERNET], Reach.OPEN), ([], Reach.BLOCKED), (None, Reach.UNKNOWN)]
    )
    def test_its_own_route_table(self, tmp_path: Path, routes: list[dict[str, Any]] | None, reach: Reach) -> None:
        own = (
            []
            if routes is None
            else [{"RouteTableId": "rtb-r", "VpcId": "vpc-1", "Associations": [], "Routes": routes}]
        )
        nat = {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(**REGIONAL)]}}
        assert answer(tmp_path, nat, tables(route_table(TO_NAT), *own)).reach is reach

    def test_without_one_named_it_leads_out_as_aws_makes_it(self, tmp_path: Path) -> None:
        nat = {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(**REGIONAL | {"RouteTableId": None})]}}
        assert answer(tmp_path, nat).reach is Reach.OPEN


class TestNames:
    def test_a_database_without_an_address_is_not_known(self, tmp_path: Path) -> None:
        name = "orders.abc123.us-east-1.rds.amazonaws.com"
        about = CASE_YAML.replace("cache.example.com", name).replace(", addresses: [203.0.113.10]", "")
        assert answer(tmp_path, about=about).reach is Reach.UNKNOWN

    def test_a_service_without_an_address_is_a_public_one(self, tmp_path: Path) -> None:
        about = CASE_YAML.replace("cache.example.com", "sqs.us-east-1.amazonaws.com")
        about = about.replace(", addresses: [203.0.113.10]", "")
        assert answer(tmp_path / "open", about=about).reach is Reach.OPEN
        found = answer(tmp_path / "shut", tables(route_table()), about=about)
        assert found.block is not None
        assert found.block.kind is Obstacle.NO_ROUTE

    def test_an_endpoint_without_its_interfaces_is_judged_by_its_group(self, tmp_path: Path) -> None:
        about = CASE_YAML.replace("cache.example.com", "sqs.us-east-1.amazonaws.com")
        endpoint = {
            "VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "PrivateDnsEnabled": True,
            "ServiceName": "com.amazonaws.us-east-1.sqs", "SubnetIds": ["subnet-public"],
            "NetworkInterfaceIds": ["eni-5"], "Groups": [{"GroupId": "sg-2", "GroupName": "two"}],
        }  # fmt: skip
        found = answer(tmp_path, endpoints(endpoint), about=about)
        assert found.block is not None
        assert found.block.kind is Obstacle.INGRESS


def test_ipv6_needs_an_egress_only_gateway(tmp_path: Path) -> None:
    config = {
        "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1", "Ipv6AllowedForDualStack": True,
    }  # fmt: skip
    files = small()
    files["ec2/subnets.json"]["Subnets"][0]["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": "2600:1::/64"}]
    six = [{"Egress": out, "RuleNumber": 9, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"}
           for out in (True, False)]  # fmt: skip
    acls = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": six}
    everything = {
        "GroupId": "sg-1",
        "IpPermissionsEgress": [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
    }
    files |= {
        "lambda/functions.json": {"Functions": [function(VpcConfig=config)]},
        "ec2/network-acls.json": {"NetworkAcls": [acls]},
        "ec2/security-groups.json": {"SecurityGroups": [everything]},
    }
    about = CASE_YAML.replace("203.0.113.10", '"2606:4700::1111"')
    found = answer(tmp_path / "none", files, about=about)
    assert found.block is not None
    assert (found.block.kind, found.block.said_by) == (Obstacle.NO_IPV6, "route-tables")
    out = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
    assert answer(tmp_path / "out", files, tables(route_table(out)), about=about).reach is Reach.OPEN


def acl(name: str, subnet: str, first: int, last: int) -> dict[str, Any]:
    """A network ACL that lets everything out, the port in, and answers on some ports only."""
    narrow = {"Egress": False, "RuleAction": "allow", "Protocol": "6", "CidrBlock": "0.0.0.0/0"}
    entries = [
        {"RuleNumber": 1, "Egress": True, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
        {"RuleNumber": 2, "PortRange": {"From": 443, "To": 443}, **narrow},
        {"RuleNumber": 3, "PortRange": {"From": first, "To": last}, **narrow},
    ]
    return {"NetworkAclId": name, "Associations": [{"SubnetId": subnet}], "Entries": entries}


def test_a_nat_gateway_picks_ports_of_its_own(tmp_path: Path) -> None:
    """Answers to its ports and answers to the function's are different packets: both get through on some."""
    acls = [acl("acl-1", "subnet-1", 1024, 29999), acl("acl-2", "subnet-public", 30000, 65535)]
    found = answer(tmp_path, {"ec2/network-acls.json": {"NetworkAcls": acls}})
    assert found.reach is Reach.PARTLY
    assert found.block is not None
    assert found.block.resource == "subnet-public"


def test_inside_the_vpc_a_port_has_to_get_through_both_network_acls(tmp_path: Path) -> None:
    back = acl("acl-2", "subnet-public", 1024, 65535)
    back["Entries"][0] |= {"Protocol": "6", "PortRange": {"From": 30000, "To": 65535}}
    acls = {"ec2/network-acls.json": {"NetworkAcls": [acl("acl-1", "subnet-1", 1024, 29999), back]}}
    groups = OPEN["ec2/security-groups.json"]["SecurityGroups"]
    open_in = [one | {"IpPermissions": one["IpPermissionsEgress"]} for one in groups]
    everybody = {"ec2/security-groups.json": {"SecurityGroups": open_in}}
    found = answer(tmp_path, acls, everybody, interface(), about=INSIDE)
    assert found.block is not None
    assert (found.reach, found.block.kind, found.block.resource) == (Reach.BLOCKED, Obstacle.ACL, "subnet-1")


def test_a_range_of_ports_that_ends_before_it_begins_is_of_none(tmp_path: Path) -> None:
    """And a thousand of them cost a thousand steps, not two to the thousandth."""
    back = acl("acl-1", "subnet-1", 1024, 65535)
    turned = {"Egress": False, "RuleAction": "deny", "Protocol": "6", "CidrBlock": "0.0.0.0/0"}
    back["Entries"] += [{"RuleNumber": -one, "PortRange": {"From": 5000, "To": 4000}, **turned} for one in range(1000)]
    public = acl("acl-2", "subnet-public", 1024, 65535)
    assert answer(tmp_path, {"ec2/network-acls.json": {"NetworkAcls": [back, public]}}).reach is Reach.OPEN


def test_a_subnet_that_a_plan_copies_has_the_rules_of_the_one_that_it_copies(tmp_path: Path) -> None:
    files = small() | OPEN | {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(ConnectivityType="private")]}}
    network = read_case(case_at(tmp_path, files)).topology.network
    copied = replace(network.subnets["subnet-1"], name="subnet-1-2", copy_of="subnet-1")
    planned = replace(network, subnets={**network.subnets, copied.name: copied})
    (old,), new = network.paths("storefront", "cache"), planned.path("storefront", "cache", copied.name)
    assert old.blocked == new.blocked == "nat-1 is a private NAT gateway, which leads to no public address"
