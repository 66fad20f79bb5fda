"""Names of types and properties are CloudFormation's: held to the schemas that cfn-lint carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from narrows.declared.model import Reference, Resource, Value
from narrows.declared.terraform import read_terraform_folder
from narrows.declared.terraform.kinds import Block, Table
from narrows.declared.terraform.mapping import FOLDED, KINDS
from narrows.declared.terraform.mapping_network import MAIN
from narrows.declared.terraform.mapping_services import PROVISIONED

NOT_THERE = {MAIN, PROVISIONED, *(type_ for type_, *_ in FOLDED)}
"""Types that CloudFormation has not, under names of the same form."""


def schema_of(type_: str) -> dict[str, Any]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    return found


def test_the_types_that_it_has_not_are_not_there() -> None:
    from cfnlint.schema import ResourceNotFoundError

    for type_ in NOT_THERE:
        with pytest.raises(ResourceNotFoundError):
            schema_of(type_)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_type_and_property_is_in_the_schema(name: str) -> None:
    kind = KINDS[name]
    if kind.type in NOT_THERE:
        return
    schema = schema_of(kind.type)
    assert not list(_unknown(kind.table, schema, schema))
    assert not kind.tags or "Tags" in schema["properties"]
    for attribute in kind.attributes.values():
        assert f"/properties/{attribute}" in schema.get("readOnlyProperties", [])


def _unknown(table: Table, here: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    for name in table.values():
        plain = name.name if isinstance(name, Block) else name
        if plain not in here["properties"]:
            yield plain
        elif isinstance(name, Block):
            below = _followed(here["properties"][plain], schema)
            assert ("items" in below) == name.many
            yield from _unknown(name.table, _followed(below.get("items", below), schema), schema)


def _followed(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        found: Any = schema
        for word in node["$ref"].removeprefix("#/").split("/"):
            found = found[word]
        node = found
    return node


EVERYTHING = """\
resource "aws_vpc" "v" {
  cidr_block                       = "10.0.0.0/16"
  assign_generated_ipv6_cidr_block = true
}
resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
}
resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.v.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
  route {
    cidr_block = "10.0.0.0/16"
    gateway_id = "local"
  }
}
resource "aws_route_table" "r" {
  vpc_id = aws_vpc.v.id
  route {
    ipv6_cidr_block        = "::/0"
    egress_only_gateway_id = aws_egress_only_internet_gateway.e.id
  }
}
resource "aws_egress_only_internet_gateway" "e" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route_table_association" "edge" {
  gateway_id     = aws_internet_gateway.i.id
  route_table_id = aws_route_table.r.id
}
resource "aws_subnet" "s" {
  vpc_id                  = aws_vpc.v.id
  cidr_block              = "10.0.0.0/24"
  map_public_ip_on_launch = false
}
resource "aws_eip" "a" {
  count  = 3
  domain = "vpc"
}
resource "aws_nat_gateway" "n" {
  allocation_id            = aws_eip.a[0].allocation_id
  subnet_id                = aws_subnet.s.id
  secondary_allocation_ids = [aws_eip.a[1].id]
  connectivity_type        = "public"
}
resource "aws_nat_gateway_eip_association" "more" {
  allocation_id  = aws_eip.a[2].id
  nat_gateway_id = aws_nat_gateway.n.id
}
resource "aws_nat_gateway" "regional" {
  availability_mode = "regional"
  vpc_id            = aws_vpc.v.id
  availability_zone_address {
    allocation_ids    = [aws_eip.a[0].id]
    availability_zone = "eu-west-1a"
  }
}
resource "aws_security_group" "g" {
  name   = "g"
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "192.168.0.0/16"]
    self        = true
  }
}
resource "aws_default_security_group" "d" {
  vpc_id = aws_vpc.v.id
}
resource "aws_security_group_rule" "old" {
  type              = "egress"
  security_group_id = aws_security_group.g.id
  protocol          = "all"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
  ipv6_cidr_blocks  = ["::/0"]
}
resource "aws_vpc_security_group_egress_rule" "new" {
  security_group_id            = aws_security_group.g.id
  ip_protocol                  = "tcp"
  from_port                    = "5432"
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.g.id
}
resource "aws_network_acl" "acl" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = [aws_subnet.s.id]
  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "udp"
    cidr_block = "0.0.0.0/0"
    from_port  = 53
    to_port    = 53
  }
}
resource "aws_network_acl_rule" "ping" {
  network_acl_id = aws_network_acl.acl.id
  rule_number    = 200
  protocol       = "icmp"
  rule_action    = "deny"
  cidr_block     = "0.0.0.0/0"
  icmp_type      = 8
  icmp_code      = 0
}
resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.v.id
  service_name    = "com.amazonaws.eu-west-1.s3"
  route_table_ids = [aws_default_route_table.main.id]
}
resource "aws_vpc_endpoint_route_table_association" "s3" {
  vpc_endpoint_id = aws_vpc_endpoint.s3.id
  route_table_id  = aws_route_table.r.id
}
resource "aws_lambda_function" "f" {
  function_name                  = "f"
  role                           = "arn:aws:iam::123456789012:role/r"
  publish                        = true
  reserved_concurrent_executions = -1
  timeout                        = 3
  memory_size                    = "512"
  vpc_config {
    subnet_ids         = [aws_subnet.s.id]
    security_group_ids = [aws_security_group.g.id]
  }
  environment {
    variables = { TOKEN = "do-not-print" }
  }
}
resource "aws_lambda_function" "outside" {
  function_name = "outside"
  role          = "arn:aws:iam::123456789012:role/r"
  vpc_config {
    subnet_ids         = []
    security_group_ids = []
  }
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.f.arn
  function_version = aws_lambda_function.f.version
  routing_config {
    additional_version_weights = { "2" = 0.1 }
  }
}
resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_function.f.arn
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 7
}
resource "aws_flow_log" "log" {
  vpc_id       = aws_vpc.v.id
  traffic_type = "ALL"
  log_format   = "$${version} $${srcaddr}"
  destination_options {
    file_format = "parquet"
  }
}
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "a"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  metric_query {
    id = "m"
    metric {
      namespace   = "AWS/NATGateway"
      metric_name = "ErrorPortAllocation"
      period      = 60
      stat        = "Sum"
      dimensions  = { NatGatewayId = aws_nat_gateway.n.id }
    }
  }
  metric_query {
    id          = "e"
    expression  = "m * 1"
    return_data = true
  }
}
"""


@pytest.fixture
def everything(tmp_path: Path) -> dict[tuple[str, str], list[dict[str, Value]]]:
    (tmp_path / "main.tf").write_text(EVERYTHING)
    read = read_terraform_folder(tmp_path)
    assert not read.faults
    found: dict[tuple[str, str], list[dict[str, Value]]] = {}
    for one in read.resources:
        _check(one)
        found.setdefault((one.type, one.address), []).append(dict(one.properties))
    return found


def _check(one: Resource) -> None:
    """Every property, at every depth, is in the schema of its type."""
    if one.type not in NOT_THERE:
        known = {*schema_of(one.type)["properties"]}
        if one.type == "AWS::Lambda::Alias":
            known |= {"ProvisionedConcurrencyConfig"}
        assert not one.properties.keys() - known, one


def test_what_becomes_several_resources(everything: dict[tuple[str, str], list[dict[str, Value]]]) -> None:
    vpc = Reference("aws_vpc.v")
    assert everything["AWS::EC2::VPCCidrBlock", "aws_vpc.v"] == [{"VpcId": vpc, "AmazonProvidedIpv6CidrBlock": True}]
    gateway = Reference("aws_internet_gateway.i")
    attachment = {"VpcId": vpc, "InternetGatewayId": gateway}
    assert everything["AWS::EC2::VPCGatewayAttachment", "aws_internet_gateway.i"] == [attachment]
    table = Reference("aws_default_route_table.main")
    assert everything["AWS::EC2::RouteTable", "aws_default_route_table.main"] == [{"VpcId": vpc}]
    assert everything[MAIN, "aws_default_route_table.main"] == [{"VpcId": vpc, "RouteTableId": table}]
    # The route within the VPC is AWS's own.
    assert everything["AWS::EC2::Route", "aws_default_route_table.main"] == [
        {"RouteTableId": table, "GatewayId": gateway, "DestinationCidrBlock": "0.0.0.0/0"}
    ]
    assert everything["AWS::EC2::Route", "aws_route_table.r"] == [
        {
            "RouteTableId": Reference("aws_route_table.r"),
            "EgressOnlyInternetGatewayId": Reference("aws_egress_only_internet_gateway.e"),
            "DestinationIpv6CidrBlock": "::/0",
        }
    ]
    assert everything["AWS::EC2::GatewayRouteTableAssociation", "aws_route_table_association.edge"] == [
        {"GatewayId": gateway, "RouteTableId": Reference("aws_route_table.r")}
    ]
    assert ("AWS::EC2::SubnetRouteTableAssociation", "aws_route_table_association.edge") not in everything
    assert everything["AWS::Lambda::Version", "aws_lambda_function.f"] == [
        {"FunctionName": Reference("aws_lambda_function.f")}
    ]


def test_associations_are_in_the_lists_that_cloudformation_has(
    everything: dict[tuple[str, str], list[dict[str, Value]]],
) -> None:
    assert everything["AWS::EC2::NatGateway", "aws_nat_gateway.n"] == [
        {
            "AllocationId": Reference("aws_eip.a[0]", "AllocationId"),
            "SubnetId": Reference("aws_subnet.s"),
            "SecondaryAllocationIds": [Reference("aws_eip.a[1]"), Reference("aws_eip.a[2]")],
        }
    ]
    assert everything["AWS::EC2::NatGatewayEipAssociation", "aws_nat_gateway_eip_association.more"] == [
        {"AllocationId": Reference("aws_eip.a[2]"), "NatGatewayId": Reference("aws_nat_gateway.n")}
    ]
    assert everything["AWS::EC2::NatGateway", "aws_nat_gateway.regional"] == [
        {
            "AvailabilityMode": "regional",
            "AvailabilityZoneAddresses": [
                {"AllocationIds": [Reference("aws_eip.a[0]")], "AvailabilityZone": "eu-west-1a"}
            ],
            "VpcId": Reference("aws_vpc.v"),
        }
    ]
    endpoint = everything["AWS::EC2::VPCEndpoint", "aws_vpc_endpoint.s3"][0]
    assert endpoint["RouteTableIds"] == [Reference("aws_default_route_table.main"), Reference("aws_route_table.r")]
    alias = everything["AWS::Lambda::Alias", "aws_lambda_alias.live"][0]
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 7}
    assert alias["FunctionName"] == Reference("aws_lambda_function.f", "Arn")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": [{"FunctionVersion": "2", "FunctionWeight": 0.1}]}


def test_rules_are_one_for_each_other_side(everything: dict[tuple[str, str], list[dict[str, Value]]]) -> None:
    group = Reference("aws_security_group.g")
    base = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    assert everything["AWS::EC2::SecurityGroup", "aws_security_group.g"] == [
        {
            "GroupName": "g",
            "VpcId": Reference("aws_vpc.v"),
            "SecurityGroupIngress": [
                {**base, "CidrIp": "10.0.0.0/8"},
                {**base, "CidrIp": "192.168.0.0/16"},
                {**base, "SourceSecurityGroupId": group},
            ],
            # Terraform removes the rule that lets everything out.
            "SecurityGroupEgress": [],
        }
    ]
    default = everything["AWS::EC2::SecurityGroup", "aws_default_security_group.d"][0]
    assert (default["SecurityGroupIngress"], default["SecurityGroupEgress"]) == ([], [])
    assert everything["AWS::EC2::SecurityGroupEgress", "aws_security_group_rule.old"] == [
        {"GroupId": group, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
        {"GroupId": group, "IpProtocol": "-1", "CidrIpv6": "::/0"},
    ]
    assert everything["AWS::EC2::SecurityGroupEgress", "aws_vpc_security_group_egress_rule.new"] == [
        {
            "GroupId": group, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
            "DestinationSecurityGroupId": group,
        }
    ]  # fmt: skip
    acl = Reference("aws_network_acl.acl")
    assert everything["AWS::EC2::NetworkAclEntry", "aws_network_acl.acl"] == [
        {
            "NetworkAclId": acl, "Egress": True, "RuleNumber": 100, "RuleAction": "allow", "Protocol": 17,
            "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 53, "To": 53},
        }
    ]  # fmt: skip
    assert everything["AWS::EC2::SubnetNetworkAclAssociation", "aws_network_acl.acl"] == [
        {"NetworkAclId": acl, "SubnetId": Reference("aws_subnet.s")}
    ]
    assert everything["AWS::EC2::NetworkAclEntry", "aws_network_acl_rule.ping"] == [
        {
            "NetworkAclId": acl, "Egress": False, "RuleNumber": 200, "RuleAction": "deny", "Protocol": 1,
            "CidrBlock": "0.0.0.0/0", "Icmp": {"Type": 8, "Code": 0},
        }
    ]  # fmt: skip


def test_functions_logs_and_alarms(everything: dict[tuple[str, str], list[dict[str, Value]]]) -> None:
    function = everything["AWS::Lambda::Function", "aws_lambda_function.f"][0]
    assert function["VpcConfig"] == {
        "SubnetIds": [Reference("aws_subnet.s")], "SecurityGroupIds": [Reference("aws_security_group.g")],
    }  # fmt: skip
    assert function["MemorySize"] == 512
    assert not {"Timeout", "ReservedConcurrentExecutions"} & function.keys()
    assert list(function["Environment"]["Variables"]) == ["TOKEN"]  # type: ignore[index,call-overload,arg-type]
    assert "do-not-print" not in str(everything)
    assert "VpcConfig" not in everything["AWS::Lambda::Function", "aws_lambda_function.outside"][0]
    assert everything["AWS::EC2::FlowLog", "aws_flow_log.log"] == [
        {
            "ResourceId": Reference("aws_vpc.v"), "ResourceType": "VPC", "TrafficType": "ALL",
            "LogFormat": "${version} ${srcaddr}", "DestinationOptions": {"FileFormat": "parquet"},
        }
    ]  # fmt: skip
    alarm = everything["AWS::CloudWatch::Alarm", "aws_cloudwatch_metric_alarm.a"][0]
    assert alarm["Threshold"] == 0
    assert alarm["Metrics"] == [
        {
            "Id": "m",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/NATGateway",
                    "MetricName": "ErrorPortAllocation",
                    "Dimensions": [{"Name": "NatGatewayId", "Value": Reference("aws_nat_gateway.n")}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        },
        {"Id": "e", "Expression": "m * 1", "ReturnData": True},
    ]
