"""EC2: filters, ids and pages; moto, which knows nothing of this server, answers the same."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name

from tests.aws.clients import call, error_of, every, file, plain
from tests.aws.ec2 import DESCRIBES
from tests.aws.server import AwsServer, Faults

Filter = dict[str, Any]


@pytest.fixture(scope="module")
def server(incident: Path) -> Iterator[AwsServer]:
    with AwsServer(incident) as running:
        yield running


def ids(server: AwsServer, operation: str, **filters: str | list[str]) -> list[str]:
    """The ids that pass filters; ``_`` in a name stands for ``-``, ``__`` for ``.``."""
    one = DESCRIBES["".join(word.title() for word in operation.split("_"))]
    asked: Any = [
        {"Name": name.replace("__", ".").replace("_", "-"), "Values": [values] if isinstance(values, str) else values}
        for name, values in filters.items()
    ]
    parameters: dict[str, Any] = {one.filters: asked}
    return [record[one.id] for record in call(server, "ec2", operation, **parameters)[one.member]]


def of(case: Path, stem: str, member: str) -> list[Any]:
    found: list[Any] = file(case, f"ec2/{stem}.json")[member]
    return found


def test_filters_leave_what_they_say(server: AwsServer, incident: Path) -> None:
    interfaces = of(incident, "network-interfaces", "NetworkInterfaces")
    one = next(each for each in interfaces if each["InterfaceType"] == "lambda")
    by_type = [each["NetworkInterfaceId"] for each in interfaces if each["InterfaceType"] == "lambda"]
    by_group = [
        each["NetworkInterfaceId"]
        for each in interfaces
        if one["Groups"][0]["GroupId"] in [group["GroupId"] for group in each["Groups"]]
    ]
    operation = "describe_network_interfaces"
    assert 0 < len(by_type) < len(interfaces)
    assert ids(server, operation, interface_type="lambda") == by_type
    assert ids(server, operation, description="AWS Lambda VPC ENI-*") == by_type
    assert ids(server, operation, description="aws lambda VPC ENI-*") == [], "case counts"
    assert ids(server, operation, description="AWS Lambda VPC ENI?*", subnet_id=one["SubnetId"]) == [
        each["NetworkInterfaceId"]
        for each in interfaces
        if each["InterfaceType"] == "lambda" and each["SubnetId"] == one["SubnetId"]
    ]
    assert ids(server, operation, group_id=one["Groups"][0]["GroupId"]) == by_group
    owner = one["Attachment"]["InstanceOwnerId"]
    assert ids(server, operation, attachment__instance_owner_id=f"{owner[:-1]}?") == [
        each["NetworkInterfaceId"] for each in interfaces if each.get("Attachment", {}).get("InstanceOwnerId") == owner
    ]
    assert ids(server, operation, requester_managed=["true", "false"]) == [
        each["NetworkInterfaceId"] for each in interfaces
    ]
    assert ids(server, operation, vpc_id="vpc-0") == []


def test_filters_look_into_lists_and_tags(server: AwsServer, incident: Path) -> None:
    [gateway] = of(incident, "nat-gateways", "NatGateways")
    tables = [
        one["RouteTableId"]
        for one in of(incident, "route-tables", "RouteTables")
        if any(route.get("NatGatewayId") == gateway["NatGatewayId"] for route in one["Routes"])
    ]
    acls = of(incident, "network-acls", "NetworkAcls")
    subnet = acls[0]["Associations"][0]["SubnetId"]
    named = next(one for one in of(incident, "subnets", "Subnets") if one.get("Tags"))
    assert tables
    assert ids(server, "describe_route_tables", route__nat_gateway_id=gateway["NatGatewayId"]) == tables
    assert ids(server, "describe_nat_gateways", state=["available", "pending"]) == [gateway["NatGatewayId"]]
    assert ids(server, "describe_network_acls", association__subnet_id=subnet) == [acls[0]["NetworkAclId"]]
    assert ids(server, "describe_subnets", **{"tag:Name": named["Tags"][0]["Value"]}) == [named["SubnetId"]]
    assert named["SubnetId"] in ids(server, "describe_subnets", tag_key="Name")


def test_a_filter_that_ec2_does_not_have_is_refused_even_where_nothing_is_there(server: AwsServer) -> None:
    filters = [{"Name": "colour", "Values": ["red"]}]
    for name, one in DESCRIBES.items():
        refused = error_of(server, "ec2", xform_name(name), **{one.filters: filters})
        assert refused == ("InvalidParameterValue", "The filter 'colour' is invalid"), name


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("DescribeVpcs", "InvalidVpcID.NotFound"),
        ("DescribeSubnets", "InvalidSubnetID.NotFound"),
        ("DescribeSecurityGroups", "InvalidGroup.NotFound"),
        ("DescribeNetworkAcls", "InvalidNetworkAclID.NotFound"),
        ("DescribeRouteTables", "InvalidRouteTableID.NotFound"),
        ("DescribeNatGateways", "NatGatewayNotFound"),
        ("DescribeAddresses", "InvalidAllocationID.NotFound"),
        ("DescribeNetworkInterfaces", "InvalidNetworkInterfaceID.NotFound"),
        ("DescribeVpcEndpoints", "InvalidVpcEndpointId.NotFound"),
        ("DescribeTransitGatewayVpcAttachments", "InvalidTransitGatewayAttachmentID.NotFound"),
        ("DescribeVpcPeeringConnections", "InvalidVpcPeeringConnectionID.NotFound"),
        ("DescribeFlowLogs", "InvalidFlowLogId.NotFound"),
    ],
)
def test_an_id_that_nothing_has(server: AwsServer, operation: str, code: str) -> None:
    one = DESCRIBES[operation]
    assert error_of(server, "ec2", xform_name(operation), **{one.ids: [f"{one.prefix}-0123"]})[0] == code
    assert error_of(server, "ec2", xform_name(operation), **{one.ids: ["shop"]})[0].endswith(".Malformed")


def test_ids_and_pages(server: AwsServer, incident: Path) -> None:
    [first, second, *_] = [one["NetworkInterfaceId"] for one in of(incident, "network-interfaces", "NetworkInterfaces")]
    operation = "describe_network_interfaces"
    found = call(server, "ec2", operation, NetworkInterfaceIds=[second, first, second])["NetworkInterfaces"]
    assert [one["NetworkInterfaceId"] for one in found] == [second, first]
    both = error_of(server, "ec2", operation, NetworkInterfaceIds=[first], MaxResults=5)
    assert both[0] == "InvalidParameterCombination"
    assert error_of(server, "ec2", operation, MaxResults=1001)[0] == "InvalidParameterValue"
    part = call(server, "ec2", operation, MaxResults=5)
    assert len(part["NetworkInterfaces"]) == 5
    assert call(server, "ec2", operation, NextToken=part["NextToken"])["NetworkInterfaces"]


def test_addresses_have_no_pages(server: AwsServer) -> None:
    server.faults = Faults(page=1)
    try:
        assert "NextToken" not in call(server, "ec2", "describe_addresses")
    finally:
        server.faults = Faults()


def test_prefix_lists_of_aws_and_of_customers_are_told_apart(incident: Path, tmp_path: Path) -> None:
    (tmp_path / "ec2").mkdir()
    (tmp_path / "case.yaml").write_bytes((incident / "case.yaml").read_bytes())
    lists = [
        {"PrefixListId": "pl-63a5400a", "PrefixListName": "com.amazonaws.us-east-1.s3", "Cidrs": ["3.5.0.0/19"]},
        {"PrefixListId": "pl-0123456789abcdef0", "PrefixListName": "offices", "Cidrs": ["203.0.113.0/24"]},
    ]
    (tmp_path / "ec2" / "prefix-lists.json").write_text(json.dumps({"PrefixLists": lists}))
    with AwsServer(tmp_path) as server:
        assert every(server, "ec2", "describe_prefix_lists", "PrefixLists") == lists[:1]
        managed = every(server, "ec2", "describe_managed_prefix_lists", "PrefixLists")
        entries = every(
            server, "ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId="pl-0123456789abcdef0"
        )
        options = call(server, "ec2", "describe_vpc_block_public_access_options")["VpcBlockPublicAccessOptions"]
    assert [one["OwnerId"] for one in managed] == ["AWS", "123456789012"]
    assert entries == [{"Cidr": "203.0.113.0/24"}]
    assert options["InternetGatewayBlockMode"] == "off"


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """A client of a server of moto, with a small network in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    made = boto3.client(
        "ec2", region_name="eu-north-1", endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="testing", aws_secret_access_key="testing",
    )  # fmt: skip
    build(made)
    yield made
    made.close()
    running.stop()


