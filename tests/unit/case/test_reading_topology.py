"""The network that DescribeX and ListFunctions tell of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from narrows.errors import InputError
from narrows.network import Egress, HopKind, NatKind
from tests.unit.case.cases import (
    CASE_YAML,
    TO_NAT,
    case_at,
    case_with,
    function,
    nat_gateway,
    route_table,
    small,
    subnet,
    texts,
)


def test_a_case_of_nothing_but_case_yaml(tmp_path: Path) -> None:
    case = read_case(case_at(tmp_path))
    assert case.functions == ("storefront",)
    assert case.destinations["cache"].addresses == ("203.0.113.10",)
    assert case.topology.known == frozenset()
    assert not case.topology.network.functions
    assert not case.topology.network.subnets
    assert (case.quotas, case.metrics.series, case.callers.counts, case.flow_logs) == ({}, (), (), ())
    assert case.notes == ()


def test_the_small_case(tmp_path: Path) -> None:
    case = case_with(tmp_path)
    (path,) = case.topology.network.paths("storefront", "cache")
    assert [hop.kind for hop in path.hops] == [
        HopKind.ENVIRONMENT, HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY, HopKind.DESTINATION,
    ]  # fmt: skip
    assert [hop.name for hop in path.hops] == ["storefront", "subnet-1/sg-1", "nat-1", "cache"]
    assert case.topology.sources["nat-gateways"] == "ec2/nat-gateways.json"
    assert case.notes == ()


@pytest.mark.parametrize("shape", ["pages", "documents", "bare", "utf-16", "bom"])
def test_every_shape_in_which_a_list_comes(tmp_path: Path, shape: str) -> None:
    one, two = {"Subnets": [subnet()], "NextToken": "x"}, {"Subnets": [subnet("subnet-public"), subnet()]}
    content: Any = {
        "pages": [one, two],
        "documents": json.dumps(one) + "\n" + json.dumps(two),
        "bare": [subnet(), subnet("subnet-public")],
        "utf-16": json.dumps(two).encode("utf-16"),
        "bom": json.dumps(two).encode("utf-8-sig"),
    }[shape]
    case = case_with(tmp_path, subnets=content)
    assert set(case.topology.network.subnets) == {"subnet-1", "subnet-public"}


def test_a_file_of_another_name_is_taken_for_what_it_holds(tmp_path: Path) -> None:
    files = small()
    files["ec2/describe-nat-gateways.json"] = files.pop("ec2/nat-gateways.json")
    files["lambda/storefront.json"] = function()
    files["lambda/batch.json"] = {
        "Configuration": function("batch"), "Code": {}, "Concurrency": {"ReservedConcurrentExecutions": 40},
    }  # fmt: skip
    files["ec2/instances.json"] = {"Reservations": []}
    case = read_case(case_at(tmp_path, files))
    assert case.topology.sources["nat-gateways"] == "ec2/describe-nat-gateways.json"
    assert case.topology.network.nat_gateways["nat-1"].addresses == 1
    assert set(case.topology.network.functions) == {"storefront", "batch"}
    assert case.topology.network.functions["batch"].reserved_concurrency == 40
    assert texts(case) == ["ec2/instances.json: passed over: it holds nothing that narrows reads"]


def test_published_versions_have_enis_of_their_own(tmp_path: Path) -> None:
    other = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-2", "sg-1"], "VpcId": "vpc-1"}
    versions = [
        function(version="1", VpcConfig=other),
        function(version="10"),
        function(version="2", VpcConfig={"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}),
        function(),
    ]
    case = case_with(tmp_path, functions={"Functions": versions})
    assert [str(key) for key in case.topology.network.hyperplane_enis] == ["subnet-1/sg-1", "subnet-1/sg-1+sg-2"]


def test_state_of_a_function(tmp_path: Path) -> None:
    stuck = function(
        State="Pending", StateReasonCode="EniLimitExceeded", LastUpdateStatus="Failed",
        LastUpdateStatusReasonCode="SubnetOutOfIPAddresses",
    )  # fmt: skip
    state = case_with(tmp_path, functions={"Functions": [stuck]}).topology.function_states["storefront"]
    assert (state.state, state.state_reason_code) == ("Pending", "EniLimitExceeded")
    assert (state.last_update_status, state.last_update_reason_code) == ("Failed", "SubnetOutOfIPAddresses")


def test_get_function_tells_what_list_functions_leaves_out(tmp_path: Path) -> None:
    """The list comes first and has the version in its ARN; GetFunction names the same function without it."""
    plain = "arn:aws:lambda:us-east-1:111122223333:function:storefront"
    answer = {
        "Configuration": function(
            FunctionArn=plain, Timeout=60, State="Active", LastUpdateStatus="Failed",
            LastUpdateStatusReasonCode="EniLimitExceeded",
        ),
        "Code": {},
        "Concurrency": {"ReservedConcurrentExecutions": 40},
    }  # fmt: skip
    files = {**small(), "lambda/get-function-storefront.json": answer}
    files["lambda/functions.json"] = {"Functions": [function(version="7"), function()]}
    topology = read_case(case_at(tmp_path, files)).topology
    state = topology.function_states["storefront"]
    assert (state.state, state.last_update_status, state.last_update_reason_code) == (
        "Active", "Failed", "EniLimitExceeded",
    )  # fmt: skip
    assert state.source == "lambda/get-function-storefront.json"
    assert topology.network.functions["storefront"].reserved_concurrency == 40
    assert topology.network.functions["storefront"].timeout == 30


def test_a_state_has_no_reason_of_another_time(tmp_path: Path) -> None:
    after = function(State="Active")
    before = function(State="Failed", StateReasonCode="EniLimitExceeded")
    files = {**small(), "lambda/after.json": after, "lambda/before.json": before}
    state = read_case(case_at(tmp_path, files)).topology.function_states["storefront"]
    assert (state.state, state.state_reason_code) == ("Active", None)


def test_what_is_wrong_in_a_second_answer_is_named_there(tmp_path: Path) -> None:
    files = {**small(), "lambda/storefront.json": function(State=7)}
    with pytest.raises(InputError, match=r"lambda/storefront\.json: State: 7 where text should be"):
        read_case(case_at(tmp_path, files))


def test_list_functions_tells_no_state(tmp_path: Path) -> None:
    assert not case_with(tmp_path).topology.function_states["storefront"].is_known


ROUTES = {
    "internet gateway": ({"GatewayId": "igw-1"}, Egress.INTERNET_GATEWAY),
    "transit gateway": ({"TransitGatewayId": "tgw-1"}, Egress.LOCAL),
    "virtual private gateway": ({"GatewayId": "vgw-1"}, Egress.LOCAL),
    "peering": ({"VpcPeeringConnectionId": "pcx-1"}, Egress.LOCAL),
    "NAT instance": ({"InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}, Egress.UNKNOWN),
    "deleted NAT gateway": ({"NatGatewayId": "nat-9", "State": "blackhole"}, Egress.NONE),
}


@pytest.mark.parametrize("name", ROUTES)
def test_default_routes(tmp_path: Path, name: str) -> None:
    target, egress = ROUTES[name]
    table = route_table({"DestinationCidrBlock": "0.0.0.0/0", **target})
    case = case_with(tmp_path, route_tables={"RouteTables": [table]})
    assert case.topology.network.subnets["subnet-1"].route is egress
    if egress is not Egress.INTERNET_GATEWAY:
        assert len(case.notes) == 1
        assert case.notes[0].source == "ec2/route-tables.json"


def test_no_default_route(tmp_path: Path) -> None:
    case = case_with(tmp_path, route_tables={"RouteTables": [route_table()]})
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.blocked == "subnet-1 has no route to cache"


def test_the_main_table_is_for_subnets_without_their_own(tmp_path: Path) -> None:
    case = case_with(tmp_path, route_tables={"RouteTables": [route_table(TO_NAT, subnet=None)]})
    assert case.topology.network.subnets["subnet-1"].route == "nat-1"
    elsewhere = route_table(TO_NAT, subnet=None) | {"VpcId": "vpc-2"}
    case = case_with(tmp_path, route_tables={"RouteTables": [elsewhere]})
    assert case.topology.network.subnets["subnet-1"].route is Egress.UNKNOWN
    assert texts(case) == ["ec2/route-tables.json: subnet-1: no route table of it or its VPC is there"]


def test_the_longest_prefix_decides_for_a_destination(tmp_path: Path) -> None:
    through = {"DestinationCidrBlock": "203.0.113.0/24", "NatGatewayId": "nat-2"}
    table = route_table({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}, through)
    case = case_with(
        tmp_path,
        route_tables={"RouteTables": [table]},
        nat_gateways={"NatGateways": [nat_gateway("nat-2", 3)]},
    )
    assert case.topology.network.subnets["subnet-1"].route == "nat-2"
    peered = {"DestinationCidrBlock": "203.0.113.10/32", "VpcPeeringConnectionId": "pcx-1"}
    case = case_with(tmp_path, route_tables={"RouteTables": [route_table(TO_NAT, peered)]})
    assert case.topology.network.destinations["cache"].local
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.hops[2].kind is HopKind.LOCAL


def test_destinations_that_leave_by_different_ways_are_noted(tmp_path: Path) -> None:
    about = CASE_YAML.replace("reported", "  bank: {port: 443, addresses: [192.0.2.7]}\nreported")
    special = {"DestinationCidrBlock": "192.0.2.0/24", "NatGatewayId": "nat-2"}
    case = case_with(tmp_path, about, route_tables={"RouteTables": [route_table(TO_NAT, special)]})
    assert case.topology.network.subnets["subnet-1"].route == "nat-1"
    assert "leads different ways to different destinations" in case.notes[0].text


def test_firewall_endpoints_are_followed(tmp_path: Path) -> None:
    firewall = endpoint("vpce-fw", "GatewayLoadBalancer", SubnetIds=["subnet-public"])
    inspected = route_table({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-fw"})
    tables = [inspected, route_table(TO_NAT, subnet="subnet-public")]
    case = case_with(tmp_path, route_tables={"RouteTables": tables}, vpc_endpoints={"VpcEndpoints": [firewall]})
    assert case.topology.network.subnets["subnet-1"].route == "nat-1"
    assert "pass the firewall endpoint vpce-fw" in case.notes[0].text
    loop = [
        inspected,
        route_table({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-fw"}, subnet="subnet-public"),
    ]
    case = case_with(tmp_path, route_tables={"RouteTables": loop}, vpc_endpoints={"VpcEndpoints": [firewall]})
    assert case.topology.network.subnets["subnet-1"].route is Egress.UNKNOWN


def test_prefix_lists_are_noted(tmp_path: Path) -> None:
    listed = {"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1"}
    gateway = {"DestinationPrefixListId": "pl-2", "GatewayId": "vpce-1"}
    case = case_with(tmp_path, route_tables={"RouteTables": [route_table(TO_NAT, listed, gateway)]})
    assert texts(case) == [
        "ec2/route-tables.json: subnet-1: what is in prefix list pl-1 goes to tgw-1: no evidence says what is in it"
    ]


def test_functions_may_be_named_by_arn(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:function:storefront:live"
    assert case_with(tmp_path, CASE_YAML.replace("[storefront]", f"['{arn}']")).functions == ("storefront",)
    assert case_with(tmp_path, CASE_YAML.replace("[storefront]", "['storefront:live']")).functions == ("storefront",)


def test_nat_gateways_of_every_kind(tmp_path: Path) -> None:
    half = nat_gateway("nat-2", 2)
    half["NatGatewayAddresses"][1]["Status"] = "associating"
    old = nat_gateway("nat-3", 1)
    del old["NatGatewayAddresses"][0]["Status"]
    regional = nat_gateway("nat-4", AvailabilityMode="regional", AutoScalingIps="enabled")
    regional["NatGatewayAddresses"] = [
        {"PublicIp": f"198.51.100.{index}", "AvailabilityZone": f"us-east-1{az}", "Status": "succeeded"}
        for index, az in enumerate("aaab")
    ]
    gone = nat_gateway("nat-5", State="deleted")
    failed = nat_gateway("nat-6", State="failed", FailureMessage="no Elastic IP address left")
    private = nat_gateway("nat-7", 3, ConnectivityType="private")
    case = case_with(
        tmp_path, nat_gateways={"NatGateways": [nat_gateway(addresses=8), half, old, regional, gone, failed, private]}
    )
    found = {name: (one.kind, one.addresses) for name, one in case.topology.network.nat_gateways.items()}
    assert found == {
        "nat-1": (NatKind.ZONAL, 8),
        "nat-2": (NatKind.ZONAL, 1),
        "nat-3": (NatKind.ZONAL, 1),
        "nat-4": (NatKind.REGIONAL, 1),
        "nat-7": (NatKind.PRIVATE, 3),
    }
    assert case.topology.network.nat_gateways["nat-1"].az == "us-east-1a"
    assert case.topology.nat_states["nat-6"] == "failed: no Elastic IP address left"
    assert texts(case) == [
        "ec2/nat-gateways.json: nat-2: 1 of 2 addresses do not work yet, or no more",
        "ec2/nat-gateways.json: nat-4 has 3 in us-east-1a, 1 in us-east-1b: the fewest are counted",
        "ec2/nat-gateways.json: nat-4 adds addresses by itself: it may have had fewer at the time",
    ]


def test_a_nat_gateway_that_nothing_describes(tmp_path: Path) -> None:
    case = case_with(tmp_path, nat_gateways={"NatGateways": []})
    (path,) = case.topology.network.paths("storefront", "cache")
    assert (path.hops[2].name, path.hops[2].tables) == ("nat-1", 0)
    assert texts(case) == ["ec2/nat-gateways.json: does not hold nat-1, which a function's subnet leads to"]
    assert case_with(tmp_path / "absent", nat_gateways=None).notes == ()


def interface(name: str, **more: Any) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": name, "SubnetId": "subnet-1", "InterfaceType": "interface", "Status": "in-use",
        "PrivateIpAddress": f"10.0.0.{name.split('-')[1]}", "Groups": [{"GroupId": "sg-9"}], **more,
    }  # fmt: skip


def test_interfaces(tmp_path: Path) -> None:
    groups = [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}]
    found = [
        interface("eni-10", InterfaceType="lambda", Groups=[{"GroupId": "sg-1"}], Description="AWS Lambda VPC ENI-a-b"),
        interface("eni-11", InterfaceType="lambda", Groups=groups),
        interface("eni-12", Attachment={"InstanceId": "i-1"}),
        interface("eni-13", Attachment={"InstanceId": "i-2"}),
        interface("eni-14", Description="arn:aws:ecs:us-east-1:111122223333:attachment/4f2a"),
        interface("eni-15", InterfaceType="nat_gateway"),
        interface("eni-16", Description="ELB app/web/50dc6c495c0c9188"),
        interface("eni-17", Status="available"),
        interface("eni-18", SubnetId="subnet-public"),
        interface("eni-19", TagSet=[{"Key": "Name", "Value": "crawler"}]),
    ]
    case = case_with(tmp_path, network_interfaces={"NetworkInterfaces": found})
    assert [(one.id, str(one.key)) for one in case.topology.enis] == [
        ("eni-10", "subnet-1/sg-1"),
        ("eni-11", "subnet-1/sg-1+sg-2"),
    ]
    others = case.topology.network.others
    assert {name: (one.route, one.kind, one.address) for name, one in others.items()} == {
        "functions behind nat-1": ("nat-1", "functions", "10.0.0.11"),
        "instances behind nat-1": ("nat-1", "instances", None),
        "containers behind nat-1": ("nat-1", "containers", "10.0.0.14"),
        "crawler": ("nat-1", "instances", "10.0.0.19"),
    }
    assert case.topology.other_addresses["instances behind nat-1"] == ("10.0.0.12", "10.0.0.13")


def endpoint(name: str = "vpce-1", kind: str = "Interface", **more: Any) -> dict[str, Any]:
    return {
        "VpcEndpointId": name, "VpcEndpointType": kind, "VpcId": "vpc-1", "State": "available",
        "ServiceName": "com.amazonaws.us-east-1.sqs", "SubnetIds": ["subnet-1"], **more,
    }  # fmt: skip


SQS = CASE_YAML.replace("cache.example.com", "sqs.us-east-1.amazonaws.com")
S3 = CASE_YAML.replace("cache.example.com", "files.s3.us-east-1.amazonaws.com")
ENDPOINTS = {
    "private DNS of AWS": (endpoint(PrivateDnsEnabled=True), SQS, True),
    "no private DNS": (endpoint(PrivateDnsEnabled=False), SQS, False),
    "another service": (endpoint(PrivateDnsEnabled=True), CASE_YAML, False),
    "not there yet": (endpoint(PrivateDnsEnabled=True, State="pendingAcceptance"), SQS, False),
    "another VPC": (endpoint(PrivateDnsEnabled=True, VpcId="vpc-2"), SQS, False),
    "private DNS of a partner": (
        endpoint(ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-1", DnsEntries=[{"DnsName": "*.example.com"}]),
        CASE_YAML, True,
    ),
    "gateway with a route": (
        endpoint(kind="Gateway", ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=["rtb-subnet-1"]), S3, True,
    ),
    "gateway without a route": (
        endpoint(kind="Gateway", ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=["rtb-9"]), S3, False,
    ),
    "case.yaml says so": (
        endpoint(PrivateDnsEnabled=False), CASE_YAML.replace("port: 443", "port: 443, via: vpce-1"), True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoints(tmp_path: Path, name: str) -> None:
    one, about, reached = ENDPOINTS[name]
    case = case_with(tmp_path, about, vpc_endpoints={"VpcEndpoints": [one]})
    (path,) = case.topology.network.paths("storefront", "cache")
    kind = HopKind.GATEWAY_ENDPOINT if one["VpcEndpointType"] == "Gateway" else HopKind.INTERFACE_ENDPOINT
    assert path.hops[2].kind is (kind if reached else HopKind.NAT_GATEWAY)


def test_an_endpoint_is_known_by_its_addresses(tmp_path: Path) -> None:
    case = case_with(
        tmp_path,
        CASE_YAML.replace("203.0.113.10", "10.0.0.77"),
        vpc_endpoints={"VpcEndpoints": [endpoint(PrivateDnsEnabled=False, NetworkInterfaceIds=["eni-77"])]},
        network_interfaces={"NetworkInterfaces": [interface("eni-77", InterfaceType="vpc_endpoint")]},
    )
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.hops[2].kind is HopKind.INTERFACE_ENDPOINT


def test_a_proxy_stands_in_case_yaml(tmp_path: Path) -> None:
    case = case_with(tmp_path, CASE_YAML.replace("port: 443", "port: 443, via: egress-proxy"))
    (path,) = case.topology.network.paths("storefront", "cache")
    assert (path.hops[2].kind, path.hops[2].name) == (HopKind.PROXY, "egress-proxy")


def test_names_that_nothing_describes_are_noted(tmp_path: Path) -> None:
    case = case_with(
        tmp_path,
        CASE_YAML.replace("[storefront]", "[storefrnt]").replace("port: 443", "port: 443, via: vpce-7"),
        subnets={"Subnets": [subnet("subnet-public")]},
    )
    assert texts(case) == [
        "case.yaml: cache goes through vpce-7, of which the case holds no description",
        "lambda/functions.json: does not hold storefrnt, which case.yaml asks about (did you mean storefront?)",
        "ec2/subnets.json: does not hold subnet-1, which a function is attached to",
    ]


def test_a_destination_of_which_little_is_known(tmp_path: Path) -> None:
    case = case_with(tmp_path, "schema: 1\ndestinations: {cache: }\n")
    cache = case.topology.network.destinations["cache"]
    assert (cache.port, cache.addresses, cache.host) == (0, (), None)
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.hops[2].name == "nat-1"
    assert case.functions == ("storefront",)
    assert case.region == "us-east-1"
    assert case.window is None