def build(client: Any) -> None:
    """Two VPCs with subnets, groups, network ACLs and route tables that filters can tell apart."""
    for number, name in enumerate(("shop", "back office")):
        vpc = client.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        group = client.create_security_group(GroupName=f"app-{number}", Description=f"app of {name}", VpcId=vpc)[
            "GroupId"
        ]
        client.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": f"10.{number}.0.0/16"}]},
            {"IpProtocol": "udp", "FromPort": 53, "ToPort": 54, "UserIdGroupPairs": [{"GroupId": group}]}])  # fmt: skip
        client.create_tags(Resources=[vpc, group], Tags=[{"Key": "Name", "Value": name}])
        table = client.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        client.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        acl = client.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        client.create_network_acl_entry(NetworkAclId=acl, RuleNumber=110, Protocol="6", RuleAction="allow", Egress=True,
                                        CidrBlock="0.0.0.0/0", PortRange={"From": 443, "To": 443})  # fmt: skip
        for zone in "ab":
            block = f"10.{number}.{ord(zone) - ord('a')}.0/24"
            made = client.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"eu-north-1{zone}")["Subnet"]
            client.create_tags(Resources=[made["SubnetId"]], Tags=[{"Key": "Zone", "Value": zone.upper()}])
            if zone == "a":
                client.associate_route_table(RouteTableId=table, SubnetId=made["SubnetId"])


_ASKED: list[tuple[str, str, list[str]]] = [
    ("DescribeVpcs", "cidr", ["10.1.0.0/16"]),
    ("DescribeVpcs", "tag:Name", ["back*"]),
    ("DescribeVpcs", "is-default", ["false"]),
    ("DescribeVpcs", "state", ["available"]),
    ("DescribeSubnets", "vpc-id", ["{vpc}"]),
    ("DescribeSubnets", "availability-zone", ["eu-north-1b"]),
    ("DescribeSubnets", "cidr-block", ["10.0.0.0/24", "10.1.1.0/24"]),
    ("DescribeSubnets", "default-for-az", ["true"]),
    ("DescribeSubnets", "tag:Zone", ["A"]),
    ("DescribeSubnets", "tag-key", ["Zone"]),
    ("DescribeSecurityGroups", "vpc-id", ["{vpc}"]),
    ("DescribeSecurityGroups", "group-name", ["app-1", "app-0"]),
    ("DescribeSecurityGroups", "description", ["app of shop"]),
    ("DescribeSecurityGroups", "ip-permission.to-port", ["443"]),
    ("DescribeSecurityGroups", "ip-permission.protocol", ["udp"]),
    ("DescribeSecurityGroups", "ip-permission.cidr", ["10.1.0.0/16"]),
    ("DescribeSecurityGroups", "tag:Name", ["shop"]),
    ("DescribeNetworkAcls", "vpc-id", ["{vpc}"]),
    ("DescribeNetworkAcls", "default", ["true"]),
    ("DescribeNetworkAcls", "association.subnet-id", ["{subnet}"]),
    ("DescribeNetworkAcls", "entry.rule-number", ["110"]),
    ("DescribeRouteTables", "vpc-id", ["{vpc}"]),
    ("DescribeRouteTables", "association.main", ["true"]),
    ("DescribeRouteTables", "association.subnet-id", ["{subnet}"]),
    ("DescribeRouteTables", "route.destination-cidr-block", ["0.0.0.0/0"]),
]


@pytest.mark.slow
def test_moto_answers_the_same_to_the_same_filters(moto: Any, tmp_path: Path) -> None:
    """Two servers that know nothing of each other, with the same resources."""
    operations = dict.fromkeys(operation for operation, _, _ in _ASKED)
    (tmp_path / "ec2").mkdir()
    (tmp_path / "case.yaml").write_text("schema: 1\nregion: eu-north-1\n")
    for operation in operations:
        member = DESCRIBES[operation].member
        answer = {member: getattr(moto, xform_name(operation))()[member]}
        (tmp_path / "ec2" / f"{operation}.json").write_text(json.dumps(answer, default=str))
    [vpc] = [one["VpcId"] for one in moto.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]]
    subnets = moto.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    subnet = next(one["SubnetId"] for one in subnets if one["CidrBlock"] == "10.0.0.0/24")
    sizes = {}
    with AwsServer(tmp_path) as server:
        for operation, name, values in _ASKED:
            one = DESCRIBES[operation]
            filters = [{"Name": name, "Values": [value.format(vpc=vpc, subnet=subnet) for value in values]}]
            there = getattr(moto, xform_name(operation))(Filters=filters)[one.member]
            here = call(server, "ec2", xform_name(operation), Filters=filters)[one.member]
            whole = call(server, "ec2", xform_name(operation))[one.member]
            assert by_id(here, one.id) == by_id(there, one.id), (operation, name)
            assert 0 < len(here) < len(whole) or name in {"state", "is-default"}, (operation, name)
            sizes[operation, name] = len(here)
        codes = [code_at(moto, "describe_subnets", SubnetIds=["subnet-0123"]),
                 code_at(moto, "describe_vpcs", VpcIds=["vpc-0123"]),
                 code_at(moto, "describe_route_tables", RouteTableIds=["rtb-0123"])]  # fmt: skip
        assert codes == [
            error_of(server, "ec2", "describe_subnets", SubnetIds=["subnet-0123"])[0],
            error_of(server, "ec2", "describe_vpcs", VpcIds=["vpc-0123"])[0],
            error_of(server, "ec2", "describe_route_tables", RouteTableIds=["rtb-0123"])[0],
        ]
    assert len(sizes) == len(_ASKED)


def by_id(records: list[Any], id: str) -> dict[str, Any]:
    return {one[id]: plain(one) for one in records}


def code_at(client: Any, operation: str, **parameters: Any) -> str:
    with pytest.raises(client.exceptions.ClientError) as raised:
        getattr(client, operation)(**parameters)
    return str(raised.value.response["Error"]["Code"])
